import numpy as np
import pandas as pd
import pytest

from graduation.datasets import make_waves
from graduation.schema import validate

WELFARE = "consumption_per_head_monthly_idr"


@pytest.fixture(scope="module")
def households():
    waves = make_waves(15_000, waves=1, seed=21)
    registry = validate(waves.tables[0], waves.dictionary)
    return registry.households[registry.households[WELFARE].notna()], waves.dictionary


def yes(values):
    return values.astype("float64").mean()


def below(table, share):
    return table[WELFARE] < table[WELFARE].quantile(share)


@pytest.mark.parametrize(
    "name",
    [
        "owns_refrigerator",
        "owns_motorcycle",
        "owns_car",
        "owns_air_conditioner",
        "owns_computer",
        "owns_gold",
        "owns_smartphone",
        "floor_area_m2",
        "head_education",
        "electricity_power",
        "is_urban",
    ],
)
def test_the_poorest_have_less(households, name):
    table, _ = households
    poor, rest = below(table, 0.048), ~below(table, 0.20)
    assert yes(table.loc[poor, name]) < yes(table.loc[rest, name])


@pytest.mark.parametrize(
    "name",
    [
        "household_size",
        "n_children_school_age",
        "n_children_out_of_school",
        "head_age_years",
        "has_severe_disability",
        "has_chronic_illness",
        "receives_pkh",
        "receives_bpnt",
        "receives_pbi",
        "had_job_loss",
        "had_flood",
    ],
)
def test_the_poorest_have_more(households, name):
    table, _ = households
    poor, rest = below(table, 0.048), ~below(table, 0.20)
    assert yes(table.loc[poor, name]) > yes(table.loc[rest, name])


@pytest.mark.parametrize(
    ("name", "code", "poor", "rest"),
    [("toilet", "1", 0.75, 0.96), ("floor_material", "8", 0.04, 0.004), ("cooking_fuel", "10", 0.08, 0.005)],
)
def test_shares_by_class_are_near_the_prior(households, name, code, poor, rest):
    table, _ = households
    has = (table[name] == code).where(table[name].notna()).astype("float64")
    assert has[below(table, 0.048)].mean() == pytest.approx(poor, abs=0.07)
    assert has[~below(table, 0.20)].mean() == pytest.approx(rest, abs=0.035)


def test_mean_household_size_and_floor_area_are_plausible(households):
    table, _ = households
    assert 3.4 < table["household_size"].mean() < 3.9
    assert 60 < table["floor_area_m2"].mean() < 90


def test_members_add_up(households):
    counts = households[0][["household_size", "n_children_school_age", "n_children_out_of_school"]].dropna()
    assert (counts["n_children_out_of_school"] <= counts["n_children_school_age"]).all()
    assert (counts["n_children_school_age"] < counts["household_size"]).all()


def test_linear_regression_explains_about_as_much_as_on_survey_data(households):
    table, dictionary = households
    columns = []
    for name in dictionary.features:
        if name == WELFARE:
            continue
        if dictionary.columns[name].type == "category":
            columns.append(pd.get_dummies(table[name], prefix=name, drop_first=True, dtype=float))
        else:
            values = table[name].astype("float64")
            columns.append(values.fillna(values.mean()))
    X = np.column_stack([np.ones(len(table)), *columns])
    y = np.log(table[WELFARE])
    fitted = X @ np.linalg.lstsq(X, y, rcond=None)[0]
    explained = 1 - ((y - fitted) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert 0.40 < explained < 0.53


def test_floods_come_to_the_coast_and_harvests_fail_on_farms(households):
    table, _ = households
    coast = table["kecamatan"].isin(["321601", "321602", "321613", "321616", "321617"])
    assert yes(table.loc[coast, "had_flood"]) > 3 * yes(table.loc[~coast, "had_flood"])
    assert yes(table.loc[~table["head_sector"].isin(["1", "4"]) & table["head_sector"].notna(), "had_crop_loss"]) == 0
    assert yes(table["had_crop_loss"]) > 0


def test_features_are_marked_for_other_rooms(households):
    _, dictionary = households
    columns = dictionary.columns
    assert 30 <= len(dictionary.features) <= 42
    assert {name for name, column in columns.items() if column.protected} == {
        "is_head_female",
        "has_severe_disability",
        "n_elderly",
    }
    assert {"has_business", "attended_training", "toilet", "n_children_out_of_school"} <= {
        name for name, column in columns.items() if column.actionable
    }
    assert {"kecamatan", WELFARE} <= set(dictionary.features)
    for later in ("village", "receives_pkh", "verification", "wave", "survey_weight"):
        assert later not in dictionary.features
    assert all(column.label.en and column.label.id for column in columns.values())
    assert len(columns["kecamatan"].codes) == 23

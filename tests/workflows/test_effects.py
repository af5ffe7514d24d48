"""Programme records become effects, and no record disappears without a word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import DataError, UsageError
from graduation.features import feature_frame
from graduation.schema import Registry
from graduation.workflows import learn_effects, records_dictionary

AFTER = "consumption_after_monthly_idr"


@pytest.fixture(scope="module")
def records(waves: graduation.Waves) -> Registry:
    return graduation.read_registry(waves.records, schema=records_dictionary(waves.dictionary, after=AFTER))


def test_records_set_aside_are_counted_by_reason(records: Registry) -> None:
    table = records.households.copy()
    n = len(table)
    table[AFTER] = table[AFTER].astype("float64")
    table.iloc[:5, table.columns.get_loc("arm")] = None
    table.iloc[3:12, table.columns.get_loc(AFTER)] = np.nan
    table.iloc[12:14, table.columns.get_loc(AFTER)] = 0.0
    table.iloc[14:15, table.columns.get_loc("survey_weight")] = 0.0
    model = learn_effects(replace(records, households=table))
    counts = dict(zip(model.dropped_["reason"], model.dropped_["records"], strict=True))
    assert counts == {
        "no arm": 5, f"no {AFTER}": 7, f"{AFTER} of 0 or less": 2, "no survey_weight above 0": 1
    }  # fmt: skip
    assert model.n_records_ == n - 15
    assert f"from {n - 15:,} of {n:,} programme records" in model.notes()[0]
    assert "no arm, 5" in model.notes()[0]


def test_nothing_is_said_to_be_set_aside_where_nothing_is(records: Registry) -> None:
    model = learn_effects(records)
    assert model.dropped_.empty
    assert f"from {len(records.households):,} of {len(records.households):,} " in model.notes()[0]


def test_survey_weights_count_where_the_dictionary_has_them(records: Registry, waves: graduation.Waves) -> None:
    heavy = records.households["household_size"].astype(float) > 3
    weighted = records.households.assign(survey_weight=np.where(heavy, 50.0, 1.0))
    model, plain = learn_effects(replace(records, households=weighted)), learn_effects(records)
    assert model.is_weighted_
    assert not np.allclose(model.average_effects_["effect"], plain.average_effects_["effect"], atol=1e-3)
    scoring = records_dictionary(waves.dictionary.at_scoring(), after=AFTER)
    without = learn_effects(graduation.read_registry(waves.records, schema=scoring))
    assert not without.is_weighted_
    assert "without survey weights" in without.notes()[0]


def test_records_need_arm_and_welfare_afterwards(registries: list[Registry]) -> None:
    with pytest.raises(UsageError, match="read them with records_dictionary"):
        learn_effects(registries[0])


def test_the_records_are_not_changed(records: Registry) -> None:
    before = records.households.copy()
    learn_effects(records)
    pd.testing.assert_frame_equal(records.households, before)


def test_effects_on_log_welfare_say_so_and_differ_only_where_asked(records: Registry) -> None:
    model = learn_effects(records, personal=False)
    assert model.outcome_unit == "log_welfare"
    assert model.heterogeneity_.empty
    assert not model.is_personal_


CHANCES = {"none": 0.28, "cash": 0.18, "training": 0.2, "capital": 0.18, "training_capital": 0.16}
COLUMNS = [f"chance_{arm}" for arm in CHANCES]


def read(table: pd.DataFrame, waves: graduation.Waves, **more: object) -> Registry:
    return graduation.read_registry(table, schema=records_dictionary(waves.dictionary, after=AFTER, **more))  # type: ignore[arg-type]


def test_known_chances_are_used_as_numbers_or_by_column(records: Registry, waves: graduation.Waves) -> None:
    model = learn_effects(records, chances=CHANCES, personal=False)
    assert model.overlap_.set_index("arm")[["chance_low", "chance_high"]].round(9).loc["cash"].tolist() == [0.18, 0.18]
    assert learn_effects(records, personal=False).overlap_["chance_low"].iloc[1] < 0.17
    columns = read(waves.records.assign(**dict(zip(COLUMNS, CHANCES.values(), strict=True))), waves, chances=COLUMNS)
    by_column = {arm: f"chance_{arm}" for arm in CHANCES}
    for found in (learn_effects(columns, personal=False), learn_effects(columns, chances=by_column, personal=False)):
        pd.testing.assert_frame_equal(found.average_effects_, model.average_effects_)
    rounded = {arm: round(chance, 2) - 0.002 for arm, chance in CHANCES.items()}
    assert learn_effects(records, chances=rounded, personal=False).overlap_["chance_low"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("chances", "message"),
    [
        ({"none": 0.5, "cash": 0.5}, "none is given for 'capital', 'training', 'training_capital'"),
        (CHANCES | {"csh": 0.0}, "no record has the arm 'csh'; did you mean 'cash'"),
        (CHANCES | {"cash": "chance_cash"}, "no column 'chance_cash'; name it in records_dictionary"),
        (CHANCES | {"cash": 0.5}, "of 500 of 500 records do not add up to 1"),
        (CHANCES | {"cash": -0.2, "none": 0.66}, "0 to 1 each"),
    ],
)
def test_chances_that_cannot_be_are_refused(records: Registry, chances: dict[str, float], message: str) -> None:
    with pytest.raises((UsageError, DataError), match=message):
        learn_effects(records, chances=chances)


def test_a_trial_is_analysed_with_the_chances_that_it_was_drawn_with(waves: graduation.Waves) -> None:
    base = waves.records.drop(columns=["arm", "assignment_probability"])
    target = graduation.PilotTarget(0.45, outcome_sd=1.0)
    pilot = graduation.design_pilot(base.set_index("household_id"), arms=["cash", "training"], target=target, seed=4)
    table = base.merge(pilot.frame(), on="household_id")
    table.loc[table.index[:3], "chance_cash"] = np.nan
    trial = read(table, waves, chances=pilot.frame().filter(like="chance_"), cluster="unit")
    model = learn_effects(trial, cluster="unit", personal=False)
    np.testing.assert_allclose(model.overlap_[["chance_low", "chance_high"]], 1 / 3)
    assert model.dropped_.to_numpy().tolist() == [["no chance_cash", 3]]
    known = trial.households[trial.households["chance_cash"].notna()]
    direct = graduation.EffectModel(personal=False).fit(
        feature_frame(known, trial.dictionary),
        known["arm"],
        np.log(known[AFTER].astype("float64")),
        propensity=pilot.propensity.loc[known.index],
        cluster=known["unit"],
        weight=known["survey_weight"].astype("float64"),
    )
    pd.testing.assert_frame_equal(model.average_effects_, direct.average_effects_)


def test_records_are_kept_together_by_what_is_asked(records: Registry) -> None:
    def error(given: Registry, **more: object) -> float:
        model = learn_effects(given, personal=False, chances=CHANCES, **more)  # type: ignore[arg-type]
        return float(model.average_effects_["standard_error"].iloc[0])

    assert error(records) == error(records, cluster="village") != error(records, cluster="kecamatan")
    with pytest.raises(UsageError, match="no column 'vilage' to keep together; did you mean 'village'"):
        learn_effects(records, cluster="vilage")
    # Without places, a household that is there in four years is one cluster, not four.
    columns = {name: one for name, one in records.dictionary.columns.items() if one.role != "place"}
    bare = records.dictionary.model_copy(update={"columns": columns})
    years = pd.concat([records.households.assign(wave=year) for year in range(4)])
    apart = replace(records, households=years, dictionary=bare)
    kept = {"households": years.set_index("wave", append=True), "dictionary": bare.model_copy(update={"repeats": True})}
    assert error(replace(records, **kept)) > 1.5 * error(apart)  # type: ignore[arg-type]

"""Each feature counts what its name says, and is missing where an unknown answer could change it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from graduation.roster import household_features
from graduation.roster.features import DERIVED, FEATURES
from graduation.schema import Registry, load_dictionary
from tests.roster.conftest import SECTORS, random_members, roster


def one(name: str, **columns: list[object]) -> object:
    """Return one feature of the only household."""
    value = household_features(roster(**columns)).households[name].iloc[0]
    return value.item() if isinstance(value, np.generic) else value


AGES = [0, 6, 7, 12, 13, 15, 16, 18, 19, 59, 60, 64, 65, 90]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("household_size", 14), ("n_children_under_7", 2), ("n_children_primary_age", 2), ("n_children_junior_age", 2),
        ("n_children_senior_age", 2), ("n_children_school_age", 6), ("n_working_age", 7), ("n_elderly", 4),
        ("dependency_ratio", 1.0),
    ],
)  # fmt: skip
def test_ages_at_both_ends_of_each_band(name: str, number: float) -> None:
    assert one(name, age_years=list(AGES)) == number


def test_an_unknown_age_leaves_every_count_by_age_missing_but_not_the_size() -> None:
    table = household_features(roster(age_years=[40, None, 70])).households
    assert table["household_size"].item() == 3
    by_age = [name for name in table if name.startswith("n_")]
    assert len(by_age) >= 7
    assert table[by_age].isna().all(axis=None)
    assert table["dependency_ratio"].isna().all()


def test_out_of_school_is_known_when_the_unknown_age_or_answer_cannot_change_it() -> None:
    def out(ages: list[object], attends: list[object]) -> object:
        return one("n_children_out_of_school", age_years=ages, is_attending_school=attends)

    assert out([10, 17, 30], ["yes", "no", "no"]) == 1
    assert out([None, 17, 30], ["yes", "no", "no"]) == 1
    assert out([10, 17, 30], ["yes", "no", None]) == 1
    assert math.isnan(out([None, 17, 30], ["no", "no", "no"]))
    assert math.isnan(out([10, 17, 30], [None, "no", "no"]))


def test_of_anybody_one_yes_is_enough_and_a_no_needs_everybody() -> None:
    def ill(*answers: object) -> object:
        return one("has_chronic_illness", has_chronic_illness=list(answers))

    assert ill("yes", None) is True
    assert ill("no", "no") is False
    assert ill("no", None) is pd.NA


def test_elderly_alone_means_that_everybody_is_60_or_over() -> None:
    assert one("is_elderly_alone", age_years=[60, 75]) is True
    assert one("is_elderly_alone", age_years=[59, None]) is False
    assert one("is_elderly_alone", age_years=[61, None]) is pd.NA


def test_nobody_of_working_age_has_no_dependency_ratio() -> None:
    assert math.isnan(one("dependency_ratio", age_years=[70, 5]))
    assert one("dependency_ratio", age_years=[40, 5, 70]) == 2


def test_features_of_the_head_are_those_of_the_only_head() -> None:
    table = roster(
        relation=["spouse", "head"], age_years=[30, 44], is_female=["yes", "no"], education=[5, 2],
        marital_status=["married", "widowed"], is_working=["no", "yes"], sector=[None, "trade"],
        employment_status=[None, "own_account"],
    )  # fmt: skip
    row = household_features(table).households.loc["a"]
    told = ["head_age_years", "is_head_female", "is_head_married", "head_education", "max_education", "head_sector"]
    assert row[told].tolist() == [44, False, False, 2, 5, "trade"]
    assert row["head_employment_status"] == "own_account"


def test_a_head_who_does_not_work_has_no_sector_and_an_unknown_one_stays_unknown() -> None:
    def sector(works: str | None, told: str | None) -> object:
        table = roster(
            household_id=["a", "z"], relation=["head"] * 2, is_working=[works, "yes"], sector=[told, "trade"]
        )
        return household_features(table).households.loc["a", "head_sector"]

    assert sector("no", None) == "not_working"
    assert sector("no", "trade") == "not_working"
    assert sector("yes", None) is pd.NA
    assert sector(None, "trade") == "trade"


def test_workers_by_sector_add_up_to_the_workers() -> None:
    table = household_features(
        roster(is_working=["yes"] * 7 + ["no"], sector=[*SECTORS, "trade", None], age_years=[30] * 8)
    ).households
    by_sector = table[[f"n_workers_{sector}" for sector in SECTORS]].loc["a"]
    assert by_sector.to_dict() == {f"n_workers_{sector}": 1 + (sector == "trade") for sector in SECTORS}
    assert table["n_workers"].item() == by_sector.sum() == 7


def test_what_a_form_does_not_ask_the_young_or_men_counts_as_no() -> None:
    common = {"age_years": [40, 38, 9, 10], "is_female": ["no", "yes", "no", "yes"]}
    assert one("n_workers", **common, is_working=["yes", "no", None, "no"]) == 1
    assert math.isnan(one("n_workers", **common, is_working=["yes", "no", None, None]))
    assert one("n_pregnant", **common, is_pregnant=[None, "yes", None, "no"]) == 1
    assert math.isnan(one("n_pregnant", **common, is_pregnant=[None, "yes", None, None]))
    assert one("max_education", age_years=[40, 6], education=[3, None]) == 3
    assert math.isnan(one("max_education", age_years=[40, 8], education=[3, None]))
    assert one("max_education", age_years=[40, 8], education=[5, None]) == 5
    assert one("max_education", age_years=[40, 8], education=[3, None], ever_attended_school=["yes", "no"]) == 3


def test_a_question_that_is_never_asked_makes_no_feature() -> None:
    assert set(household_features(roster(is_working=[None, None])).households) == {"household_size"}


def test_every_feature_is_in_the_dictionary_and_the_other_way_round() -> None:
    dictionary = load_dictionary("household_roster")
    assert set(dictionary.columns) - {"household_id"} == {*FEATURES, *DERIVED}
    known = load_dictionary("west_java_synthetic").columns
    shared = set(known) & set(dictionary.columns) - {"household_id", "head_sector", "head_employment_status"}
    assert len(shared) >= 9
    for name in shared:
        assert dictionary.columns[name].type == known[name].type
        assert dictionary.columns[name].label == known[name].label
        assert dictionary.columns[name].direction == known[name].direction


def test_all_features_of_random_rosters_are_those_counted_person_by_person(members: Registry) -> None:
    rows = members.households.reset_index()
    counted = household_features(members).households
    gone = rows["presence"].isin(["dead", "moved", "not_found"])
    for household, group in rows[~gone].groupby("household_id"):
        found, ages = counted.loc[household], group["age_years"]
        assert found["household_size"] == len(group)
        elderly = np.nan if ages.isna().any() else float((ages >= 60).sum())
        np.testing.assert_equal(found["n_elderly"], elderly)
        ill = group["has_chronic_illness"]
        expected = True if ill.fillna(False).any() else pd.NA if ill.isna().any() else False
        assert found["has_chronic_illness"] is expected or found["has_chronic_illness"] == expected
        heads = group[group["relation"] == "head"]
        head_age = heads["age_years"].iloc[0] if len(heads) == 1 else np.nan
        np.testing.assert_equal(found["head_age_years"], head_age)
    assert len(counted) == rows[~gone]["household_id"].nunique()


def test_the_order_of_rows_changes_nothing(members: Registry) -> None:
    table = random_members(4_000, seed=1)
    mixed = household_features(table.sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(mixed.households, household_features(members).households)
    pd.testing.assert_frame_equal(mixed.problems, household_features(members).problems)

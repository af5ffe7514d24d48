"""Who counts, how old they are, and what is reported of households whose roster contradicts itself."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from graduation import read_registry
from graduation.datasets import Waves
from graduation.errors import UsageError
from graduation.roster import household_features, with_members
from graduation.roster.problems import MEANINGS
from graduation.schema import Registry
from tests.roster.conftest import roster


def problems(table: pd.DataFrame, **given: object) -> dict[tuple[str, str], int]:
    found = household_features(table, **given).problems
    return {(row.household_id, row.problem): row.persons for row in found.itertuples()}


def test_the_dead_the_moved_and_the_not_found_are_told_and_not_counted() -> None:
    presence = ["present", "new", None, "dead", "moved", "moved", "not_found"]
    found = household_features(roster(presence=presence, relation=["head"] + ["child"] * 6))
    assert found.households.loc["a", "household_size"] == 3
    assert found.absent == {"dead": 1, "moved": 2, "not_found": 1}
    assert "Not counted: 1 dead, 2 moved, 1 not found." in found.notes()
    assert found.metrics()["persons"] == 3


def test_a_dead_head_leaves_a_household_without_head_and_all_dead_leave_none() -> None:
    table = roster(
        household_id=["a", "a", "b"], relation=["head", "spouse", "head"], presence=["dead", "present", "dead"]
    )
    assert problems(table) == {("a", "no_head"): 1, ("b", "nobody_left"): 0}
    assert list(household_features(table).households.index) == ["a"]


def test_two_heads_are_reported_and_nothing_is_told_of_a_head() -> None:
    table = roster(household_id=["a", "a", "b"], relation=["head"] * 3, age_years=[30, 50, 40])
    assert problems(table) == {("a", "two_heads"): 2}
    ages = household_features(table).households["head_age_years"]
    assert ages.isna().to_dict() == {"a": True, "b": False}


def test_a_head_younger_than_15_is_reported() -> None:
    table = roster(household_id=["a", "b"], relation=["head"] * 2, age_years=[14, 15])
    assert problems(table) == {("a", "young_head"): 1}


def test_orphans_households_without_members_and_other_sizes_are_reported() -> None:
    table = roster(household_id=["a", "a", "b", "c"], relation=["head", "child", "head", "head"])
    listed = pd.DataFrame({"household_size": [3.0, None, 2.0]}, index=pd.Index(["a", "b", "d"], name="household_id"))
    assert problems(table, households=listed) == {
        ("a", "size_differs"): 2, ("c", "orphans"): 1, ("d", "no_members"): 0,
    }  # fmt: skip
    found = household_features(table, households=listed)
    assert found.problems.loc[found.problems["problem"] == "size_differs", "told"].tolist() == [3.0]
    assert set(found.frame()["problem"]) == set(MEANINGS)
    assert found.metrics()["households_orphans"] == 1
    assert problems(table, households=listed[[]]) == {("c", "orphans"): 1, ("d", "no_members"): 0}


def test_members_without_a_household_number_form_no_household_together() -> None:
    found = household_features(roster(household_id=["a", None, None], relation=["head"] * 3))
    assert found.households["household_size"].to_dict() == {"a": 1}
    assert found.frame().set_index("problem").loc["no_household", "persons"] == 2


def test_ages_follow_from_dates_of_birth_where_none_is_told() -> None:
    table = roster(
        birth_date=["1990-05-17", "1990-05-18", "2024-02-29", "2026-01-01", "1980-01-01", None],
        age_years=[None, None, None, None, 20, None],
        household_id=list("abcdef"),
        relation=["head"] * 6,
    )
    found = household_features(table, on=date(2025, 5, 17))
    ages = found.households["head_age_years"]
    assert ages.iloc[[0, 1, 2, 4]].tolist() == [35, 34, 1, 20]
    assert ages.iloc[[3, 5]].isna().all()
    assert found.ages_unknown == 2
    without = household_features(table)
    assert without.ages_unknown == 5
    assert "give the day" in " ".join(without.notes())


def test_a_registry_of_households_is_no_roster(registries: list[Registry]) -> None:
    with pytest.raises(UsageError, match="no harmonised roster"):
        household_features(registries[0])


def test_what_the_registry_tells_stays_and_the_roster_answers_the_rest(waves: Waves) -> None:
    raw = waves.tables[0].astype({"household_size": object, "head_age_years": object})
    raw.loc[raw.index[0], "head_age_years"] = ""
    registry = read_registry(raw, schema=waves.dictionary)
    ids = registry.households.index
    members = roster(
        household_id=list(ids), relation=["head"] * len(ids), age_years=[33] * len(ids), is_working=["yes"] * len(ids)
    )
    found = household_features(members, households=registry)
    joined = with_members(registry, found)
    silent = registry.households["head_age_years"].isna()
    assert silent.sum() >= 1
    assert (joined.households.loc[silent, "head_age_years"] == 33).all()
    assert joined.households.loc[~silent, "head_age_years"].equals(registry.households.loc[~silent, "head_age_years"])
    pd.testing.assert_series_equal(
        joined.households["household_size"], registry.households["household_size"].fillna(1), check_exact=True
    )
    assert (joined.households["n_workers"] == 1).all()
    assert joined.dictionary.columns["n_workers"].is_feature
    assert list(joined.households) == [name for name in joined.dictionary.columns if name in joined.households]
    bigger = (registry.households["household_size"] > 1).sum()
    assert found.metrics()["households_size_differs"] == bigger > 0
    assert set(joined.dictionary.columns) > set(registry.dictionary.columns)


def test_a_household_without_members_is_missing_in_what_the_roster_adds(registries: list[Registry]) -> None:
    registry = registries[0]
    first = str(registry.households.index[0])
    joined = with_members(
        registry, household_features(roster(household_id=[first], relation=["head"], is_working=["no"]))
    )
    assert joined.households["n_workers"].notna().sum() == 1
    assert joined.households.loc[first, "n_workers"] == 0


def test_a_registry_that_holds_households_several_times_is_refused(registries: list[Registry]) -> None:
    from dataclasses import replace

    repeats = replace(registries[0], dictionary=registries[0].dictionary.model_copy(update={"repeats": True}))
    with pytest.raises(UsageError, match="once each"):
        with_members(repeats, household_features(roster(relation=["head"])))

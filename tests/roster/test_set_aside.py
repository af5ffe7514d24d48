"""Members whose rows were set aside are told, and make no household look smaller than it is."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from graduation import harmonise, read_registry
from graduation.roster import Roster, household_features
from graduation.schema import Layout, Registry, load_dictionary, validate
from tests.roster.conftest import roster

UNREADABLE = 999


def read(**columns: list[object]) -> Registry:
    return validate(roster(**columns), load_dictionary("household_members"), max_rejected=1)


def problems(found: Roster) -> dict[tuple[str, str], int]:
    return {(row.household_id, row.problem): row.persons for row in found.problems.itertuples()}


@pytest.fixture
def losing() -> Registry:
    """One child of `a` has an impossible age, so has everybody of `b`; `c` is whole."""
    return read(
        household_id=["a", "a", "a", "b", "b", "c"],
        relation=["head", "child", "child", "head", "child", "head"],
        age_years=[40, 10, UNREADABLE, UNREADABLE, UNREADABLE, 70],
        education=[3, 1, 1, 1, 1, 5],
        has_business=["yes", "no", "no", "no", "no", "no"],
        has_chronic_illness=["no"] * 6,
    )


def test_counts_of_a_household_that_lost_a_member_are_missing(losing: Registry) -> None:
    found = household_features(losing)
    row, whole = found.households.loc["a"], found.households.loc["c"]
    counts = [name for name in found.households if name.startswith("n_")]
    assert row[["household_size", "max_education", "dependency_ratio", *counts]].isna().all()
    assert whole[["household_size", *counts]].notna().all()
    assert row["has_business"] is True or row["has_business"] == True  # noqa: E712
    assert row["has_chronic_illness"] is pd.NA
    assert not row["is_elderly_alone"]
    assert row["head_age_years"] == 40


def test_households_that_lost_members_are_reported(losing: Registry) -> None:
    found = household_features(losing)
    assert problems(found) == {("a", "members_set_aside"): 1, ("b", "members_set_aside"): 2}
    kinds = found.frame().set_index("problem")
    assert kinds.loc["members_set_aside", ["households", "persons"]].tolist() == [2, 3]
    assert "set aside" in kinds.loc["members_set_aside", "meaning"]
    assert found.metrics()["households_members_set_aside"] == 2


def test_the_list_is_not_said_to_differ_from_a_roster_that_lost_members(losing: Registry) -> None:
    sizes = pd.DataFrame({"household_size": [3, 2, 2]}, index=pd.Index(["a", "b", "c"], name="household_id"))
    assert problems(household_features(losing, households=sizes)) == {
        ("a", "members_set_aside"): 1, ("b", "members_set_aside"): 2, ("c", "size_differs"): 1,
    }  # fmt: skip


def test_a_head_who_was_set_aside_is_not_said_to_be_none() -> None:
    table = read(household_id=["a", "a"], relation=["head", "child"], age_years=[UNREADABLE, 8], is_female=["no"] * 2)
    found = household_features(table)
    assert problems(found) == {("a", "members_set_aside"): 1}
    assert found.households["head_age_years"].isna().all()


def test_a_household_whose_last_accepted_member_left_is_not_said_to_be_empty() -> None:
    table = read(relation=["head", "child"], presence=["dead", "present"], age_years=[50, UNREADABLE])
    assert problems(household_features(table)) == {("a", "members_set_aside"): 1}


def test_an_exact_copy_of_a_row_is_nobody_lost() -> None:
    table = roster(relation=["head", "child"])
    members = validate(pd.concat([table, table.iloc[[1]]]), load_dictionary("household_members"))
    assert members.n_rejected == 1
    found = household_features(members)
    assert found.problems.empty
    assert found.households.loc["a", "household_size"] == 2
    twice = pd.concat([table, table.iloc[[1]].assign(relation="spouse")])
    contradicting = validate(twice, load_dictionary("household_members"), max_rejected=1)
    assert problems(household_features(contradicting)) == {("a", "members_set_aside"): 2}


def test_members_of_an_unknown_household_are_counted_in_none() -> None:
    table = roster(household_id=["a", "#REF!", "c"], relation=["head"] * 3)
    rows = pd.DataFrame({"row": [4], "rule": "too_many_cells", "value": "", "expected": ""})
    layout = Layout(pd.RangeIndex(1, 4).to_numpy(), rows)
    members = validate(table, load_dictionary("household_members"), max_rejected=1, layout=layout)
    assert members.lost_from.isna().to_dict() == {2: True, 4: True}
    found = household_features(members)
    assert found.problems[["problem", "persons"]].to_numpy().tolist() == [["members_set_aside", 2]]
    assert found.problems["household_id"].isna().all()
    assert found.households["household_size"].to_dict() == {"a": 1, "c": 1}


def test_harmonising_keeps_whom_a_household_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", "a key for the tests")
    raw = pd.DataFrame({"id_anggota": ["1", "2", "3"], "id_keluarga": ["x", "x", "y"], "409": ["1", "no code", "1"]})
    members = read_registry(raw, schema="regsosek2022k_members", max_rejected=1)
    found = household_features(harmonise(members).registry)
    lost = found.problems[found.problems["problem"] == "members_set_aside"]
    assert lost["household_id"].tolist() == members.lost_from.tolist()
    assert found.households["household_size"].isna().sum() == 1
    assert "x" not in set(members.lost_from)


def test_whoever_is_set_aside_no_count_is_ever_wrong(members: Registry) -> None:
    whole = household_features(members).households
    rows = members.households.reset_index()
    spoilt = rows.assign(age_years=rows["age_years"].mask(rows.index % 7 == 3, UNREADABLE))
    found = household_features(validate(spoilt, load_dictionary("household_members"))).households
    assert found["household_size"].isna().any()
    assert found["household_size"].notna().any()
    for name in [name for name in found if not name.startswith(("head_", "is_head"))]:
        told = found[name].dropna()
        assert told.equals(whole.loc[told.index, name]), name


def test_a_registry_of_households_lost_nobody(registries: list[Registry]) -> None:
    assert registries[0].lost_from.empty
    assert replace(registries[0]).lost_from.empty

"""Waves pair household by household; splits share no time, place or household."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graduation
from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.panel import extreme_poor, in_hashed_share, pair_waves
from graduation.schema import Dictionary, Registry, validate


def two_waves(table: pd.DataFrame, dictionary: Dictionary) -> tuple[Registry, Registry]:
    later = table.assign(wave="2024", welfare=["150", "60", "130", "40", "90", "310"])
    return validate(table, dictionary), validate(later, dictionary)


def test_outcome_is_the_state_of_the_same_household_a_wave_later(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    panel = pair_waves(*two_waves(small_table, small_dictionary))
    # Household e has no welfare now, so its pathway is not known; line 100.
    assert panel.state.to_dict() == {"a": 1, "b": 1, "c": 0, "d": 0, "f": 0}
    assert panel.outcome.to_dict() == {"a": 0, "b": 1, "c": 0, "d": 1, "f": 0}
    assert panel.pathway.to_dict() == {"a": "remain", "b": "remain", "c": "become", "d": "become", "f": "become"}
    counts = panel.counts.set_index("group")["households"]
    assert counts["paired"] == 5
    assert counts["without a known state in one of the waves"] == 1


def test_households_lost_and_new_are_counted_never_dropped_silently(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    before, after = two_waves(small_table, small_dictionary)
    kept = validate(small_table.iloc[:4].assign(wave="2024", household_id=["a", "b", "c", "z"]), small_dictionary)
    spoiled = small_table.assign(wave="2024").replace({"floor": {"1": "7"}})
    lost_to_rules = pair_waves(before, validate(spoiled, small_dictionary)).counts.set_index("group")["households"]
    assert lost_to_rules["lost: not in the next wave"] == 0
    assert lost_to_rules["lost: set aside when the next wave was checked"] == 3
    counts = pair_waves(before, kept).counts.set_index("group")["households"]
    assert counts["lost: not in the next wave"] == 3
    assert counts["new: only in the next wave"] == 1
    assert len(pair_waves(before, after).outcome) == 5


def test_no_later_value_reaches_the_features(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    before, after = two_waves(small_table, small_dictionary)
    pd.testing.assert_frame_equal(
        pair_waves(before, after).households, before.households.loc[["a", "b", "c", "d", "f"]]
    )


def test_waves_in_the_wrong_order_are_refused(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    before, after = two_waves(small_table, small_dictionary)
    with pytest.raises(DataError, match=r"wave 2024 is not before 2023.*Swap the two files"):
        pair_waves(after, before)


def test_two_dictionaries_or_no_common_household_are_refused(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    before, after = two_waves(small_table, small_dictionary)
    other = small_dictionary.model_copy(update={"version": "2"})
    with pytest.raises(DataError, match="one dictionary for both"):
        pair_waves(before, validate(small_table.assign(wave="2024"), other))
    strangers = validate(small_table.assign(wave="2024", household_id=list("uvwxyz")), small_dictionary)
    with pytest.raises(NotEnoughData, match="no household has a known state in both waves"):
        pair_waves(before, strangers)
    assert len(after.households) == 6


def test_one_registry_without_outcome_column_says_what_to_do(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    with pytest.raises(UsageError, match="role 'outcome'"):
        pair_waves(validate(small_table, small_dictionary))


def test_state_is_unknown_where_welfare_is(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    state = extreme_poor(validate(small_table, small_dictionary).households, small_dictionary)
    assert np.isnan(state["e"])
    assert state.drop("e").tolist() == [1, 1, 0, 0, 0]


@pytest.mark.parametrize("by", ["place", "household"])
def test_splits_share_no_place_and_no_household(panel: graduation.Panel, by: str) -> None:
    train, test = panel.split(by, seed=4)  # type: ignore[arg-type]
    column = "village" if by == "place" else "household"
    assert set(train.groups[column]).isdisjoint(test.groups[column])
    assert len(train.outcome) + len(test.outcome) == len(panel.outcome)
    assert 0.1 < len(test.outcome) / len(panel.outcome) < 0.4


def test_split_by_time_lets_training_show_its_outcome_before_the_test_begins() -> None:
    panel = repeated_panel()
    train, test = panel.split("time", at=8)
    assert panel.default_split() == "time"
    assert (train.groups["time"] + 4 <= 8).all()
    assert (test.groups["time"] >= 8).all()
    assert len(train.outcome) + len(test.outcome) < len(panel.outcome)


def repeated_panel() -> graduation.Panel:
    columns = {
        "household_id": {"type": "text", "role": "id"},
        "quarter": {"type": "integer", "role": "time"},
        "poor": {"type": "boolean", "role": "state"},
        "poor_later": {"type": "boolean", "role": "outcome", "known": "later"},
        "size": {"type": "integer"},
    }
    dictionary = Dictionary.model_validate(
        {"name": "r", "version": "1", "repeats": True, "horizon": 4,
         "columns": {name: {"name": name, **column} for name, column in columns.items()}}
    )  # fmt: skip
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"household_id": np.repeat(np.arange(40), 12), "quarter": np.tile(np.arange(12), 40)})
    table = table.assign(poor=rng.integers(0, 2, 480), poor_later=rng.integers(0, 2, 480), size=3)
    return pair_waves(validate(table, dictionary))


def test_a_split_by_row_is_refused_where_households_or_places_repeat(panel: graduation.Panel) -> None:
    with pytest.raises(UsageError, match=r"share their village with another row.*false .83.*allow_row_split=True"):
        panel.split("row")
    train, test = panel.split("row", allow_row_split=True, seed=2)
    assert not set(train.groups["village"]).isdisjoint(test.groups["village"])
    assert len(train.outcome) + len(test.outcome) == len(panel.outcome)
    with pytest.raises(UsageError, match="480 share their household"):
        repeated_panel().split("row")


def test_a_split_by_row_is_the_split_by_household_where_each_is_alone(panel: graduation.Panel) -> None:
    alone = replace(panel, groups=panel.groups[["household", "time"]])
    assert alone.split("row")[1].outcome.index.equals(alone.split("household")[1].outcome.index)


def test_a_split_by_time_knows_when_the_next_wave_was_read_whatever_the_horizon_says(panel: graduation.Panel) -> None:
    late = pd.Series(np.arange(len(panel.outcome)) % 2 * 10 + 2024.0, index=panel.outcome.index)
    times = panel.groups.assign(time=np.arange(len(panel.outcome)) % 3 + 2023)
    train, _ = replace(panel, groups=times, outcome_time=late.iloc[::-1]).split("time", at=2024.5)
    assert (late[train.outcome.index] == 2024).all()
    assert replace(panel, groups=times, outcome_time=late + 9).default_split() == "place"


def test_a_split_with_one_outcome_only_is_refused(panel: graduation.Panel) -> None:
    one = panel.subset(panel.outcome == 0)
    with pytest.raises(NotEnoughData, match="one outcome only"):
        one.split("household")


def test_split_by_time_needs_two_times(panel: graduation.Panel) -> None:
    with pytest.raises(UsageError, match="at least two first waves"):
        panel.split("time")


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=20, max_size=60), st.integers(0, 5))
def test_the_hashed_share_keeps_labels_whole_and_ignores_order(labels: list[str], seed: int) -> None:
    series = pd.Series(labels)
    drawn = in_hashed_share(series, 0.3, seed)
    assert set(series[drawn]).isdisjoint(series[~drawn])
    backwards = in_hashed_share(series.iloc[::-1], 0.3, seed)
    assert set(series[drawn]) == set(series.iloc[::-1][backwards])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "hosehold"}, "did you mean 'household'"),
        ({"by": "time", "share": 0.0}, "between 0 and 1"),
        ({"by": "place", "share": 1.5}, "between 0 and 1"),
    ],
)
def test_wrong_splits_say_what_was_expected(panel: graduation.Panel, options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        panel.split(**options)

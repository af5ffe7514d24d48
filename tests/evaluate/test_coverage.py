"""Ranges of risk are held against what was observed, group by group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import DataError

N = 6_000


@pytest.fixture(scope="module")
def observed() -> tuple[np.ndarray, np.ndarray, pd.Series]:
    """Risks that are right in group a and twice too low in group b."""
    rng = np.random.default_rng(0)
    risk = rng.uniform(0.05, 0.4, N)
    group = pd.Series(rng.choice(["a", "b"], N), name="place")
    truth = np.where(group == "b", 2 * risk, risk)
    return (rng.random(N) < truth).astype(int), risk, group


def test_a_group_whose_risks_are_wrong_is_found(observed: tuple[np.ndarray, np.ndarray, pd.Series]) -> None:
    outcome, risk, group = observed
    found = graduation.range_coverage(outcome, risk, risk * 0.9, risk * 1.1, groups=group)
    held = found.frame().set_index(["group", "level"])["share_held"]
    assert held["place", "a"] >= 0.8
    assert held["place", "b"] == 0
    assert found.metrics()["ranges_held_place"] == pytest.approx((held["place", "a"] + held["place", "b"]) / 2)
    assert "fifths of risk" in found.summary()


def test_ranges_wide_enough_hold_everywhere(observed: tuple[np.ndarray, np.ndarray, pd.Series]) -> None:
    outcome, risk, group = observed
    assert graduation.range_coverage(outcome, risk, risk * 0.5, risk * 2.2, groups=group).table["holds"].all()


def test_the_observed_share_is_weighted_and_rows_may_come_in_any_order(
    observed: tuple[np.ndarray, np.ndarray, pd.Series],
) -> None:
    outcome, risk, group = observed
    weight = np.where(outcome == 1, 3.0, 1.0)
    table = graduation.range_coverage(outcome, risk, risk, risk, weight=weight, groups=group).table
    order = np.random.default_rng(1).permutation(N)
    again = graduation.range_coverage(
        outcome[order],
        risk[order],
        risk[order],
        risk[order],
        weight=weight[order],
        groups={"place": group.to_numpy()[order]},
    )
    pd.testing.assert_frame_equal(table, again.table)
    every = table[table["group"] == "all"]
    expected = np.average(outcome, weights=weight)
    assert np.average(every["observed"]) == pytest.approx(expected, abs=0.02)


def test_small_cells_are_counted_not_shown(observed: tuple[np.ndarray, np.ndarray, pd.Series]) -> None:
    outcome, risk, _ = observed
    rare = pd.Series(np.where(np.arange(N) < 40, "rare", "common"))
    found = graduation.range_coverage(outcome, risk, risk, risk, groups=rare)
    assert found.small == 5
    assert "rare" not in set(found.table["level"])


def test_ranges_outside_0_to_1_are_refused(observed: tuple[np.ndarray, np.ndarray, pd.Series]) -> None:
    outcome, risk, _ = observed
    with pytest.raises(DataError, match="high"):
        graduation.range_coverage(outcome, risk, risk, risk + 1)

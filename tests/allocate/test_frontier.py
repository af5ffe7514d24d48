"""Helped most or neediest: what the same budget does at each need weight."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from graduation.allocate import Capacity, allocate
from graduation.allocate.weighing import Frontier, frontier
from graduation.errors import UsageError
from graduation.interventions import Programme, Recommendations, load_programme, recommend
from graduation.interventions.goal import Goal
from graduation.risk.scores import Scores
from tests.allocate.conftest import made, registry, turned


def without_referral() -> Programme:
    """Return the shipped programme without its cheapest arm, which would reach nearly everybody at any weight."""
    shipped = load_programme("bekasi_2024")
    kept = tuple(arm for arm in shipped.interventions if arm.name != "referral")
    return shipped.model_copy(update={"interventions": kept})


WEIGHTS = (0, 0.1, 0.25, 1)
BUDGET = 60_000_000


@pytest.fixture(scope="module")
def few() -> Recommendations:
    return recommend(*registry(60), without_referral())


@pytest.fixture(scope="module")
def found(few: Recommendations) -> Frontier:
    return frontier(few, budget=BUDGET, need_weights=WEIGHTS)


def line_of(found: Frontier) -> pd.DataFrame:
    return found.table[found.table["kind"] == "frontier"]


def test_more_need_reaches_more_and_averts_less(found: Frontier) -> None:
    line = line_of(found)
    assert line["need_weight"].tolist() == list(WEIGHTS)
    assert (np.diff(line["averted"]) <= 1e-9).all()
    assert (np.diff(line["reached"]) >= -1e-9).all()
    # The weight does something.
    assert line["averted"].iloc[-1] < 0.9 * line["averted"].iloc[0]
    assert line["reached"].iloc[-1] > 1.2 * line["reached"].iloc[0]
    assert (found.table["spent_idr"] <= BUDGET).all()


def test_the_first_point_is_the_plan_without_a_goal(few: Recommendations, found: Frontier) -> None:
    plan = allocate(few, budget=BUDGET)
    first = line_of(found).iloc[0]
    assert first["averted"] == pytest.approx(plan.benefit, abs=1e-12)
    assert first["spent_idr"] == plan.spent
    assert first["share_reached"] == pytest.approx(first["reached"] / few.offers.risk.sum())


def test_no_point_is_better_in_both(found: Frontier) -> None:
    line = line_of(found)
    for _, point in found.table.iterrows():
        better = (line["averted"] > point["averted"] + 1e-9) & (line["reached"] > point["reached"] + 1e-9)
        assert not (point["kind"] == "frontier" and better.any())
    # No reference averts more than the first point or reaches more than the last.
    assert found.table["averted"].max() == line["averted"].iloc[0]
    assert found.table["reached"].max() == line["reached"].iloc[-1]


def test_references_are_those_of_the_allocation(few: Recommendations, found: Frontier) -> None:
    theirs = allocate(few, budget=BUDGET).references.set_index("kind")
    ours = found.table.set_index("kind")
    for kind in ("single_arm", "neediest_first"):
        assert ours.loc[kind, "policy"] == theirs.loc[kind, "policy"]
        assert ours.loc[kind, "households"] == theirs.loc[kind, "households"]
        assert ours.loc[kind, "averted"] == pytest.approx(theirs.loc[kind, "benefit"])
        assert ours.loc[kind, "spent_idr"] == theirs.loc[kind, "cost_idr"]
    assert ours.loc["random", "averted"] < theirs.loc["allocation", "benefit"]


def equal_costs() -> Recommendations:
    """Six households by falling risk; the neediest are helped least, and the third is harmed."""
    benefit = np.array([[0.01], [0.02], [-0.1], [0.1], [0.2], [0.3]])
    return made(np.ones((6, 1)), benefit, np.ones((6, 1), dtype=bool), ["A", "A", "A", "B", "B", "B"])


def test_need_alone_serves_the_highest_risks_that_are_helped() -> None:
    given = equal_costs()
    risk = given.offers.risk
    found = frontier(given, budget=3, need_weights=(1, 0)).table
    assert found["averted"].tolist()[:2] == pytest.approx([0.6, 0.13])
    assert found["reached"].tolist()[:2] == pytest.approx([risk[3:].sum(), risk[[0, 1, 3]].sum()])
    neediest = found[found["kind"] == "neediest_first"].iloc[0]
    assert neediest["reached"] == pytest.approx(found["reached"][1])


def test_who_is_harmed_is_never_served() -> None:
    given = equal_costs()
    for weight in (0, 0.5, 1):
        plan = allocate(given.with_goal(Goal(need_weight=weight)), budget=10).table.set_index("household_id")
        assert plan.loc["h2", "arm"] == "none"
        assert (plan["arm"] != "none").sum() == 5
    assert frontier(given, budget=10, need_weights=[1]).table["households"].tolist() == [5, 5, 5, 5]


def test_pathway_weights_move_money() -> None:
    n, rng = 40, np.random.default_rng(2)
    given = made(np.ones((n, 1)), rng.uniform(0.1, 0.3, (n, 1)), np.ones((n, 1), dtype=bool), ["A"] * n)
    remain = np.arange(n) % 2
    weighed = replace(given, poor_now=remain.astype(float))
    served = []
    for goal in (Goal(), Goal(remain=1.5), Goal(remain=0.6), Goal(remain=0)):
        plan = allocate(weighed.with_goal(goal), budget=10).table.set_index("household_id").loc[given.offers.ids]
        assert plan["cost_idr"].sum() == 10
        served.append(plan["cost_idr"].to_numpy()[remain == 1].sum())
    assert 0 == served[3] <= served[2] < served[0] < served[1]
    found = frontier(weighed.with_goal(Goal(remain=2)), budget=10, need_weights=[0, 0.5])
    own, default = (allocate(weighed.with_goal(goal), budget=10).benefit for goal in (Goal(remain=2), Goal()))
    assert found.table["averted"][0] == pytest.approx(own, abs=1e-12)
    assert own < default
    assert not found.is_plain
    assert "Pathways" in " ".join(found.notes())


def test_limits_are_kept_at_every_weight(few: Recommendations, found: Frontier) -> None:
    limited = frontier(few, budget=BUDGET, need_weights=(0, 1), capacities=[Capacity("cash", 0)])
    assert limited.table["reached"][1] < line_of(found)["reached"].iloc[-1]


def test_the_order_of_households_changes_nothing() -> None:
    given = equal_costs()
    found = frontier(given, budget=3, need_weights=(0, 0.5, 1), seed=4)
    again = frontier(turned(given, [3, 1, 5, 0, 2, 4]), budget=3, need_weights=(0, 0.5, 1), seed=4)
    pd.testing.assert_frame_equal(found.table, again.table, check_exact=True)


def test_weights_are_checked_before_anything_is_planned(few: Recommendations) -> None:
    with pytest.raises(UsageError, match="need_weight is 2"):
        frontier(few, budget=BUDGET, need_weights=[0, 2])
    with pytest.raises(UsageError, match="need_weights is empty"):
        frontier(few, budget=BUDGET, need_weights=[])


def test_what_is_given_up_is_told(few: Recommendations, found: Frontier) -> None:
    line = line_of(found)
    fewer = 1 - line["averted"].iloc[-1] / line["averted"].iloc[0]
    more = line["reached"].iloc[-1] / line["reached"].iloc[0] - 1
    told = " ".join(found.notes())
    assert f"With a need weight of 1: {fewer:.0%} fewer cases averted, {more:.0%} more of the expected" in told
    assert "Rp 60,000,000" in told
    households, scores = registry(60)
    other = recommend(households, scores, without_referral(), language="id")
    same = frontier(other, budget=BUDGET, need_weights=WEIGHTS)
    assert f"kasus tercegah {fewer:.0%} lebih sedikit" in " ".join(same.notes())
    assert same.table["policy"].iloc[1] == "bobot kebutuhan 0,1"
    assert "Rp 60.000.000" in same.notes()[0]
    assert found.metrics()["averted_need_0.0"] == line["averted"].iloc[0]
    assert math.isclose(found.metrics()["reached_random"], found.table["reached"].iloc[-1])


def test_without_money_nothing_is_done(few: Recommendations) -> None:
    empty = frontier(few, budget=0, need_weights=(0, 1))
    assert (empty.table[["averted", "reached", "households", "spent_idr"]] == 0).all().all()
    assert "as many cases averted, as many of the expected" in empty.notes()[1]


def test_the_plot_draws_the_table(found: Frontier) -> None:
    ax = found.plot()
    drawn = ax.lines[0]
    line = line_of(found)
    np.testing.assert_array_equal(drawn.get_xdata(), line["reached"])
    np.testing.assert_array_equal(drawn.get_ydata(), line["averted"])
    points = np.vstack([dots.get_offsets() for dots in ax.collections])
    np.testing.assert_allclose(points, found.table.loc[len(line) :, ["reached", "averted"]])
    labels = {text.get_text() for text in ax.texts}
    assert {"0", "0.1", "1"} <= labels


def test_scores_with_one_pathway_need_no_state(few: Recommendations) -> None:
    households, scores = registry(20)
    bare = recommend(households, Scores(scores.table.drop(columns="pathway"), "t"), without_referral())
    assert len(frontier(bare, budget=10_000_000, need_weights=[0.5]).table) == 4

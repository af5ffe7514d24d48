"""How long the list is: a share, a number, or what a budget pays for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduation import Budget, UsageError, compare, evaluate

OUTCOME = [1, 0, 1, 0, 0, 0, 1, 0]
RISK = [0.9, 0.8, 0.5, 0.5, 0.5, 0.5, 0.2, 0.1]


def estimates(*args, **kwargs):
    return evaluate(*args, **kwargs).table.set_index("metric")["estimate"]


def test_precision_and_recall_at_k_by_hand_with_ties():
    # k = 4: 2 above the cut, 1 of them poor; m = 4 tied, p = 1 poor, r = 2: E = 1 + 2 x 1/4, best 1 + 1, worst 1 + 0
    found = estimates(OUTCOME, RISK, quota=4)
    assert found[["precision", "precision_best", "precision_worst"]].tolist() == pytest.approx([1.5 / 4, 2 / 4, 1 / 4])
    assert found[["recall", "recall_best", "recall_worst"]].tolist() == pytest.approx([1.5 / 3, 2 / 3, 1 / 3])
    # k = 5: r = 3 of 4 tied, 3 of whom are not poor: the poor one may still be left out
    found = estimates(OUTCOME, RISK, quota=5)
    assert found[["recall", "recall_best", "recall_worst"]].tolist() == pytest.approx([1.75 / 3, 2 / 3, 1 / 3])
    # k = 6: all tied are listed, and nothing is left to chance
    found = estimates(OUTCOME, RISK, quota=6)
    assert found[["recall", "recall_best", "recall_worst"]].tolist() == pytest.approx([2 / 3] * 3)


def test_precision_at_k_is_the_mean_over_all_ways_to_break_ties():
    rng = np.random.default_rng(3)
    outcome, risk = rng.integers(0, 2, 40), rng.integers(0, 4, 40) / 4
    broken = [np.lexsort([rng.random(40), -risk])[:11] for _ in range(20_000)]
    hits = np.array([outcome[rows].sum() for rows in broken])
    found = estimates(outcome, risk, quota=11)
    assert found["precision"] == pytest.approx(hits.mean() / 11, abs=0.003)
    assert found["precision_best"] >= hits.max() / 11 - 1e-12
    assert found["precision_worst"] <= hits.min() / 11 + 1e-12


def test_a_number_counts_in_units_of_the_weights():
    weight = [10, 10, 20, 20, 20, 20, 50, 50]
    by_number, by_share = (estimates(OUTCOME, RISK, weight=weight, quota=quota) for quota in (60, 60 / 200))
    assert by_number["list_share"] == pytest.approx(0.3)
    assert by_number.to_numpy() == pytest.approx(by_share.to_numpy(), nan_ok=True)


def test_a_budget_with_one_cost_is_a_number():
    number = estimates(OUTCOME, RISK, quota=4)
    budget = estimates(OUTCOME, RISK, quota=Budget(6_000_000, cost=1_500_000))
    assert budget.to_numpy() == pytest.approx(number.to_numpy(), nan_ok=True)


def test_a_budget_is_spent_from_the_highest_risk_down_whatever_the_order_of_ids():
    cost = np.array([3.0, 1.0, 2.0, 2.0, 2.0, 2.0, 5.0, 5.0])
    # 3 + 1 are spent above the cut, 4 of 8 are left for the four tied: half of each
    found = estimates(OUTCOME, RISK, quota=Budget(8.0, cost=cost))
    assert found["list_share"] == pytest.approx(4 / 8)
    assert found["recall"] == pytest.approx(1.5 / 3)
    back = slice(None, None, -1)
    turned = estimates(OUTCOME[back], RISK[back], quota=Budget(8.0, cost=cost[back]))
    assert turned.to_numpy() == pytest.approx(found.to_numpy(), nan_ok=True)


def test_a_dear_household_leaves_room_for_fewer():
    found = estimates([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6], quota=Budget(10.0, cost=[9.0, 1.0, 1.0, 1.0]))
    assert found["list_share"] == pytest.approx(0.5)


def test_more_money_than_households_lists_everybody():
    found = estimates(OUTCOME, RISK, quota=Budget(1e9, cost=1.0))
    assert found[["list_share", "recall"]].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        (9, "over 100 % of the 8"),
        (1.5, "a number of households as an int"),
        (Budget(5, cost=[1.0, -1, 1, 1, 1, 1, 1, 1]), "column 'cost'.*first -1"),
        (Budget(5, cost=[1.0, np.nan, 1, 1, 1, 1, 1, 1]), "column 'cost'.*missing"),
        (Budget(5, cost=[1.0]), "'cost': 1 values; expected 8"),
    ],
)
def test_quotas_that_make_no_list_are_refused(quota, words):
    with pytest.raises(ValueError, match=words):
        evaluate(OUTCOME, RISK, quota=quota)
    with pytest.raises(ValueError, match=words):
        compare(OUTCOME, {"model": RISK}, quota=quota)


@pytest.mark.parametrize(("amount", "cost"), [(0, 1.0), (-1, 1.0), (np.nan, 1.0), (np.inf, 1.0), (1.0, 0), (1.0, -2)])
def test_a_budget_without_money_or_cost_is_refused(amount, cost):
    with pytest.raises(UsageError, match="more than 0"):
        Budget(amount, cost=cost)


def test_the_notes_say_what_the_list_follows_from():
    said = {
        "as large as the number of extreme poor": None,
        "as asked": 0.5,
        "units of the weights": 4,
        "what 8 pays for": Budget(8.0, cost=[1.0] * 8),
    }
    for words, quota in said.items():
        assert any(words in note for note in evaluate(OUTCOME, RISK, quota=quota).notes()), words


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.1, 0.4, 0.8])), min_size=3, max_size=20), st.data())
def test_every_number_gives_bounds_around_the_expected(rows, data):
    outcome, risk = zip(*[*rows, (0, 0.4), (1, 0.4)], strict=True)
    k = data.draw(st.integers(1, len(outcome)))
    found = estimates(outcome, risk, quota=k)
    assert found["precision_worst"] - 1e-12 <= found["precision"] <= found["precision_best"] + 1e-12
    assert found["recall"] * sum(outcome) == pytest.approx(found["precision"] * k)


def test_who_costs_nothing_is_listed_even_when_the_money_is_spent():
    assert estimates([1, 0, 1], [0.9, 0.5, 0.2], quota=Budget(10, cost=[0, 0, 0]))["list_share"] == 1
    assert estimates([1, 0, 1], [0.9, 0.5, 0.2], quota=Budget(10, cost=[5, 0, 0]))["list_share"] == 1
    assert estimates([1, 0, 1], [0.9, 0.5, 0.2], quota=Budget(5, cost=[5, 0, 1]))["list_share"] == pytest.approx(2 / 3)


def test_ties_of_unequal_cost_have_no_bounds():
    # 10 tied: the money buys all 5 poor at cost 1, or one of the others at cost 9
    outcome, cost = [1] * 5 + [0] * 5, [1.0] * 5 + [9.0] * 5
    found = estimates(outcome, [0.5] * 10, quota=Budget(10, cost=cost))
    assert found["list_share"] == pytest.approx(0.2)
    assert found[["recall_best", "recall_worst", "precision_best", "precision_worst"]].isna().all()
    assert np.isfinite(found["recall"])

"""What published targeting code got wrong, one test each; those of lists with ties are in `test_quota.py` too."""

import time

import numpy as np
import pytest
from sklearn.metrics import f1_score

from graduation import Budget, DataError, evaluate, evaluate_pathways


def estimates(*args, **kwargs):
    return evaluate(*args, **kwargs).table.set_index("metric")["estimate"]


@pytest.mark.parametrize("gap", [0.5, 1e-6, 1e-13])
def test_a_perfect_score_has_auc_1_however_close_its_values(gap):
    # a grid of thresholds that misses the gap between the two would give .5
    outcome = np.tile([1, 0, 0, 0], 10)
    found = estimates(outcome, 0.3 + gap * outcome)
    assert found["roc_auc"] == 1
    assert found["average_precision"] == 1


@pytest.mark.parametrize("first", [1, 0])
def test_a_constant_score_has_the_precision_of_chance_whatever_the_order_of_the_truth(first):
    outcome = np.r_[np.full(20, first), np.full(60, 1 - first)]
    found = estimates(outcome, np.full(80, 0.3))
    assert found["precision"] == pytest.approx(outcome.mean())
    assert found["recall"] == pytest.approx(outcome.mean())
    assert found["roc_auc"] == 0.5
    assert found["precision_best"] == 1
    assert found["precision_worst"] == max(0, (2 * outcome.sum() - 80) / outcome.sum())


def test_weights_are_not_cut_to_whole_copies():
    # 1, 1.9, 2.5 would become 1, 1, 2
    found = estimates([1, 0, 1], [0.9, 0.5, 0.1], weight=[1, 1.9, 2.5])
    assert found["prevalence"] == pytest.approx(3.5 / 5.4)
    assert found["roc_auc"] == pytest.approx(1 / 3.5)


def test_the_household_of_lowest_weight_counts():
    with_it = estimates([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], weight=[0.01, 5, 5, 5])
    assert with_it["prevalence"] == pytest.approx(5.01 / 15.01)
    assert with_it["n_positive"] == 2


def test_equal_weights_are_no_weights():
    plain = estimates([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    equal = estimates([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], weight=[3.0] * 4)
    assert np.isfinite(equal["roc_auc"])
    assert equal.drop(["ece_by_chance"]).to_numpy() == pytest.approx(
        plain.drop(["ece_by_chance"]).to_numpy(), nan_ok=True
    )


@pytest.mark.parametrize("column", ["outcome", "risk", "weight"])
def test_a_missing_value_is_refused_and_never_read_as_0(column):
    given = {"outcome": [1.0, 0, 1, 0], "risk": [0.9, 0.8, 0.7, 0.1], "weight": [1.0] * 4}
    given[column][2] = np.nan
    with pytest.raises(DataError, match=f"row 3, column '{column}'.*missing"):
        evaluate(given.pop("outcome"), given.pop("risk"), **given)


def test_time_grows_with_the_rows_and_not_with_their_square():
    def seconds(n):
        rng = np.random.default_rng(0)
        risk, group = rng.random(n), rng.integers(0, 5, n)
        best = np.inf
        for _ in range(2):
            start = time.process_time()
            evaluate(rng.integers(0, 2, n), risk, groups={"g": group}, cluster=group)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(32_000) < 40 * seconds(2_000)  # 16 times the rows; their square would be 256 times


def test_a_capped_budget_goes_to_the_highest_risk_and_not_to_the_first_ids():
    risk = np.linspace(0.1, 0.9, 10)  # the first ids are the least at risk
    outcome = (risk > 0.65).astype(int)
    found = estimates(outcome, risk, quota=Budget(3.0, cost=np.ones(10)))
    assert found["recall"] == 1


def test_no_figure_lets_the_many_who_are_not_poor_hide_the_few_who_are():
    # nobody is ever predicted poor: accuracy .91, and the macro score says what that is worth
    rng = np.random.default_rng(1)
    state = np.r_[np.ones(60), np.zeros(540)]
    outcome = np.r_[np.tile([1, 0], 30), np.tile([1] + [0] * 23, 540 // 24 + 1)[:540]]
    blind = np.full(600, outcome.mean())
    predicted = blind > 0.5
    assert (predicted == outcome).mean() > 0.9
    assert f1_score(outcome, predicted, average="macro", zero_division=0) < 0.5
    found = evaluate_pathways(outcome, blind, state)
    assert not any("accuracy" in metric for metric in found.frame()["metric"])
    assert found.metrics()["all_targeting_differential"] == pytest.approx(0, abs=1e-12)
    assert found.metrics()["remain_roc_auc"] == found.metrics()["become_roc_auc"] == 0.5
    # knowing the state now and nothing else ranks well over both, and not at all within either
    state_only = np.where(state == 1, 0.5, 0.04) + 0 * rng.random(600)
    told = evaluate_pathways(outcome, state_only, state).metrics()
    assert told["all_roc_auc"] > 0.7
    assert told["remain_roc_auc"] == told["become_roc_auc"] == 0.5

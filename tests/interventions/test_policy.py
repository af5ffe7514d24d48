from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.interventions import EffectModel
from graduation.interventions.estimating.doubly_robust import DoublyRobust
from graduation.interventions.estimating.records import Records
from graduation.interventions.valuing.policy import PolicyValue, policy_value, tabled
from graduation.interventions.valuing.references import compared
from graduation.interventions.valuing.scored import Scored, ValueSettings
from graduation.interventions.valuing.spending import served_in_turn

from .trials import job_corps, liberia

ARMS = np.array(["none", "cash", "training"])
EVEN = dict.fromkeys(ARMS.tolist(), 1 / 3)
QUICK = ValueSettings(model=EffectModel(n_folds=2))


def trial(seed: int, n: int = 400) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return features, arms drawn evenly, outcomes, and a rule: training for the skilled, cash for the others.

    Cash adds 0.2 for all and training 0.4 for the skilled, so that the rule is worth 0.3 above the control on average.
    """
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"skilled": rng.integers(0, 2, n), "assets": rng.normal(size=n)})
    code = rng.integers(0, 3, n)
    gain = np.column_stack([np.zeros(n), np.full(n, 0.2), 0.4 * X["skilled"]])
    outcome = 0.3 * X["assets"].to_numpy() + gain[np.arange(n), code] + rng.normal(0, 0.5, n)
    return X, ARMS[code], outcome, np.where(X["skilled"] == 1, "training", "cash")


def rows(value: PolicyValue) -> pd.DataFrame:
    return value.table.set_index("policy")


def by_lot(seed: int, n: int) -> tuple[Scored, np.ndarray, float]:
    """Return scores of a trial by inverse probability alone, without fits, its rule, and the rule's true gain."""
    X, arm, outcome, rule = trial(seed, n)
    code, wanted = np.searchsorted(ARMS[1:], arm, side="right") * (arm != "none"), np.searchsorted(ARMS[1:], rule) + 1
    one = np.ones(n)
    chance, usable = np.full((n, 3), 1 / 3), np.ones((n, 3), dtype=bool)
    records = Records(np.arange(n), X, code, outcome, one, np.arange(n), chance, ARMS.tolist())
    value = outcome[:, None] * np.eye(3)[code] * 3
    truth = float(np.where(X["skilled"] == 1, 0.4, 0.2).mean())
    return Scored(DoublyRobust(records, 0 * value, chance, usable, value), None, None), wanted, truth


def test_intervals_cover_the_truth_and_values_are_not_biased() -> None:
    seeds, gains, covered = 200, [], 0
    for seed in range(seeds):
        scored, rule, truth = by_lot(seed, n=300)
        row = tabled(scored, compared(scored, rule, 30)).set_index("policy").loc["control"]
        gains.append(row["difference"] - truth)
        covered += row["difference_low"] <= truth <= row["difference_high"]
    assert binom.ppf(0.001, seeds, 0.95) <= covered <= binom.ppf(0.999, seeds, 0.95)
    assert abs(np.mean(gains)) < 3.3 * np.std(gains) / np.sqrt(seeds)


def test_a_trial_gives_the_plain_difference_of_means_up_to_noise() -> None:
    X, arm, outcome, _ = trial(0, n=3_000)
    row = rows(policy_value(np.full(len(arm), "cash"), arm, outcome, X=X, propensity=EVEN, settings=QUICK)).loc[
        "control"
    ]
    cash, none = outcome[arm == "cash"], outcome[arm == "none"]
    error = np.sqrt(cash.var() / len(cash) + none.var() / len(none))
    assert row["difference"] == pytest.approx(cash.mean() - none.mean(), abs=error)
    # What features explain of the outcome makes the error smaller, never much larger.
    assert 0.7 * error < row["difference_standard_error"] < 1.02 * error


def test_a_rule_that_is_the_best_single_arm_differs_from_it_by_nothing() -> None:
    X, arm, outcome, _ = trial(0)
    value = policy_value(
        np.full(len(arm), "cash"), arm, outcome - 2 * (arm == "training"), X=X, propensity=EVEN, settings=QUICK
    )
    row = rows(value).loc["best_single_arm"]
    assert value.best_arm == "cash"
    assert row[["difference", "difference_standard_error", "difference_low", "p_value"]].tolist() == [0, 0, 0, 1]
    assert "do not show" in value.notes()[0]


def test_the_control_is_the_best_single_arm_where_all_others_harm() -> None:
    X, arm, outcome, rule = trial(0)
    value = policy_value(rule, arm, outcome - 2 * (arm != "none"), X=X, propensity=EVEN, settings=QUICK)
    assert value.best_arm == "none"
    assert rows(value).loc["best_single_arm", "difference"] == rows(value).loc["control", "difference"] < -1
    assert "does worse" in value.notes()[0]


def test_a_good_rule_beats_the_best_single_arm_and_chance() -> None:
    X, arm, outcome, rule = trial(1, n=4_000)
    table = rows(policy_value(rule, arm, outcome, X=X, propensity=EVEN, settings=QUICK))
    assert (table.loc[["best_single_arm", "rule_arms_at_random"], "p_value"] < 0.01).all()
    assert table.loc["rule_arms_at_random", "difference"] == pytest.approx(0.1, abs=0.06)
    assert table.loc[["rule", "rule_arms_at_random"], "treated"].tolist() == pytest.approx([1, 1])


def test_row_order_changes_nothing() -> None:
    X, arm, outcome, rule = trial(0)
    rng = np.random.default_rng(1)
    need, village, weight = rng.integers(0, 9, len(arm)), np.arange(len(arm)) // 5, rng.uniform(1, 3, len(arm))

    def found(turn: np.ndarray) -> pd.DataFrame:
        settings = ValueSettings(cost={"cash": 1, "training": 3}, need=need[turn])
        return policy_value(
            rule[turn], arm[turn], outcome[turn], X=X.iloc[turn], cluster=village[turn], weight=weight[turn],
            settings=settings,
        ).table  # fmt: skip

    first, second = found(np.arange(len(arm))), found(rng.permutation(len(arm)))
    pd.testing.assert_frame_equal(first, second, check_exact=False, rtol=1e-9)


def test_weights_count_records() -> None:
    X, arm, outcome, rule = trial(2, n=2_000)
    weight = np.where(X["skilled"] == 1, 4.0, 1.0)
    table = rows(policy_value(rule, arm, outcome, X=X, propensity=EVEN, weight=weight, settings=QUICK))
    assert table.loc["control", "difference"] == pytest.approx(0.36, abs=0.08)
    plain = rows(policy_value(rule, arm, outcome, X=X, propensity=EVEN, weight=np.full(2_000, 7.0), settings=QUICK))
    even = rows(policy_value(rule, arm, outcome, X=X, propensity=EVEN, settings=QUICK))
    np.testing.assert_allclose(plain["value"], even["value"], atol=0.005)


def test_clusters_that_share_luck_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    village = np.repeat(np.arange(60), 10)
    arm = ARMS[:2][rng.permutation(np.arange(60) % 2)[village]]
    outcome = rng.normal(0, 0.4, 60)[village] + rng.normal(0, 0.4, 600)
    X, rule, chance = pd.DataFrame({"x": rng.normal(size=600)}), np.full(600, "cash"), {"none": 0.5, "cash": 0.5}
    alone = rows(policy_value(rule, arm, outcome, X=X, propensity=chance, settings=QUICK))
    whole = rows(policy_value(rule, arm, outcome, X=X, propensity=chance, cluster=village))
    assert whole.loc["rule", "standard_error"] > 1.8 * alone.loc["rule", "standard_error"]


def test_references_spend_what_the_rule_spends() -> None:
    X, arm, outcome, _ = trial(3, n=3_000)
    rule = np.where((X["skilled"] == 1) & (X["assets"] > 0), "training", "none")
    settings = ValueSettings(cost={"none": 1, "cash": 3, "training": 5}, need=-X["assets"])
    table = rows(policy_value(rule, arm, outcome, X=X, propensity=EVEN, settings=settings))
    equal = ["rule", "rule_arms_at_random", "best_arms_at_random", "neediest_first"]
    np.testing.assert_allclose(table.loc[equal, "spend"], 4 * (rule == "training").mean())
    assert table.loc["control", ["spend", "treated"]].tolist() == [0, 0]
    # Cash at half the price reaches twice as many.
    assert table.loc["neediest_first", "treated"] == pytest.approx(2 * (rule == "training").mean())


def test_references_spend_the_same_where_costs_and_weights_differ() -> None:
    X, arm, outcome, _ = trial(3, n=900)
    rng = np.random.default_rng(0)
    cost = pd.DataFrame({"cash": rng.uniform(1, 2, 900), "training": rng.uniform(2, 6, 900)}, index=X.index)
    rule = np.where(cost["training"] < 3, "training", np.where(cost["cash"] < 1.3, "cash", "none"))
    weight = np.where(cost["training"] < 3, 3.0, 1.0) * rng.uniform(1, 2, 900)
    settings = ValueSettings(cost=cost, need=X["assets"], model=QUICK.model)
    table = rows(policy_value(rule, arm, outcome, X=X, propensity=EVEN, weight=weight, settings=settings))
    paid = np.select([rule == "training", rule == "cash"], [cost["training"], cost["cash"]], 0.0)
    equal = ["rule", "rule_arms_at_random", "best_arms_at_random", "neediest_first"]
    np.testing.assert_allclose(table.loc[equal, "spend"], np.average(paid, weights=weight))
    # The rule picks households that are cheap to serve, so that it reaches more for the money.
    assert table.loc["rule", "treated"] > 1.1 * table.loc["rule_arms_at_random", "treated"]


def test_random_is_the_mean_over_draws_and_not_one_draw() -> None:
    scored, rule, _ = by_lot(4, n=900)
    expected = tabled(scored, compared(scored, rule, 30)).set_index("policy").loc["rule_arms_at_random", "value"]
    rng = np.random.default_rng(0)
    every = np.arange(900)
    draws = [scored.scores.value[every, rng.permutation(rule)].mean() for _ in range(500)]
    assert expected == pytest.approx(np.mean(draws), abs=4 * np.std(draws) / np.sqrt(500))


def test_neediest_first_serves_in_order_and_the_tied_share() -> None:
    need, weight = np.array([1.0, 9.0, 5.0, 5.0]), np.array([1.0, 1.0, 1.0, 3.0])
    cost = np.tile([0.0, 2.0, 5.0], (4, 1))
    np.testing.assert_allclose(served_in_turn([(1, 0)], cost, need, weight, 6.0)[:, 1], [0, 1, 0.5, 0.5])
    chance = served_in_turn([(1, 0), (2, 1)], cost, need, weight, 12 + 3.0)
    np.testing.assert_allclose(chance, [[0, 1, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0]])
    np.testing.assert_allclose(served_in_turn([(1, 0)], cost, need, weight, 99.0)[:, 1], 1)
    assert served_in_turn([], cost, need, weight, 6.0)[:, 0].tolist() == [1, 1, 1, 1]


def test_records_that_could_not_get_an_arm_are_set_aside_for_all_policies() -> None:
    X, arm, outcome, rule = trial(0, n=1_500)
    old = np.random.default_rng(5).random(1_500) < 0.2
    arm = np.where(old & (arm == "training"), "none", arm)
    chance = pd.DataFrame(EVEN, index=X.index)
    chance.loc[old] = [2 / 3, 1 / 3, 0.0]
    value = policy_value(rule, arm, outcome, X=X, propensity=chance, settings=QUICK)
    assert value.n_records == (~old).sum()
    assert value.set_aside == pytest.approx(old.mean())
    assert f"{value.set_aside:.1%}" in value.notes()[1]
    most = np.arange(1_500) < 1_000
    chance.loc[most] = [0.5, 0.5, 0.0]
    with pytest.raises(
        NotEnoughData, match=r"% of the records could hardly.*'cash' 0%, 'training' \d\d%.*design_pilot"
    ):
        policy_value(
            rule, np.where(most & (arm == "training"), "none", arm), outcome, X=X, propensity=chance, settings=QUICK
        )


def test_an_arm_that_nobody_could_get_is_refused() -> None:
    X, arm, outcome, rule = trial(0)
    with pytest.raises(DataError, match="records took an arm whose given probability is 0"):
        policy_value(rule, arm, outcome, X=X, propensity={"none": 1.0, "cash": 0.0, "training": 0.0})


def test_thin_matches_are_refused_with_what_would_do() -> None:
    X, arm, outcome, _ = trial(0)
    rule = np.where(np.arange(len(arm)) < 30, "training", "none")
    with pytest.raises(NotEnoughData, match=r"the arm the rule gives them: arm 'training' \d.*about .* design_pilot"):
        policy_value(rule, arm, outcome, X=X, propensity=EVEN, settings=QUICK)


def test_an_arm_that_is_hardly_ever_given_is_told_and_not_refused() -> None:
    X, arm, outcome, _ = trial(0)
    rule = np.where(np.arange(len(arm)) < 15, "training", "cash")
    value = policy_value(rule, arm, outcome, X=X, propensity=EVEN, settings=QUICK)
    assert value.thin == ("training",)
    assert "say nothing by themselves: training" in value.notes()[1]
    whole = policy_value(np.full(len(arm), "cash"), arm, outcome, X=X, propensity=EVEN, settings=QUICK)
    assert whole.thin == ()
    assert len(whole.notes()) == len(value.notes()) - 1


def test_what_is_wrong_with_a_rule_is_said() -> None:
    X, arm, outcome, rule = trial(0)
    with pytest.raises(UsageError, match=r"no record got: 'traning' did you mean 'training'\?.*design_pilot"):
        policy_value(np.where(rule == "training", "traning", rule), arm, outcome, X=X)
    with pytest.raises(UsageError, match="assigned has 399 values and X 400"):
        policy_value(rule[:-1], arm, outcome, X=X)
    with pytest.raises(UsageError, match="different indexes"):
        policy_value(pd.Series(rule, index=X.index[::-1]), arm, outcome, X=X)
    holes = rule.astype(object)
    holes[:3] = None
    with pytest.raises(DataError, match=r"unknown for 3 of 400.*'none' where the rule gives nothing"):
        policy_value(holes, arm, outcome, X=X)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ValueSettings(need=np.zeros(400)), "need is given without cost"),
        (ValueSettings(cost={"cash": 1, "trainng": 2}), "lacks the arms training.*did you mean 'trainng'"),
        (ValueSettings(cost={"cash": 1, "training": 0}), "cost of training.*not above that of 'none'"),
        (ValueSettings(cost={"cash": 1, "training": np.nan}), "cost of training"),
        (ValueSettings(cost=pd.DataFrame({"cash": [1.0], "training": [1.0]})), "cost has 1 values"),
        (ValueSettings(cost={"cash": 1, "training": 2}, need=np.full(400, np.nan)), "need is unknown"),
        (ValueSettings(cost=3), "mapping of arm to cost"),
    ],
)
def test_costs_and_need_are_checked(settings: ValueSettings, message: str) -> None:
    X, arm, outcome, rule = trial(0)
    with pytest.raises(UsageError, match=message):
        policy_value(rule, arm, outcome, X=X, propensity=EVEN, settings=settings)


def test_result_shows_notes_metrics_and_plot() -> None:
    X, arm, outcome, rule = trial(0)
    value = policy_value(rule, arm, outcome, X=X, propensity=EVEN, settings=QUICK)
    assert "spend" not in value.shown()
    assert "the best single arm: training" in value.summary()
    assert value.metrics()["minus_control"] == rows(value).loc["control", "difference"]
    assert len(value.plot().get_yticklabels()) == 3


def test_job_corps(real_data: Path) -> None:
    X, arm, outcome = job_corps(real_data)
    row = rows(policy_value(np.full(len(X), "training"), arm, outcome, X=X)).loc["control"]
    assert row["difference"] == pytest.approx(19.7, abs=3.9 / 2)
    assert row["difference_standard_error"] == pytest.approx(3.9, rel=0.15)


def test_liberia(real_data: Path) -> None:
    X, arm, outcome = liberia(real_data)
    value = policy_value(np.full(len(X), "both"), arm, outcome, X=X)
    row = rows(value).loc["control"]
    assert value.best_arm == "both"
    assert row["difference"] == pytest.approx(0.224, abs=0.076 / 2)
    assert row["difference_standard_error"] == pytest.approx(0.076, rel=0.15)


def test_the_page_on_values_gives_what_it_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "policy-value.md"
    found = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 20
    assert found.failed == 0

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from graduation.errors import NotEnoughData, UsageError
from graduation.interventions import EffectModel
from graduation.interventions.valuing.curve import BudgetCurve, budget_curve
from graduation.interventions.valuing.paths import at_spends, best_path, blind_path, corners, half_sampled
from graduation.interventions.valuing.scored import ValueSettings
from graduation.interventions.valuing.spending import blind_shares, blind_steps

ARMS = np.array(["none", "cash", "training"])
EVEN = dict.fromkeys(ARMS.tolist(), 1 / 3)


def problem(seed: int, n: int, n_arms: int, *, whole: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return effects and costs (n, arms + 1) with the control first, and weights; whole numbers tie often."""
    rng = np.random.default_rng(seed)
    effect, cost = rng.normal(0.3, 1, (n, n_arms)), rng.uniform(0.5, 3, (n, n_arms))
    if whole:
        effect, cost = np.rint(3 * effect), np.rint(cost) + 1
    none = np.zeros((n, 1))
    return np.hstack([none, effect]), np.hstack([none, cost]), rng.uniform(0.5, 2, n)


def optimum(effect: np.ndarray, cost: np.ndarray, weight: np.ndarray, spend: float) -> float:
    """Return the best mean gain for a mean spend, by a linear program."""
    n, n_arms = effect.shape
    w = np.repeat(weight, n_arms)
    one = np.kron(np.eye(n), np.ones(n_arms))
    found = linprog(
        -w * effect.ravel(), A_ub=np.vstack([w * cost.ravel(), one]), b_ub=[spend * weight.sum(), *np.ones(n)],
        bounds=(0, 1),
    )  # fmt: skip
    return -found.fun / weight.sum()


def slow(effect: np.ndarray, cost: np.ndarray, weight: np.ndarray, spend: float) -> float:
    """Return the same by hand: give at each turn the dearer arm that gains most per cost to whoever gains most."""
    now, money, gain = np.zeros(len(effect), dtype=int), spend * weight.sum(), 0.0
    while money > 1e-12:
        best = (0.0, -1, -1)
        for unit, held in enumerate(now):
            for arm in range(effect.shape[1]):
                price = cost[unit, arm] - cost[unit, held]
                if price > 0 and (slope := (effect[unit, arm] - effect[unit, held]) / price) > best[0]:
                    best = (slope, unit, arm)
        slope, unit, arm = best
        if unit < 0:
            break
        price = weight[unit] * (cost[unit, arm] - cost[unit, now[unit]])
        part = min(1, money / price)
        money, gain, now[unit] = money - part * price, gain + part * price * slope, arm
    return gain / weight.sum()


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("n_arms", [1, 2, 4])
def test_the_path_is_the_optimum_of_the_knapsack_at_every_budget(n_arms: int, whole: bool) -> None:
    for seed in range(4):
        effect, cost, weight = problem(seed, 12, n_arms, whole=whole)
        path = best_path(effect, cost, effect)
        end = corners(path, weight)[0][-1]
        for spend in np.linspace(0, 1.2 * end, 7):
            best = optimum(effect, cost, weight, spend)
            assert at_spends(path, weight, np.array([spend]))[0] == pytest.approx(best, abs=1e-9)
            assert slow(effect, cost, weight, spend) == pytest.approx(best, abs=1e-9)


def test_the_order_of_equals_does_not_count_and_a_straight_line_is_spent_evenly() -> None:
    rng = np.random.default_rng(0)
    cost = np.tile([0.0, 2.0], (50, 1))
    effect, value = np.tile([0.0, 1.0], (50, 1)), np.column_stack([np.zeros(50), rng.normal(size=50)])
    path = best_path(effect, cost, value)
    line = at_spends(path, np.ones(50), np.array([0, 0.5, 1, 2]))
    np.testing.assert_allclose(line, value[:, 1].mean() * np.array([0, 0.25, 0.5, 1]))
    blind = blind_path([(1, 0)], cost, value, np.zeros(50))
    np.testing.assert_allclose(at_spends(blind, np.ones(50), np.array([0, 0.5, 1, 2])), line)


def test_the_blind_path_and_its_shares_agree() -> None:
    _, cost, weight = problem(0, 60, 3)
    value = np.hstack([np.zeros((60, 1)), np.random.default_rng(1).normal([0.3, 0.7, 0.8], 0.1, (60, 3))])
    mean_gain, mean_cost = (np.average(table, axis=0, weights=weight) for table in (value, cost))
    steps = blind_steps(mean_gain, mean_cost)
    path = blind_path(steps, cost, value, np.zeros(60))
    for spend in (0.3, 1.0, 9.0):
        shares = blind_shares(steps, mean_cost, spend)
        assert shares.sum() == pytest.approx(1)
        assert at_spends(path, weight, np.array([spend]))[0] == pytest.approx(float(shares @ mean_gain))


def test_half_samples_give_the_spread_over_samples() -> None:
    n, grid = 300, np.array([0.2, 0.6, 1.0])
    ends, spreads = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        effect = np.column_stack([np.zeros(n), rng.uniform(0, 1, n)])
        cost = np.column_stack([np.zeros(n), rng.uniform(1, 2, n)])
        value = effect + np.column_stack([np.zeros(n), rng.normal(0, 1, n)])
        path, group = best_path(effect, cost, value), np.arange(n) // 2
        ends.append(at_spends(path, np.ones(n), grid))
        drawn = half_sampled([path], np.ones(n), group, grid, draws=60, seed=0)
        spreads.append(drawn[0].std(axis=0))
    np.testing.assert_allclose(np.mean(spreads, axis=0), np.std(ends, axis=0), rtol=0.2)


def trial(seed: int, n: int = 1_200) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, pd.DataFrame]:
    """Return features, arms by lot, outcomes and the true effects: cash 0.2 for all, training 0.6 for the skilled."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"skilled": rng.integers(0, 2, n), "assets": rng.normal(size=n)})
    effects = pd.DataFrame({"cash": np.full(n, 0.2), "training": 0.6 * X["skilled"]})
    code = rng.integers(0, 3, n)
    gain = np.column_stack([np.zeros(n), effects])[np.arange(n), code]
    return X, ARMS[code], gain + rng.normal(0, 0.5, n), effects


COST = {"cash": 1.0, "training": 2.0}


def curve_of(seed: int, need: bool = False, **more: object) -> BudgetCurve:
    X, arm, outcome, effects = trial(seed)
    settings = ValueSettings(cost=COST, need=-X["assets"] if need else None, model=EffectModel(n_folds=2))
    return budget_curve(effects, arm, outcome, X=X, propensity=EVEN, settings=settings, **more)


def test_the_rule_is_above_random_where_effects_differ_and_intervals_hold_the_truth() -> None:
    curve = curve_of(0, need=True)
    row = curve.at(1.0).set_index("policy")
    assert row.index.tolist() == ["rule", "random", "neediest_first", "only cash", "only training"]
    # At a mean spend of 1 all the skilled are trained; at 1.5 the others have cash too.
    assert row.loc["rule", "low"] < 0.3 < row.loc["rule", "high"]
    assert row.loc["random", "difference"] > 0
    assert row.loc["neediest_first", "difference_low"] > 0
    end = curve.at(1.5).set_index("policy").loc["rule"]
    assert end["low"] < 0.4 < end["high"]
    first = curve.table[curve.table["spend"] == 0]
    assert (first[["gain", "standard_error", "difference"]] == 0).all().all()


def test_constant_effects_give_what_is_blind() -> None:
    X, arm, outcome, _ = trial(1)
    effects = pd.DataFrame({"cash": np.full(len(X), 0.2), "training": np.full(len(X), 0.3)})
    settings = ValueSettings(cost={"cash": 1.0, "training": 2.0})
    curve = budget_curve(effects, arm, outcome, X=X, propensity=EVEN, settings=settings)
    table = curve.table.pivot(index="spend", columns="policy", values="gain")
    half = table.index <= 1
    np.testing.assert_allclose(table.loc[half, "rule"], table.loc[half, "only cash"])
    # Two orders of spending that are one differ by nothing in any half of the records.
    same = curve.table[(curve.table["policy"] == "only cash") & (curve.table["spend"] <= 1)]
    np.testing.assert_allclose(same["difference_standard_error"], 0, atol=1e-12)
    line = table.loc[half, "rule"].to_numpy()
    np.testing.assert_allclose(line, np.linspace(0, line[-1], half.sum()), atol=1e-12)


def test_row_order_changes_nothing_and_seeds_repeat() -> None:
    X, arm, outcome, effects = trial(2, n=500)
    need, weight = np.random.default_rng(0).integers(0, 5, 500), np.random.default_rng(1).uniform(1, 2, 500)
    village = np.arange(500) // 4

    def found(turn: np.ndarray) -> BudgetCurve:
        settings = ValueSettings(cost=COST, need=need[turn])
        return budget_curve(
            effects.iloc[turn], arm[turn], outcome[turn], X=X.iloc[turn], cluster=village[turn], weight=weight[turn],
            settings=settings,
        )  # fmt: skip

    first, second = found(np.arange(500)), found(np.random.default_rng(3).permutation(500))
    pd.testing.assert_frame_equal(first.table, second.table, check_exact=False, rtol=1e-8, atol=1e-10)
    pd.testing.assert_frame_equal(first.areas, second.areas, check_exact=False, rtol=1e-8, atol=1e-10)


def test_at_a_spend_and_areas() -> None:
    curve = curve_of(3)
    rule = curve.table[curve.table["policy"] == "rule"]
    step = curve.at(float(rule["spend"].iloc[40])).set_index("policy").loc["rule"]
    assert step["gain"] == pytest.approx(rule["gain"].iloc[40])
    between = curve.at(float(rule["spend"].iloc[40:42].mean())).set_index("policy").loc["random"]
    beside = curve.table[curve.table["policy"] == "random"].iloc[40:42]
    assert between["difference"] == pytest.approx(beside["difference"].mean())
    assert beside["p_value"].min() - 1e-12 <= between["p_value"] <= beside["p_value"].max() + 1e-12
    assert curve.areas.loc[0, "gain"] == pytest.approx(rule["gain"].mean())
    assert curve.metrics()["minus_random"] == pytest.approx(
        curve.table.loc[curve.table["policy"] == "random", "difference"].mean()
    )
    with pytest.raises(UsageError, match="from 0 to"):
        curve.at(1e9)


def test_arms_that_never_help_are_never_bought() -> None:
    X, arm, outcome, effects = trial(4)
    curve = budget_curve(-effects, arm, outcome, X=X, propensity=EVEN, settings=ValueSettings(cost=COST))
    assert (curve.table.loc[curve.table["policy"] == "rule", "gain"] == 0).all()
    worse = outcome - 3 * (arm != "none")
    nothing = budget_curve(-effects, arm, worse, X=X, propensity=EVEN, settings=ValueSettings(cost=COST))
    assert (nothing.table[["spend", "gain"]] == 0).all().all()
    assert "0.0%" in nothing.summary()


def test_what_is_missing_is_said() -> None:
    X, arm, outcome, effects = trial(5, n=300)
    costs = ValueSettings(cost=COST)
    with pytest.raises(UsageError, match="needs costs"):
        budget_curve(effects, arm, outcome, X=X, settings=ValueSettings())
    with pytest.raises(UsageError, match=r"lacks the arms training; did you mean 'trainin'\?"):
        budget_curve(effects.rename(columns={"training": "trainin"}), arm, outcome, X=X, settings=costs)
    with pytest.raises(UsageError, match="effects has 299 values"):
        budget_curve(effects.iloc[1:], arm, outcome, X=X, settings=costs)
    holes = effects.copy()
    holes.loc[7, "cash"] = np.inf
    with pytest.raises(UsageError, match="effects is unknown or infinite 1 times"):
        budget_curve(holes, arm, outcome, X=X, settings=costs)
    with pytest.raises(UsageError, match="one column per arm"):
        budget_curve(effects.to_numpy(), arm, outcome, X=X, settings=costs)
    # As many records as are asked for, but a few count for most.
    rare = np.where(X["skilled"] == 1, 0.02, 0.6)
    uneven = pd.DataFrame({"none": rare, "cash": 0.2, "training": 0.8 - rare})
    thin = ValueSettings(cost=COST, model=EffectModel(min_records=80))
    with pytest.raises(NotEnoughData, match=r"effective number.*'none' \d\d and .*expected 80"):
        budget_curve(effects, arm, outcome, X=X, propensity=uneven, settings=thin)


def test_result_shows_and_plots() -> None:
    curve = curve_of(6)
    assert set(curve.shown()["policy"]) >= {"the rule, all arms", "the rule, only cash"}
    assert len(curve.plot().lines) == 4

"""What each further unit of money gains, by a rule's own order of spending and by plainer ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.interventions.estimating.doubly_robust import reach
from graduation.interventions.estimating.records import Records, read_records
from graduation.interventions.valuing.paths import Path, at_spends, best_path, blind_path, corners, half_sampled
from graduation.interventions.valuing.policy import p_value
from graduation.interventions.valuing.scored import (
    RULE,
    Scored,
    ValueSettings,
    figures,
    numbers,
    overlapping,
    refuse_thin,
    score,
)
from graduation.interventions.valuing.spending import blind_steps
from graduation.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS, DRAWS = 101, 200
SHOWN = 5
LABELS = {
    RULE: "the rule, all arms",
    "random": "best arms for the money, households at random",
    "neediest_first": "best arms for the money, neediest first",
}


@dataclass(frozen=True)
class BudgetCurve(Result):
    """Gain over the control at each spend, for a rule and for plainer ways of spending the same money.

    Attributes
    ----------
    table : DataFrame
        One row per spend and policy: `spend` (mean cost per record over the control, 101 steps from 0), `policy`
        ("rule", "random", with need "neediest_first", and with several arms "only <arm>": the rule with that arm
        alone), `label`, `gain` (mean outcome above the control) with `standard_error`, `low`, `high` (95 %), and
        `difference` (the rule minus this policy at the same spend) with `difference_standard_error`,
        `difference_low`, `difference_high`, `p_value`.
    areas : DataFrame
        The same columns per policy, averaged over all the spends.
    n_records : int
        Records that the figures rest on.
    set_aside : float
        Weighted share of the records given that could hardly have got one of the arms.
    n_clusters : int
        Clusters that the records lie in; as many as records where none were given.
    """

    table: pd.DataFrame
    areas: pd.DataFrame
    n_records: int
    set_aside: float
    n_clusters: int
    title = "What the money gains"

    def frame(self) -> pd.DataFrame:
        """Return one row per spend and policy."""
        return self.table

    def shown(self) -> pd.DataFrame:
        """Return the policies at a few spends."""
        spends = self.table["spend"].unique()[:: POINTS // SHOWN][1:]
        columns = ["spend", "label", "gain", "low", "high", "difference", "difference_low", "difference_high"]
        return self.table.loc[self.table["spend"].isin(spends), columns].rename(columns={"label": "policy"})

    def at(self, spend: float) -> pd.DataFrame:
        """Return one row per policy at a mean spend per record, between two steps by a straight line.

        The standard error of a mean of two figures is at most the mean of theirs, so that none is too small.
        """
        last = float(self.table["spend"].max())
        if not 0 <= spend <= last:
            raise UsageError(f"spend is {spend:,.6g}; give a mean cost per record from 0 to {last:,.6g}")
        rows = []
        for policy, part in self.table.groupby("policy", sort=False):
            figures = part.drop(columns=["spend", "policy", "label"])
            line = {name: float(np.interp(spend, part["spend"], values)) for name, values in figures.items()}
            line["p_value"] = p_value(line["difference"], line["difference_standard_error"], self.n_clusters - 1)
            rows.append({"spend": spend, "policy": policy, "label": part["label"].iloc[0], **line})
        return pd.DataFrame(rows)

    def notes(self) -> list[str]:
        """Return units, records and what the reader must know of the references."""
        return [
            "Spend and gain are means per record, over the control; times the number of households, they are totals. "
            f"{self.n_records:,} records; {self.set_aside:.1%} of those given are set aside, since they could hardly "
            "have got one of the arms.",
            "The best arms for the money are chosen on these same records, which favours them; the rule's effects must "
            "come from other records, or out of fold. Intervals hold at each spend, not for the curve as a whole.",
        ]

    def metrics(self) -> dict[str, float]:
        """Return the mean gain over all spends, by policy, and the differences of the rule to each."""
        return {"set_aside": float(self.set_aside), **figures(self.areas, "gain", "mean_gain")}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw gain against spend, with the 95 % interval of the rule."""
        ax = plots.lines(self.table, x="spend", y="gain", by="label", ax=ax)
        rule = self.table[self.table["policy"] == RULE]
        ax.fill_between(rule["spend"], rule["low"], rule["high"], color=plots.ACCENT, alpha=0.15, lw=0)
        ax.set_xlabel("mean spend per household")
        ax.set_ylabel("mean gain over the control")
        return ax


def budget_curve(
    effects: pd.DataFrame,
    arm: Any,
    outcome: Any,
    *,
    X: pd.DataFrame,
    propensity: pd.DataFrame | Mapping[str, Any] | None = None,
    cluster: Any = None,
    weight: Any = None,
    settings: ValueSettings,
) -> BudgetCurve:
    """Return the gain at every budget of spending by estimated effects, judged by doubly robust scores.

    Money goes first to the move, of a record from no arm or a cheaper arm to a dearer one, that is expected to gain
    most per cost: the optimum of the knapsack for the effects given. What it really gains is read off the scores of
    the records, whose outcomes the effects must not have seen. Moves that tie share the money, so that no order among
    equals counts. Standard errors are the spread over 200 random halves of the clusters.

    Parameters
    ----------
    effects : DataFrame of shape (n, arms), one column per arm but the control
        Estimated effect of each arm for each record, as `EffectModel.effect` returns; an arm is never offered where
        it is not above 0.
    arm, outcome, X, propensity, cluster, weight
        As for `policy_value`.
    settings : ValueSettings
        Costs are needed; with need, spending on the neediest first is shown too.

    Raises
    ------
    NotEnoughData
        When an arm has too few records, or most records could not have got one.
    DataError, UsageError
        When effects or costs of an arm are missing or not finite, or lengths differ.

    References
    ----------
    Sverdrup, Wu, Athey & Wager (2025), Qini curves for multi-armed treatment rules, Journal of Computational and
    Graphical Statistics; Radcliffe (2007), Direct Marketing Analytics Journal 1, on the Qini curve.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"trade": rng.integers(0, 2, 2_000)})
    >>> arm = rng.choice(["none", "cash", "training"], 2_000)
    >>> gain = np.select([arm == "cash", arm == "training"], [0.2, 0.6 * X["trade"]], 0.0)
    >>> effects = pd.DataFrame({"cash": 0.2, "training": 0.6 * X["trade"]})
    >>> curve = budget_curve(
    ...     effects, arm, gain + rng.normal(0, 0.1, 2_000), X=X, propensity=dict.fromkeys(["none", *effects], 1 / 3),
    ...     settings=ValueSettings(cost={"cash": 1.5, "training": 3}),
    ... )
    >>> curve.at(1.5)[["policy", "gain", "difference"]].round(1).values.tolist()
    [['rule', 0.3, 0.0], ['random', 0.2, 0.1], ['only cash', 0.2, 0.1], ['only training', 0.3, 0.0]]
    """
    if settings.cost is None:
        raise UsageError("a budget curve needs costs: give ValueSettings(cost=...)")
    records = read_records(X, arm, outcome, propensity=propensity, cluster=cluster, weight=weight, model=settings.model)
    index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(X))
    effect = _effects(effects, records, index)
    scored = score(records, index, settings)
    every = range(len(records.arms))
    rows = overlapping(scored, every)
    refuse_thin(scored, dict.fromkeys(every, rows), settings.model.min_records, "that took the arm")
    table, areas = _tables(scored, _paths(scored, effect, rows), rows, settings.model.seed)
    clusters = len(np.unique(records.cluster[rows]))
    return BudgetCurve(table, areas, n_records=int(rows.sum()), set_aside=1 - scored.share(rows), n_clusters=clusters)


def _effects(effects: pd.DataFrame, records: Records, index: pd.Index) -> np.ndarray:
    """Return effects (n, arms) in the order of the records, 0 for the control."""
    if not isinstance(effects, pd.DataFrame):
        raise UsageError("effects must be a table with one column per arm, as EffectModel.effect returns")
    absent = [name for name in records.arms[1:] if name not in effects]
    if absent:
        hint = nearest(absent[0], map(str, effects)) or "give 0 for an arm that must not be offered"
        raise UsageError(f"effects lacks the arms {', '.join(absent)}; {hint}")
    table = numbers(effects[records.arms[1:]], index, "effects")
    return np.asarray(np.hstack([np.zeros((len(table), 1)), table])[records.order])


def _paths(scored: Scored, effect: np.ndarray, rows: np.ndarray) -> dict[str, Path]:
    if scored.cost is None:
        raise UsageError("a budget curve needs costs")
    arms, cost, value = scored.records.arms, scored.cost[rows], scored.scores.value[rows]
    effect = effect[rows]
    gains = scored.mean(scored.scores.value, rows)
    steps = blind_steps(gains - gains[0], scored.mean(scored.cost, rows))
    paths = {"rule": best_path(effect, cost, value), "random": blind_path(steps, cost, value, np.zeros(len(cost)))}
    if scored.need is not None:
        paths["neediest_first"] = blind_path(steps, cost, value, scored.need[rows])
    if len(arms) > 2:
        for code in range(1, len(arms)):
            mine = [0, code]
            paths[f"only {arms[code]}"] = best_path(effect[:, mine], cost[:, mine], value[:, mine])
    return paths


def _tables(scored: Scored, paths: dict[str, Path], rows: np.ndarray, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return figures by spend and policy, and their averages over the spends."""
    weight = scored.records.weight[rows]
    group = np.unique(scored.records.cluster[rows], return_inverse=True)[1]
    grid = np.linspace(0, max(corners(path, weight)[0][-1] for path in paths.values()), POINTS)
    gain = np.stack([at_spends(path, weight, grid) for path in paths.values()])
    drawn = half_sampled(list(paths.values()), weight, group, grid, draws=DRAWS, seed=seed)
    freedom = int(group.max())
    table, areas = [], []
    for number, name in enumerate(paths):
        label = {"policy": name, "label": LABELS.get(name, name.replace("only ", "the rule, only "))}
        shown = _figures(gain[number], drawn[number], gain[0], drawn[0], freedom)
        table.append(pd.DataFrame({"spend": grid, **label, **shown}))
        mean, ruled = gain[[number, 0]].mean(axis=-1, keepdims=True)
        mean_drawn, ruled_drawn = drawn[[number, 0]].mean(axis=-1, keepdims=True)
        areas.append(pd.DataFrame({**label, **_figures(mean, mean_drawn, ruled, ruled_drawn, freedom)}))
    by_spend = pd.concat(table).sort_values("spend", kind="stable").reset_index(drop=True)
    return by_spend, pd.concat(areas).reset_index(drop=True)


def _figures(
    gain: np.ndarray, drawn: np.ndarray, rule: np.ndarray, rule_drawn: np.ndarray, freedom: int
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, prefix, values, spread in (
        ("gain", "", gain, drawn.std(axis=0)),
        ("difference", "difference_", rule - gain, (rule_drawn - drawn).std(axis=0)),
    ):
        half = reach(1.0, freedom) * spread
        ends = {f"{prefix}low": values - half, f"{prefix}high": values + half}
        columns |= {name: values, f"{prefix}standard_error": spread, **ends}
    pairs = zip(columns["difference"], columns["difference_standard_error"], strict=True)
    return columns | {"p_value": [p_value(value, error, freedom) for value, error in pairs]}

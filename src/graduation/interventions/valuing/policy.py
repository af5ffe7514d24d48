"""What a rule that gives arms to households is worth, and whether it beats plainer rules at the same spend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from graduation import plots
from graduation.errors import DataError, Problem, UsageError, nearest
from graduation.interventions.estimating.doubly_robust import reach, weighted_mean
from graduation.interventions.estimating.records import Records, read_records
from graduation.interventions.valuing.references import Rules, compared
from graduation.interventions.valuing.scored import RULE, Scored, ValueSettings, aligned, figures, score
from graduation.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = {
    RULE: "the rule",
    "control": "nobody gets anything: {control}",
    "best_single_arm": "everybody gets the best single arm: {best}",
    "rule_arms_at_random": "arms of the rule, households at random",
    "best_arms_at_random": "best arms for the money, households at random",
    "neediest_first": "best arms for the money, neediest first",
}


@dataclass(frozen=True)
class PolicyValue(Result):
    """Mean outcome under a rule, beside what plainer rules would have given the same records.

    Attributes
    ----------
    table : DataFrame
        One row per policy: `policy` ("rule", "control", "best_single_arm", "rule_arms_at_random", and with costs
        "best_arms_at_random", with need "neediest_first"), `label`, `value` (mean outcome) with `standard_error`
        (robust to clusters), `low`, `high` (95 %); `difference` (the rule minus this policy, on the same records)
        with `difference_standard_error`, `difference_low`, `difference_high`, `p_value` (two-sided; missing for the
        rule itself); `spend` (mean cost per record over the control, missing without costs), `treated` (share of
        records that get something).
    best_arm : str
        The arm with the largest estimated mean outcome, the control included.
    n_records : int
        Records that the figures rest on.
    set_aside : float
        Weighted share of the records given that could hardly have got one of the arms that are compared.
    thin : tuple of str
        Arms that the rule gives to 5 % of the records or fewer, too few of whom took them to judge these arms alone.
    """

    table: pd.DataFrame
    best_arm: str
    n_records: int
    set_aside: float
    thin: tuple[str, ...] = ()
    title = "What the rule is worth"

    def frame(self) -> pd.DataFrame:
        """Return one row per policy."""
        return self.table

    def shown(self) -> pd.DataFrame:
        """Return policies by name, with value, difference and spend."""
        hidden = ["policy", "difference_standard_error"]
        table = self.table.drop(columns=hidden).rename(columns={"label": "policy"})
        return table.dropna(axis=1, how="all")

    def notes(self) -> list[str]:
        """Return what a reader must know: records, the favoured reference, what the rule may not have seen."""
        row = self.table.set_index("policy").loc["best_single_arm"]
        if row["difference_low"] > 0:
            verdict = "The rule beats giving everybody the best single arm."
        elif row["difference_high"] < 0:
            verdict = "The rule does worse than giving everybody the best single arm."
        else:
            verdict = "These records do not show that the rule beats giving everybody the best single arm."
        thin = ", ".join(self.thin)
        return [
            verdict,
            *([f"Of arms that the rule gives to few, the records say nothing by themselves: {thin}."] if thin else []),
            f"Differences are the rule minus the row's policy. {self.n_records:,} records; {self.set_aside:.1%} of "
            "those given are set aside, for every policy alike, since they could hardly have got one of the arms.",
            "The best single arm and the best arms for the money are chosen on these same records, which favours them. "
            "The rule must have been learned on other records, or out of fold; otherwise its value is too high.",
        ]

    def metrics(self) -> dict[str, float]:
        """Return value, gain over the control and differences, by name, and the share set aside."""
        return {"set_aside": float(self.set_aside), **figures(self.table, "value", "value")}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how far the rule is above each other policy, with 95 % intervals."""
        others = self.table[self.table["policy"] != RULE]
        ax = plots.bars(others, label="label", value="difference", low="difference_low", high="difference_high", ax=ax)
        ax.set_xlabel("the rule minus the policy, in units of the outcome")
        return ax


def policy_value(
    assigned: Any,
    arm: Any,
    outcome: Any,
    *,
    X: pd.DataFrame,
    propensity: pd.DataFrame | Mapping[str, Any] | None = None,
    cluster: Any = None,
    weight: Any = None,
    settings: ValueSettings | None = None,
) -> PolicyValue:
    """Return the mean outcome had each record got the arm that a rule assigns, and differences to plainer rules.

    The value is the mean of cross-fitted doubly robust scores of the assigned arms. Policies are compared record by
    record, so that the error of a difference is that of the difference itself. The rule must not have seen these
    outcomes: learn it on other records, or out of fold.

    Parameters
    ----------
    assigned : array-like of str, shape (n,)
        The arm that the rule gives to each record; the control for nothing.
    arm : array-like of str, shape (n,)
        What each record got.
    outcome : array-like of float, shape (n,)
        More is better. Log welfare, say.
    X : DataFrame of shape (n, p)
        What was known before the programme.
    propensity : DataFrame (n, arms) or mapping of arm to probability, optional
        Known probabilities, as in a trial; estimated otherwise.
    cluster : array-like, shape (n,), optional
        Villages, say: kept whole in folds and standard errors.
    weight : array-like of float, shape (n,), optional
        Survey weights.
    settings : ValueSettings, optional
        Costs, need, and how outcomes are estimated. With costs, references spend what the rule spends: the best arms
        for that money given to households at random ("best_arms_at_random": the expected value, not one draw), and
        with need to the neediest first, those tied sharing what is left. Without costs, "rule_arms_at_random" keeps
        the rule's shares of the arms.

    Raises
    ------
    NotEnoughData
        When too few of the records that the rule assigns to an arm took it (unless it gives the arm to 5 % or fewer,
        which moves the value little and is told), or most could not have got an arm; says what would do.
    DataError, UsageError
        When the rule names an arm that no record got, values are missing, or lengths differ.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), JASA 89; Athey & Wager (2021), Policy learning with observational data,
    Econometrica 89.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"trade": rng.integers(0, 2, 2_000)})
    >>> arm = rng.choice(["none", "cash", "training"], 2_000)
    >>> gain = np.select([arm == "cash", arm == "training"], [0.2, 0.4 * X["trade"]], 0.0)
    >>> rule = np.where(X["trade"] == 1, "training", "cash")
    >>> even = dict.fromkeys(["none", "cash", "training"], 1 / 3)
    >>> value = policy_value(rule, arm, gain + rng.normal(0, 0.1, 2_000), X=X, propensity=even)
    >>> value.table.set_index("policy")["difference"].round(1).dropna().to_dict()
    {'control': 0.3, 'best_single_arm': 0.1, 'rule_arms_at_random': 0.1}
    """
    settings = settings or ValueSettings()
    records = read_records(X, arm, outcome, propensity=propensity, cluster=cluster, weight=weight, model=settings.model)
    index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(X))
    codes = _codes(assigned, records, index)
    scored = score(records, index, settings)
    rules = compared(scored, codes, settings.model.min_records)
    return PolicyValue(
        table=tabled(scored, rules),
        best_arm=records.arms[rules.best],
        n_records=int(rules.rows.sum()),
        set_aside=1 - scored.share(rules.rows),
        thin=rules.thin,
    )


def _codes(assigned: Any, records: Records, index: pd.Index) -> np.ndarray:
    names = np.asarray(aligned(assigned, index, "assigned"), dtype=object)
    unknown = int(pd.isna(names).sum())
    if unknown:
        remedy = f"Give '{records.arms[0]}' where the rule gives nothing."
        problem = Problem(f"unknown for {unknown:,} of {len(names):,} records", "an arm for each", remedy, "assigned")
        raise DataError("the rule", [problem])
    strange = sorted({str(name) for name in names} - set(records.arms))
    if strange:
        told = ", ".join(f"'{name}' {nearest(name, records.arms)}".rstrip() for name in strange)
        raise UsageError(
            f"assigned names arms that no record got: {told}; arms are: {', '.join(records.arms)}. What was never "
            "tried has no value in records: design_pilot plans a trial of it"
        )
    lookup = {name: code for code, name in enumerate(records.arms)}
    given = np.array([lookup[str(name)] for name in names])
    return np.asarray(given[records.order])


def tabled(scored: Scored, rules: Rules) -> pd.DataFrame:
    """Return one row per policy, as `PolicyValue.table`."""
    rows = rules.rows
    weight, cluster = scored.records.weight[rows], scored.records.cluster[rows]
    value = scored.scores.value[rows]
    worth = {name: (chance * value).sum(axis=1) for name, chance in rules.chances.items()}
    arms = scored.records.arms
    table = []
    for name, chance in rules.chances.items():
        spend = np.nan if scored.cost is None else np.average((chance * scored.cost[rows]).sum(axis=1), weights=weight)
        row = {"policy": name, "label": LABELS[name].format(control=arms[0], best=arms[rules.best])}
        row |= _estimate(worth[name], weight, cluster, "")
        if name != RULE:
            row |= _estimate(worth[RULE] - worth[name], weight, cluster, "difference")
        table.append(row | {"spend": float(spend), "treated": 1 - float(np.average(chance[:, 0], weights=weight))})
    order = ["policy", "label", "value", "standard_error", "low", "high", "difference", "difference_standard_error"]
    order += ["difference_low", "difference_high", "p_value", "spend", "treated"]
    return pd.DataFrame(table)[order]


def _estimate(values: np.ndarray, weight: np.ndarray, cluster: np.ndarray, prefix: str) -> dict[str, Any]:
    mean, error, freedom = weighted_mean(values, weight, cluster)
    half = reach(error, freedom)
    if not prefix:
        return {"value": mean, "standard_error": error, "low": mean - half, "high": mean + half}
    ends = {f"{prefix}_standard_error": error, f"{prefix}_low": mean - half, f"{prefix}_high": mean + half}
    return {prefix: mean, **ends, "p_value": p_value(mean, error, freedom)}


def p_value(estimate: float, error: float, freedom: int) -> float:
    """Return the two-sided p-value of an estimate against 0, by Student's t; 1 for two rules that are one."""
    if error == 0:
        return float(estimate == 0)
    return 2 * float(stdtr(freedom, -abs(estimate) / error))

"""How well a risk finds the extreme poor: ranking, list errors and calibration, overall and by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.evaluate.bygroup import METRICS, group_table
from graduation.evaluate.draws import bootstrap, sentences
from graduation.evaluate.inputs import check_arguments, read_sample
from graduation.evaluate.measuring import COUNTS, OF, Plan, calibration_table, join, measure, overall_table
from graduation.evaluate.ranking import error_curve
from graduation.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graduation.evaluate.inputs import Groups

CURVE_POINTS = 200


@dataclass(frozen=True, eq=False)
class Evaluation(Result):
    """What `evaluate` found.

    Attributes
    ----------
    table : DataFrame
        metric, estimate, low, high, of (the denominator in words).
    groups : DataFrame
        group, level, metric, estimate, low, high, households, note.
    curve : DataFrame
        list_share, exclusion_error, inclusion_error: at most 200 list sizes.
    calibration : DataFrame
        mean_risk, observed_share, low, high, households: bins of equal weight, lowest risk first.
    quota : float
        Share of the weighted population on the list.
    remarks : tuple of str
        The sentences of `notes()`.
    """

    table: pd.DataFrame
    groups: pd.DataFrame
    curve: pd.DataFrame
    calibration: pd.DataFrame
    quota: float
    remarks: tuple[str, ...]

    title = "Evaluation"

    def frame(self) -> pd.DataFrame:
        """Return `table`: one row per metric."""
        return self.table.copy()

    def metrics(self) -> dict[str, float]:
        """Return every metric by name, its interval as ``<name>_low`` and ``<name>_high``."""
        named: dict[str, float] = {}
        for name, estimate, low, high, _ in self.table.itertuples(index=False):
            named[name] = float(estimate)
            if name not in COUNTS:
                named |= {f"{name}_low": float(low), f"{name}_high": float(high)}
        return named

    def notes(self) -> list[str]:
        """Return units, denominators, list size, sampling units, replicates and seed."""
        return list(self.remarks)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw exclusion and inclusion error against the share of the population on the list."""
        errors = ["exclusion_error", "inclusion_error"]
        tall = self.curve.melt("list_share", errors, var_name="kind", value_name="error")
        tall["kind"] = tall["kind"].map({name: OF[name] for name in errors})
        ax = plots.lines(tall, x="list_share", y="error", by="kind", ax=ax)
        ax.axvline(self.quota, color=plots.MUTED, lw=1, ls="--")
        ax.set_xlabel("share of the weighted population on the list (dashed: this list)")
        ax.set_ylim(0, 1)
        return ax

    def plot_calibration(self, ax: Axes | None = None) -> Axes:
        """Draw the observed share against the mean risk, with intervals; the dashed line is perfect calibration."""
        ax = plots.axes(ax, width=4.4)
        table = self.calibration
        top = float(np.nanmax(table[["mean_risk", "observed_share", "high"]].to_numpy()))
        ax.plot([0, top], [0, top], color=plots.MUTED, lw=1, ls="--")
        ax.vlines(table["mean_risk"], table["low"], table["high"], color=plots.INK, lw=1)
        ax.plot(table["mean_risk"], table["observed_share"], "o", color=plots.ACCENT)
        ax.set_xlabel("mean risk")
        ax.set_ylabel("observed share extreme poor")
        return plots.tidy(ax)

    def plot_groups(self, metric: str = "exclusion_error", ax: Axes | None = None) -> Axes:
        """Draw one metric by group and level, with intervals; undefined levels are left blank, small ones say so."""
        if metric not in METRICS:
            hint = nearest(metric, METRICS) or f"expected one of {', '.join(METRICS)}"
            raise UsageError(f"no metric '{metric}' by group; {hint}")
        if self.groups.empty:
            raise UsageError("nothing by group to draw; pass groups=... to evaluate")
        rows = self.groups[self.groups["metric"] == metric]
        small = np.where(rows["note"].str.startswith("small"), " (small)", "")
        rows = rows.assign(label=rows["group"] + ": " + rows["level"] + small)
        ax = plots.bars(rows, label="label", value="estimate", low="low", high="high", ax=ax)
        words = OF.get(metric, "coverage of the group / overall coverage").partition(";")[0]
        ax.set_xlabel(f"{metric.replace('_', ' ')}\n{words}")
        return ax


def evaluate(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    groups: Groups | None = None,
    quota: float | None = None,
    cluster: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Evaluation:
    """Measure how well a risk finds the extreme poor, with 95 % bootstrap intervals, overall and by group.

    Columns may be arrays, lists or Series. Series with the same labels in another order are matched by label, as
    pandas does; Series with different labels are refused. The order of the rows never changes a result.

    Parameters
    ----------
    outcome : array-like, shape (n_households,)
        1 where the household was observed extreme poor, else 0.
    risk : array-like, shape (n_households,)
        Predicted probability of outcome 1, in [0, 1].
    weight : array-like, shape (n_households,), optional
        Survey weights, times household size where persons are counted. Only their proportions matter; a household with
        weight 0 is left out and counted in the notes.
    groups : dict, DataFrame or Series, optional
        Group columns, one value per household. Missing values are a level of their own, "(missing)".
    quota : float, optional
        Share of the weighted population on the list, in (0, 1]. By default the list is as large as the number of
        extreme poor, so that inclusion error = exclusion error (equal-quota error, Aiken et al. 2022).
    cluster : array-like, shape (n_households,), optional
        Sampling unit drawn by the bootstrap, such as the village. By default the household.
    strata : array-like, shape (n_households,), optional
        Stratum of the survey design: units are drawn within it. Codes of `cluster` may begin anew in each stratum.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Evaluation
        `.table`, `.groups`, `.curve` and `.calibration` are tidy tables.

    Raises
    ------
    DataError
        Values are refused; every problem is told at once.
    NotEnoughData
        No households, or one outcome only.
    UsageError
        `quota`, `seed` or the kind of `groups` is wrong.

    Notes
    -----
    Risks are tied when they are exactly equal. Tied households at the cut share what is left of the list in proportion
    to their weights, which is the expected value under a random tie-break; `precision_best` and `precision_worst` bound
    it. Group errors are those of the one overall list. Intervals are percentiles of 1,000 draws of sampling units; the
    bins of the calibration table and of `ece` stay as cut in the data. `ece` is positive by noise alone, and its draws
    are noisier than the data: its interval lies high and may miss the estimate.

    References
    ----------
    Coady, Grosh & Hoddinott (2004), Targeting of Transfers in Developing Countries; Ravallion (2009), World Bank
    Research Observer 24(2); Aiken et al. (2022), Nature 603; Cox (1958), Biometrika 45 (calibration line).

    Examples
    --------
    >>> found = evaluate([1, 0, 1, 0, 0], [0.9, 0.8, 0.6, 0.3, 0.1], quota=0.4)
    >>> found.frame().set_index("metric")["estimate"][["roc_auc", "exclusion_error", "inclusion_error"]].round(3)
    metric
    roc_auc            0.833
    exclusion_error    0.500
    inclusion_error    0.500
    Name: estimate, dtype: float64
    """
    check_arguments(quota, seed)
    sample = read_sample(
        outcome, {"risk": risk}, weight=weight, cluster=cluster, strata=strata, groups=groups, probabilities=True
    )
    plan = Plan.of(sample, quota)
    point = measure(plan, sample.weight[None])
    spread = join(bootstrap(sample.design, seed, lambda counts: measure(plan, sample.reweighted(counts))), point)
    table, undefined = overall_table(plan, point, spread)
    listed = float(point.overall["prevalence"][0]) if quota is None else float(quota)
    return Evaluation(
        table=table,
        groups=group_table(sample, [part[0] for part in point.groups], spread.groups),
        curve=pd.DataFrame(error_curve(plan.blocks, CURVE_POINTS)),
        calibration=calibration_table(plan, point, spread),
        quota=listed,
        remarks=(*_remarks(table, listed, quota), *sample.remarks, *sentences(sample.design, seed, undefined)),
    )


def _remarks(table: pd.DataFrame, listed: float, quota: float | None) -> list[str]:
    values = table.set_index("metric")["estimate"]
    size = "as large as the number of extreme poor, so both errors are equal" if quota is None else "as asked"
    notes = [
        f"{int(values['n']):,} households, {int(values['n_positive']):,} extreme poor; all rates are weighted.",
        "Exclusion error is a share of the extreme poor; inclusion error is a share of the list.",
        f"List: {100 * listed:.1f} % of the weighted population, {size}. Ties at the cut share what is left of it.",
    ]
    if values[["calibration_intercept", "calibration_slope"]].isna().any():
        notes.append("No calibration line: the risk is constant, or separates the outcomes completely.")
    return notes

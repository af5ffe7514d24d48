"""How well a risk finds the extreme poor: ranking, list errors and calibration, overall and by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.evaluate.bygroup import METRICS
from graduation.evaluate.draws import sentences
from graduation.evaluate.grouptable import group_table
from graduation.evaluate.inputs import check_seed, read_sample
from graduation.evaluate.measuring import Plan, group_key, measure_all
from graduation.evaluate.quota import ListSize, costs_of
from graduation.evaluate.tables import calibration_table, coverage_table, curve_table, overall_table
from graduation.evaluate.words import NO_INTERVAL, OF, PLAIN, first_words
from graduation.results import Result, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graduation.evaluate.inputs import Groups
    from graduation.evaluate.quota import Quota


@dataclass(frozen=True, eq=False)
class Evaluation(Result):
    """What `evaluate` found.

    Attributes
    ----------
    table : DataFrame
        metric, estimate, low, high, of (the denominator in words).
    groups : DataFrame
        group, level, metric, estimate, low, high, difference, difference_low, difference_high (to all households that
        are not of this level), households, note.
    curve : DataFrame
        For lists of every length: list_share, households (weighted), exclusion_error and inclusion_error with `_low`
        and `_high`, precision and recall with `_worst` and `_best`.
    coverage : DataFrame
        group, level, list_share, coverage: share of the group's extreme poor on lists of every length.
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
    coverage: pd.DataFrame
    calibration: pd.DataFrame
    quota: float
    remarks: tuple[str, ...]

    title = "Evaluation"

    def frame(self) -> pd.DataFrame:
        """Return `table`: one row per metric."""
        return self.table.copy()

    def shown(self) -> pd.DataFrame:
        """Return the chief figures in plain words, each with its interval and what it is a share of."""
        rows = self.table.set_index("metric")
        figures = [with_interval(*rows.loc[name, ["estimate", "low", "high"]]) for name in PLAIN]
        words = [first_words(name) for name in PLAIN]
        return pd.DataFrame({"figure": list(PLAIN.values()), "estimate (95 %)": figures, "what it is": words})

    def metrics(self) -> dict[str, float]:
        """Return every metric by name, its interval as ``<name>_low`` and ``<name>_high``."""
        named: dict[str, float] = {}
        for name, estimate, low, high, _ in self.table.itertuples(index=False):
            named[name] = float(estimate)
            if name not in NO_INTERVAL:
                named |= {f"{name}_low": float(low), f"{name}_high": float(high)}
        return named

    def notes(self) -> list[str]:
        """Return units, denominators, list size, sampling units, replicates and seed."""
        return list(self.remarks)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw exclusion and inclusion error against the share of the population on the list, with intervals."""
        errors = {"exclusion": plots.ACCENT, "inclusion": plots.SECOND}
        ax = plots.axes(ax)
        for name, colour in errors.items():
            curve = self.curve
            ax.plot(curve["list_share"], curve[f"{name}_error"], color=colour, label=OF[f"{name}_error"])
            ends = curve[f"{name}_low"], curve[f"{name}_high"]
            ax.fill_between(curve["list_share"], *ends, color=colour, alpha=0.15, linewidth=0)
        ax.legend(frameon=False)
        ax.axvline(self.quota, color=plots.MUTED, lw=1, ls="--")
        ax.set_xlabel("share of the weighted population on the list (dashed: this list)")
        ax.set_ylabel("error, 95 % interval")
        ax.set_ylim(0, 1)
        return plots.tidy(ax)

    def plot_errors(self, ax: Axes | None = None) -> Axes:
        """Draw exclusion error against inclusion error over lists of every length; the dot is this list."""
        ax = plots.lines(self.curve, x="inclusion_error", y="exclusion_error", ax=ax)
        values = self.table.set_index("metric")["estimate"]
        ax.plot(values["inclusion_error"], values["exclusion_error"], "o", color=plots.INK)
        ax.set(xlabel=OF["inclusion_error"], ylabel=OF["exclusion_error"], xlim=(0, 1), ylim=(0, 1))
        return ax

    def plot_precision(self, ax: Axes | None = None) -> Axes:
        """Draw precision against the number of households on the list; the band is what ties at the cut leave open."""
        ax = plots.lines(self.curve, x="households", y="precision", ax=ax)
        ends = self.curve["precision_worst"], self.curve["precision_best"]
        ax.fill_between(self.curve["households"], *ends, color=plots.ACCENT, alpha=0.15, linewidth=0)
        ax.axhline(self.metrics()["prevalence"], color=plots.MUTED, lw=1, ls="--")
        ax.set(xlabel="households on the list, weighted", ylabel="share extreme poor (dashed: of all)")
        ax.set_ylim(0, 1)
        return ax

    def plot_coverage(self, group: str, ax: Axes | None = None) -> Axes:
        """Draw the share of each level's extreme poor on the list against its length."""
        names = list(self.coverage["group"].unique())
        if group not in names:
            hint = nearest(group, names) or (f"expected one of {', '.join(names)}" if names else "pass groups=...")
            raise UsageError(f"no group column '{group}' was evaluated; {hint}")
        rows = self.coverage[self.coverage["group"] == group]
        ax = plots.lines(rows, x="list_share", y="coverage", by="level", ax=ax)
        ax.set(xlabel="share of the weighted population on the list", ylabel="share of the extreme poor on it")
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
        ax.set_xlabel(f"{metric.replace('_', ' ')}\n{first_words(metric)}")
        return ax


def evaluate(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    groups: Groups | None = None,
    quota: Quota = None,
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
    quota : float, int or Budget, optional
        How long the list is: a float is a share of the weighted population in (0, 1]; an int is a number of households
        in units of the weights (their sum is the population); a `Budget` is money. By default the list is as large as
        the number of extreme poor, so that inclusion error = exclusion error (equal-quota error, Aiken et al. 2022).
    cluster : array-like, shape (n_households,), optional
        Sampling unit drawn by the bootstrap, such as the village. By default the household.
    strata : array-like, shape (n_households,), optional
        Stratum of the survey design: units are drawn within it. Codes of `cluster` may begin anew in each stratum.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Evaluation
        `.table`, `.groups`, `.curve`, `.coverage` and `.calibration` are tidy tables.

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
    it. Group errors are those of the one overall list. Intervals are percentiles of 1,000 draws of sampling units
    (rescaling bootstrap); the bins of the calibration table and of `ece` stay as cut in the data. `ece` is positive by
    noise alone (`ece_by_chance`): what drawing added is taken off its interval, and off its lower end all that chance
    alone would make.

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
    check_seed(seed)
    size = ListSize.of(quota)
    sample = read_sample(
        outcome, {"risk": risk}, weight=weight, cluster=cluster, strata=strata, groups=groups, amounts=costs_of(quota),
        probabilities=True,
    )  # fmt: skip
    size.refuse_excess(float(sample.weight.sum()), quota)
    plan = Plan.of(sample, size)
    point, spread = measure_all(plan, seed)
    table, undefined = overall_table(plan, point, spread)
    keys = [group_key(number) for number in range(len(sample.groups))]
    return Evaluation(
        table=table,
        groups=group_table(sample, [point[key][0] for key in keys], [spread[key] for key in keys]),
        curve=curve_table(plan, spread),
        coverage=coverage_table(plan),
        calibration=calibration_table(plan, point, spread),
        quota=float(point["list_share"][0]),
        remarks=(*_remarks(table, size), *sample.remarks, *sentences(sample.design, seed, undefined)),
    )


def _remarks(table: pd.DataFrame, size: ListSize) -> list[str]:
    values = table.set_index("metric")["estimate"]
    notes = [
        f"{int(values['n']):,} households, {int(values['n_positive']):,} extreme poor; all rates are weighted.",
        "Exclusion error is a share of the extreme poor; inclusion error is a share of the list.",
        f"List: {100 * values['list_share']:.1f} % of the weighted population, {size.words()}. Ties at the cut share "
        "what is left of it.",
    ]
    if values[["calibration_intercept", "calibration_slope"]].isna().any():
        notes.append("No calibration line: the risk is constant, or separates the outcomes completely.")
    return notes

"""Methods side by side on the same households: each metric with its interval, and the paired difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.evaluate.columns import Floats, named_scores
from graduation.evaluate.draws import Design, bootstrap, intervals, sentences
from graduation.evaluate.inputs import check_seed, read_sample
from graduation.evaluate.measuring import SHARES
from graduation.evaluate.overlap import overlap_table
from graduation.evaluate.quota import ListSize, costs_of
from graduation.evaluate.ranking import Ranking, average_precision, cut_at_shares, cut_list, list_metrics, roc_auc
from graduation.evaluate.words import OF, first_words
from graduation.results import Result, figures_by_method, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graduation.evaluate.inputs import Scores
    from graduation.evaluate.quota import Quota

METRICS = (
    "roc_auc", "average_precision", "exclusion_error", "inclusion_error", "false_positive_rate",
    "targeting_differential",
)  # fmt: skip
COLUMNS = [
    "method",
    "metric",
    "estimate",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
]

ESTIMATE = ["estimate", "low", "high"]
DIFFERENCE = ["difference", "difference_low", "difference_high"]


@dataclass(frozen=True, eq=False)
class Comparison(Result):
    """What `compare` found.

    Attributes
    ----------
    table : DataFrame
        method, metric, estimate, low, high, difference, difference_low, difference_high: a row per method and metric;
        differences are method minus reference.
    curve : DataFrame
        method, list_share, exclusion_error, inclusion_error: for lists of every length.
    overlap : DataFrame
        method, other, list_share, overlap: the share of the method's list that is on the other's too, for lists of
        every length; `list_share` is missing for the one list that the other figures are about. Ties at a cut are drawn
        for each list by itself.
    reference : str
        The method the others are compared with.
    remarks : tuple of str
        The sentences of `notes()`.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    overlap: pd.DataFrame
    reference: str
    remarks: tuple[str, ...]

    title = "Comparison"

    def frame(self) -> pd.DataFrame:
        """Return one row per method: AUC, average precision, exclusion error, and the difference in AUC."""
        wide = self.table.set_index(["metric", "method"])
        auc = wide.loc["roc_auc"]
        columns = {
            "roc_auc": auc["estimate"],
            "roc_auc_low": auc["low"],
            "roc_auc_high": auc["high"],
            "average_precision": wide.loc["average_precision"]["estimate"],
            "exclusion_error": wide.loc["exclusion_error"]["estimate"],
            "roc_auc_difference": auc["difference"],
            "difference_low": auc["difference_low"],
            "difference_high": auc["difference_high"],
        }
        return pd.DataFrame(columns).reset_index()

    def shown(self) -> pd.DataFrame:
        """Return one row per method, the chief figures with their intervals; `table` has all."""
        wide = self.table.set_index(["method", "metric"])
        parts = []
        for method in self.table["method"].unique():
            figures = {metric: with_interval(*wide.loc[(method, metric), ESTIMATE]) for metric in METRICS[:3]}
            gap = with_interval(*wide.loc[(method, "roc_auc"), DIFFERENCE])
            parts.append({"method": method, **figures, f"roc_auc minus {self.reference}": gap})
        return pd.DataFrame(parts)

    def metrics(self) -> dict[str, float]:
        """Return every metric as ``<method>.<metric>``, its interval with ``_low`` and ``_high``."""
        return figures_by_method(self.table)

    def notes(self) -> list[str]:
        """Return denominators, list size, reference, sampling units, replicates and seed."""
        return list(self.remarks)

    def plot(self, ax: Axes | None = None, metric: str = "roc_auc") -> Axes:
        """Draw one metric by method, with intervals."""
        if metric not in METRICS:
            raise UsageError(f"no metric '{metric}'; {nearest(metric, METRICS) or 'expected ' + ', '.join(METRICS)}")
        rows = self.table[self.table["metric"] == metric]
        ax = plots.bars(rows, label="method", value="estimate", low="low", high="high", ax=ax)
        ax.set_xlabel(f"{metric.replace('_', ' ')}\n{first_words(metric)}")
        return ax

    def plot_errors(self, ax: Axes | None = None) -> Axes:
        """Draw exclusion against inclusion error over lists of every length, one line per method."""
        ax = plots.lines(self.curve, x="inclusion_error", y="exclusion_error", by="method", ax=ax)
        ax.set(xlabel=OF["inclusion_error"], ylabel=OF["exclusion_error"], xlim=(0, 1), ylim=(0, 1))
        return ax

    def plot_overlap(self, ax: Axes | None = None) -> Axes:
        """Draw how much of each method's list is on the reference's too; the dashed line is two random lists."""
        rows = self.overlap[(self.overlap["other"] == self.reference) & self.overlap["list_share"].notna()]
        ax = plots.lines(rows, x="list_share", y="overlap", by="method", ax=ax)
        ax.plot([0, 1], [0, 1], color=plots.MUTED, lw=1, ls="--")
        ax.set(xlabel="share of the weighted population on the list", ylim=(0, 1))
        ax.set_ylabel(f"share of the list that is on that of '{self.reference}' too")
        return ax


def compare(
    outcome: npt.ArrayLike,
    scores: Scores,
    *,
    weight: npt.ArrayLike | None = None,
    quota: Quota = None,
    cluster: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    reference: str | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare how well several scores rank the extreme poor, with paired differences to a reference.

    All methods are measured on the same bootstrap draws, so a difference has a much narrower interval than the two
    figures it is made of.

    Parameters
    ----------
    outcome : array-like, shape (n_households,)
        1 where the household was observed extreme poor, else 0.
    scores : dict or DataFrame
        Named score columns, one value per household, higher = poorer; they need not be probabilities.
    weight, cluster, strata : array-like, shape (n_households,), optional
        As in `evaluate`: survey weights, the sampling unit drawn by the bootstrap, and the stratum it is drawn in.
    quota : float, int or Budget, optional
        How long the list is, as in `evaluate`; by default as large as the number of extreme poor.
    reference : str, optional
        The method the others are compared with; by default the first.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Comparison
        `.table` has a row per method and metric, `.frame()` a row per method.

    Raises
    ------
    DataError
        Values are refused; every problem is told at once.
    NotEnoughData
        No households, or one outcome only.
    UsageError
        `quota`, `seed`, `scores` or `reference` is wrong.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap (percentile intervals of paired differences).

    Examples
    --------
    >>> found = compare([1, 1, 0, 0], {"assets": [4, 2, 3, 1], "model": [4, 3, 2, 1]})
    >>> found.frame()[["method", "roc_auc", "exclusion_error", "roc_auc_difference"]]
       method  roc_auc  exclusion_error  roc_auc_difference
    0  assets     0.75              0.5                0.00
    1   model     1.00              0.0                0.25
    """
    check_seed(seed)
    size = ListSize.of(quota)
    columns = named_scores(scores)
    chosen = _reference(reference, list(columns))
    sample = read_sample(outcome, columns, weight=weight, cluster=cluster, strata=strata, amounts=costs_of(quota))
    size.refuse_excess(float(sample.weight.sum()), quota)
    rankings = [Ranking.of(sample.scores[name], sample.outcome, sample.amounts) for name in columns]
    point = _measure(rankings, sample.weight[None], size)
    parts = bootstrap(sample.design, seed, lambda counts: _measure(rankings, sample.reweighted(counts), size))
    spread = np.concatenate(parts) if parts else point[:0]
    base = list(columns).index(chosen)
    remarks = [
        f"{len(sample.outcome):,} households, {int(sample.outcome.sum()):,} extreme poor; all rates are weighted.",
        f"Exclusion error: {OF['exclusion_error']}. List: {size.words()}.",
        f"Differences are method minus '{chosen}', from the same draws.",
    ]
    notes = (*remarks, *sample.remarks, *sentences(sample.design, seed, _undefined(spread)))
    return Comparison(
        table=_table(list(columns), point, spread, base, sample.design),
        curve=_curve(columns, rankings, sample.weight),
        overlap=overlap_table(list(columns), rankings, sample.weight, size),
        reference=chosen,
        remarks=notes,
    )


def _curve(methods: Iterable[str], rankings: list[Ranking], weight: Floats) -> pd.DataFrame:
    parts = []
    for method, ranking in zip(methods, rankings, strict=True):
        found = cut_at_shares(ranking.blocks(weight[None]), SHARES)
        errors = {name: found[name] for name in ("exclusion_error", "inclusion_error")}
        parts.append(pd.DataFrame({"method": method, "list_share": SHARES, **errors}))
    return pd.concat(parts, ignore_index=True)


def _reference(reference: str | None, names: list[str]) -> str:
    if reference is None:
        return names[0]
    if str(reference) not in names:
        hint = nearest(str(reference), names) or f"expected one of {', '.join(names)}"
        raise UsageError(f"reference '{reference}' is no column of scores; {hint}")
    return str(reference)


def _measure(rankings: list[Ranking], weights: Floats, size: ListSize) -> Floats:
    """Return figures (replicates, methods, metrics)."""
    methods = []
    for ranking in rankings:
        blocks = ranking.blocks(weights)
        found = list_metrics(blocks, cut_list(blocks, size))
        found |= {"roc_auc": roc_auc(blocks), "average_precision": average_precision(blocks)}
        methods.append(np.stack([found[metric] for metric in METRICS], axis=1))
    return np.stack(methods, axis=1)


def _undefined(spread: Floats) -> dict[str, int]:
    counts = np.isnan(spread).any(axis=1).sum(axis=0)
    return {metric: int(count) for metric, count in zip(METRICS, counts, strict=True) if count}


def _table(methods: list[str], point: Floats, spread: Floats, base: int, design: Design) -> pd.DataFrame:
    difference = point[0] - point[0, [base]]
    low, high = intervals(spread, design)
    difference_low, difference_high = intervals(spread - spread[:, [base]], design)
    figures = np.stack([point[0], low, high, difference, difference_low, difference_high], axis=2)
    rows = [
        [method, metric, *figures[i, j].tolist()]
        for i, method in enumerate(methods)
        for j, metric in enumerate(METRICS)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)

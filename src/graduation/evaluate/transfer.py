"""What a targeted transfer does to poverty and welfare, and which untargeted transfer would be worth as much."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.evaluate.draws import bootstrap, sentences
from graduation.evaluate.inputs import Sample, check_seed
from graduation.evaluate.rankresidual import residual_table
from graduation.evaluate.schemes import UNIVERSAL, People, schemes_of
from graduation.evaluate.transferinputs import read_methods, read_people
from graduation.evaluate.transfertables import FIGURES, curve_table, difference_table, list_table, worth_table
from graduation.evaluate.transferwords import SHOWN, remarks_of, undefined_of
from graduation.evaluate.worth import MONEY_EQUIVALENTS, Worth, exact, from_grid
from graduation.results import Result, figures_by_method, format_count, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graduation.evaluate.inputs import Groups, Scores


@dataclass(frozen=True)
class Transfer:
    """A cash transfer within a fixed budget.

    Attributes
    ----------
    line : float
        Poverty line, in the unit and period of welfare.
    budget : float
        Money for everything, in the unit and period of welfare and for as many households as the weights sum to.
    screening_cost : float
        What it costs to screen one household; everybody is screened before a list is made.
    share : float, optional
        Share of the weighted households on the list; by default the share of households under the line.
    rho : float
        How much more a gain of the poorest counts: 0 not at all, 1 the logarithm, 3 as in Hanna & Olken (2018).
    poorest : float, optional
        The share of the population that the CGH ratio calls the poorest; by default the headcount share.

    Examples
    --------
    >>> Transfer(line=500_000, budget=2e9, screening_cost=20_000, share=0.1).rho
    3.0
    """

    line: float
    budget: float
    screening_cost: float = 0.0
    share: float | None = None
    rho: float = 3.0
    poorest: float | None = None

    def __post_init__(self) -> None:
        share, poorest = self.share, self.poorest
        checks: dict[str, tuple[object, str, Callable[[float], bool]]] = {
            "line": (self.line, "a number above 0", lambda line: line > 0),
            "budget": (self.budget, "money, more than 0", lambda budget: budget > 0),
            "screening_cost": (self.screening_cost, "money for one household, 0 or more", lambda cost: cost >= 0),
            "share": (1 if share is None else share, "a share of the households in (0, 1]", lambda part: 0 < part <= 1),
            "rho": (self.rho, "a number, 0 or more, such as 3", lambda rho: rho >= 0),
            "poorest": (0.5 if poorest is None else poorest, "a share between 0 and 1", lambda part: 0 < part < 1),
        }
        for name, (value, expected, holds) in checks.items():
            if not (_is_finite(value) and holds(value)):  # type: ignore[arg-type]
                raise UsageError(f"{name} of the transfer is {value!r}; expected {expected}")


@dataclass(frozen=True, eq=False)
class TransferEvaluation(Result):
    """What `evaluate_transfer` found.

    Attributes
    ----------
    table : DataFrame
        method, metric, estimate, low, high, difference, difference_low, difference_high: a row per method (and per
        reference: universal, perfect, random) and metric; differences are method minus 'universal'.
    differences : DataFrame
        method, other, metric, difference, difference_low, difference_high: for every pair of methods.
    lists : DataFrame
        method, list_share, households (weighted), benefit (of each), screening (its cost).
    curve : DataFrame
        method, list_share, benefit, fgt0_after, fgt1_after, fgt2_after, welfare, money_equivalent, money_multiple: for
        lists of many lengths.
    residuals : DataFrame
        method, group, level, rank_residual, low, high, difference, difference_low, difference_high (to all households
        that are not of this level), households, note: above 0, a group is ranked richer than it is.
    remarks : tuple of str
        The sentences of `notes()`.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    lists: pd.DataFrame
    curve: pd.DataFrame
    residuals: pd.DataFrame
    remarks: tuple[str, ...]

    title = "Targeted transfer"

    def frame(self) -> pd.DataFrame:
        """Return `table`: one row per method and metric."""
        return self.table.copy()

    def shown(self) -> pd.DataFrame:
        """Return one row per method: its list, whom it reaches, what it changes and what it is worth."""
        wide = self.table.set_index(["method", "metric"])
        rows = []
        for method, share, _, benefit, _ in self.lists.itertuples(index=False):
            figures = {words: with_interval(*wide.loc[(method, name), FIGURES]) for name, words in SHOWN.items()}
            paid = {"method": method, "listed": f"{100 * share:.1f} %", "paid to each": format_count(benefit)}
            rows.append(paid | figures)
        return pd.DataFrame(rows)

    def metrics(self) -> dict[str, float]:
        """Return every metric as ``<method>.<metric>``, its interval with ``_low`` and ``_high``."""
        return figures_by_method(self.table)

    def notes(self) -> list[str]:
        """Return units, denominators, what the references are, limits, sampling units, replicates and seed."""
        return list(self.remarks)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what a list of each length is worth, as a multiple of the budget; dots mark the best lengths."""
        rows = self.curve[self.curve["method"] != UNIVERSAL]
        ax = plots.lines(rows, x="list_share", y="money_multiple", by="method", ax=ax)
        figures = self.table.set_index(["metric", "method"])["estimate"]
        for line, method in zip(ax.get_lines(), rows["method"].unique(), strict=False):
            best = figures["optimal_share", method], figures["optimal_money_multiple", method]
            ax.plot(*best, "o", color=line.get_color())
        ax.axhline(1.0, color=plots.MUTED, lw=1, ls="--")
        ax.set_xlabel("share of the weighted households on the list (dot: best)")
        ax.set_ylabel("worth in untargeted budgets (dashed: universal)")
        return ax

    def plot_residuals(self, method: str, ax: Axes | None = None) -> Axes:
        """Draw the mean rank residual of each group by one method, with intervals; above 0, ranked too rich."""
        names = list(self.residuals["method"].unique())
        if method not in names:
            hint = nearest(method, names) or (f"expected one of {', '.join(names)}" if names else "pass groups=...")
            raise UsageError(f"no rank residuals of a method '{method}'; {hint}")
        rows = self.residuals[self.residuals["method"] == method]
        small = np.where(rows["note"].str.startswith("small"), " (small)", "")
        rows = rows.assign(label=rows["group"] + ": " + rows["level"] + small)
        ax = plots.bars(rows, label="label", value="rank_residual", low="low", high="high", ax=ax)
        ax.set_xlabel("rank by score minus rank by truth, as a share of all households (above 0: ranked too rich)")
        return ax


# The options of `compare`, with the transfer, groups and the size of households.
def evaluate_transfer(  # noqa: PLR0913
    welfare: npt.ArrayLike,
    scores: npt.ArrayLike | Scores,
    transfer: Transfer,
    *,
    weight: npt.ArrayLike | None = None,
    groups: Groups | None = None,
    cluster: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    size: npt.ArrayLike | None = None,
    seed: int = 0,
) -> TransferEvaluation:
    """Measure what a transfer to those a score ranks poorest does to poverty and welfare, beside untargeted transfers.

    Parameters
    ----------
    welfare : array-like, shape (n_households,)
        Consumption or income per person in the period of the transfer, before it; 0 or more, above 0 from rho 1 on.
    scores : array-like, dict or DataFrame
        One score, or named score columns; higher = poorer. They need not be probabilities.
    transfer : Transfer
        Line, budget, screening cost, length of the list and weight of the poorest.
    weight, cluster, strata : array-like, shape (n_households,), optional
        As in `evaluate`. The weights are of households and sum to as many as the budget is for.
    groups : dict, DataFrame or Series, optional
        Group columns, for the rank residuals.
    size : array-like, shape (n_households,), optional
        Members of each household. Then poverty and welfare count persons (weight x size), the list and its money still
        count households, and a benefit raises the welfare of each member by benefit / size. Without it, a benefit adds
        to the welfare of a household as it stands.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TransferEvaluation
        `.table` has a row per method and metric, the references 'universal', 'perfect' and 'random' last; `.curve` has
        lists of many lengths, `.residuals` the groups that are ranked too rich or too poor.

    Raises
    ------
    DataError
        Values are refused; every problem is told at once.
    NotEnoughData
        No households, or none under the line, or none above it.
    UsageError
        `scores` or `seed` is wrong, or screening uses up the budget.

    Notes
    -----
    The benefit is (budget - screening) / households on the list. A household tied at the cut is paid in full with the
    chance p that is left: its expected utility is p u(y + b) + (1 - p) u(y), not u(y + p b), and likewise its poverty.
    Money equivalents of the estimates are roots; those of the draws and of `.curve` are read off a fine
    grid.

    References
    ----------
    Foster, Greer & Thorbecke (1984), Econometrica 52(3); Coady, Grosh & Hoddinott (2004), Targeting of Transfers in
    Developing Countries; Hanna & Olken (2018), Journal of Economic Perspectives 32(4); Aiken et al. (2022), Nature 603.

    Examples
    --------
    >>> found = evaluate_transfer([1, 2, 4, 8], [4, 3, 2, 1], Transfer(line=3, budget=2))
    >>> found.table.set_index(["method", "metric"])["estimate"]["score"][["cgh_ratio", "fgt0_before", "fgt0_after"]]
    metric
    cgh_ratio      2.00
    fgt0_before    0.50
    fgt0_after     0.25
    Name: estimate, dtype: float64
    """
    check_seed(seed)
    methods = read_methods(scores)
    sample, people = read_people(
        welfare, methods, transfer, size, weight=weight, groups=groups, cluster=cluster, strata=strata
    )
    worth = _worth(sample, people, list(methods), transfer)
    names = [scheme.name for scheme in worth.schemes]
    each = transfer.budget / worth.households
    point = worth.measure(sample.weight[None], exact(people, each))
    off_grid = from_grid(people, each, point[0][:, MONEY_EQUIVALENTS] / worth.households)
    parts = bootstrap(sample.design, seed, lambda counts: worth.measure(sample.reweighted(counts), off_grid))
    spread = np.concatenate(parts) if parts else point[:0]
    table = worth_table(names, point, spread, sample.design)
    remarks = remarks_of(sample, transfer, worth, table)
    return TransferEvaluation(
        table=table,
        differences=difference_table(names, point, spread, sample.design),
        lists=list_table(worth, transfer.screening_cost),
        curve=curve_table(worth, sample.weight, off_grid),
        residuals=residual_table(sample, methods, seed),
        remarks=(*remarks, *sample.remarks, *sentences(sample.design, seed, undefined_of(names, spread))),
    )


def _worth(sample: Sample, people: People, methods: list[str], transfer: Transfer) -> Worth:
    share = float(np.average(sample.outcome, weights=sample.weight)) if transfer.share is None else transfer.share
    if not share > 0:
        raise UsageError("nobody is under the line, so the list has no length of its own; give a share")
    return Worth.of(sample, people, schemes_of(sample, methods, transfer, share), transfer.budget, transfer.poorest)


def _is_finite(value: object) -> bool:
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]

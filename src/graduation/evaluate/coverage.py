"""Do the ranges of risk hold what was observed, in each group?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation import plots
from graduation.evaluate.columns import Floats
from graduation.evaluate.inputs import Sample, read_sample
from graduation.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graduation.evaluate.inputs import Groups

FIFTHS = 5
SMALLEST_CELL = 30
SAMPLING_ERRORS = 1.96
COLUMNS = ["group", "level", "fifth", "households", "observed", "range_low", "range_high", "holds"]


@dataclass(frozen=True, eq=False)
class RangeCoverage(Result):
    """What `range_coverage` found.

    Attributes
    ----------
    table : DataFrame
        A row per group, level and fifth of risk: `households`, `observed` (weighted share extreme poor at the next
        wave), `range_low` and `range_high` (mean ends of the households' ranges), and `holds`: whether the observed
        share lies between them, or outside by no more than 1.96 sampling errors of a share. Cells of fewer than 30
        households are left out and counted in the notes.
    small : int
        Cells left out.
    without : int
        Households without a range, left out.
    """

    table: pd.DataFrame
    small: int
    without: int = 0
    title = "Do the ranges of risk hold?"

    @classmethod
    def none(cls, without: int) -> Self:
        """Return that there were no ranges to hold against anything."""
        return cls(pd.DataFrame(columns=COLUMNS).astype({"holds": bool}), small=0, without=without)

    def frame(self) -> pd.DataFrame:
        """Return one row per group and level: `cells`, `held`, `share_held`, `households`."""
        parts = self.table.groupby(["group", "level"], sort=False)
        counts = parts.agg(cells=("holds", "size"), held=("holds", "sum"), households=("households", "sum"))
        return counts.assign(share_held=counts["held"] / counts["cells"]).reset_index()

    def metrics(self) -> dict[str, float]:
        """Return the share of all cells in which the ranges hold, by group."""
        held = self.table.groupby("group")["holds"].mean()
        return {f"ranges_held_{name}": float(share) for name, share in held.items()}

    def notes(self) -> list[str]:
        if self.table.empty:
            return [f"No cell to hold ranges against; {self.without:,} households had no range."]
        held, cells = int(self.table["holds"].sum()), len(self.table)
        width = float((self.table["range_high"] - self.table["range_low"]).mean())
        return [
            f"Households grouped by fifths of risk within each level of each group: the mean range held the observed "
            f"share in {held} of {cells} such cells, up to 1.96 sampling errors of that share. Mean width {width:.3f}.",
            f"Cells of fewer than {SMALLEST_CELL} households left out: {self.small}; households without a range: "
            f"{self.without:,}. A range is about a household's risk, never about whether it becomes poor.",
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw observed share against the mean range, a mark per cell."""
        ax = plots.axes(ax)
        middle = (self.table["range_low"] + self.table["range_high"]) / 2
        half = (self.table["range_high"] - self.table["range_low"]) / 2
        colours = np.where(self.table["holds"], plots.SECOND, plots.ACCENT)
        ax.errorbar(middle, self.table["observed"], xerr=half, fmt="none", ecolor=plots.MUTED, elinewidth=1, zorder=1)
        ax.scatter(middle, self.table["observed"], c=colours, s=18, zorder=2)
        top = float(max(middle.max() + half.max(), self.table["observed"].max()))
        ax.plot([0, top], [0, top], color=plots.MUTED, linewidth=1, linestyle="--")
        ax.set(xlabel="mean range of risk in the cell", ylabel="share observed extreme poor")
        return plots.tidy(ax)


def range_coverage(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    groups: Groups | None = None,
) -> RangeCoverage:
    """Compare ranges of risk with what was observed, in fifths of risk within each group.

    A household's risk is never seen, only whether it became poor; so households of like risk and group are put
    together, and their observed share is held against their mean range (group-conditional coverage).

    Parameters
    ----------
    outcome : array-like, shape (n_households,)
        1 where the household was observed extreme poor, else 0.
    risk, low, high : array-like, shape (n_households,)
        Risk and the ends of its range, in [0, 1].
    weight : array-like, shape (n_households,), optional
    groups : dict, DataFrame or Series, optional
        Group columns; all households together are always one.

    Raises
    ------
    DataError
        Values are refused; every problem is told at once.
    NotEnoughData
        No households, or one outcome only.

    Examples
    --------
    >>> import numpy as np
    >>> risk = np.repeat([0.1, 0.2, 0.3, 0.4, 0.5], 100)
    >>> outcome = (np.arange(500) % 100 < 100 * risk).astype(int)
    >>> range_coverage(outcome, risk, risk - 0.05, risk + 0.05).frame()["share_held"].tolist()
    [1.0]
    """
    scores = {"risk": risk, "low": low, "high": high}
    sample = read_sample(outcome, scores, weight=weight, groups=groups, probabilities=True)
    cells = [("all", "all", np.arange(len(sample.outcome)))]
    for group in sample.groups:
        cells += [(group.name, level, np.flatnonzero(group.codes == code)) for code, level in enumerate(group.levels)]
    rows, small = [], 0
    for name, level, members in cells:
        for number, part in enumerate(_fifths(sample, members), start=1):
            if len(part) < SMALLEST_CELL:
                small += 1
            else:
                rows.append({"group": name, "level": level, "fifth": number, **_cell(sample, part)})
    return RangeCoverage(pd.DataFrame(rows, columns=COLUMNS).astype({"holds": bool}), small)


def _fifths(sample: Sample, members: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    """Part households by risk into five of like weight; equal risks stay together."""
    order = members[np.argsort(sample.scores["risk"][members], kind="stable")]
    risk, weight = sample.scores["risk"][order], sample.weight[order]
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    _, tied = np.unique(risk, return_inverse=True)
    fifth = np.minimum((np.bincount(tied, middle * weight) / np.bincount(tied, weight))[tied] * FIFTHS, FIFTHS - 1)
    return [order[fifth.astype(int) == number] for number in range(FIFTHS)]


def _cell(sample: Sample, part: npt.NDArray[np.intp]) -> dict[str, object]:
    weight: Floats = sample.weight[part] / sample.weight[part].sum()
    values = (sample.outcome, sample.scores["low"], sample.scores["high"])
    observed, low, high = (float(weight @ column[part]) for column in values)
    nearest = float(np.clip(observed, low, high))
    error = float(np.sqrt(nearest * (1 - nearest) * np.sum(weight**2)))
    holds = abs(observed - nearest) <= SAMPLING_ERRORS * error
    return {"households": len(part), "observed": observed, "range_low": low, "range_high": high, "holds": holds}

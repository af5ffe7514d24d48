"""How faithful synthetic waves are: every generated figure beside its target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from graduation import plots
from graduation.datasets.dynamics import dynamic_measures
from graduation.datasets.means_test import means_test_measures
from graduation.datasets.measures import (
    Measure,
    class_measures,
    correlation_measures,
    correlation_pairs,
    gradient_measures,
    targets,
)
from graduation.datasets.registry import (
    noise_measures,
    place_measures,
    poverty_measures,
    shock_measures,
    welfare_measures,
)
from graduation.datasets.waves import Waves
from graduation.errors import NotEnoughData, UsageError
from graduation.results import Result
from graduation.schema import validate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Fidelity(Result):
    """What `fidelity` found.

    Attributes
    ----------
    table : DataFrame
        group, figure, of, generated, error (standard error), low, high (band of the target), within, mark, source.
        Shares of classes, shocks, noise and transitions are in %.
    correlations : DataFrame
        first, second, generated, target: Spearman correlation of every pair of variables, target from Java.
    households : int
        Accepted households of the first wave.
    """

    table: pd.DataFrame
    correlations: pd.DataFrame
    households: int

    title = "Fidelity of synthetic waves"

    def frame(self) -> pd.DataFrame:
        """Return `table`: one row per figure."""
        return self.table.copy()

    def shown(self) -> pd.DataFrame:
        """Return the figures whose generated value is outside, or all where none is."""
        outside = self.table[~self.table["within"]]
        return (outside if len(outside) else self.table).drop(columns=["within", "source"])

    def metrics(self) -> dict[str, float]:
        """Return the share of figures within, over all and as ``within.<group>``."""
        by_group = self.table.groupby("group", sort=False)["within"].mean()
        named = {f"within.{group}": float(rate) for group, rate in by_group.items()}
        return {"within": float(self.table["within"].mean()), **named}

    def notes(self) -> list[str]:
        """Return how many households and figures, what "within" means, and which groups have figures outside."""
        groups = self.table.groupby("group", sort=False)["within"].agg(["sum", "size"])
        counts = zip(groups.index, groups["sum"], groups["size"], strict=True)
        where = ", ".join(f"{group} {n - within} of {n}" for group, within, n in counts if within < n) or "none"
        return [
            f"{self.households:,} households of the first wave; {len(self.table)} figures. Outside: {where}.",
            f"Within: no more than {targets()['reach']:g} standard errors outside the band. Marks: found = published, "
            "computed = from published figures or open data, estimated = a prior, no fact about Bekasi.",
            f"Gradients given up, since the class table is steeper than Java: {_given_up()}.",
            "Where an official line sets the level of the scenario, poverty is not what the statistics office finds.",
            "Assets are corrected for owners who hide them. The true risks are not compared: no registry knows them.",
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each figure in half widths of its band from the band's middle; the band is shaded."""
        ax = plots.axes(ax, height=6.0)
        middle, half = (self.table["low"] + self.table["high"]) / 2, (self.table["high"] - self.table["low"]) / 2
        place = ((self.table["generated"] - middle) / half.where(half > 0, 1.0)).clip(-4, 4)
        groups = list(self.table["group"].unique())
        row = self.table["group"].map({group: number for number, group in enumerate(groups)})
        beside = self.table.groupby("group").cumcount() % 9 / 9 * 0.7 - 0.3
        ax.axvspan(-1, 1, color=plots.MUTED, alpha=0.25, lw=0)
        for within, colour in ((True, plots.SECOND), (False, plots.ACCENT)):
            rows = self.table["within"] == within
            ax.plot(place[rows], (row + beside)[rows], "o", ms=4, color=colour, label="within" if within else "outside")
        ax.set_yticks(range(len(groups)), [group.replace("_", " ") for group in groups])
        ax.invert_yaxis()
        ax.set_xlabel("generated, in half widths of the band of its target (cut at 4)")
        ax.legend(frameon=False)
        return plots.tidy(ax)


def fidelity(waves: Waves) -> Fidelity:
    """Compare synthetic waves with what is known of Kabupaten Bekasi and of Java.

    The first two waves are compared: marginals by class of consumption, how the poorest differ from the richest,
    correlations, what a linear proxy means test finds, yearly moves, places, shocks, programmes and faults of the list.

    Parameters
    ----------
    waves : Waves
        Two waves or more, as `make_waves` gives them; from 20,000 households on the classes are large enough.

    Returns
    -------
    Fidelity
        `.table` has a row per figure: generated, its standard error, the band of its target, mark and source.

    Raises
    ------
    UsageError
        When there is one wave only.
    NotEnoughData
        When the first wave has fewer than 2,000 accepted households.

    Notes
    -----
    Targets, bands, marks and sources are in `fidelity.toml` beside this module. Gradients, correlations, R2 and
    mistargeting: Alatas, Banerjee, Hanna, Olken & Tobias (2012), American Economic Review 102(4). Marginals by class
    are a prior set by judgement.

    Examples
    --------
    >>> from graduation import make_waves
    >>> found = fidelity(make_waves(2_500, seed=1))
    >>> list(found.frame())[:4], len(found.correlations)
    (['group', 'figure', 'of', 'generated'], 136)
    """
    if len(waves.tables) < 2:
        raise UsageError("fidelity compares two waves and there is one; make_waves(..., waves=2)")
    before, after = (validate(table, waves.dictionary).households for table in waves.tables[:2])
    if len(before) < targets()["fewest"]:
        raise NotEnoughData(
            f"{len(before):,} accepted households in the first wave",
            expected=f"at least {targets()['fewest']:,}, so that every class has some",
            remedy="make more: make_waves(20_000)",
        )
    pairs = correlation_pairs(before)
    found = [
        *class_measures(before),
        *gradient_measures(before),
        *correlation_measures(pairs),
        *welfare_measures(before),
        *poverty_measures(before),
        *means_test_measures(before),
        *dynamic_measures(before, after),
        *shock_measures(before),
        *place_measures(before),
        *noise_measures(waves.tables[0]),
    ]
    return Fidelity(_table(found), pairs, len(before))


def _given_up() -> str:
    return ", ".join(targets()["gradients"]["given_up"]).replace("_", " ")


def _table(found: list[Measure]) -> pd.DataFrame:
    rows = [
        {
            "group": one.group,
            "figure": one.figure,
            "of": one.of,
            "generated": one.generated,
            "error": one.error,
            "low": one.band[0],
            "high": one.band[1],
            "within": is_within(one),
            "mark": one.mark,
            "source": one.source,
        }
        for one in found
    ]
    return pd.DataFrame(rows)


def is_within(one: Measure) -> bool:
    """Whether the figure is no more standard errors outside its band than chance explains."""
    reach = targets()["reach"] * one.error
    return bool(one.band[0] - reach <= one.generated <= one.band[1] + reach)

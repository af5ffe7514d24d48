"""Bootstrap over sampling units by multiplicities: the data stay sorted, only their weights change."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from scipy.stats import norm, t
from threadpoolctl import threadpool_limits

from graduation.evaluate.columns import Floats, Integers

REPLICATES = 1_000
CONFIDENCE = 0.95
FEW_UNITS = 30
CELLS = 2_000_000  # replicates x households held in memory at once
MOST_AT_ONCE = 50

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Design:
    """Which sampling unit each household is in, and the stratum that each unit is drawn in.

    Units are numbered stratum by stratum, in sorted order, so that the order of the rows never changes a draw.
    """

    unit: Integers  # of each household
    stratum: Integers  # of each unit
    has_clusters: bool
    has_strata: bool

    @classmethod
    def of(cls, households: int, cluster: Integers | None, stratum: Integers | None) -> Design:
        """Number the units of households in canonical order; a cluster code may begin anew in each stratum."""
        strata = np.zeros(households, dtype=np.intp) if stratum is None else stratum
        units = np.arange(households) if cluster is None else cluster
        span = int(units.max()) + 1
        keys, unit = np.unique(strata * span + units, return_inverse=True)
        stratum_of_unit = np.unique(keys // span, return_inverse=True)[1]
        return cls(unit.astype(np.intp), stratum_of_unit.astype(np.intp), cluster is not None, stratum is not None)

    @property
    def n_units(self) -> int:
        return len(self.stratum)

    @cached_property
    def units_by_stratum(self) -> Integers:
        return np.bincount(self.stratum)

    @cached_property
    def tail(self) -> float:
        """Return the share of draws beyond each end of an interval.

        Less than half of 5 % where units are few, as a t interval is wider than a normal one (Hesterberg 2015).
        """
        return float(norm.cdf(t.ppf((1 - CONFIDENCE) / 2, self.n_units - len(self.units_by_stratum))))

    @property
    def can_be_drawn(self) -> bool:
        """Whether any stratum has two units or more."""
        return bool(self.units_by_stratum.max() > 1)

    def multiplicities(self, seed: int, first: int, size: int) -> Floats:
        """Return how often each unit counts in `size` replicates from number `first` on: (replicates, units).

        The rescaling bootstrap: of the n units of a stratum n - 1 are drawn with return, each counted n / (n - 1)
        times, so that the variance of a total is unbiased however few the units are. A unit alone in its stratum
        always counts once (Rao & Wu 1988; Rao, Wu & Yue 1992).
        """
        units = self.units_by_stratum
        several = units > 1
        drawn = np.where(several, units - 1, 0)
        start = np.repeat(np.cumsum(units) - units, drawn)
        among = np.repeat(units, drawn)
        factor = np.where(several, units / np.maximum(drawn, 1), 0.0)[self.stratum]
        alone = np.where(several, 0.0, 1.0)[self.stratum]
        counts = np.empty((size, self.n_units))
        for row in range(size):
            places = np.random.default_rng([seed, first + row]).random(len(start)) * among
            chosen = start + places.astype(np.intp)
            counts[row] = np.bincount(chosen, minlength=self.n_units) * factor + alone
        return counts


def bootstrap(design: Design, seed: int, measure: Callable[[Floats], Measured]) -> list[Measured]:
    """Return ``measure(multiplicities)`` of all replicates, in parts that fit into memory, on all processors.

    `measure` is given multiplicities (replicates, units); ``counts[:, design.unit] * weight`` are the weights of
    households. Each replicate has a seed of its own, so the size of the parts changes nothing. Where no unit can be
    drawn, nothing is measured.
    """
    if not design.can_be_drawn:
        return []
    size = int(np.clip(CELLS // len(design.unit), 1, MOST_AT_ONCE))
    starts = range(0, REPLICATES, size)

    def part(start: int) -> Measured:
        return measure(design.multiplicities(seed, start, min(size, REPLICATES - start)))

    # Each processor has a part of its own: sums that take threads of their own would only wait for each other.
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(_processors()) as pool:
        return list(pool.map(part, starts))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def intervals(draws: Floats, design: Design) -> tuple[Floats, Floats]:
    """Return the percentile interval along the first axis; NaN where fewer than half of the draws are defined."""
    if len(draws) == 0:
        return np.full(draws.shape[1:], np.nan), np.full(draws.shape[1:], np.nan)
    ordered = np.sort(draws, axis=0)  # undefined draws go last
    defined = np.isfinite(ordered).sum(axis=0)
    low, high = (_quantile(ordered, defined, share) for share in (design.tail, 1 - design.tail))
    enough = defined >= len(draws) / 2
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def _quantile(ordered: Floats, defined: Integers, share: float) -> Floats:
    place = share * np.maximum(defined - 1, 0)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    first = np.take_along_axis(ordered, below[None], axis=0)[0]
    second = np.take_along_axis(ordered, above[None], axis=0)[0]
    quantile: Floats = first + (place - below) * (second - first)
    return quantile


def sentences(design: Design, seed: int, undefined: dict[str, int]) -> list[str]:
    """Return how the intervals were made, and where they are weak."""
    units, by_stratum = design.n_units, design.units_by_stratum
    kind = "sampling units" if design.has_clusters else "households"
    if not design.can_be_drawn:
        lone = "one sampling unit in each stratum" if design.has_strata else "one sampling unit only"
        return [f"No intervals: {lone}, nothing to draw from (seed {seed})."]
    within = f" within {len(by_stratum):,} strata" if design.has_strata else ""
    notes = [f"Intervals: 95 % percentile bootstrap, {REPLICATES:,} draws of {units:,} {kind}{within}, seed {seed}."]
    if units - len(by_stratum) < FEW_UNITS - 1:
        notes.append(f"Fewer than {FEW_UNITS} {kind} beyond one a stratum: intervals tend to be too narrow.")
    alone = int((by_stratum == 1).sum())
    if alone:
        notes.append(f"{alone:,} strata have one sampling unit only and add nothing to the intervals: too narrow.")
    for name, count in undefined.items():
        notes.append(f"{name}: undefined in {count:,} of {REPLICATES:,} draws, which its interval leaves out.")
    return notes

"""Bootstrap over sampling units by multiplicities: the data stay sorted, only their weights change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graduation.evaluate.inputs import Floats, Sample

REPLICATES = 200
CONFIDENCE = 0.95
FEW_CLUSTERS = 30
CELLS = 1_000_000  # replicates x households held in memory at once


def replicate_weights(sample: Sample, seed: int) -> Iterator[Floats]:
    """Yield weights (replicates, households): each replicate draws as many sampling units as there are, with return.

    Units are numbered in sorted order, and one unit is drawn after another, so neither the order of the rows nor the
    size of the parts changes a draw. With one unit nothing can be drawn, and nothing is yielded.
    """
    units, households = sample.n_clusters, len(sample.weight)
    if units < 2:
        return
    generator = np.random.default_rng(seed)
    part = max(1, CELLS // households)
    for start in range(0, REPLICATES, part):
        size = min(part, REPLICATES - start)
        counts = [np.bincount(generator.integers(0, units, units), minlength=units) for _ in range(size)]
        yield np.take(np.stack(counts), sample.cluster, axis=1) * sample.weight


def intervals(draws: Floats) -> tuple[Floats, Floats]:
    """Return the percentile interval along the first axis; NaN where fewer than half of the draws are defined."""
    if len(draws) == 0:
        return np.full(draws.shape[1:], np.nan), np.full(draws.shape[1:], np.nan)
    ordered = np.sort(draws, axis=0)  # undefined draws go last
    defined = np.isfinite(ordered).sum(axis=0)
    tail = (1 - CONFIDENCE) / 2
    low, high = (_quantile(ordered, defined, share) for share in (tail, 1 - tail))
    enough = defined >= len(draws) / 2
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def _quantile(ordered: Floats, defined: np.ndarray[tuple[int, ...], np.dtype[np.intp]], share: float) -> Floats:
    place = share * np.maximum(defined - 1, 0)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    first = np.take_along_axis(ordered, below[None], axis=0)[0]
    second = np.take_along_axis(ordered, above[None], axis=0)[0]
    quantile: Floats = first + (place - below) * (second - first)
    return quantile


def sentences(sample: Sample, seed: int, undefined: dict[str, int]) -> list[str]:
    """Return how the intervals were made, and where they are weak."""
    units = sample.n_clusters
    kind = "sampling units" if sample.has_clusters else "households"
    if units < 2:
        return [f"No intervals: one sampling unit only, nothing to draw from (seed {seed})."]
    notes = [f"Intervals: 95 % percentile bootstrap, {REPLICATES} draws of {units:,} {kind}, seed {seed}."]
    if sample.has_clusters and units < FEW_CLUSTERS:
        notes.append(f"Fewer than {FEW_CLUSTERS} sampling units: intervals tend to be too narrow.")
    for name, count in undefined.items():
        notes.append(f"{name}: undefined in {count} of {REPLICATES} draws, which its interval leaves out.")
    return notes

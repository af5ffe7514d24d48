"""Go through the sorted records of many files in their common order, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LIMIT = 1_000_000


@dataclass(frozen=True)
class Stretch:
    """Records of all files that lie between two bounds of the order.

    Attributes
    ----------
    records : ndarray
        Those of the first file, then of the second, and so on; within each file sorted.
    sizes : ndarray of int
        How many of them each file gave.
    """

    records: np.ndarray
    sizes: np.ndarray

    @property
    def file(self) -> np.ndarray:
        """Return the place of the file of each record."""
        return np.repeat(np.arange(len(self.sizes), dtype="int32"), self.sizes)


def stretches(files: Sequence[Path], by: Sequence[str], limit: int = LIMIT) -> Iterator[Stretch]:
    """Yield the records of sorted ``.npy`` files stretch by stretch, in order.

    Bounds are chosen from every so many-th record of each file, so that a stretch holds at most `limit` records (as in
    sample sort; Frazer and McKellar 1970), except where more than that are equal: equals are never parted.
    In memory are one stretch, one file, and ``2 * files * records / limit`` samples.

    Parameters
    ----------
    files : sequence of Path
        Arrays of one structured dtype, sorted by `by`.
    by : sequence of str
        One or two fields of unsigned whole numbers.
    limit : int
        Records in memory at once.
    """
    if not files:
        return
    fields = np.load(files[0], allow_pickle=False).dtype
    bounds = _bounds(files, list(by), limit)
    ends = np.array([_ends(np.load(file, allow_pickle=False), by, bounds) for file in files])
    starts = np.zeros(len(files), dtype="int64")
    for end in ends.T:
        pieces = [_read(*piece, fields) for piece in zip(files, starts, end, ends[:, -1], strict=True)]
        yield Stretch(np.concatenate(pieces), end - starts)
        starts = end


def _bounds(files: Sequence[Path], by: list[str], limit: int) -> np.ndarray:
    # Between two bounds lie at most (samples between them + files) steps.
    step = max(1, limit // (2 * len(files)))
    # Copies, for a view of one record would keep its whole file in memory.
    samples = np.concatenate([np.load(file, allow_pickle=False)[by][step - 1 :: step].copy() for file in files])
    ordered = samples[np.lexsort([samples[name] for name in reversed(by)])]
    chosen = ordered[:: max(1, limit // step - len(files))][1:]
    changed = np.ones(len(chosen), dtype=bool)
    changed[1:] = chosen[1:] != chosen[:-1]
    return chosen[changed]


def _ends(records: np.ndarray, by: Sequence[str], bounds: np.ndarray) -> np.ndarray:
    """Return how many records of one file come before each bound, and last how many there are."""
    first, *second = by
    values = np.ascontiguousarray(records[first])
    ends = np.searchsorted(values, bounds[first], side="left")
    if second:
        last = np.searchsorted(values, bounds[first], side="right")
        for place in np.flatnonzero(last > ends):
            equals = records[second[0]][ends[place] : last[place]]
            ends[place] += np.searchsorted(equals, bounds[second[0]][place])
    return np.append(ends, len(records))


def _read(file: Path, start: int, end: int, total: int, fields: np.dtype) -> np.ndarray:
    # Read, not mapped: the pages of many mapped files would count as memory used.
    header = file.stat().st_size - int(total) * fields.itemsize
    return np.fromfile(file, fields, int(end - start), offset=header + int(start) * fields.itemsize)

"""Which numbers of a column mean "no answer": 9, 98, 999, -9 and the like, told from answers by the gap before them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

NEGATIVE_MARKS = (-1, -2, -3, -7, -8, -9, -77, -88, -97, -98, -99, -777, -888, -997, -998, -999, -9998, -9999)
MOST_MARKS = 3
LARGEST_SHARE = 0.5
# A mark of two digits or more stands apart from answers by this share of the largest answer.
GAP_SHARE = 0.3
SMALLEST_GAP = 3
# Codes such as 1, 4, 9 leave gaps everywhere, so a gap says nothing there.
FEWEST_PER_RANGE = 0.5
# Among many different amounts a mark is one that comes back.
MANY_VALUES = 50
RARE_ZERO = 0.05
COUNT_FROM = 6
BULK, DENSE = 0.999, 0.7


def missing_marks(values: Numbers, counts: Counts) -> Numbers:
    """Return which of the distinct numbers (in order) mean that there is no answer."""
    low = _negative_marks(values, counts)
    rest = ~np.isin(values, low)
    return np.concatenate([low, _top_marks(values[rest], counts[rest])])


def _negative_marks(values: Numbers, counts: Counts) -> Numbers:
    """Return numbers below zero where they are few, rare and the usual ones, and all answers are above."""
    below = values < 0
    usual = np.isin(values[below], NEGATIVE_MARKS).all()
    few = 0 < below.sum() <= MOST_MARKS and (~below).sum() >= 2
    limit = 0.2 if -1 in values else LARGEST_SHARE
    return values[below] if few and usual and counts[below].sum() <= limit * counts.sum() else values[:0]


def _top_marks(values: Numbers, counts: Counts) -> Numbers:
    """Peel runs such as 8, 9 or 97, 98, 99 off the top, as long as each stands apart from what is below it."""
    found = values[:0]
    while len(run := _top_run(values)) and _stands_apart(run, values, counts):
        kept = ~np.isin(values, run)
        found, values, counts = np.concatenate([run, found]), values[kept], counts[kept]
    return found


def _top_run(values: Numbers) -> Numbers:
    """Return the largest numbers when they follow each other, are few and look like marks."""
    if len(values) < MOST_MARKS:
        return values[:0]
    steps = np.flatnonzero(np.diff(values) != 1)
    run = values[(steps[-1] + 1) if len(steps) else 0 :]
    return run if len(run) <= MOST_MARKS and _looks_like_marks(run) else values[:0]


def _looks_like_marks(run: Numbers) -> bool:
    """Whether whole numbers end in 9, 8 or such as many-digit nines do: 7 8 9, 88, 98 99, 9999."""
    top = run[-1]
    if top % 1 or top < 8:
        return False
    nines = 10 ** len(str(int(top))) - 1
    return bool(top in (nines, nines - 1, nines // 9 * 8) and (run >= nines // 9 * 7).all())


def _stands_apart(run: Numbers, values: Numbers, counts: Counts) -> bool:
    rest = values[values < run[0]]
    if len(rest) < 2:
        return False
    gap, largest = run[0] - rest[-1], rest[-1]
    shares = counts[values >= run[0]].sum() / counts.sum()
    if shares > LARGEST_SHARE:
        return False
    if run[-1] < 10:
        # 8 alone is a mark more rarely than 9.
        dense = len(rest) == 2 or len(rest) >= FEWEST_PER_RANGE * (rest[-1] - rest[0] + 1)
        return bool(gap >= (2 if run[-1] == 9 else SMALLEST_GAP) and dense) and not _is_tail(run, values, counts)
    returns = len(rest) < MANY_VALUES or counts[values >= run[0]].max() > 1
    return bool(gap >= max(SMALLEST_GAP, GAP_SHARE * largest) and returns)


def _is_tail(run: Numbers, values: Numbers, counts: Counts) -> bool:
    """Whether a 9 is the thin end of a count (0, 1, 2 ... 7, 9 persons)."""
    below = values < run[0]
    thin = counts[~below].sum() <= 2 * counts[below][-1]
    return bool(thin) and is_count(values[below], counts[below])


def is_count(values: Numbers, counts: Counts, *, hinted: bool = False) -> bool:
    """Whether whole numbers count something: from 0 or 1 on without many gaps, rising to one peak, thin at the end.

    A column whose name hints at a count needs to show less.
    """
    if len(values) < 3 or values[0] not in (0, 1) or not is_dense(values, counts):
        return False
    peak = int(counts.argmax())
    falls = all(later <= 1.2 * earlier + 5 for earlier, later in pairwise(counts[peak:]))
    rises = all(later >= earlier / 1.2 - 5 for earlier, later in pairwise(counts[: peak + 1]))
    thin = counts[-1] <= 0.1 * counts[peak]
    enough = hinted or (values[0] == 0 and peak == 0) or (peak > 0 and len(values) >= COUNT_FROM)
    return bool(falls and rises and (thin or hinted) and (enough or len(values) > 8))


def is_dense(values: Numbers, counts: Counts) -> bool:
    """Whether most whole numbers of the range occur, the rare largest ones left out."""
    bulk = np.cumsum(counts) <= BULK * counts.sum()
    kept = values[bulk] if bulk.sum() >= 2 else values
    return bool(len(kept) >= DENSE * (kept[-1] - kept[0] + 1))


def zero_is_a_mark(values: Numbers, counts: Counts) -> bool:
    """Whether codes run from 1 and a rare 0 beside them means "not asked"."""
    if len(values) < 3 or values[0] != 0 or values[1] != 1:
        return False
    return bool(counts[0] < RARE_ZERO * counts.sum() and counts[0] < RARE_ZERO * counts[1])

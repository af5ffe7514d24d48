"""Sums over the households on lists of several lengths at once, ties at each cut in expectation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graduation.compiling import compiled
from graduation.evaluate.columns import Floats, Integers
from graduation.evaluate.ranking import Ranking


@dataclass(frozen=True)
class ListSums:
    """Numbers of ranked households, one column per list, the shortest list first.

    Households on the list add their value, all others add what they are unlisted: no large sum is taken from another,
    so little is lost to rounding where a few of the poorest carry nearly all of it.
    """

    ranking: Ranking
    values: Floats  # (households, columns), ranked
    unlisted: Floats  # one per household, ranked
    lengths: Floats  # share of the weight on the list, one per column, ascending
    columns: Integers  # where each column stood before

    @classmethod
    def of(cls, ranking: Ranking, values: Floats, unlisted: Floats, lengths: Floats) -> ListSums:
        """Take `values` (households in the order of the sample, columns), each to be summed over its own list."""
        columns = np.argsort(lengths, kind="stable")
        order = slice(None) if ranking.order is None else ranking.order
        ranked = np.ascontiguousarray(values[order][:, columns])
        return cls(ranking, ranked, unlisted[order], lengths[columns], columns)

    def sums(self, weights: Floats) -> Floats:
        """Return the expected weighted sums over all households, listed or not (replicates, columns)."""
        ranked = weights if self.ranking.order is None else np.take(weights, self.ranking.order, axis=1)
        limits = self.lengths * weights.sum(axis=1, keepdims=True)
        ends = np.r_[self.ranking.starts, ranked.shape[1]]
        found = np.empty((len(weights), len(self.columns)))
        found[:, self.columns] = list_sums(ranked, self.values, self.unlisted, ends, limits)
        return found


@compiled
def list_sums(weights: Floats, values: Floats, unlisted: Floats, ends: Integers, limits: Floats) -> Floats:
    """Return weighted sums (replicates, columns): `values` over the first `limits` of the weight, `unlisted` beyond.

    `ends` are the first households of the blocks of equal scores, and one past the last; who is tied at a cut counts in
    part to both. `limits` (replicates, columns) ascend, so the columns not yet full are the last ones.
    """
    sums = np.zeros(limits.shape)
    columns = values.shape[1]
    for r in range(len(weights)):
        weight, total, full, above = weights[r], sums[r], 0, 0.0
        below = _sums_below(weight, unlisted, ends)
        for b in range(len(ends) - 1):
            tied = weight[ends[b] : ends[b + 1]].sum()
            while full < columns and above + tied >= limits[r, full]:
                part = (limits[r, full] - above) / tied if tied > 0 else 0.0
                for i in range(ends[b], ends[b + 1]):
                    total[full] += weight[i] * (part * values[i, full] + (1 - part) * unlisted[i])
                total[full] += below[b]
                full += 1
            if full == columns:
                break
            for i in range(ends[b], ends[b + 1]):
                for k in range(full, columns):
                    total[k] += weight[i] * values[i, k]
            above += tied
    return sums


@compiled
def _sums_below(weight: Floats, unlisted: Floats, ends: Integers) -> Floats:
    """Return what the households ranked below each block add when none of them is listed."""
    below = np.zeros(len(ends) - 1)
    for b in range(len(ends) - 2, 0, -1):
        below[b - 1] = below[b]
        for i in range(ends[b], ends[b + 1]):
            below[b - 1] += weight[i] * unlisted[i]
    return below

"""Contributions against background rows: what a row adds when unknown features are those of the background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graduation.trees.binning import Codes, Splits
from graduation.trees.layout import Layout
from graduation.trees.parsing import Floats, Integers
from graduation.trees.tables import nodes_for


@dataclass(frozen=True)
class Background:
    """Which features of which leaves' paths each of m background rows follows.

    Attributes
    ----------
    layout : Layout
    values : ndarray of shape (n_leaves,)
    patterns : ndarray of shape (n_groups, m)
        The pattern of each row in groups with a table.
    answers : ndarray of shape (n_nodes, m)
        Whether each row goes left.
    """

    layout: Layout
    values: Floats
    patterns: Integers
    answers: Codes

    @classmethod
    def of(cls, layout: Layout, values: Floats, splits: Splits, codes: Codes) -> Background:
        """Let background rows, given as codes (n_used, m), answer every question."""
        shifted = (codes[splits.row] + splits.shift[:, None]).astype(np.int64)
        answers = (shifted <= splits.limit[:, None]).astype(np.uint16)
        asked = np.flatnonzero(splits.start >= 0)
        answers[asked] = splits.table[splits.start[asked, None] + shifted[asked]]
        follows = np.bitwise_and.reduceat(
            answers[layout.node] ^ layout.inverted[:, None].astype(np.uint16), layout.questions[:-1], axis=0
        )
        place = np.arange(len(follows)) - np.repeat(layout.bits[:-1], np.diff(layout.bits))
        # Groups too deep for a table have too many bits for a pattern; theirs is not looked at.
        flags = follows.astype(np.int64) << np.minimum(place, 62)[:, None]
        return cls(layout, values, np.add.reduceat(flags, layout.bits[:-1], axis=0), answers)

    def tables(self, chosen: Integers) -> Floats:
        """Return the contributions (n, d, 2^d) of leaves, told by rows of pairs (n, d), for every pattern.

        The average over background rows is over their patterns: with a table of how often each pattern comes, the
        cost does not grow with the rows.

        References
        ----------
        Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees
        (interventional values); Nadel & Wettenstein (2025), From decision trees to Boolean logic (patterns).
        """
        pairs = self.layout.pairs
        n, d = chosen.shape
        patterns = self.patterns[pairs.group[chosen[:, 0]]]
        index = np.zeros(patterns.shape, dtype=np.int64)
        for k in range(d):
            rows = chosen[:, k]
            index |= ((patterns & pairs.mask[rows, None]) == pairs.want[rows, None]).astype(np.int64) << k
        index += np.arange(n)[:, None] << d
        often = np.bincount(index.ravel(), minlength=n << d).reshape(n, 1 << d) / max(patterns.shape[1], 1)
        return against(often * self.values[pairs.leaf[chosen[:, 0]], None], d)

    def terms(self, rows: Integers) -> tuple[Floats, Floats]:
        """Return the distinct patterns (n, d) of background rows in a leaf too deep for a table, and their shares."""
        layout, group = self.layout, self.layout.pairs.group[rows[0]]
        bits = range(layout.bits[group], layout.bits[group + 1])
        follows = np.array([self._follows(bit) for bit in bits], dtype=np.float64)
        distinct, count = np.unique(follows.T, axis=0, return_counts=True)
        return distinct, count / count.sum()

    def _follows(self, bit: int) -> Codes:
        layout = self.layout
        asked = slice(layout.questions[bit], layout.questions[bit + 1])
        answers = self.answers[layout.node[asked]] ^ layout.inverted[asked, None].astype(np.uint16)
        return np.asarray(answers.min(axis=0))


def against(often: Floats, d: int) -> Floats:
    """Return contributions (n, d, 2^d) of leaves, given the value times the share of each background pattern (n, 2^d).

    A background pattern is a path whose covers are 0 or 1; the sum over all of them is taken one feature at a time.
    """
    found = np.zeros((len(often), d, 1 << d))
    for t, w in zip(*nodes_for(d), strict=True):
        _each(w * often, range(d), t, found)
    return found


def _each(mixed: Floats, features: range, t: float, found: Floats) -> None:
    """Add the contribution of each of some features, all others being mixed in; halves share the mixing of the rest."""
    if len(features) == 1:
        off, on = _parts(mixed, features[0])
        # A row that follows differs from a background row that does not, and the other way round.
        found[:, features[0]] += np.stack((-on, off), axis=2).reshape(mixed.shape)
        return
    middle = len(features) // 2
    for own, others in ((features[:middle], features[middle:]), (features[middle:], features[:middle])):
        part = mixed
        for feature in others:
            off, on = _parts(part, feature)
            # What a row that does not follow the feature (first) and one that does (second) sees of both.
            part = np.stack(((1 - t) * on, t * off + on), axis=2).reshape(mixed.shape)
        _each(part, own, t, found)


def _parts(mixed: Floats, feature: int) -> tuple[Floats, Floats]:
    """Return what belongs to background rows that do not follow a feature, and to those that do."""
    parts = mixed.reshape(len(mixed), -1, 2, 1 << feature)
    return parts[:, :, 0], parts[:, :, 1]

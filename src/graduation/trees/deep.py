"""Leaves too deep for a table: their contributions are integrated for each row."""

from __future__ import annotations

import numpy as np

from graduation.trees.layout import Layout
from graduation.trees.parsing import Floats, Integers
from graduation.trees.tables import Source, nodes_for


def factors_of(layout: Layout, values: Floats, source: Source) -> tuple[Floats, Integers, Floats]:
    """Return the value of each group that is a deep leaf, where its factors start, and the factors (..., d, 4).

    For each term of a leaf and each node t of the quadrature there are, for each feature: the factor where a row does
    not follow it, what following adds to that, and the same for what multiplies the product of all factors to give
    the feature's contribution.

    Parameters
    ----------
    layout : Layout
    values : ndarray of shape (n_leaves,)
    source : Source
    """
    pairs = layout.pairs
    value, parts = np.zeros(len(layout.tree)), []
    length = np.zeros(len(layout.tree) + 1, dtype=np.int64)
    for group in np.flatnonzero(layout.deep):
        rows = np.flatnonzero(pairs.group == group)
        value[group] = values[pairs.leaf[rows[0]]]
        # The kernel meets a group's features in their own order, and its bits in theirs.
        rows = rows[np.argsort(pairs.place[rows], kind="stable")]
        covers, weights = source.terms(rows)
        parts.append(_factors(covers, weights * source.values[pairs.leaf[rows[0]]]).ravel())
        length[group + 1] = len(parts[-1])
    return value, np.cumsum(length), np.concatenate([*parts, np.zeros(1)])


def _factors(covers: Floats, weights: Floats) -> Floats:
    t, w = nodes_for(covers.shape[1])
    t, z = t[None, :, None], covers[:, None, :]
    scale = (w * weights[:, None])[:, :, None]
    unknown = (1 - t) * z
    # (0 - z) and (1 - z), each over its own factor, which the product of all factors holds already.
    lost = np.broadcast_to(-scale / (1 - t), unknown.shape)
    gained = scale * (1 - z) / (unknown + t) - lost
    return np.stack(np.broadcast_arrays(unknown, t, lost, gained), axis=-1)

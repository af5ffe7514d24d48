"""Contributions by pattern: what a row adds depends only on which features of a leaf's path it follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graduation.trees.layout import Layout, Pairs
from graduation.trees.parsing import Floats, Integers

# Rows of leaf tables made at a time, to stay near the processor.
CELLS_AT_A_TIME = 1 << 17
# Tables of more cells than this are kept in single precision, when the sum of all roundings is surely below the
# tolerance: half the memory is read faster. Smaller ones are near the processor anyway.
MANY_CELLS = 1 << 21
TOLERANCE = 1e-6
LeafTables: TypeAlias = Callable[[Integers], Floats]


class Source(Protocol):
    """What tells leaves' contributions: the covers of their paths, or background rows."""

    def tables(self, chosen: Integers) -> Floats:
        """Return the contributions (n, d, 2^d) of leaves, told by rows of pairs (n, d), for every pattern."""

    def terms(self, rows: Integers) -> tuple[Floats, Floats]:
        """Return covers (n, d), and their weights (n,), of which a leaf's contributions are a sum."""


@dataclass(frozen=True)
class PathDependent:
    """Contributions as LightGBM and `shap.TreeExplainer` give them: what is not known follows as training rows did."""

    pairs: Pairs
    values: Floats

    def tables(self, chosen: Integers) -> Floats:
        pairs = self.pairs
        return path_dependent(pairs.cover[chosen], self.values[pairs.leaf[chosen[:, 0]]])

    def terms(self, rows: Integers) -> tuple[Floats, Floats]:
        return self.pairs.cover[rows][None], np.ones(1)


@dataclass(frozen=True)
class Tables:
    """Look-up tables of a layout.

    Attributes
    ----------
    amounts : ndarray of float32 or float64
        Table after table: of each group, for each of its features, the contribution of each pattern.
    first_amount : ndarray of shape (n_groups,)
    values : ndarray of float64
        Of each group, for each pattern, the value of the leaf that a row is in; 0 where it is in none of the group.
    first_value : ndarray of shape (n_groups,)
    """

    amounts: NDArray[Any]
    first_amount: Integers
    values: Floats
    first_value: Integers


def nodes_for(d: int) -> tuple[Floats, Floats]:
    """Return nodes and weights on [0, 1] that integrate polynomials of degree d - 1 exactly."""
    t, w = np.polynomial.legendre.leggauss(max(1, (d + 1) // 2))
    return (t + 1) / 2, w / 2


def followed(d: int) -> Floats:
    """Return which of d features each pattern (2^d, d) follows."""
    return ((np.arange(1 << d)[:, None] >> np.arange(d)) & 1).astype(np.float64)


def path_dependent(cover: Floats, values: Floats) -> Floats:
    """Return the contributions (n, d, 2^d) of n leaves to their d features for every pattern.

    A leaf adds `value` times the product over its path's features of 1 or 0 (known, followed or not) or `cover` (not
    known). The Shapley value of feature k is the integral over t in [0, 1] of (b_k - z_k) times the product over the
    others of t b_j + (1 - t) z_j: a polynomial, so that Gauss-Legendre quadrature is exact.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees (the value).
    Owen (1972), Multilinear extensions of games (the integral).
    """
    d = cover.shape[1]
    bits, z = followed(d).T, cover[:, :, None]
    found = np.zeros((len(cover), d, 1 << d))
    for t, w in zip(*nodes_for(d), strict=True):
        factor = t * bits + (1 - t) * z
        # Where z is 0 its factor may be 0, and so is all it multiplies but its own feature's term.
        found += (w * factor.prod(axis=1))[:, None, :] / np.where(factor > 0, factor, 1.0)
    return found * (bits - z) * values[:, None, None]


def build(layout: Layout, values: Floats, leaf_tables: LeafTables) -> Tables:
    """Add the tables of the leaves of each group up.

    Parameters
    ----------
    layout : Layout
    values : ndarray of shape (n_leaves,)
    leaf_tables : callable
        Takes rows of `layout.pairs` (n, d), those of n leaves, and returns their contributions (n, d, 2^d).
    """
    size, shape = np.int64(1) << np.minimum(np.diff(layout.bits), 62), np.diff(layout.features)
    size = np.where(layout.deep, 0, size)
    # Groups of the same number of bits stand together, so that their tables are rows of one matrix.
    order = np.argsort(size, kind="stable")
    first_amount, first_value = (_first(cells, order) for cells in (size * shape, size))
    amounts, found = np.zeros(int((size * shape).sum())), np.zeros(int(size.sum()))
    rounding = np.zeros(len(layout.feature))
    for cells in np.unique(size[size > 0]):
        groups = order[size[order] == cells]
        table = amounts[first_amount[groups[0]] :][: cells * shape[groups].sum()].reshape(-1, cells)
        leaf_values = found[first_value[groups[0]] :][: cells * len(groups)].reshape(-1, cells)
        _fill(layout, groups, values, leaf_tables, table, leaf_values)
        rounding[_ranges(layout.features[groups], shape[groups])] = np.abs(table - table.astype(np.float32)).max(axis=1)
    single = amounts.size > MANY_CELLS and np.bincount(layout.feature, rounding).max() <= TOLERANCE
    return Tables(amounts.astype(np.float32) if single else amounts, first_amount, found, first_value)


def _first(cells: Integers, order: Integers) -> Integers:
    """Return where the cells of each group start, when groups stand in an order."""
    first = np.empty_like(cells)
    first[order] = np.cumsum(cells[order]) - cells[order]
    return first


def _ranges(first: Integers, count: Integers) -> Integers:
    """Return first, first + 1, ... of each range, one after the other."""
    return np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))


def _fill(
    layout: Layout, groups: Integers, values: Floats, leaf_tables: LeafTables, table: Floats, found: Floats
) -> None:
    """Fill in amounts (rows, cells) and leaf values (groups, cells) of groups with tables of one size."""
    pairs, cells = layout.pairs, table.shape[1]
    shape = np.diff(layout.features)[groups]
    place, first_row = np.full(len(layout.tree), -1), np.zeros(len(layout.tree), dtype=np.int64)
    place[groups], first_row[groups] = np.arange(len(groups)), np.cumsum(shape) - shape
    for chosen in _batches(pairs, np.flatnonzero(place[pairs.group] >= 0), cells):
        group, d = pairs.group[chosen[:, 0]], chosen.shape[1]
        index = _index(pairs, chosen, cells)
        leaf_value = values[pairs.leaf[chosen[:, 0]], None]
        found[place[group]] += np.where(index == (1 << d) - 1, leaf_value, 0.0)
        amounts = leaf_tables(chosen)
        for k in range(d):
            # No group comes twice in a batch.
            rows = first_row[group] + pairs.place[chosen[:, k]]
            table[rows] += np.take_along_axis(amounts[:, k], index, axis=1)


def _batches(pairs: Pairs, rows: Integers, cells: int) -> Iterator[Integers]:
    """Yield rows of pairs (n, d), those of n leaves with d features each, every leaf of another group."""
    first = rows[np.flatnonzero(np.diff(pairs.leaf[rows], prepend=-1))]
    count = np.bincount(pairs.leaf)[pairs.leaf[first]]
    group = pairs.group[first]
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    turn = np.arange(len(first)) - np.repeat(begins, np.diff(begins, append=len(first)))
    kinds = turn * cells + count
    for kind in np.unique(kinds):
        d = int(kind % cells)
        chosen = first[kinds == kind][:, None] + np.arange(d)
        step = max(1, CELLS_AT_A_TIME // max(cells, d << d))
        yield from (chosen[start : start + step] for start in range(0, len(chosen), step))


def _index(pairs: Pairs, chosen: Integers, cells: int) -> Integers:
    """Return the pattern of each leaf (n, cells) for every pattern of its group."""
    patterns = np.arange(cells, dtype=np.int32)
    index = np.zeros((len(chosen), cells), dtype=np.int64)
    mask, want = pairs.mask.astype(np.int32)[chosen], pairs.want.astype(np.int32)[chosen]
    for k in range(chosen.shape[1]):
        index |= ((patterns & mask[:, k, None]) == want[:, k, None]).astype(np.int64) << k
    return index

"""Contributions by pattern: what a row adds depends only on which features of a leaf's path it follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from graduation.trees.layout import Layout, Pairs
from graduation.trees.parsing import Bools, Floats, Integers

# Rows of leaf tables made at a time, to stay near the processor.
CELLS_AT_A_TIME = 1 << 17
# The roundings of a feature's tables together stay below this, unless a single amount is so large that numbers of 32
# bits cannot tell it so finely.
TOLERANCE = 1e-7
LARGEST = 2**31 - 1
# Where there is room, units are so small that sums are full about so many times.
CARRIES = 8


class Source(Protocol):
    """What tells leaves' contributions: the covers of their paths, or background rows.

    `values` (n_leaves,) are those that contributions are made of: differences from a tree's average.
    """

    @property
    def values(self) -> Floats: ...

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
class Size:
    """Groups with tables of one size while they are filled: amounts (rows, cells), and leaf values (groups, cells)."""

    add: Callable[..., None]
    table: Floats
    values: Floats


@dataclass(frozen=True)
class Tables:
    """Look-up tables of a layout.

    Contributions are whole numbers of small units: they take half the memory of floating-point numbers that are as
    exact, and their sum does not depend on the order.

    Attributes
    ----------
    amounts : ndarray of int32
        Table after table: of each group, for each of its features, the contribution of each pattern.
    first_amount : ndarray of shape (n_groups,)
    unit : ndarray of shape (n_used,)
        What 1 is worth, by feature.
    full : ndarray of bool, shape (n_tables,)
        Whether a sum of 32 bits may have no room for what this table adds, all tables being added in turn.
    values : ndarray of float64
        Of each group, for each pattern, the value of the leaf that a row is in; 0 where it is in none of the group.
    first_value : ndarray of shape (n_groups,)
    """

    amounts: NDArray[np.int32]
    first_amount: Integers
    unit: Floats
    full: Bools
    values: Floats
    first_value: Integers


@cache
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
    n, d = cover.shape
    t, w = (one[None, None, :] for one in nodes_for(d))
    z = cover[:, :, None]
    off, on = (1 - t) * z, t + (1 - t) * z
    product = np.ones((n, t.size, 1))
    for k in range(d):
        parts = product * off[:, k, :, None], product * on[:, k, :, None]
        product = np.concatenate(parts, axis=2)
    # (b - z) over its own factor, which the product of all factors holds already.
    lost, gained = np.broadcast_to(-w / (1 - t), on.shape), w * (1 - z) / on
    found: Floats = np.where(followed(d).T > 0, gained @ product, lost @ product)
    found *= values[:, None, None]
    return found


def build(layout: Layout, values: Floats, source: Source, add: Callable[..., None]) -> Tables:
    """Add the tables of the leaves of each group up.

    Parameters
    ----------
    layout : Layout
    values : ndarray of shape (n_leaves,)
    source : Source
    add : callable
        `plain.add` or `kernel.add`.
    """
    size, shape = np.int64(1) << np.minimum(np.diff(layout.bits), 62), np.diff(layout.features)
    size = np.where(layout.deep, 0, size)
    # Groups of the same number of bits stand together, so that their tables are rows of one matrix.
    order = np.argsort(size, kind="stable")
    first_amount, first_value = (_first(cells, order) for cells in (size * shape, size))
    amounts, found = np.zeros(int((size * shape).sum()), dtype=np.int32), np.zeros(int(size.sum()))
    unit, most = _units(layout, source.values), np.zeros(len(layout.feature), dtype=np.int64)
    for cells in np.unique(size[size > 0]):
        groups = order[size[order] == cells]
        numbers = _ranges(layout.features[groups], shape[groups])
        whole = amounts[first_amount[groups[0]] :][: cells * len(numbers)].reshape(-1, cells)
        leaf_values = found[first_value[groups[0]] :][: cells * len(groups)].reshape(-1, cells)
        table = np.zeros(whole.shape)
        _fill(layout, groups, values, source, Size(add, table, leaf_values))
        table /= unit[layout.feature[numbers], None]
        whole[:] = np.rint(table, out=table)
        most[numbers] = np.maximum(table.max(axis=1), -table.min(axis=1))
    return Tables(amounts, first_amount, unit, _full(layout.feature, most), found, first_value)


def _units(layout: Layout, values: Floats) -> Floats:
    """Return the unit of each used feature: as small as its largest amount allows, and no smaller than is of use."""
    pairs, feature, n_used = layout.pairs, layout.feature, int(layout.feature.max(initial=-1)) + 1
    new = np.diff(pairs.leaf, prepend=-1) != 0
    of_group = np.bincount(pairs.group[new], np.abs(values[pairs.leaf[new]]), minlength=len(layout.tree))
    most = np.repeat(of_group, np.diff(layout.features))
    largest = np.zeros(n_used)
    np.maximum.at(largest, feature, most)
    together, tables = np.bincount(feature, most, n_used), np.bincount(feature, minlength=n_used)
    enough = np.minimum(2 * TOLERANCE / np.maximum(tables, 1), together / (CARRIES * LARGEST))
    unit = np.maximum(enough, largest / (LARGEST - 1))
    return np.where(unit > 0, unit, 1.0)


def _full(feature: Integers, most: Integers) -> Bools:
    """Return whether each table might overflow the sum of its feature's tables since the last that might have."""
    full, total = np.zeros(len(feature), dtype=bool), dict.fromkeys(feature.tolist(), 0)
    for number, (one, more) in enumerate(zip(feature.tolist(), most.tolist(), strict=True)):
        full[number] = total[one] + more > LARGEST
        total[one] = more + (0 if full[number] else total[one])
    return full


def _first(cells: Integers, order: Integers) -> Integers:
    """Return where the cells of each group start, when groups stand in an order."""
    first = np.empty_like(cells)
    first[order] = np.cumsum(cells[order]) - cells[order]
    return first


def _ranges(first: Integers, count: Integers) -> Integers:
    """Return first, first + 1, ... of each range, one after the other."""
    return np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))


def _fill(layout: Layout, groups: Integers, values: Floats, source: Source, into: Size) -> None:
    """Add the leaves of groups with tables of one size up."""
    pairs, cells = layout.pairs, into.table.shape[1]
    shape = np.diff(layout.features)[groups]
    place, first_row = np.full(len(layout.tree), -1), np.zeros(len(layout.tree), dtype=np.int64)
    place[groups], first_row[groups] = np.arange(len(groups)), np.cumsum(shape) - shape
    for chosen in _batches(pairs, np.flatnonzero(place[pairs.group] >= 0), cells):
        group = pairs.group[chosen[:, 0]]
        into.add(
            source.tables(chosen), values[pairs.leaf[chosen[:, 0]]], pairs.mask[chosen], pairs.want[chosen],
            first_row[group][:, None] + pairs.place[chosen], place[group], into.table, into.values,
        )  # fmt: skip


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

"""Which leaves are looked up together: paths through the trees, and groups of neighbouring leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graduation.trees.parsing import Bools, Floats, Forest, Integers

# What a group costs beside one look-up a feature: its index and its leaf's value, and a little for each bit.
COST_OF_GROUP, COST_OF_BIT = 3.0, 0.2


@dataclass(frozen=True)
class Steps:
    """The steps from root to leaf of all leaves, sorted by leaf and then from the root down.

    Attributes
    ----------
    leaf, node, depth : ndarray of shape (n_steps,)
    left : ndarray of bool
    cover : ndarray of float
        The share of the node's training rows that take the step.
    """

    leaf: Integers
    node: Integers
    depth: Integers
    left: Bools
    cover: Floats


@dataclass(frozen=True)
class Layout:
    """Groups of leaves of one tree; each bit of a group's pattern is 1 where all its questions are answered its way.

    Attributes
    ----------
    tree : ndarray of shape (n_groups,)
        Sorted.
    bits : ndarray of shape (n_groups + 1,)
        Where each group's bits start.
    questions : ndarray of shape (n_bits + 1,)
        Where each bit's questions start in `node` and `inverted`.
    node, inverted : ndarray of shape (n_questions,)
        A question is whether a row goes left at the node, or right where it is inverted.
    features : ndarray of shape (n_groups + 1,)
        Where each group's features start in `feature`.
    feature : ndarray
        Places among the used features.
    deep : ndarray of shape (n_groups,)
        Whether the group is a leaf whose path asks of more features than a table may have bits.
    pairs : Pairs
    """

    tree: Integers
    bits: Integers
    questions: Integers
    node: Integers
    inverted: Integers
    features: Integers
    feature: Integers
    deep: Bools
    pairs: Pairs


@dataclass(frozen=True)
class Pairs:
    """One row for each leaf and distinct feature of its path, sorted by group and leaf.

    The row of a table follows the leaf in this feature where `pattern & mask == want`.

    Attributes
    ----------
    leaf, group, feature, place : ndarray of shape (n_pairs,)
        `place` is that of the feature among its group's.
    cover : ndarray of float
        The share of training rows that follow, as far as the path's splits on this feature tell.
    mask, want : ndarray of int
    """

    leaf: Integers
    group: Integers
    feature: Integers
    place: Integers
    cover: Floats
    mask: Integers
    want: Integers


def lay_out(forest: Forest, row: Integers, most_bits: int) -> Layout:
    """Return the groups of least estimated cost.

    Parameters
    ----------
    forest : Forest
    row : ndarray of shape (n_nodes,)
        The place of each node's feature among the used ones.
    most_bits : int
        A table has 2^bits rows.
    """
    steps = walk(forest)
    top, depth_of_top = _tops(forest, steps, row, most_bits)
    tree = np.repeat(np.arange(forest.n_trees), forest.n_leaves)
    kept = np.unique(steps.leaf)
    # Numbers of tops are distinct, so their tree may lead without mixing any.
    keys, group_of_kept = np.unique(tree[kept] * (top.max(initial=0) + 1) + top[kept], return_inverse=True)
    group = np.full(len(tree), -1)
    group[kept] = group_of_kept
    tree_of_group = np.zeros(len(keys), dtype=np.int64)
    tree_of_group[group_of_kept] = tree[kept]
    layout = _describe(steps, row[steps.node], group, tree_of_group, depth_of_top)
    return replace(layout, deep=np.diff(layout.bits) > most_bits)


def walk(forest: Forest) -> Steps:
    """Return the steps to every leaf, climbing from all leaves at once."""
    n_nodes, n_leaves = len(forest.feature), len(forest.leaf_value)
    parent, left, cover = (np.full(n_leaves + n_nodes, fill) for fill in (-1, 0, 1.0))
    counts = np.concatenate([forest.leaf_count, forest.node_count])
    for side, children in ((1, forest.left), (0, forest.right)):
        place = _place(children, n_leaves)
        parent[place], left[place], cover[place] = np.arange(n_nodes), side, counts[place] / forest.node_count
    here = leaf = np.flatnonzero(parent[:n_leaves] >= 0)
    climbs = [(leaf[:0], leaf[:0], left[:0], cover[:0])]
    while len(here):
        climbs.append((leaf, parent[here], left[here], cover[here]))
        above = parent[here] + n_leaves
        kept = parent[above] >= 0
        here, leaf = above[kept], leaf[kept]
    height = np.repeat(np.arange(len(climbs)), [len(climb[0]) for climb in climbs])
    leaf, node, turn, share = (np.concatenate(parts) for parts in zip(*climbs, strict=True))
    depth = np.bincount(leaf, minlength=n_leaves)[leaf] - height
    order = np.lexsort((depth, leaf))
    return Steps(leaf[order], node[order], depth[order], turn[order] > 0, share[order])


def _place(children: Integers, n_leaves: int) -> Integers:
    """Return places in arrays that hold all leaves, then all nodes."""
    return np.where(children >= 0, children + n_leaves, ~children)


def starts(sorted_keys: Integers, n: int) -> Integers:
    """Return where each of the keys 0 to n - 1 starts, and one past the last."""
    return np.searchsorted(sorted_keys, np.arange(n + 1)).astype(np.int64)


def _tops(forest: Forest, steps: Steps, row: Integers, most_bits: int) -> tuple[Integers, Integers]:
    """Return the place of each leaf's group's top node or leaf (n_leaves,), and its depth.

    From the deepest nodes up, a node's leaves become a group where that costs no more than its children's groups.
    """
    n_leaves, n_nodes = len(forest.leaf_value), len(forest.feature)
    depth = np.bincount(steps.leaf, minlength=n_leaves + n_nodes)
    depth[n_leaves + steps.node] = steps.depth
    sides = [_place(children, n_leaves) for children in (forest.left, forest.right)]
    levels = [np.flatnonzero(depth[n_leaves:] == level) for level in range(int(depth[n_leaves:].max(initial=-1)) + 1)]
    words = _words(row)
    path = np.zeros((n_leaves + n_nodes, words.shape[1]), dtype=np.uint64)
    for nodes in levels:
        for side in sides:
            path[side[nodes]] = path[n_leaves + nodes] | words[nodes]
    below, leaves = np.zeros_like(path), np.ones(n_leaves + n_nodes, dtype=np.int64)
    cost = _size(path) * (1.0 + COST_OF_BIT) + COST_OF_GROUP
    is_top = np.arange(n_leaves + n_nodes) < n_leaves
    for nodes in reversed(levels):
        here, left, right = n_leaves + nodes, sides[0][nodes], sides[1][nodes]
        below[here] = below[left] | below[right] | words[nodes]
        leaves[here] = leaves[left] + leaves[right]
        bits = _size(path[here]) + leaves[here] - 1
        own = _size(path[here] | below[here]) + COST_OF_GROUP + COST_OF_BIT * bits
        apart = cost[left] + cost[right]
        is_top[here] = (bits <= most_bits) & (own <= apart)
        cost[here] = np.where(is_top[here], own, apart)
    top = np.where(is_top, np.arange(len(is_top)), -1)
    for nodes in levels:
        for side in sides:
            above = top[n_leaves + nodes]
            top[side[nodes]] = np.where(above >= 0, above, top[side[nodes]])
    return top[:n_leaves], depth[top[:n_leaves]]


def _words(row: Integers) -> NDArray[np.uint64]:
    """Return each node's feature as one bit in words of 64."""
    words = np.zeros((len(row), int(row.max(initial=0)) // 64 + 1), dtype=np.uint64)
    words[np.arange(len(row)), row // 64] = np.uint64(1) << (row % 64).astype(np.uint64)
    return words


def _size(sets: NDArray[np.uint64]) -> Integers:
    return np.asarray(np.bitwise_count(sets).sum(axis=1), dtype=np.int64)


def _describe(steps: Steps, asked: Integers, group: Integers, tree: Integers, depth_of_top: Integers) -> Layout:
    """Number each group's bits and features, and say what each leaf wants of the bits."""
    of, size = group[steps.leaf], 1 + int(max(asked.max(initial=0), steps.node.max(initial=0)))
    inside = steps.depth >= depth_of_top[steps.leaf]
    # The path to the top gives one bit for each feature, the subtree one for each node.
    key = (2 * of + inside) * size + np.where(inside, steps.node, asked)
    keys, bit = np.unique(key, return_inverse=True)
    first_bit = starts(keys // (2 * size), len(tree))
    inverted = ~inside & ~steps.left
    questions = np.unique(np.stack([bit, steps.node, inverted]), axis=1)
    flag = np.int64(1) << (bit - first_bit[of])
    pairs = _pair(steps, of, asked, flag, np.where(inside & ~steps.left, 0, flag))
    features, place = np.unique(pairs.group * size + pairs.feature, return_inverse=True)
    first_feature = starts(features // size, len(tree))
    pairs = replace(pairs, place=place - first_feature[pairs.group])
    return Layout(
        tree, first_bit, starts(questions[0], len(keys)), questions[1], questions[2], first_feature, features % size,
        np.zeros(len(tree), dtype=bool), pairs,
    )  # fmt: skip


def _pair(steps: Steps, group: Integers, asked: Integers, flag: Integers, want: Integers) -> Pairs:
    """Gather the steps of each leaf that ask of the same feature; `place` is filled in later."""
    order = np.lexsort((asked, steps.leaf, group))
    leaf, feature, of = steps.leaf[order], asked[order], group[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (leaf[1:] != leaf[:-1]) | (feature[1:] != feature[:-1])
    first = np.flatnonzero(new)
    if len(first) == 0:
        return Pairs(leaf, of, feature, leaf, steps.cover, flag, want)
    return Pairs(
        leaf[first], of[first], feature[first], leaf[first], np.multiply.reduceat(steps.cover[order], first),
        np.bitwise_or.reduceat(flag[order], first), np.bitwise_or.reduceat(want[order], first),
    )  # fmt: skip

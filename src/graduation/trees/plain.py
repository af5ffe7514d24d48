"""The kernel's work in numpy, for machines on which numba does not compile."""

from __future__ import annotations

import numpy as np

from graduation.trees.binning import Codes
from graduation.trees.kernel import ALL, NONE, Bits, Program, Whole
from graduation.trees.parsing import Floats, Integers


def walk(program: Program, codes: Codes, span: Integers, raw: Floats, own: Floats, amounts: Floats) -> None:
    """Do what `kernel.walk` does."""
    sums = np.zeros(amounts.shape, dtype=np.int32)
    for tree, constant in enumerate(program.constant):
        value = np.full(codes.shape[1], constant)
        groups = range(program.first_group[tree], program.first_group[tree + 1])
        follows = _follows(program, groups, _answers(program, tree, codes)) if groups else codes[:0].astype(np.uint8)
        for group in groups:
            first = program.bits[groups.start]
            mine = follows[program.bits[group] - first : program.bits[group + 1] - first]
            if program.first_factor[group + 1] > program.first_factor[group]:
                _descend(program, group, mine, value, amounts)
            else:
                _look_up(program, group, mine, value, sums, amounts)
        raw += value
        if span[tree] >= 0:
            own[span[tree]] += value
    amounts += program.unit[: len(amounts), None] * sums


def _answers(program: Program, tree: int, codes: Codes) -> Bits:
    nodes = slice(program.first_node[tree], program.first_node[tree + 1])
    shifted = codes[program.row[nodes]] + program.shift[nodes, None]
    answers = np.where(shifted <= program.limit[nodes, None], ALL, NONE)
    for node in np.flatnonzero(program.start[nodes] >= 0):
        table = program.table[program.start[nodes][node] :]
        answers[node] = table.take(shifted[node])
    return answers


def _follows(program: Program, groups: range, answers: Bits) -> Bits:
    """Return whether each row answers all questions of each bit of some groups as the bit wants."""
    first = program.questions[program.bits[groups.start] : program.bits[groups.stop]]
    asked = slice(first[0], program.questions[program.bits[groups.stop]])
    right = answers[program.node[asked]] ^ program.inverted[asked, None]
    return np.bitwise_and.reduceat(right, first - first[0], axis=0) if len(right) > len(first) else right


def _look_up(program: Program, group: int, follows: Bits, value: Floats, sums: Whole, amounts: Floats) -> None:
    # Numpy looks up by its own kind of number; with `clip` it writes to its place without a check of each.
    index, size = _pattern(follows).astype(np.intp), 1 << len(follows)
    value += program.values[program.first_value[group] :][:size].take(index, mode="clip")
    if len(amounts) == 0:
        return
    found, start = np.empty(len(index), dtype=np.int32), program.first_amount[group]
    for number in range(program.features[group], program.features[group + 1]):
        feature = program.feature[number]
        if program.full[number]:
            amounts[feature] += program.unit[feature] * sums[feature]
            sums[feature] = 0
        sums[feature] += program.amounts[start : start + size].take(index, out=found, mode="clip")
        start += size


def _pattern(follows: Bits) -> Codes:
    pattern = np.zeros(follows.shape[1], dtype=np.uint16)
    for bit, one in enumerate(follows):
        pattern |= (one & 1).astype(np.uint16) << np.uint16(bit)
    return pattern


def _descend(program: Program, group: int, follows: Bits, value: Floats, amounts: Floats) -> None:
    follows = follows & np.uint8(1)
    value += program.deep_value[group] * follows.min(axis=0)
    if len(amounts) == 0:
        return
    features = program.feature[program.features[group] : program.features[group + 1]]
    factors = program.factors[program.first_factor[group] : program.first_factor[group + 1]]
    for unknown, rise, lost, gained in factors.reshape(-1, len(features), 4).transpose(0, 2, 1)[..., None]:
        amounts[features] += (unknown + rise * follows).prod(axis=0) * (lost + gained * follows)


def add(
    amounts: Floats, leaf_values: Floats, mask: Integers, want: Integers, rows: Integers, groups: Integers,
    table: Floats, values: Floats,
) -> None:  # fmt: skip
    """Add leaves of different groups to the tables of their groups.

    Parameters
    ----------
    amounts : ndarray of shape (n, d, 2^d)
        Contributions of each leaf by its own patterns.
    leaf_values : ndarray of shape (n,)
    mask, want : ndarray of shape (n, d)
        As in `Pairs`: which patterns of the group follow which features of the leaf.
    rows : ndarray of shape (n, d)
        The rows of `table` that each leaf's amounts are added to.
    groups : ndarray of shape (n,)
        The row of `values` that each leaf's value is added to.
    table : ndarray of shape (n_rows, cells)
    values : ndarray of shape (n_groups, cells)
    """
    d, patterns = mask.shape[1], np.arange(table.shape[1])
    index = np.zeros((len(mask), len(patterns)), dtype=np.int64)
    for k in range(d):
        index |= ((patterns & mask[:, k, None]) == want[:, k, None]).astype(np.int64) << k
    values[groups] += np.where(index == (1 << d) - 1, leaf_values[:, None], 0.0)
    for k in range(d):
        table[rows[:, k]] += np.take_along_axis(amounts[:, k], index, axis=1)

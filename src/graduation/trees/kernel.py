"""The loops over rows: patterns of a block of rows, looked up in the tables of the forest."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

from graduation.trees.binning import Codes
from graduation.trees.parsing import Floats, Integers

Amounts: TypeAlias = NDArray[np.float32] | Floats


class Program(NamedTuple):
    """What the kernel walks through: a forest's `Splits`, `Layout`, `Tables` and deep leaves as plain arrays.

    The tables of amounts are not in it: they come in two precisions, and what does not read them is compiled once.
    """

    row: Integers
    shift: Codes
    limit: Codes
    start: Integers
    table: Codes
    first_node: Integers
    first_group: Integers
    bits: Integers
    questions: Integers
    node: Integers
    inverted: Codes
    features: Integers
    feature: Integers
    first_amount: Integers
    first_value: Integers
    values: Floats
    constant: Floats
    deep_value: Floats
    first_factor: Integers
    factors: Floats


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def answer(program: Program, tree: int, codes: Codes, answers: Codes) -> None:
    """Fill in whether each row of a block goes left (1) or right (0) at each node of a tree."""
    rows = codes.shape[1]
    first = program.first_node[tree]
    for node in range(first, program.first_node[tree + 1]):
        code, found = codes[program.row[node]], answers[node - first]
        shift, limit = program.shift[node], program.limit[node]
        if program.start[node] < 0:
            for r in range(rows):
                found[r] = np.uint16(np.uint16(code[r] + shift) <= limit)
        else:
            table = program.table[program.start[node] :]
            for r in range(rows):
                found[r] = table[np.uint16(code[r] + shift)]


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def follow(program: Program, bit: int, answers: Codes, follows: Codes) -> None:
    """Fill in whether each row answers all questions of a bit as the bit wants."""
    begin, end = program.questions[bit], program.questions[bit + 1]
    inverted, found = program.inverted[begin], answers[program.node[begin]]
    for r in range(len(follows)):
        follows[r] = found[r] ^ inverted
    for question in range(begin + 1, end):
        inverted, found = program.inverted[question], answers[program.node[question]]
        for r in range(len(follows)):
            follows[r] &= np.uint16(found[r] ^ inverted)


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def look_up(
    program: Program,
    tables: Amounts,
    group: int,
    answers: Codes,
    follows: Codes,
    pattern: Codes,
    value: Floats,
    amounts: Floats,
) -> None:
    """Add what the tables of a group say of each row's pattern."""
    first = program.bits[group]
    pattern.fill(0)
    for bit in range(first, program.bits[group + 1]):
        follow(program, bit, answers, follows[0])
        place = np.uint16(bit - first)
        for r in range(len(pattern)):
            pattern[r] |= np.uint16(follows[0, r] << place)
    size = 1 << (program.bits[group + 1] - first)
    values = program.values[program.first_value[group] :][:size]
    for r in range(len(pattern)):
        value[r] += values[pattern[r]]
    if len(amounts) == 0:
        return
    start = program.first_amount[group]
    for number in range(program.features[group], program.features[group + 1]):
        table, found = tables[start : start + size], amounts[program.feature[number]]
        for r in range(len(pattern)):
            found[r] += table[pattern[r]]
        start += size


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def reach(program: Program, group: int, answers: Codes, follows: Codes, value: Floats) -> None:
    """Fill in which features of a deep leaf's path each row follows, and add its value where all are."""
    first = program.bits[group]
    every = np.ones(len(value), np.uint16)
    for place in range(program.bits[group + 1] - first):
        follow(program, first + place, answers, follows[place])
        for r in range(len(value)):
            every[r] &= follows[place, r]
    for r in range(len(value)):
        value[r] += program.deep_value[group] * every[r]


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def integrate(program: Program, group: int, follows: Codes, amounts: Floats) -> None:
    """Add the contributions of a deep leaf, of which rows follow what `reach` found."""
    depth, rows = program.bits[group + 1] - program.bits[group], amounts.shape[1]
    product = np.empty(rows)
    for start in range(program.first_factor[group], program.first_factor[group + 1], 4 * depth):
        factors = program.factors[start : start + 4 * depth].reshape((depth, 4))
        product[:] = 1.0
        for place in range(depth):
            unknown, rise = factors[place, 0], factors[place, 1]
            for r in range(rows):
                product[r] *= unknown + rise * follows[place, r]
        for place in range(depth):
            found = amounts[program.feature[program.features[group] + place]]
            lost, gained = factors[place, 2], factors[place, 3]
            for r in range(rows):
                found[r] += product[r] * (lost + gained * follows[place, r])


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def add_tree(
    program: Program,
    tables: Amounts,
    tree: int,
    answers: Codes,
    follows: Codes,
    pattern: Codes,
    value: Floats,
    amounts: Floats,
) -> None:
    """Add the groups of one tree up."""
    value[:] = program.constant[tree]
    for group in range(program.first_group[tree], program.first_group[tree + 1]):
        if program.first_factor[group + 1] == program.first_factor[group]:
            look_up(program, tables, group, answers, follows, pattern, value, amounts)
            continue
        reach(program, group, answers, follows, value)
        if len(amounts):
            integrate(program, group, follows, amounts)


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def walk(
    program: Program, tables: Amounts, codes: Codes, span: Integers, raw: Floats, sums: Floats, amounts: Floats
) -> None:
    """Add the trees up for a block of rows.

    Parameters
    ----------
    program : Program
    tables : ndarray
        Contributions by group, feature and pattern.
    codes : ndarray of shape (n_used, n)
    span : ndarray of shape (n_trees,)
        The row of `sums` to which each tree is added, too; -1 for none.
    raw : ndarray of shape (n,)
        Takes the sum of all leaf values, added in the order of the trees.
    sums : ndarray of shape (n_spans, n)
    amounts : ndarray of shape (n_used, n)
        Takes the contributions, transposed; of shape (0, n) where only sums are asked for.
    """
    rows = codes.shape[1]
    answers = np.empty((1 + np.diff(program.first_node).max(), rows), np.uint16)
    follows = np.empty((1 + np.diff(program.bits).max(), rows), np.uint16) if len(program.node) else answers
    pattern, value = np.empty(rows, np.uint16), np.empty(rows)
    for tree in range(len(program.constant)):
        answer(program, tree, codes, answers)
        add_tree(program, tables, tree, answers, follows, pattern, value, amounts)
        for r in range(rows):
            raw[r] += value[r]
        if span[tree] >= 0:
            own = sums[span[tree]]
            for r in range(rows):
                own[r] += value[r]

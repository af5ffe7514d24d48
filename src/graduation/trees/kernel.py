"""The loops over rows: patterns of a block of rows, looked up in the tables of the forest."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graduation.compiling import compiled
from graduation.trees.binning import MISSING, NEARLY_ZERO, Codes
from graduation.trees.parsing import Bools, Floats, Integers

# Whether or not, of each row: 255 or 0, whose bits are all alike, as small as they can be, for many are looked at.
Bits: TypeAlias = NDArray[np.uint8]
Whole: TypeAlias = NDArray[np.int32]
ALL, NONE = np.uint8(255), np.uint8(0)
BYTE = 8


class Program(NamedTuple):
    """What the kernel walks through: a forest's `Splits`, `Layout`, `Tables` and deep leaves as plain arrays."""

    row: Integers
    shift: Codes
    limit: Codes
    start: Integers
    small: NDArray[np.uint32]
    table: Bits
    first_node: Integers
    first_group: Integers
    bits: Integers
    questions: Integers
    node: Integers
    inverted: Bits
    features: Integers
    feature: Integers
    amounts: Whole
    first_amount: Integers
    unit: Floats
    full: Bools
    first_value: Integers
    values: Floats
    constant: Floats
    deep_value: Floats
    first_factor: Integers
    factors: Floats


@compiled
def answer(program: Program, tree: int, codes: Codes, answers: Bits) -> None:
    """Fill in whether each row of a block goes left at each node of a tree."""
    rows = codes.shape[1]
    first = program.first_node[tree]
    for node in range(first, program.first_node[tree + 1]):
        code, found = codes[program.row[node]], answers[node - first]
        shift, limit = program.shift[node], program.limit[node]
        small = program.small[node]
        if program.start[node] < 0:
            for r in range(rows):
                found[r] = ALL if np.uint16(code[r] + shift) <= limit else NONE
        elif small:
            for r in range(rows):
                found[r] = ALL if (small >> np.uint32(code[r])) & np.uint32(1) else NONE
        else:
            table = program.table[program.start[node] :]
            for r in range(rows):
                found[r] = table[np.uint16(code[r] + shift)]


@compiled
def follow(program: Program, bit: int, answers: Bits, follows: Bits) -> None:
    """Fill in whether each row answers all questions of a bit as the bit wants."""
    begin, end = program.questions[bit], program.questions[bit + 1]
    inverted, found = program.inverted[begin], answers[program.node[begin]]
    for r in range(len(follows)):
        follows[r] = found[r] ^ inverted
    for question in range(begin + 1, end):
        inverted, found = program.inverted[question], answers[program.node[question]]
        for r in range(len(follows)):
            follows[r] &= found[r] ^ inverted


@compiled
def find_pattern(program: Program, group: int, answers: Bits, follows: Bits, pattern: Codes) -> None:
    """Fill in which bits of a group each row follows, byte by byte."""
    first, last = program.bits[group], program.bits[group + 1]
    byte = follows[1]
    for begin in range(first, last, BYTE):
        byte.fill(0)
        for bit in range(begin, min(begin + BYTE, last)):
            flag, question = np.uint8(1 << (bit - begin)), program.questions[bit]
            if program.questions[bit + 1] == question + 1:
                inverted, found = program.inverted[question], answers[program.node[question]]
                for r in range(len(byte)):
                    byte[r] |= (found[r] ^ inverted) & flag
                continue
            follow(program, bit, answers, follows[0])
            for r in range(len(byte)):
                byte[r] |= follows[0, r] & flag
        if begin == first:
            pattern[:] = byte
        else:
            for r in range(len(byte)):
                pattern[r] |= np.uint16(np.uint16(byte[r]) << np.uint16(BYTE))


@compiled
def settle(program: Program, feature: int, sums: Whole, amounts: Floats) -> None:
    """Add a feature's sums to its amounts and begin them anew."""
    unit, part, found = program.unit[feature], sums[feature], amounts[feature]
    for r in range(len(part)):
        found[r] += unit * part[r]
        part[r] = 0


@compiled
def look_up(program: Program, group: int, pattern: Codes, value: Floats, sums: Whole, amounts: Floats) -> None:
    """Add what the tables of a group say of each row's pattern."""
    size = 1 << (program.bits[group + 1] - program.bits[group])
    values = program.values[program.first_value[group] :][:size]
    for r in range(len(pattern)):
        value[r] += values[pattern[r]]
    if len(amounts) == 0:
        return
    start = program.first_amount[group]
    for number in range(program.features[group], program.features[group + 1]):
        feature = program.feature[number]
        if program.full[number]:
            settle(program, feature, sums, amounts)
        table, part = program.amounts[start : start + size], sums[feature]
        for r in range(len(pattern)):
            part[r] += table[pattern[r]]
        start += size


@compiled
def reach(program: Program, group: int, answers: Bits, follows: Bits, value: Floats) -> None:
    """Fill in which features of a deep leaf's path each row follows, and add its value where all are."""
    first = program.bits[group]
    every = np.full(len(value), ALL)
    for place in range(program.bits[group + 1] - first):
        follow(program, first + place, answers, follows[place])
        for r in range(len(value)):
            every[r] &= follows[place, r]
    for r in range(len(value)):
        value[r] += program.deep_value[group] if every[r] else 0.0


@compiled
def integrate(program: Program, group: int, follows: Bits, amounts: Floats) -> None:
    """Add the contributions of a deep leaf, of which rows follow what `reach` found."""
    depth, rows = program.bits[group + 1] - program.bits[group], amounts.shape[1]
    product = np.empty(rows)
    for start in range(program.first_factor[group], program.first_factor[group + 1], 4 * depth):
        factors = program.factors[start : start + 4 * depth].reshape((depth, 4))
        product[:] = 1.0
        for place in range(depth):
            unknown, rise = factors[place, 0], factors[place, 1]
            for r in range(rows):
                product[r] *= unknown + rise * (follows[place, r] & 1)
        for place in range(depth):
            found = amounts[program.feature[program.features[group] + place]]
            lost, gained = factors[place, 2], factors[place, 3]
            for r in range(rows):
                found[r] += product[r] * (lost + gained * (follows[place, r] & 1))


@compiled
def add_tree(
    program: Program,
    tree: int,
    answers: Bits,
    follows: Bits,
    pattern: Codes,
    value: Floats,
    sums: Whole,
    amounts: Floats,
) -> None:
    """Add the groups of one tree up."""
    value[:] = program.constant[tree]
    for group in range(program.first_group[tree], program.first_group[tree + 1]):
        if program.first_factor[group + 1] == program.first_factor[group]:
            find_pattern(program, group, answers, follows, pattern)
            look_up(program, group, pattern, value, sums, amounts)
            continue
        reach(program, group, answers, follows, value)
        if len(amounts):
            integrate(program, group, follows, amounts)


@compiled
def walk(program: Program, codes: Codes, span: Integers, raw: Floats, own: Floats, amounts: Floats) -> None:
    """Add the trees up for a block of rows.

    Parameters
    ----------
    program : Program
    codes : ndarray of shape (n_used, n)
    span : ndarray of shape (n_trees,)
        The row of `own` to which each tree is added, too; -1 for none.
    raw : ndarray of shape (n,)
        Takes the sum of all leaf values, added in the order of the trees.
    own : ndarray of shape (n_spans, n)
    amounts : ndarray of shape (n_used, n)
        Takes the contributions, transposed; of shape (0, n) where only scores are asked for.
    """
    rows = codes.shape[1]
    answers = np.empty((1 + np.diff(program.first_node).max(), rows), np.uint8)
    follows = np.empty((1 + np.diff(program.bits).max(), rows), np.uint8) if len(program.node) else answers
    pattern, value = np.empty(rows, np.uint16), np.empty(rows)
    sums = np.zeros(amounts.shape, np.int32)
    for tree in range(len(program.constant)):
        answer(program, tree, codes, answers)
        add_tree(program, tree, answers, follows, pattern, value, sums, amounts)
        for r in range(rows):
            raw[r] += value[r]
        if span[tree] >= 0:
            found = own[span[tree]]
            for r in range(rows):
                found[r] += value[r]
    for feature in range(len(amounts)):
        settle(program, feature, sums, amounts)


@compiled
def add(
    amounts: Floats, leaf_values: Floats, mask: Integers, want: Integers, rows: Integers, groups: Integers,
    table: Floats, values: Floats,
) -> None:  # fmt: skip
    """Do what `plain.add` does."""
    index = np.empty(table.shape[1], np.int64)
    for leaf in range(len(mask)):
        index.fill(0)
        for k in range(mask.shape[1]):
            asked, right = mask[leaf, k], want[leaf, k]
            for pattern in range(len(index)):
                index[pattern] |= np.int64((pattern & asked) == right) << k
        every, own, value = (1 << mask.shape[1]) - 1, values[groups[leaf]], leaf_values[leaf]
        for pattern in range(len(index)):
            own[pattern] += value if index[pattern] == every else 0.0
        for k in range(mask.shape[1]):
            row, part = table[rows[leaf, k]], amounts[leaf, k]
            for pattern in range(len(index)):
                row[pattern] += part[index[pattern]]


@compiled
def search(values: Floats, thresholds: Floats, codes: Codes) -> None:
    """Do what `binning.search` does."""
    for r in range(len(values)):
        value, below, left = values[r], 0, len(thresholds)
        if abs(value) <= NEARLY_ZERO:
            value = 0.0
        # Without a branch that depends on the value, for half of such are guessed wrongly.
        while left > 1:
            half = left >> 1
            below += half * (thresholds[below + half - 1] < value)
            left -= half
        below += thresholds[below] < value
        codes[r] = MISSING if value != value else below

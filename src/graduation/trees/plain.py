"""The kernel's work in numpy, for machines on which numba does not compile."""

from __future__ import annotations

import numpy as np

from graduation.trees.binning import Codes
from graduation.trees.kernel import Amounts, Program
from graduation.trees.parsing import Floats, Integers


def walk(
    program: Program, tables: Amounts, codes: Codes, span: Integers, raw: Floats, sums: Floats, amounts: Floats
) -> None:
    """Do what `kernel.walk` does."""
    for tree, constant in enumerate(program.constant):
        value = np.full(codes.shape[1], constant)
        groups = range(program.first_group[tree], program.first_group[tree + 1])
        follows = _follows(program, groups, _answers(program, tree, codes)) if groups else codes[:0]
        for group in groups:
            first = program.bits[groups.start]
            own = follows[program.bits[group] - first : program.bits[group + 1] - first]
            if program.first_factor[group + 1] > program.first_factor[group]:
                _descend(program, group, own, value, amounts)
            else:
                _look_up(program, tables, group, own, value, amounts)
        raw += value
        if span[tree] >= 0:
            sums[span[tree]] += value


def _answers(program: Program, tree: int, codes: Codes) -> Codes:
    nodes = slice(program.first_node[tree], program.first_node[tree + 1])
    shifted = codes[program.row[nodes]] + program.shift[nodes, None]
    answers = (shifted <= program.limit[nodes, None]).astype(np.uint16)
    for node in np.flatnonzero(program.start[nodes] >= 0):
        table = program.table[program.start[nodes][node] :]
        answers[node] = table.take(shifted[node])
    return answers


def _follows(program: Program, groups: range, answers: Codes) -> Codes:
    """Return whether each row answers all questions of each bit of some groups as the bit wants."""
    first = program.questions[program.bits[groups.start] : program.bits[groups.stop]]
    asked = slice(first[0], program.questions[program.bits[groups.stop]])
    right = answers[program.node[asked]] ^ program.inverted[asked, None]
    return np.bitwise_and.reduceat(right, first - first[0], axis=0) if len(right) > len(first) else right


def _look_up(program: Program, tables: Amounts, group: int, follows: Codes, value: Floats, amounts: Floats) -> None:
    pattern = follows[0].copy()
    for bit in range(1, len(follows)):
        pattern |= follows[bit] << np.uint16(bit)
    # Numpy looks up by its own kind of number; with `clip` it writes to its place without a check of each.
    index, size = pattern.astype(np.intp), 1 << len(follows)
    found = np.empty(len(index))
    value += program.values[program.first_value[group] :][:size].take(index, out=found, mode="clip")
    if len(amounts) == 0:
        return
    features = program.feature[program.features[group] : program.features[group + 1]]
    table = tables[program.first_amount[group] :][: size * len(features)].reshape(-1, size).astype(np.float64)
    for feature, row in zip(features, table, strict=True):
        amounts[feature] += row.take(index, out=found, mode="clip")


def _descend(program: Program, group: int, follows: Codes, value: Floats, amounts: Floats) -> None:
    value += program.deep_value[group] * follows.min(axis=0)
    if len(amounts) == 0:
        return
    features = program.feature[program.features[group] : program.features[group + 1]]
    factors = program.factors[program.first_factor[group] : program.first_factor[group + 1]]
    for unknown, rise, lost, gained in factors.reshape(-1, len(features), 4).transpose(0, 2, 1)[..., None]:
        amounts[features] += (unknown + rise * follows).prod(axis=0) * (lost + gained * follows)

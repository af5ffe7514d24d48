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
        answers = _answers(program, tree, codes)
        value = np.full(codes.shape[1], constant)
        for group in range(program.first_group[tree], program.first_group[tree + 1]):
            if program.first_factor[group + 1] > program.first_factor[group]:
                _descend(program, group, answers, value, amounts)
            else:
                _look_up(program, tables, group, answers, value, amounts)
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


def _follows(program: Program, bit: int, answers: Codes) -> Codes:
    begin, end = program.questions[bit], program.questions[bit + 1]
    follows = answers[program.node[begin]] ^ program.inverted[begin]
    for question in range(begin + 1, end):
        follows &= answers[program.node[question]] ^ program.inverted[question]
    return np.asarray(follows)


def _look_up(program: Program, tables: Amounts, group: int, answers: Codes, value: Floats, amounts: Floats) -> None:
    first, end = program.bits[group], program.bits[group + 1]
    pattern = np.zeros(answers.shape[1], dtype=np.uint16)
    for bit in range(first, end):
        pattern |= _follows(program, bit, answers) << np.uint16(bit - first)
    # Numpy looks up by its own kind of number; with `clip` it writes to its place without a check of each.
    index, size = pattern.astype(np.intp), 1 << (end - first)
    found = np.empty(len(index))
    value += program.values[program.first_value[group] :][:size].take(index, out=found, mode="clip")
    if len(amounts) == 0:
        return
    places = range(program.features[group], program.features[group + 1])
    table = tables[program.first_amount[group] :][: size * len(places)].reshape(-1, size)
    for row, place in enumerate(places):
        amounts[program.feature[place]] += table[row].astype(np.float64).take(index, out=found, mode="clip")


def _descend(program: Program, group: int, answers: Codes, value: Floats, amounts: Floats) -> None:
    bits = range(program.bits[group], program.bits[group + 1])
    follows = np.array([_follows(program, bit, answers) for bit in bits], dtype=np.float64)
    value += program.deep_value[group] * follows.min(axis=0)
    if len(amounts) == 0:
        return
    features = program.feature[program.features[group] : program.features[group + 1]]
    factors = program.factors[program.first_factor[group] : program.first_factor[group + 1]]
    for unknown, rise, lost, gained in factors.reshape(-1, len(features), 4).transpose(0, 2, 1)[..., None]:
        amounts[features] += (unknown + rise * follows).prod(axis=0) * (lost + gained * follows)

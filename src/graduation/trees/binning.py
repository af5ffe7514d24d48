"""Rows as small integers: which of the forest's thresholds a value lies between, which category it is, or missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graduation.errors import ModelError, UsageError
from graduation.trees.parsing import NONE, ZERO, Bools, Floats, Forest, Integers

Codes: TypeAlias = NDArray[np.uint16]
Columns: TypeAlias = NDArray[Any] | Sequence[NDArray[Any]]
Search: TypeAlias = Callable[[Floats, Floats, Codes], None]

# LightGBM reads numbers nearer to 0 than this single-precision constant as 0.
NEARLY_ZERO = float(np.float32(1e-35))
MISSING = 65_535
MOST_CODES = 65_000
# The answers to so many codes fit in one number.
SMALL = 32


@dataclass(frozen=True)
class Splits:
    """What each node asks of its feature's code: whether it is at most `limit`, or what `table` says of it.

    Attributes
    ----------
    row : ndarray of shape (n_nodes,)
        The place of the node's feature among the used ones.
    shift : ndarray of uint16
        Added to a code before it is looked at: 1 makes a missing value (65535) the smallest of all.
    limit : ndarray of uint16
    start : ndarray of shape (n_nodes,)
        Where the node's answers by code start in `table`; -1 where codes are compared.
    small : ndarray of uint32
        The answers of a set of at most 32 codes as bits; 0 where there are others.
    table : ndarray of uint16
    """

    row: Integers
    shift: Codes
    limit: Codes
    start: Integers
    small: NDArray[np.uint32]
    table: Codes


@dataclass(frozen=True)
class Binning:
    """How the columns of a table become codes.

    Attributes
    ----------
    used : ndarray of shape (n_used,)
        The features that the forest asks of.
    thresholds : list of ndarray
        Sorted, of each used feature; empty for categories.
    levels : ndarray of shape (n_used,)
        Categories are codes below this, all others are coded as this; 0 for numbers.
    splits : Splits
    n_features : int
    """

    used: Integers
    thresholds: list[Floats]
    levels: Integers
    splits: Splits
    n_features: int

    @classmethod
    def of(cls, forest: Forest) -> Binning:
        """Collect what a forest asks of each feature.

        Raises
        ------
        ModelError
            When a feature is a number in one tree and a category in another, or asked for too many thresholds.
        """
        used, row = np.unique(forest.feature, return_inverse=True)
        categorical = np.zeros(len(used), dtype=bool)
        categorical[row[forest.is_categorical]] = True
        if categorical[row[~forest.is_categorical]].any():
            raise ModelError("booster: a feature is a number and a category; expected one kind. Train it again.")
        thresholds = [_thresholds(forest, row == place) for place in range(len(used))]
        levels = np.zeros(len(used), dtype=np.int64)
        size = np.array([len(_members(forest, number)) for number in range(len(forest.set_start) - 1)], dtype=np.int64)
        nodes = np.flatnonzero(forest.is_categorical)
        # Even where no category is asked for, it is none of the numbers.
        np.maximum.at(levels, row[nodes], 1)
        np.maximum.at(levels, row[nodes], size[forest.threshold[nodes].astype(np.int64)])
        if max([int(levels.max(initial=0)), *map(len, thresholds)]) > MOST_CODES:
            raise ModelError(f"booster: a feature with over {MOST_CODES:,} thresholds or categories; expected fewer.")
        return cls(used, thresholds, levels, _splits(forest, row, thresholds, levels), forest.n_features)

    def codes(self, columns: Columns, search: Search) -> Codes:
        """Return the codes (n_used, n) of a matrix (n, n_features), or of a sequence of columns.

        A column of whole numbers holds category codes, below 0 for a missing one. `search` is that of this module, or
        the compiled one of `kernel`.
        """
        codes = np.empty((len(self.used), self.size(columns)), dtype=np.uint16)
        for place, feature in enumerate(self.used):
            column = columns[:, feature] if isinstance(columns, np.ndarray) else columns[feature]
            self._code(place, column, codes[place], search)
        return codes

    def size(self, columns: Columns) -> int:
        """Return the number of rows; refuse a table of other columns than the forest's features."""
        given = columns.shape[-1] if isinstance(columns, np.ndarray) else len(columns)
        if given != self.n_features or (isinstance(columns, np.ndarray) and columns.ndim != 2):
            raise UsageError(f"{given} columns; expected the {self.n_features} features of the booster")
        return len(columns) if isinstance(columns, np.ndarray) else len(columns[0])

    def _code(self, place: int, column: NDArray[Any], codes: Codes, search: Search) -> None:
        levels = int(self.levels[place])
        if levels == 0:
            search(np.ascontiguousarray(column, dtype=np.float64), self.thresholds[place], codes)
        elif column.dtype.kind in "iub":
            codes[:] = np.where((column >= 0) & (column < levels), column, levels)
        else:
            # Numbers lose their fraction first: -0.5 is category 0 to LightGBM.
            known = (column > -1.0) & (column < levels)
            codes[:] = np.where(known, column, float(levels))


def search(values: Floats, thresholds: Floats, codes: Codes) -> None:
    """Fill in how many thresholds are below each value; missing values are coded as `MISSING`."""
    near = np.abs(values) <= NEARLY_ZERO
    codes[:] = np.searchsorted(thresholds, np.where(near, 0.0, values))
    codes[np.isnan(values)] = MISSING


def _thresholds(forest: Forest, asked: Bools) -> Floats:
    asked = asked & ~forest.is_categorical
    found = forest.threshold[asked]
    if (forest.missing_type[asked] == ZERO).any():
        # Where zero is missing, it needs a code of its own.
        found = np.concatenate([found, [np.nextafter(-NEARLY_ZERO, -1.0), 0.0]])
    return np.unique(found)


def _splits(forest: Forest, row: Integers, thresholds: list[Floats], levels: Integers) -> Splits:
    missing, default, categorical = forest.missing_type, forest.default_left, forest.is_categorical
    zero_below = forest.threshold >= 0.0
    zero_left = np.where(missing == ZERO, default, zero_below)
    missing_left = np.where(missing == NONE, zero_below, default) & ~categorical
    limit = np.zeros(len(row), dtype=np.int64)
    for place, known in enumerate(thresholds):
        nodes = (row == place) & ~categorical
        limit[nodes] = np.searchsorted(known, forest.threshold[nodes])
    start, tables, size = np.full(len(row), -1), [], 0
    small = np.zeros(len(row), dtype=np.uint32)
    for node in np.flatnonzero(categorical | (zero_left != zero_below)):
        place = row[node]
        if categorical[node]:
            answers = _answers_of_set(forest, int(forest.threshold[node]), int(levels[place]))
            if len(answers) <= SMALL:
                small[node] = (answers.astype(np.int64) << np.arange(len(answers))).sum()
        else:
            answers = (np.arange(-1, len(thresholds[place]) + 1) <= limit[node]).astype(np.uint16)
            answers[0] = missing_left[node]
            answers[1 + np.searchsorted(thresholds[place], 0.0)] = zero_left[node]
        start[node], size = size, size + len(answers)
        tables.append(answers)
    table = np.concatenate([*tables, np.zeros(1, dtype=np.uint16)])
    shift = (missing_left | ((start >= 0) & ~categorical)).astype(np.uint16)
    return Splits(row, shift, (limit + shift).astype(np.uint16), start, small, table)


def _answers_of_set(forest: Forest, number: int, levels: int) -> Codes:
    answers, members = np.zeros(levels + 1, dtype=np.uint16), _members(forest, number)
    answers[: len(members)] = members
    return answers


def _members(forest: Forest, number: int) -> NDArray[np.uint8]:
    """Return which categories, up to the last of it, a set holds."""
    words = forest.set_words[forest.set_start[number] : forest.set_start[number + 1]]
    return np.trim_zeros(np.unpackbits(words.view(np.uint8), bitorder="little"), "b")

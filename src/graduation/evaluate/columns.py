"""Columns on the way in: of one length, in one order, every problem noted."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.errors import NotEnoughData, Problem, UsageError

if TYPE_CHECKING:
    Labels: TypeAlias = pd.Series[Any]

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.intp]
SOURCE = "evaluation data"


@dataclass
class Columns:
    """Named columns of one length on the way in, with all problems met so far."""

    size: int
    problems: list[Problem]
    reordered: list[str]
    index: pd.Index[Any] | None = None

    @classmethod
    def of(cls, outcome: npt.ArrayLike) -> Columns:
        """Begin with as many rows as the outcome has."""
        if not isinstance(outcome, Sized):
            raise UsageError(f"outcome is {outcome!r}; pass one value per household, such as a Series or an array")
        if len(outcome) == 0:
            raise NotEnoughData("no households", expected="one row or more", remedy="Check the filter.", source=SOURCE)
        return cls(len(outcome), [], [])

    def read(self, name: str, values: npt.ArrayLike) -> Labels | None:
        """Return one column in the order of the first labelled column, or None after noting what is wrong."""
        array = _series(values)
        if not isinstance(array, pd.Series):
            self.add(name, f"shape {array.shape}", "one value per household", "Pass one column, such as proba[:, 1].")
            return None
        if len(array) != self.size:
            expected = f"{self.size:,}, one per household, as in the outcome"
            self.add(name, f"{len(array):,} values", expected, "Pass columns of equal length.")
            return None
        return self._align(name, array) if isinstance(values, pd.Series | pd.DataFrame) else array

    def _align(self, name: str, series: Labels) -> Labels | None:
        if self.index is None:
            self.index = series.index
        if series.index.equals(self.index):
            return series.reset_index(drop=True)
        unique = series.index.is_unique and self.index.is_unique
        order = series.index.get_indexer(self.index) if unique else np.array([-1])
        if (order < 0).any():
            expected = "the index of the columns before it"
            self.add(name, "another index", expected, "Join on household_id first, or pass plain arrays in one order.")
            return None
        self.reordered.append(name)
        return series.iloc[order].reset_index(drop=True)

    def numbers(self, name: str, values: npt.ArrayLike, low: float, high: float, expected: str) -> Floats | None:
        """Return a column of finite numbers within [low, high]."""
        series = self.read(name, values)
        if series is None:
            return None
        missing = series.isna().to_numpy(dtype=bool)
        array = _numeric(series)
        bad = ~missing & ~(np.isfinite(array) & (array >= low) & (array <= high))
        self.flag(name, series, missing, expected, "Fill or set these households aside; they are never set to 0 here.")
        self.flag(name, series, bad, expected, "Correct the values.")
        return array

    def states(self, name: str, values: npt.ArrayLike) -> Floats | None:
        """Return a column of 1 and 0, NaN where it is missing."""
        series = self.read(name, values)
        if series is None:
            return None
        array = _numeric(series)
        bad = series.notna().to_numpy(dtype=bool) & ~np.isin(array, (0, 1))
        self.flag(name, series, bad, "1, 0 or missing", "Pass 1 for extreme poor now, 0 for not.")
        return array

    def flag(self, name: str, series: Labels, bad: npt.NDArray[np.bool_], expected: str, remedy: str) -> None:
        """Note the values of a column marked in `bad`: how many, and the first of them."""
        if bad.any():
            row = int(np.argmax(bad))
            first = series.tolist()[row]
            text = "missing" if first is None or first is pd.NA or first != first else repr(first)
            self.add(name, f"{int(bad.sum()):,} values refused, the first {text}", expected, remedy, row + 1)

    def add(self, name: str, found: str, expected: str, remedy: str, row: int | None = None) -> None:
        """Note one problem."""
        self.problems.append(Problem(found, expected, remedy, column=name, row=row))


def levels_of(series: Labels) -> tuple[Integers, list[Any]]:
    """Return the codes (missing = last code) and the sorted levels of a column."""
    try:
        codes, levels = pd.factorize(series, sort=True)
    except TypeError:
        codes, levels = pd.factorize(series.map(str, na_action="ignore"), sort=True)
    return np.where(codes < 0, len(levels), codes).astype(np.intp), list(levels)


def _series(values: npt.ArrayLike) -> Labels | npt.NDArray[Any]:
    """Return one column as a Series, or the array itself where it has another shape."""
    if isinstance(values, pd.Series):
        return values
    if isinstance(values, list | tuple):  # by numpy, a missing value among words would become the word "nan"
        return pd.Series(list(values), dtype=object).infer_objects()
    if isinstance(values, pd.DataFrame):
        return values.iloc[:, 0] if values.shape[1] == 1 else values.to_numpy()
    if isinstance(values, pd.Index | pd.api.extensions.ExtensionArray):
        return pd.Series(values)
    array = np.asarray(values)
    flat = np.ravel(array) if array.ndim == 2 and array.shape[1] == 1 else array
    return pd.Series(flat) if flat.ndim == 1 else flat


def _numeric(series: Labels) -> Floats:
    if series.dtype.kind in "mMc":
        return np.full(len(series), np.nan)
    plain = series.astype(object) if isinstance(series.dtype, pd.CategoricalDtype) else series
    return pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def columns_of(argument: str, columns: object) -> dict[Any, Any]:
    """Return the named columns of a dict or DataFrame."""
    if isinstance(columns, pd.DataFrame) and not columns.columns.is_unique:
        raise UsageError(f"{argument} has two columns of one name; give each its own")
    if isinstance(columns, pd.DataFrame | Mapping):
        return {name: columns[name] for name in columns}
    kind = type(columns).__name__
    raise UsageError(f"{argument} is a {kind}; pass a dict of named columns or a DataFrame")


def named_scores(scores: object) -> dict[str, Any]:
    """Return score columns by name, one for each method."""
    named = columns_of("scores", scores)
    columns = {str(name): values for name, values in named.items()}
    if len(columns) < len(named):
        raise UsageError("scores has two columns of one name; give each its own")
    if not columns:
        raise UsageError("scores is empty; pass one named column per method, such as {'model': risk}")
    return columns

"""Cells as a file wrote them: their text, which are typed, and each distinct one once where few are distinct."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from numbers import Number
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

SAMPLE = 2_000
# A column of which the sample has more distinct cells is worked on cell by cell.
FEW = 500


class Fault(NamedTuple):
    """Which cells break one rule; with `keeps` it is told, and the row is accepted all the same."""

    rule: str
    wrong: np.ndarray
    expected: str
    keeps: bool = False


@dataclass(frozen=True)
class Writing:
    """How a file writes the cells of a column.

    Attributes
    ----------
    decimal : "." or ",", optional
        What parts whole numbers from decimals in text cells; None where nothing tells.
    doubted : tuple of "." or ","
        Marks that may part thousands as well as decimals in this column: one followed by three digits is unclear.
    contrary : str
        The cell that contradicts the decimal mark that the dictionary states, for the message.
    spreadsheet : bool
        Whether typed cells are those of a spreadsheet: numbers keep 15 digits, and one may be the serial of a date.
    """

    decimal: Literal[".", ","] | None = None
    spreadsheet: bool = False
    doubted: tuple[Literal[".", ","], ...] = ()
    contrary: str = ""


def cell_text(cells: pd.Series) -> pd.Series:
    """Return cells as stripped text; blanks are missing, and 1.0 reads as 1 so that codes match in typed files."""
    if pd.api.types.is_bool_dtype(cells):
        return cells.astype("string").str.lower()
    if pd.api.types.is_integer_dtype(cells):
        return cells.astype("string")
    if pd.api.types.is_float_dtype(cells):
        return cells.astype("string").str.replace(r"\.0$", "", regex=True)
    if pd.api.types.is_datetime64_any_dtype(cells):
        return cells.map(_plain, na_action="ignore").astype("string")
    if cells.dtype == object:
        cells = pd.Series([_plain(cell) for cell in cells], index=cells.index, dtype="string")
    text = cells.astype("string").str.strip()
    return text.mask(text == "")


def _plain(cell: Any) -> str | None:
    """Return the text of one cell of any type."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell:
        return None
    if isinstance(cell, datetime):
        whole_day = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if whole_day else cell.isoformat(sep=" ")
    if isinstance(cell, bool | np.bool_):
        return str(cell).lower()
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    text = str(cell)
    return text.removesuffix(".0") if isinstance(cell, float | Decimal | np.floating) else text


def is_typed_number(cell: Any) -> bool:
    """Whether one cell is a number by its type."""
    return isinstance(cell, Number | Decimal) and not isinstance(cell, bool | np.bool_)


@dataclass(frozen=True)
class Cells:
    """The cells of one column.

    Attributes
    ----------
    distinct : Series
        Each distinct cell once where `place` is given, else the cells as they stand.
    place : ndarray of int, optional
        For each row, where its cell is in `distinct`.
    """

    distinct: pd.Series
    place: np.ndarray | None = None

    @cached_property
    def text(self) -> pd.Series:
        return cell_text(self.distinct)

    @cached_property
    def typed(self) -> np.ndarray:
        """Which cells are numbers by their type, not by their text."""
        if self.distinct.dtype == object:
            return np.array([is_typed_number(cell) for cell in self.distinct], dtype=bool)
        return np.full(len(self.distinct), pd.api.types.is_numeric_dtype(self.distinct))

    @cached_property
    def dated(self) -> np.ndarray:
        """Which cells are dates by their type."""
        if self.distinct.dtype == object:
            return np.array([isinstance(cell, date) and not pd.isna(cell) for cell in self.distinct], dtype=bool)
        return np.full(len(self.distinct), pd.api.types.is_datetime64_any_dtype(self.distinct))

    def rows(self, wrong: np.ndarray) -> np.ndarray:
        """Return the places of the rows whose cells are marked."""
        if not wrong.any():
            return np.array([], dtype=int)
        return np.flatnonzero(wrong if self.place is None else wrong[self.place])


def cells_of(cells: pd.Series) -> Cells:
    """Return the cells of a column, each distinct one once where that saves work."""
    cells = cells.reset_index(drop=True)
    if cells.dtype == object or _many(cells):
        return Cells(cells)
    place, distinct = pd.factorize(cells)
    once = pd.Series(distinct)
    if isinstance(once.dtype, pd.CategoricalDtype):
        once = once.astype(once.cat.categories.dtype)
        if once.dtype == object:
            return Cells(cells.astype(object))
    if (place < 0).any():
        place = np.where(place < 0, len(once), place)
        once = once.reindex(range(len(once) + 1))
    return Cells(once, place)


def _many(cells: pd.Series) -> bool:
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return False
    # Rows may be sorted, so the sample is spread over all of them.
    return int(cells.iloc[:: max(len(cells) // SAMPLE, 1)].nunique()) > FEW


def marked(wrong: Any) -> np.ndarray:
    """Return a mask as plain booleans; what is not known is not marked."""
    if isinstance(wrong, np.ndarray) and wrong.dtype == bool:
        return wrong
    found: np.ndarray = pd.Series(wrong).to_numpy(dtype=bool, na_value=False)
    return found


def holds(text: pd.Series, pattern: str) -> np.ndarray:
    """Return which texts hold a pattern (RE2); missing ones hold none."""
    hits = pc.match_substring_regex(pa.array(text, from_pandas=True, type=pa.large_string()), pattern)
    found: np.ndarray = pc.fill_null(hits, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def matches(text: pd.Series, pattern: str) -> np.ndarray:
    """Return which texts are a pattern (RE2) from their first to their last letter."""
    return holds(text, f"(?s)^(?:{pattern})$")


def without(text: pd.Series, missing: tuple[str, ...]) -> pd.Series:
    """Return texts, those that stand for a missing value missing."""
    return text.mask(text.isin(missing)) if missing else text

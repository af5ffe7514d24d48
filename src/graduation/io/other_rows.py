"""Find the rows of a table that are no households: headers again, totals, notes and signatures under the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graduation.errors import DataError, Problem
from graduation.schema import Dictionary, Layout, cell_text, locate, named_by

WORDS = (
    "jumlah", "grand total", "sub total", "subtotal", "total", "rata-rata", "rata rata", "rerata", "sumber", "catatan",
    "keterangan", "note", "notes", "source", "mean", "average",
)  # fmt: skip
# Such a word alone or with more words behind it; TOTAL-1 may be an id.
NO_ID = rf"(?i:{'|'.join(word.replace(' ', ' *') for word in WORDS)})(?:[^0-9A-Za-z_-].*)?"
VALUE = re.compile(r"[\s0-9.,/:+-]*[0-9][\s0-9.,/:+-]*")
LONGEST_FOOT = 50
SAMPLED_CELLS = 50_000
# Where a row fills so many cells, two filled ones may still be a place, a day and a signature.
WIDE = 4
KEPT_ROLES = ("id", "ignored")


def other_headers(table: pd.DataFrame, layout: Layout, dictionary: Dictionary, path: Path) -> np.ndarray:
    """Return which rows hold the names of the columns once more.

    Raises
    ------
    DataError
        When such a row names other columns, so that another table starts there.
    """
    again = np.zeros(len(table), dtype=bool)
    header = _known(map(str, table.columns), dictionary)
    for row in np.flatnonzero(_may_be_header(table, dictionary)):
        cells = ["" if pd.isna(cell) else str(cell) for cell in table.iloc[row]]
        here = _known(cells, dictionary)
        again[row] = dictionary.id in here
        if again[row] and any(name and name != there for name, there in zip(here, header, strict=True)):
            raise DataError(str(path), [_second_table(header, here, int(layout.rows[row]))])
    return again


def _known(names: Iterable[str], dictionary: Dictionary) -> list[str]:
    """Return, for each name of a row, the column of the dictionary that it names, or nothing."""
    by_name: dict[str, str] = {}
    for column in dictionary.columns.values():
        for name in column.names():
            by_name.setdefault(_plain(name), column.name)
    return [by_name.get(_plain(name), "") for name in names]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _may_be_header(table: pd.DataFrame, dictionary: Dictionary) -> np.ndarray:
    """Return which rows have a name of the id where ids stand, or elsewhere beside the name of another column."""
    found = np.zeros(len(table), dtype=bool)
    names = dictionary.columns[dictionary.id].names()
    for name, there in locate(table, dictionary).items():
        if name == dictionary.id:
            pattern = "|".join(r"\s+".join(map(re.escape, part.split())) for part in names)
            found |= _are(table[there], f"(?i:{pattern})")
        else:
            written = table[there].isin([*names, *map(str.upper, names)])
            for row in np.flatnonzero(written.to_numpy(dtype=bool, na_value=False)):
                found[row] |= named_by([str(cell) for cell in table.iloc[row]], dictionary) > 1
    return found


def _are(cells: pd.Series, pattern: str) -> np.ndarray:
    """Return which cells are a pattern, blanks around it aside."""
    if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells):
        return np.zeros(len(cells), dtype=bool)
    found: np.ndarray = cell_text(cells).str.fullmatch(pattern).to_numpy(dtype=bool, na_value=False)
    return found


def _second_table(header: Sequence[str], here: Sequence[str], row: int) -> Problem:
    one, other = (", ".join(f"'{name}'" for name in names if name) for names in (header, here))
    found = f"two tables: the header above row 1 names {one}, and another one in this row names {other}"
    return Problem(found, "one table in a file or sheet", "Put each table into its own file or sheet.", row=row)


def no_households(table: pd.DataFrame, dictionary: Dictionary, *, feet: bool) -> np.ndarray:
    """Return which rows are totals or notes, or with `feet` stand under the table as signatures do."""
    there = locate(table, dictionary).get(dictionary.id)
    if there is None or table.empty:
        return np.zeros(len(table), dtype=bool)
    found = _are(table[there], NO_ID)
    if not feet:
        return found
    tail = np.arange(max(len(table) - LONGEST_FOOT, 0), len(table))
    like_foot = _like_foot(table, tail, there, dictionary) | found[tail]
    # Only what stands at the end without a household under it.
    foot = np.logical_and.accumulate(like_foot[::-1])[::-1]
    found[tail[foot]] = True
    return found


def _like_foot(table: pd.DataFrame, tail: np.ndarray, there: Hashable, dictionary: Dictionary) -> np.ndarray:
    """Return which of the last rows have next to nothing in them: no needed cell, and no id like those of others."""
    usual = table.iloc[:: max(table.size // SAMPLED_CELLS, 1)]
    how_many = _filled(usual).sum(axis=1)
    most = int(how_many.max())
    if most < 2:
        return np.zeros(len(tail), dtype=bool)
    filled = _filled(table.iloc[tail])
    needed = _needed(table, dictionary)
    ids = cell_text(table[there].iloc[tail])
    like_others = _shape(ids).isin(set(_shape(cell_text(usual[there])[how_many > 1])))
    no_id = ~(like_others & ids.str.contains("[0-9]", na=False)).to_numpy(dtype=bool)
    few = filled.sum(axis=1) <= (2 if most >= WIDE else 1)
    beside = [place for place, name in enumerate(table.columns) if name != there]
    values = _of_cells(table.iloc[tail, beside], _is_value)
    bare: np.ndarray = few & ~filled[:, needed].any(axis=1) & ~values.any(axis=1) & no_id
    return bare


def _filled(table: pd.DataFrame) -> np.ndarray:
    columns = [_filled_of(table.iloc[:, place]) for place in range(len(table.columns))]
    return np.column_stack(columns) if columns else np.zeros(table.shape, dtype=bool)


def _filled_of(cells: pd.Series) -> np.ndarray:
    if isinstance(cells.dtype, pd.StringDtype):
        text = pc.utf8_trim_whitespace(pa.array(cells, type=pa.large_string(), from_pandas=True))
        filled: np.ndarray = pc.fill_null(pc.not_equal(text, ""), fill_value=False).to_numpy(zero_copy_only=False)
        return filled
    return np.fromiter((_is_filled(cell) for cell in cells.to_numpy(dtype=object)), dtype=bool, count=len(cells))


def _of_cells(table: pd.DataFrame, ask: Callable[[Any], bool]) -> np.ndarray:
    answers = [ask(cell) for cell in table.to_numpy(dtype=object).ravel()]
    return np.array(answers, dtype=bool).reshape(table.shape)


def _is_filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else not pd.isna(cell)


def _is_value(cell: Any) -> bool:
    """Whether a cell holds a number or a date, as a household has and a signature has not."""
    return _is_filled(cell) and (not isinstance(cell, str) or VALUE.fullmatch(cell) is not None)


def _needed(table: pd.DataFrame, dictionary: Dictionary) -> list[int]:
    """Return the places of the columns that a household must fill, the id aside."""
    columns = dictionary.columns
    needed = {
        there
        for name, there in locate(table, dictionary).items()
        if columns[name].required and columns[name].role not in KEPT_ROLES
    }
    return [place for place, name in enumerate(table.columns) if name in needed]


def _shape(ids: pd.Series) -> pd.Series:
    """Return ids with letters as a and digits as 9, however many, so that those of one register look alike."""
    return ids.str.replace("[0-9]+", "9", regex=True).str.replace("[A-Za-z]+", "a", regex=True)

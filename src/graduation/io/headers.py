"""Find the header of a table, and the rows under it that are no households."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from graduation.schema import Dictionary, Layout, cell_text, named_by

# The header is looked for among so many rows that are not blank.
SEARCHED = 20
# Two columns numbered 1 and 2 may be a household.
FEWEST_NUMBERED = 3


@dataclass(frozen=True)
class Request:
    """What a reader is told about a file: the dictionary to read it with, its encoding, its sheet."""

    dictionary: Dictionary | None = None
    encoding: str | None = None
    sheet: str | None = None


def text_of(cell: Any) -> str:
    """Return a cell of a header as text, without blanks around it."""
    return "" if cell is None else str(cell).strip()


def fit(names: Sequence[Any], dictionary: Dictionary) -> int:
    """Return how many columns of the dictionary a row names."""
    return named_by([text_of(name) for name in names], dictionary)


def header_place(rows: Sequence[Sequence[Any]], dictionary: Dictionary | None) -> tuple[int, int]:
    """Return which row names the most columns of the dictionary, and how many; the first where none names any."""
    if dictionary is None or not rows:
        return 0, 0
    fits = [fit(row, dictionary) for row in rows[:SEARCHED]]
    return int(np.argmax(fits)), max(fits)


def arranged(table: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, Layout]:
    """Return the table without rows that only number the columns or repeat the header, and without blank columns.

    Columns without a name are told by their place.
    """
    first = table.iloc[:1]
    numbered = len(first) and _numbers_columns([text_of(cell) for cell in first.iloc[0]])
    keep = np.ones(len(table), dtype=bool)
    keep[: int(bool(numbered))] = False
    again = _header_again(table)
    layout = replace(
        layout,
        rows=layout.rows[keep & ~again],
        unreadable=set_aside(layout, layout.rows[again], "header_again", "column names", "a household"),
    )
    return _named(table[keep & ~again].reset_index(drop=True)), layout


def _numbers_columns(cells: list[str]) -> bool:
    """Whether a row numbers the columns: 1 2 3, or (1) (2) (3)."""
    width = len(cells)
    bare = [match[1] for cell in cells if (match := re.fullmatch(r"\(?([0-9]+)\)?", cell))]
    if len(bare) != width or [int(number) for number in bare] != list(range(1, width + 1)):
        return False
    return width >= FEWEST_NUMBERED or all(cell.startswith("(") for cell in cells)


def _header_again(table: pd.DataFrame) -> np.ndarray:
    """Return which rows hold the names of the columns once more."""
    again = np.ones(len(table), dtype=bool)
    names = [(place, str(name)) for place, name in enumerate(table.columns) if str(name)]
    for place, name in names:
        if not again.any():
            break
        rows = np.flatnonzero(again)
        again[rows] = (cell_text(table.iloc[rows, place]) == name.strip()).to_numpy(dtype=bool, na_value=False)
    return again if names else np.zeros(len(table), dtype=bool)


def set_aside(layout: Layout, rows: np.ndarray, rule: str, value: str | Sequence[str], expected: str) -> pd.DataFrame:
    """Return the rows that could not become part of the table, with more of them."""
    if not len(rows):
        return layout.unreadable
    more = pd.DataFrame({"row": rows, "rule": rule, "value": value, "expected": expected})
    return pd.concat([layout.unreadable, more], ignore_index=True) if len(layout.unreadable) else more


def _named(table: pd.DataFrame) -> pd.DataFrame:
    unnamed = [place for place, name in enumerate(table.columns) if not str(name)]
    blank = [place for place in unnamed if cell_text(table.iloc[:, place]).isna().all()]
    names = [str(name) or f"(column {place + 1})" for place, name in enumerate(table.columns)]
    named = table.set_axis(names, axis=1)
    return named.iloc[:, [place for place in range(len(names)) if place not in set(blank)]] if blank else named

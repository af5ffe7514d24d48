"""Find the header of a table, and the rows under it that are no households."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from graduation.io.other_rows import no_households, other_headers
from graduation.schema import Dictionary, Layout, cell_text, named_by

# The header is looked for among so many rows that are not blank.
SEARCHED = 20
# Files that people write; what a program writes has nothing under its rows.
FOOTED = (".csv", ".tsv", ".txt", ".xlsx")
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
    return "" if cell is None or cell is pd.NA else str(cell).strip()


def fit(names: Sequence[Any], dictionary: Dictionary) -> int:
    """Return how many columns of the dictionary a row names."""
    return named_by([text_of(name) for name in names], dictionary)


class Header(NamedTuple):
    """The names of a table's columns, the last of the lines they stand in, and how many the dictionary knows."""

    names: list[str]
    place: int = 0
    named: int = 0


def find_header(rows: Sequence[Sequence[Any]], dictionary: Dictionary | None) -> Header:
    """Return the header among the first rows that are not blank: the first row where none names any column.

    It is the first row that names the id, unless the rows right under it name more columns. Of two lines that together
    name what neither names alone, one header is made.
    """
    lines = [[text_of(cell) for cell in row] for row in rows[:SEARCHED]]
    if dictionary is None or not lines:
        return Header(lines[0] if lines else [])
    fits = [fit(line, dictionary) for line in lines]
    place = _first_place(lines, fits, dictionary)
    found = Header(lines[place], place, fits[place])
    pairs = [(upper, upper + 1) for upper in (place - 1, place) if 0 <= upper < len(lines) - 1]
    joined = [(_joined(lines[upper], lines[lower]), lower, max(fits[upper], fits[lower])) for upper, lower in pairs]
    better = [Header(names, lower, fit(names, dictionary)) for names, lower, alone in joined
              if fit(names, dictionary) > alone]  # fmt: skip
    return max(better, key=lambda header: header.named, default=found)


def _first_place(lines: list[list[str]], fits: list[int], dictionary: Dictionary) -> int:
    """Return the row that names the id first, or the best one right under it; without one the best of all."""
    named = [place for place, line in enumerate(lines) if names_id(line, dictionary)]
    if not named:
        return int(np.argmax(fits))
    place = named[0]
    while place + 1 < len(lines) and fits[place + 1] > fits[place] and place + 1 in named:
        place += 1
    return place


def names_id(cells: Sequence[str], dictionary: Dictionary) -> bool:
    """Whether a row names the id column."""
    wanted = {plain_name(name) for name in dictionary.columns[dictionary.id].names()}
    return not wanted.isdisjoint(map(plain_name, cells))


def plain_name(name: str) -> str:
    """Return a name without regard to case and spaces."""
    return " ".join(name.split()).casefold()


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    """Return the names of a heading over two lines: the lower one where it is filled, else the upper."""
    return [under or over for over, under in zip_longest(upper, lower, fillvalue="")]


def arranged(table: pd.DataFrame, layout: Layout, dictionary: Dictionary, path: Path) -> tuple[pd.DataFrame, Layout]:
    """Return the table without the rows that are no households, and without blank columns.

    Rows that only number the columns are dropped; those that repeat the header, totals, notes and signatures are set
    aside. Columns without a name are told by their place.
    """
    table, layout = without_others(table, layout, dictionary, path)
    return _named(table), layout


def without_others(
    table: pd.DataFrame, layout: Layout, dictionary: Dictionary, path: Path, *, first: bool = True, last: bool = True
) -> tuple[pd.DataFrame, Layout]:
    """Return rows of a table, which may be its `first` or its `last`, without those that are no households."""
    keep = np.ones(len(table), dtype=bool)
    keep[:1] = not (first and numbers_columns(table))
    again = other_headers(table, layout, dictionary, path)
    table, layout = without_rows(table, layout, keep & ~again, again, "header_again", "column names")
    other = no_households(table, dictionary, feet=last and path.suffix.lower() in FOOTED)
    return without_rows(table, layout, ~other, other, "not_a_household", "a total, a note or a signature")


def numbers_columns(table: pd.DataFrame) -> bool:
    """Whether the first row of a table only numbers its columns."""
    first = table.iloc[:1]
    cells = zip(table.columns, first.iloc[0], strict=True) if len(first) else ()
    return _numbers_columns([text_of(cell) for name, cell in cells if str(name) or text_of(cell)])


def without_rows(
    table: pd.DataFrame, layout: Layout, keep: np.ndarray, aside: np.ndarray, rule: str, value: str
) -> tuple[pd.DataFrame, Layout]:
    """Return the table and its layout with the rows to keep only, and some of the others set aside."""
    if keep.all():
        return table, layout
    told = set_aside(layout, layout.rows[aside], rule, value, "a household")
    return table[keep].reset_index(drop=True), replace(layout, rows=layout.rows[keep], unreadable=told)


def _numbers_columns(cells: list[str]) -> bool:
    """Whether a row numbers the columns: 1 2 3, or (1) (2) (3)."""
    width = len(cells)
    bare = [match[1] for cell in cells if (match := re.fullmatch(r"\(?([0-9]+)\)?", cell))]
    if not width or len(bare) != width or [int(number) for number in bare] != list(range(1, width + 1)):
        return False
    return width >= FEWEST_NUMBERED or all(cell.startswith("(") for cell in cells)


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

"""How a file is written, by its first rows: its decimal mark, and whether its ids became numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.numbers import COMMA, POINT, are_plain
from graduation.batch.rows import Rows, letters_of, series_of
from graduation.errors import DataError
from graduation.io.number_ids import taken_for_numbers
from graduation.schema import Dictionary, header_problems, locate
from graduation.schema.column import Column
from graduation.schema.numbers import HEAD, evidence, stronger
from graduation.schema.validation import Told, numbers_of, two_marks, writings
from graduation.schema.written import Cells, Writing, cells_of


@dataclass(frozen=True)
class Manner:
    """What the first rows of a file tell of all.

    Attributes
    ----------
    places : dict of str to int
        Where each column of the dictionary stands.
    told : dict of str to dict
        What each column of numbers tells of the decimal mark; rows as in the file.
    writings : dict of str to Writing
    alike : dict of str to bool
        Of which columns all ids are like 12.0.
    """

    places: dict[str, int]
    told: dict[str, Told]
    writings: dict[str, Writing]
    alike: dict[str, bool]

    def rewritten(self, name: str, cells: Cells, told: Told, dictionary: Dictionary) -> Writing:
        """Return how a column is written by what its first rows and these cells tell."""
        together = {**self.told, name: stronger(self.told[name], told)}
        return writings({name: cells}, together, dictionary, spreadsheet=False)[name]


def manner_of(rows: Rows, dictionary: Dictionary, source: str) -> Manner:
    """Return how a file is written, by its first rows.

    Raises
    ------
    DataError
        When columns are missing from the file or named twice, or it is written in two ways.
    """
    header = pd.DataFrame(columns=list(rows.names))
    found = locate(header, dictionary)
    places = {name: rows.names.index(str(there)) for name, there in found.items()}
    problems = header_problems(header, dictionary, found)
    columns = {name: rows.columns[places[name]] for name in numbers_of(dictionary, places)}
    told = {name: _told(cells, dictionary.columns[name]) for name, cells in columns.items()}
    # How texts are written is told by `told` alone; only among typed cells a text is doubted.
    cells = {name: _cells(one.slice(0, 1)) for name, one in columns.items()}
    writing = writings(cells, told, dictionary, spreadsheet=False)
    in_file = {name: in_rows(one, rows) for name, one in told.items()}
    problems += two_marks(in_file, dictionary)
    if problems:
        raise DataError(source, problems)
    ids = {rows.names[places[name]]: series_of(rows.columns[places[name]]) for name in places
           if dictionary.columns[name].role in ("id", "household")}  # fmt: skip
    return Manner(places, in_file, writing, taken_for_numbers(pd.DataFrame(ids), dictionary))


def in_rows(told: Told, rows: Rows) -> Told:
    """Return evidence by the numbers of its rows in the file."""
    return {mark: case._replace(row=int(rows.layout.rows[case.row])) for mark, case in told.items()}


def _told(cells: pa.Array, column: Column) -> Told:
    """Return what a column tells of the decimal mark, as `evidence` does."""
    if not pa.types.is_string(cells.type):
        return evidence(_cells(cells), column)
    letters = letters_of(cells)[1]
    if not np.isin(letters, (POINT, COMMA)).any():
        return {}
    # Plain decimals tell nothing of a comma, and most often the first of them tell the point.
    head = evidence(_cells(cells.slice(0, HEAD)), column) if are_plain(cells) else {}
    is_told = "." in head and not head["."].weak and "," not in head
    return head if is_told else evidence(_cells(cells), column)


def _cells(column: pa.Array) -> Cells:
    """Return cells that may tell a decimal mark; typed ones tell none."""
    return cells_of(series_of(column if pa.types.is_string(column.type) else column.slice(0, 1)))

"""The columns of a chunk, each checked in the quickest way that its cells allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from graduation.batch.answers import Answers
from graduation.batch.ids import check_ids
from graduation.batch.manner import Manner, in_rows
from graduation.batch.numbers import check_numbers
from graduation.batch.rows import Rows, series_of
from graduation.batch.tally import manner_name
from graduation.schema import Dictionary
from graduation.schema.cells import Checked, check_cells
from graduation.schema.codes import IDENTIFIERS
from graduation.schema.column import Column
from graduation.schema.dates import month_first, reads_two_ways
from graduation.schema.validation import NUMBERS, Told
from graduation.schema.written import Writing, cells_of


@dataclass
class ColumnsOfChunk:
    """Checked columns, and what they tell beyond the chunk.

    Attributes
    ----------
    checked : dict of str to Checked
    odd : list
        Cells that were not plainly sound, and distinct ones.
    told : dict
        What columns tell of the decimal mark; rows as in the file.
    doubtful : dict
        How a column was read, and its first row that another decimal mark would change.
    dates : dict
        First rows with a date that is month first, and with one that reads two ways though none is month first here.
    """

    checked: dict[str, Checked] = field(default_factory=dict)
    odd: list[Any] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    doubtful: dict[str, tuple[str, int]] = field(default_factory=dict)
    dates: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)


def check_columns(rows: Rows, manner: Manner, dictionary: Dictionary, answers: Mapping[str, Answers]) -> ColumnsOfChunk:
    """Return the columns of the dictionary that a file has, as `check_cells` gives them."""
    found = ColumnsOfChunk()
    for name, place in manner.places.items():
        column, cells = dictionary.columns[name], rows.columns[place]
        if column.type in NUMBERS:
            _numbers(found, rows, cells, column, manner, dictionary)
        elif column.role in IDENTIFIERS:
            found.checked[name] = check_ids(cells, column)
        elif column.type == "date":
            _dates(found, rows, cells, column)
        else:
            found.checked[name], distinct = answers[name].check(cells)
            found.odd += distinct
    if rows.first:
        # What the first rows tell is there once, from where the file's manner was seen.
        found.told = dict(manner.told)
    return found


def _numbers(
    found: ColumnsOfChunk, rows: Rows, cells: pa.Array, column: Column, manner: Manner, dictionary: Dictionary
) -> None:
    name = column.name
    read = check_numbers(
        cells,
        column,
        manner.writings[name],
        lambda some, told: manner.rewritten(name, some, told, dictionary),
    )
    found.checked[name] = read.checked
    if len(read.odd) and pa.types.is_string(cells.type):
        found.odd += cells.take(pa.array(read.odd)).to_pylist()
    if read.told:
        found.told[name] = in_rows(read.told, rows)
    if read.doubtful is not None:
        found.doubtful[name] = (manner_name(read.writing), int(read.doubtful))


def _dates(found: ColumnsOfChunk, rows: Rows, cells: pa.Array, column: Column) -> None:
    given = series_of(cells)
    once = cells_of(given)
    found.checked[column.name] = check_cells(once, column, Writing())
    if column.date_format or not pa.types.is_string(cells.type):
        return
    first = _row(rows, once.rows(month_first(once, column)))
    unclear = None if first is not None else _row(rows, once.rows(reads_two_ways(once, column)))
    if first is not None or unclear is not None:
        found.dates[column.name] = (first, unclear)


def _row(rows: Rows, places: np.ndarray) -> int | None:
    return int(rows.layout.rows[places[0]]) if len(places) else None

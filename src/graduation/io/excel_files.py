"""Read a sheet of an Excel workbook: typed cells, formulas without a result told, merged cells never smeared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.io.encodings import refuse_other_kind
from graduation.io.headers import SEARCHED, Request, find_header, fit, set_aside
from graduation.schema import Dictionary, Layout, header_problems, locate
from graduation.schema.dates import YEARS
from graduation.schema.written import is_typed_number

CHUNK = 1 << 22
# Some workbooks count days from 1904 on.
DAYS_TO_1904 = 1462
# More than any tag between two pieces of a sheet's XML.
OVERLAP = 1 << 10
FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)\"")
UNTRUSTED = re.compile(rb"fullCalcOnLoad=\"(?:1|true)\"")

Rows = list[tuple[Any, ...]]


def read_excel(path: Path, request: Request) -> tuple[pd.DataFrame, Layout]:
    """Return the table of one sheet with its cells as Excel types them, and the layout of its rows.

    A formula that has no stored result stands as its own text, so that it is not taken for a blank.

    Raises
    ------
    UsageError
        When the workbook has no such sheet, or several that could be meant.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    with path.open("rb") as file:
        refuse_other_kind(file.read(16), path, "xlsx", own=(b"PK\x03\x04",))
    with closing(load_workbook(path, read_only=True, data_only=True)) as book:
        sheet = _chosen(book, request, path)
        rows = [tuple(row) for row in _rows(sheet)]
        since_1904 = book.epoch == CALENDAR_MAC_1904
        marks, merged = _scanned(path, sheet._worksheet_path)
    if marks:
        _show_formulas(rows, path, sheet.title)
    table, layout = _table(rows, merged, request.dictionary)
    return (_since_1900(table, request.dictionary) if since_1904 and request.dictionary else table), layout


def _since_1900(table: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Return the table of a workbook that counts days from 1904, with dates that are bare numbers as others count."""
    table = table.copy(deep=False)
    for name, there in locate(table, dictionary).items():
        if dictionary.columns[name].type == "date":
            table[there] = pd.Series([_day_since_1900(cell) for cell in table[there]], dtype=object)
    return table


def _day_since_1900(cell: Any) -> Any:
    # What is more likely a year stays one.
    is_day = is_typed_number(cell) and not (cell % 1 == 0 and YEARS[0] <= cell <= YEARS[1])
    return cell + DAYS_TO_1904 if is_day else cell


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # The size that a file states for its sheet may be wrong, and rows beyond it would be lost.
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(values_only=True))


def _blank(row: Iterable[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def _chosen(book: Any, request: Request, path: Path) -> Any:
    """Return the sheet asked for, or the one whose header fits the dictionary."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    hidden = [title for title, sheet in sheets.items() if sheet.sheet_state != "visible"]
    if request.sheet is not None:
        if request.sheet not in sheets:
            names = ", ".join(f"{title} (hidden)" if title in hidden else title for title in sheets)
            raise UsageError(f"{path}: no sheet '{request.sheet}'; there are {names}")
        return sheets[request.sheet]
    if not sheets:
        raise DataError(str(path), [Problem("no sheet with cells", "one sheet with a table", "Export it again.")])
    if request.dictionary is None or len(sheets) == 1:
        return next(iter(sheets.values()))
    fitting = _fitting(sheets, request.dictionary)
    # A hidden sheet is often an old copy: it is read only where no sheet that is shown fits.
    fitting = [name for name in fitting if name not in hidden] or fitting
    if len(fitting) > 1:
        names = ", ".join(f"'{name}'" for name in fitting)
        raise UsageError(f"{path}: the sheets {names} fit the dictionary; name one with --sheet (sheet=)")
    return sheets[fitting[0]]


def _fitting(sheets: dict[str, Any], dictionary: Dictionary) -> list[str]:
    """Return the sheets that have all columns, or else the best ones; one with half as many is about other things."""
    headers = {}
    for name, sheet in sheets.items():
        first = list(islice((row for row in _rows(sheet) if not _blank(row)), SEARCHED))
        headers[name] = find_header(first, dictionary).names
    empty = {name: pd.DataFrame(columns=header) for name, header in headers.items() if header}
    whole = [name for name, one in empty.items() if not header_problems(one, dictionary, locate(one, dictionary))]
    fits = {name: fit(headers[name], dictionary) for name in whole or headers}
    best = max(fits.values())
    return [name for name, named in fits.items() if named * 2 > best] or [next(iter(sheets))]


def _scanned(path: Path, inside: str) -> tuple[bool, list[tuple[bytes, ...]]]:
    """Return whether a sheet has formulas, and its merged ranges, without keeping its XML."""
    formulas, merged, tail = False, set(), b""
    with ZipFile(path) as archive, archive.open(inside) as xml:
        while piece := xml.read(CHUNK):
            text = tail + piece
            formulas = formulas or FORMULA.search(text) is not None
            merged |= {match.groups() for match in MERGED.finditer(text)}
            tail = text[-OVERLAP:]
    return formulas, sorted(merged)


def _show_formulas(rows: Rows, path: Path, title: str) -> None:
    """Put the text of a formula where it has no result, or the nought that a program wrote in place of one."""
    from openpyxl import load_workbook

    with ZipFile(path) as archive:
        untrusted = UNTRUSTED.search(archive.read("xl/workbook.xml")) is not None
    with closing(load_workbook(path, read_only=True, data_only=False)) as book:
        sheet = book[title]
        sheet.reset_dimensions()
        for place, row in enumerate(sheet.iter_rows()):
            formulas = {at: cell.value for at, cell in enumerate(row) if getattr(cell, "data_type", "") == "f"}
            missing = {at for at in formulas if _no_result(rows[place][at], untrusted=untrusted)}
            if missing:
                rows[place] = tuple(
                    _formula(formulas[at]) if at in missing else cell for at, cell in enumerate(rows[place])
                )


def _no_result(value: Any, *, untrusted: bool) -> bool:
    nought = isinstance(value, int | float) and value == 0
    return value is None or (untrusted and nought)


def _formula(value: Any) -> str:
    text = str(getattr(value, "text", value) or "")
    return text if len(text) > 1 and text.startswith("=") else "=FORMULA"


def _table(rows: Rows, merged: list[tuple[bytes, ...]], dictionary: Dictionary | None) -> tuple[pd.DataFrame, Layout]:
    """Return the rows under the header as a table, numbered from 1, and the layout of those set aside."""
    filled = [place for place, row in enumerate(rows) if not _blank(row)]
    if not filled:
        return pd.DataFrame(), Layout(np.array([], dtype=int), spreadsheet=True)
    found = find_header([rows[place] for place in filled[:SEARCHED]], dictionary)
    top, header = filled[found.place], found.names
    width = max(place for place, name in enumerate(header) if name) + 1
    under = [place for place in filled if place > top]
    cells = [rows[place][:width] + (None,) * (width - len(rows[place])) for place in under]
    table = pd.DataFrame(
        dict(enumerate(_column(values) for values in zip(*cells, strict=True))) if cells else {},
        columns=range(width), index=range(len(cells)),
    ).set_axis(header[:width], axis=1)  # fmt: skip
    numbers = np.array(under, dtype=int) - top
    beyond = np.array([not _blank(rows[place][width:]) for place in under], dtype=bool)
    covered = np.isin(np.array(under, dtype=int) + 1, _covered(merged, width))
    layout = Layout(numbers[~beyond & ~covered], spreadsheet=True)
    aside = set_aside(layout, numbers[beyond], "too_many_cells", "cells right of the table", "cells under a name only")
    layout = Layout(layout.rows, aside, spreadsheet=True)
    joined = numbers[covered & ~beyond]
    aside = set_aside(layout, joined, "merged_cells", "cells merged with others", "a value in each cell")
    return table[~beyond & ~covered].reset_index(drop=True), Layout(layout.rows, aside, spreadsheet=True)


def _column(values: tuple[Any, ...]) -> pd.Series:
    """Return the cells of a column, as text where all are."""
    text = all(cell is None or isinstance(cell, str) for cell in values)
    return pd.Series(values, dtype="string" if text else object)


def _covered(merged: list[tuple[bytes, ...]], width: int) -> list[int]:
    """Return the rows (1 is the first of the sheet) with cells that are blank because they are merged with another."""
    from openpyxl.utils import column_index_from_string as index

    rows: set[int] = set()
    for left, top, right, bottom in ((a.decode(), int(b), c.decode(), int(d)) for a, b, c, d in merged):
        if index(left) <= width:
            wide = index(right) > index(left)
            rows |= set(range(top if wide else top + 1, bottom + 1))
    return sorted(rows)

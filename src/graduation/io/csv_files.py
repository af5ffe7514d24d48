"""Read a CSV file as text, and tell where each of its rows stood."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from graduation.errors import DataError, Problem
from graduation.io.encodings import as_utf8
from graduation.io.headers import SEARCHED, Request, find_header, set_aside
from graduation.schema import Dictionary, Layout

SEPARATORS = ",;\t"
STATED_SEPARATORS = f"{SEPARATORS}|:"
# Read as one more row: when it is not the last one, an open quotation mark has swallowed it.
END = "\x1f"
SWALLOWED = ("rows within a quotation", "quotation marks in pairs around one cell")
LONGEST_CELL = 1 << 20
LARGEST_BLOCK = (1 << 31) - 1


def read_csv(path: Path, request: Request) -> tuple[pd.DataFrame, Layout]:
    """Return the table of a CSV file with every cell as text, and the layout of its rows.

    A first line ``sep=;`` is understood. Rows are counted from 1 under the header, blank lines included. With a
    dictionary the header is looked for, else it is the first line.

    Raises
    ------
    DataError
        When the encoding is another one than stated, or no table can be made of the file.
    """
    data = as_utf8(path.read_bytes(), path, request.encoding)
    if not data.strip():
        return pd.DataFrame(), Layout(np.array([], dtype=int))
    header, separator, start = header_of(data, path, request.dictionary)
    body = data[start:]
    del data
    cells, bad = _cells(body, len(header), separator, path)
    rows = np.setdiff1d(np.arange(1, len(cells) + len(bad) + 1), [row.number for row in bad])
    dropped = all_blank(cells)
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if lines > len(cells) + len(bad):
        swallowed = swallowed_rows(cells, separator)
        rows, layout = with_swallowed(rows, unreadable_rows(bad), cells, swallowed)
        dropped |= swallowed
    else:
        layout = Layout(rows, unreadable_rows(bad))
    table = cells[~dropped].reset_index(drop=True) if dropped.any() else cells
    return table.set_axis(header, axis=1), replace(layout, rows=rows[~dropped])


def swallowed_rows(cells: pd.DataFrame, separator: str) -> np.ndarray:
    """Return which rows have a cell that holds the cells of other rows, as between two stray quotation marks."""
    found = np.zeros(len(cells), dtype=bool)
    for name in cells:
        text = cells[name][cells[name].str.contains("\n", regex=False)]
        breaks = text.str.count("\n") * max(len(cells.columns) - 1, 1)
        found[text.index[text.str.count(re.escape(separator)) >= breaks]] = True
    return found


def with_swallowed(
    rows: np.ndarray, unreadable: pd.DataFrame, cells: pd.DataFrame, swallowed: np.ndarray
) -> tuple[np.ndarray, Layout]:
    """Return the numbers of the rows, those swallowed counted each, and the layout that tells them."""
    within = cells[swallowed]
    more = within.apply(lambda column: column.str.count("\n")).sum(axis=1).to_numpy(dtype=int)
    before = np.concatenate([[0], np.cumsum(more)])
    at = rows[swallowed]
    slid = unreadable["row"] + before[np.searchsorted(at, unreadable["row"].to_numpy())]
    shifted = rows + before[np.searchsorted(at, rows)]
    starts = shifted[swallowed]
    lost = np.concatenate([np.arange(start, start + n + 1) for start, n in zip(starts, more, strict=True)] or [starts])
    layout = Layout(shifted, unreadable.assign(row=slid))
    return shifted, replace(layout, unreadable=set_aside(layout, lost, "swallowed_rows", *SWALLOWED))


def all_blank(cells: pd.DataFrame) -> np.ndarray:
    """Return which rows have no cell with anything in it."""
    blank = (cells.iloc[:, 0].str.strip() == "").to_numpy(dtype=bool, copy=True)
    blank[blank] = (
        (cells[blank].apply(lambda column: column.str.strip()) == "").all(axis=1).to_numpy(dtype=bool, copy=True)
    )
    return blank


def header_of(data: bytes, path: Path, dictionary: Dictionary | None) -> tuple[list[str], str, int]:
    """Return the column names, the separator, and where the rows start, of a text or its beginning."""
    lines = BytesIO(data)
    first = _next_line(lines)
    stated = _stated_separator(first)
    start = lines.tell() if stated is not None else 0
    separators = stated or "".join(sorted(SEPARATORS, key=first.count, reverse=True))
    found = _fitting_header(data, start, separators, dictionary)
    names, separator, end = found or _first_header(data, start, stated, path)
    # A line break in a name is rare, and never is the whole file one name.
    if end == len(data) and any("\n" in name for name in names):
        raise DataError(str(path), [open_quote("the header")])
    if not names:
        raise DataError(str(path), [Problem("no header", "column names in the first line", "Add them.")])
    return [name.strip() for name in names], separator, end


def _fitting_header(
    data: bytes, start: int, separators: str, dictionary: Dictionary | None
) -> tuple[list[str], str, int] | None:
    """Return the first lines' best header for a dictionary: its names, the separator, and where it ends."""
    best, found = 0, None
    for separator in separators if dictionary is not None else "":
        records = list(islice(_records(data, start, separator), SEARCHED))
        header = find_header([cells for cells, _ in records], dictionary)
        if header.named > best:
            best, found = header.named, (header.names, separator, records[header.place][1])
        if dictionary is not None and best == len(dictionary.columns):
            break
    return found


def _records(data: bytes, start: int, separator: str) -> Iterator[tuple[list[str], int]]:
    """Yield the records that are not blank, and where each ends, as far as they can be told apart."""
    lines = BytesIO(data)
    lines.seek(start)
    reader = csv.reader((line.decode() for line in lines), delimiter=separator)
    with suppress(csv.Error):
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield cells, lines.tell()


def _first_header(data: bytes, start: int, stated: str | None, path: Path) -> tuple[list[str], str, int]:
    lines = BytesIO(data)
    lines.seek(start)
    line = _next_line(lines)
    separator = stated or max(SEPARATORS, key=line.count)
    header = next(_records(data, start, separator), None)
    if header is None:
        raise DataError(str(path), [open_quote("the header")])
    return header[0], separator, header[1]


def _next_line(lines: BytesIO) -> str:
    line = lines.readline()
    while line and not line.strip():
        line = lines.readline()
    return line.decode()


def _stated_separator(line: str) -> str | None:
    """Return the separator of a line such as ``sep=;``, which Excel writes and reads before the header."""
    text = line.rstrip("\r\n").strip('"')
    stated = text[:-1].lower() == "sep=" and text[-1] in STATED_SEPARATORS
    return text[-1] if stated else None


def _cells(body: bytes, width: int, separator: str, path: Path) -> tuple[pd.DataFrame, list[Any]]:
    """Return the cells of all rows as wide as the header, and what is known of the other rows."""
    ended = (
        body + (b"" if not body or body.endswith((b"\n", b"\r")) else b"\n") + separator.join([END] * width).encode()
    )
    try:
        table, bad = _parse(ended, width, separator, LONGEST_CELL)
    except pa.ArrowInvalid:
        # A cell that is longer than a block: an open quotation mark, or a very long text.
        try:
            table, bad = _parse(ended, width, separator, min(len(ended), LARGEST_BLOCK))
        except pa.ArrowInvalid:
            found = "cannot be read: its rows cannot be told apart"
            raise DataError(
                str(path), [Problem(found, "a csv file with one header line", "Export it again.")]
            ) from None
    n_read = table.num_rows + len(bad)
    last_is_bad = bool(bad) and bad[-1].number == n_read
    if last_is_bad or table.num_rows == 0 or table.column(width - 1)[-1].as_py() != END:
        raise DataError(str(path), [open_quote(f"row {n_read}")])
    cells = table.slice(0, table.num_rows - 1).to_pandas()
    return cells, bad


def _parse(data: bytes, width: int, separator: str, block: int) -> tuple[Any, list[Any]]:
    bad: list[Any] = []
    table = arrow_csv.read_csv(pa.BufferReader(data), **as_text(width, separator, block, bad, pa.large_string()))
    return table, bad


def as_text(width: int, separator: str, block: int, bad: list[Any], kind: pa.DataType) -> dict[str, Any]:
    """Return how Arrow is to read rows: cells as text, rows of another width put into `bad`."""

    def set_aside(row: Any) -> str:
        bad.append(row)
        return "skip"

    names = [str(number) for number in range(width)]
    return {
        # Rows are numbered only when they are read one after the other.
        "read_options": arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=max(block, 1)),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=separator, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=set_aside
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, kind), strings_can_be_null=False, check_utf8=False
        ),
    }


def unreadable_rows(bad: list[Any]) -> pd.DataFrame:
    """Return rows with another number of cells than the header, as `Layout` wants them; blank lines are none."""
    rows = [row for row in bad if row.text.strip()]
    short = ["too_few_cells" if row.actual_columns < row.expected_columns else "too_many_cells" for row in rows]
    return pd.DataFrame(
        {
            "row": pd.Series([row.number for row in rows], dtype="int64"),
            "rule": pd.Series(short, dtype="str"),
            "value": pd.Series([f"{row.actual_columns} cells" for row in rows], dtype="str"),
            "expected": pd.Series([f"{row.expected_columns} cells, as in the header" for row in rows], dtype="str"),
        }
    )


def open_quote(where: str) -> Problem:
    """Tell of a quotation mark that is never closed."""
    found = f"cannot be read: a quotation mark that is opened in {where} is never closed"
    return Problem(found, "quotation marks in pairs", "Close it, or remove it.")

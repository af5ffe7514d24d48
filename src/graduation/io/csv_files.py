"""Read a CSV file as text, and tell where each of its rows stood."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from graduation.errors import DataError, Problem, UsageError
from graduation.schema import Layout

SEPARATORS = ",;\t"
STATED_SEPARATORS = f"{SEPARATORS}|:"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Read as one more row: when it is not the last one, an open quotation mark has swallowed it.
END = "\x1f"
LONGEST_CELL = 1 << 20
LARGEST_BLOCK = (1 << 31) - 1


def read_csv(path: Path) -> tuple[pd.DataFrame, Layout]:
    """Return the table of a CSV file with every cell as text, and the layout of its rows.

    A first line ``sep=;`` is understood. Rows are counted from 1 under the header, blank lines included.

    Raises
    ------
    DataError
        When the file is not UTF-8, or no table can be made of it.
    """
    data = path.read_bytes().removeprefix(BYTE_ORDER_MARK)
    _refuse_odd_bytes(data, path)
    if not data.strip():
        return pd.DataFrame(), Layout(np.array([], dtype=int))
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    header, separator, start = _header(data, path)
    body = data[start:]
    del data
    cells, bad = _cells(body, len(header), separator, path)
    rows = np.setdiff1d(np.arange(1, len(cells) + len(bad) + 1), [row.number for row in bad])
    blank = all_blank(cells)
    table = cells[~blank].reset_index(drop=True).set_axis(header, axis=1)
    return table, Layout(rows[~blank], _unreadable(bad))


def all_blank(cells: pd.DataFrame) -> np.ndarray:
    """Return which rows have no cell with anything in it."""
    blank = (cells.iloc[:, 0].str.strip() == "").to_numpy(dtype=bool, copy=True)
    blank[blank] = (
        (cells[blank].apply(lambda column: column.str.strip()) == "").all(axis=1).to_numpy(dtype=bool, copy=True)
    )
    return blank


def _refuse_odd_bytes(data: bytes, path: Path) -> None:
    remedy = 'Export it again as "CSV UTF-8".'
    try:
        # The text itself is not kept.
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"cannot be read: line {line} is not UTF-8 (byte 0x{data[error.start]:02x})"
        raise DataError(str(path), [Problem(found, "a UTF-8 text file", remedy)]) from None
    if (place := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, place) + 1
        found = f"cannot be read: line {line} holds a NUL byte"
        raise DataError(str(path), [Problem(found, "a UTF-8 text file", remedy)])


def _header(data: bytes, path: Path) -> tuple[list[str], str, int]:
    """Return the column names, the separator, and where the rows start."""
    lines = BytesIO(data)
    first = _next_line(lines)
    separator = _stated_separator(first)
    if separator is not None:
        first = _next_line(lines)
    separator = separator or max(SEPARATORS, key=first.count)

    def from_header() -> Iterator[str]:
        yield first
        yield from (line.decode() for line in lines)

    try:
        names = next(csv.reader(from_header(), delimiter=separator), [])
    except csv.Error:
        raise DataError(str(path), [_open_quote("the header")]) from None
    # A line break in a name is rare, and never is the whole file one name.
    if lines.tell() == len(data) and any("\n" in name for name in names):
        raise DataError(str(path), [_open_quote("the header")])
    if not names:
        raise DataError(str(path), [Problem("no header", "column names in the first line", "Add them.")])
    return [name.strip() for name in names], separator, lines.tell()


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
        raise DataError(str(path), [_open_quote(f"row {n_read}")])
    cells = table.slice(0, table.num_rows - 1).to_pandas()
    return cells, bad


def _parse(data: bytes, width: int, separator: str, block: int) -> tuple[Any, list[Any]]:
    bad: list[Any] = []

    def set_aside(row: Any) -> str:
        bad.append(row)
        return "skip"

    names = [str(number) for number in range(width)]
    table = arrow_csv.read_csv(
        pa.BufferReader(data),
        # Rows are numbered only when they are read one after the other.
        read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=max(block, 1)),
        parse_options=arrow_csv.ParseOptions(
            delimiter=separator, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=set_aside
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    return table, bad


def _unreadable(bad: list[Any]) -> pd.DataFrame:
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


def _open_quote(where: str) -> Problem:
    found = f"cannot be read: a quotation mark that is opened in {where} is never closed"
    return Problem(found, "quotation marks in pairs", "Close it, or remove it.")


def refuse_unreadable(table: pd.DataFrame, layout: Layout, path: Path) -> pd.DataFrame:
    """Return the table when all rows of its file are in it."""
    problems = [
        Problem(f"{rule.replace('_', ' ')}: {value}", expected, "Correct the row.", row=row)
        for row, rule, value, expected in layout.unreadable.itertuples(index=False)
    ]
    if problems:
        raise DataError(str(path), problems)
    return table


def open_or_refuse(path: Path) -> None:
    """Raise when `path` is not a file that can be read."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; give the name of a file in it")
    try:
        with path.open("rb") as file:
            file.read(1)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a file that you may read") from None

"""The rows of a CSV file, block by block; numbered and set aside as `read_csv` does it for the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from graduation.batch.rows import Rows, frame_of, letters_of
from graduation.errors import DataError, Problem
from graduation.io.csv_files import (
    END,
    all_blank,
    as_text,
    header_of,
    open_quote,
    swallowed_rows,
    unreadable_rows,
    with_swallowed,
)
from graduation.io.headers import Request
from graduation.io.other_rows import LONGEST_FOOT
from graduation.io.streams import BLOCK, utf8_blocks
from graduation.schema import Layout

ROWS = 65_536
SMALLEST_BLOCK = 1 << 12
NEWLINE = ord("\n")
BLANKS = tuple(b" \t\n\x0b\x0c\r")


def text_rows(path: Path, request: Request, *, rows: int = ROWS) -> Iterator[Rows]:
    """Yield the rows of a CSV file, about `rows` at once, by the same places in every run.

    The header is looked for in the first block. Notes under the table are together in the last rows yielded.

    Raises
    ------
    UsageError
        When the encoding stated does not exist.
    DataError
        When the encoding is another one than stated, or rows cannot be told apart.
    """
    blocks = utf8_blocks(path, request.encoding)
    head = next((block for block in blocks if block.strip()), b"")
    if not head:
        return
    names, separator, start = header_of(head, path, request.dictionary)
    body = head[start:]
    bad: list[Any] = []
    stream = _Stream(chain([body], blocks), separator.join([END] * len(names)).encode())
    # Small blocks stay in the cache.
    block = int(np.clip(rows * len(body) / max(body.count(b"\n"), 1), SMALLEST_BLOCK, BLOCK))
    batches = _batches(stream, as_text(len(names), separator, block, bad, pa.string()), path)
    yield from _yielded(_gathered(batches, rows), _Numbering(separator, bad), tuple(names), path)


def _gathered(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[list[pa.RecordBatch]]:
    """Yield batches that together have at least so many rows; the last ones more than may stand under a table."""
    held: list[pa.RecordBatch] = []
    ready: list[pa.RecordBatch] | None = None
    for batch in batches:
        held.append(batch)
        n_held = sum(one.num_rows for one in held)
        if ready is not None and n_held > LONGEST_FOOT:
            yield ready
            ready = None
        if ready is None and n_held >= rows:
            ready, held = held, []
    yield (ready or []) + held


def _yielded(
    parts: Iterator[list[pa.RecordBatch]], numbered: _Numbering, names: tuple[str, ...], path: Path
) -> Iterator[Rows]:
    """Yield batches as numbered rows; the very last of them is no row."""
    part, first = next(parts), True
    for after in parts:
        yield replace(numbered.rows(_together(part), names), first=first)
        part, first = after, False
    if not part or not (end := part[-1]).num_rows or end.column(len(names) - 1)[-1].as_py() != END:
        n_read = numbered.last + sum(batch.num_rows for batch in part) + len(numbered.bad)
        raise DataError(str(path), [open_quote(f"row {n_read}")])
    yield replace(numbered.rows(_together(part), names, end=1), first=first, last=True)


def _together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _batches(stream: _Stream, options: dict[str, Any], path: Path) -> Iterator[pa.RecordBatch]:
    try:
        reader = arrow_csv.open_csv(pa.PythonFile(stream, mode="r"), **options)
        yield from reader
    except pa.ArrowInvalid:
        found = "rows cannot be told apart: a quotation mark that is never closed, or a cell of millions of letters"
        raise DataError(str(path), [Problem(found, "quotation marks in pairs", "Close it, or remove it.")]) from None


class _Stream:
    """A file of blocks, ended by a row by which an open quotation mark is known."""

    closed = False

    def __init__(self, blocks: Iterator[bytes], end: bytes) -> None:
        self._blocks = chain(blocks, [b""])
        self._end = end
        self._held = b""
        self._newline = True

    def read(self, size: int) -> bytes:
        """Return some more bytes, at most so many; none at the end."""
        while not self._held and (block := next(self._blocks, None)) is not None:
            # The empty one is the last.
            self._held = block or (self._end if self._newline else b"\n" + self._end)
            self._newline = block.endswith((b"\n", b"\r"))
        given = self._held[:size]
        self._held = self._held[size:]
        return given

    def close(self) -> None:
        self.closed = True


@dataclass
class _Numbering:
    """Numbers rows as they come, those of another width and those swallowed within quotation marks counted."""

    separator: str
    bad: list[Any]
    last: int = 0
    slid: int = 0

    def rows(self, batch: pa.RecordBatch, names: tuple[str, ...], end: int = 0) -> Rows:
        """Return a batch as rows, without blank ones and without its last `end`."""
        numbers, bad = self._numbers(batch.num_rows)
        columns = tuple(column.slice(0, batch.num_rows - end) for column in batch.columns)
        numbers = numbers[: len(numbers) - end] + self.slid
        told = unreadable_rows(bad)
        told["row"] += self.slid
        layout = Layout(numbers, told)
        dropped = _blank(columns)
        if any((letters_of(column)[1] == NEWLINE).any() for column in columns):
            cells = frame_of(columns)
            swallowed = swallowed_rows(cells, self.separator)
            numbers, layout = with_swallowed(numbers, told, cells, swallowed)
            self.slid += len(layout.unreadable) - len(told) - int(swallowed.sum())
            dropped |= swallowed
        rows = Rows(names, columns, replace(layout, rows=numbers))
        return rows.only(~dropped) if dropped.any() else rows

    def _numbers(self, n_rows: int) -> tuple[np.ndarray, list[Any]]:
        """Return the numbers of so many more rows, and the rows of another width among them."""
        at = np.array([row.number for row in self.bad], dtype=int)
        end, before = self.last + n_rows, -1
        while before != (before := int(np.searchsorted(at, end, side="right"))):
            end = self.last + n_rows + before
        numbers = np.setdiff1d(np.arange(self.last + 1, end + 1), at[:before], assume_unique=True)
        bad = self.bad[:before]
        del self.bad[:before]
        self.last = end
        return numbers, bad


def _blank(columns: tuple[pa.Array, ...]) -> np.ndarray:
    """Return which rows have no cell with anything in it."""
    ends, letters = letters_of(columns[0])
    blank = np.diff(ends) == 0
    if np.isin(letters[: 1 << 10], BLANKS).any() or np.isin(letters, BLANKS).any():
        blank |= (columns[0].to_pandas().str.strip() == "").to_numpy(dtype=bool)
    if blank.any():
        blank[blank] = all_blank(frame_of(tuple(column.filter(pa.array(blank)) for column in columns)))
    found: np.ndarray = blank
    return found

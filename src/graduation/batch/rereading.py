"""Read single rows of a source again, to judge those whose ids or unique values stand in several chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from graduation.batch.checking import Checker, Piece
from graduation.batch.columnar import Part, parquet_parts
from graduation.batch.reading import ChunkId, Reader
from graduation.schema import Dictionary, Layout
from graduation.schema.cells import Checked
from graduation.schema.rows import repeated
from graduation.schema.telling import Telling
from graduation.schema.written import Cells

# To begin anew in a Parquet file, the row group of its first chunk is read: about so many rows.
FAR = 1 << 20


@dataclass(frozen=True)
class Reread:
    """Some rows of a source, from any of its files, in the order of the source.

    Attributes
    ----------
    files, rows : ndarray of int
        Which file each row stands in, and its number there.
    raw : DataFrame
        The cells as they were read, pseudonyms for ids that identify, by the dictionary's names; no identifiers.
    columns : dict of str to Checked
        The columns after their check.
    dictionary : Dictionary
    """

    files: np.ndarray
    rows: np.ndarray
    raw: pd.DataFrame
    columns: dict[str, Checked]
    dictionary: Dictionary

    def repeats(self) -> pd.DataFrame:
        """Return which of the rows are copies or contradict each other, as `validate` finds them in one table.

        Returns
        -------
        DataFrame
            `file` and the columns of `Registry.rejected`, in the order of the source. When the rows are all those that
            share a hash, in one chunk or in several, this takes the place of what their chunks said of the rules
            ``repeated_row``, ``duplicate_household`` and ``duplicate_value``.
        """
        places = np.arange(len(self.rows))
        raw = {str(name): self.raw[name] for name in self.raw}
        told = Telling(raw, self.dictionary, Layout(places)).rejected(repeated(self.columns, self.dictionary))
        at = told["row"].to_numpy(dtype=int)
        return told.assign(row=self.rows[at]).assign(file=self.files[at])[["file", *told.columns]]


def reread(reader: Reader, checker: Checker, rows: Mapping[int, np.ndarray]) -> Reread:
    """Return rows of a source by their numbers.

    Of Parquet files only the row groups that hold such rows are read, of text files all up to the last of them.

    Parameters
    ----------
    reader : Reader
    checker : Checker
    rows : mapping of int to ndarray of int
        The numbers of the rows wanted, by file.
    """
    return _gathered(_pieces(reader, rows), checker, rows)


class Again:
    """Reads rows of one chunk after the other again.

    Chunks of a file that are asked for in their order are reached in one walk through it, but for those of a Parquet
    file that lie far apart: what is between them is passed over unread.
    """

    def __init__(self, reader: Reader, checker: Checker) -> None:
        self._reader, self._checker = reader, checker
        self._file, self._last = -1, 0
        self._pieces: Iterator[Piece] = iter(())

    def __call__(self, file: int, rows: np.ndarray) -> Reread:
        """Return rows of one chunk by their numbers in a file."""
        nearest = FAR if self._reader.source.kind == "parquet" else rows.max()
        if file != self._file or not 0 < rows.min() - self._last <= nearest:
            self._file, self._last = file, 0
            self._pieces = _of_file(self._reader, file, _before(self._reader, file, rows.min()))
        return _gathered(self._reached(rows.max()), self._checker, {file: rows})

    def _reached(self, row: int) -> Iterator[Piece]:
        """Yield the next chunk that holds a row."""
        for piece in self._pieces:
            self._last = int(piece.rows.layout.rows[-1]) if piece.size else self._last
            if self._last >= row:
                yield piece
                return


def _gathered(pieces: Iterable[Piece], checker: Checker, rows: Mapping[int, np.ndarray]) -> Reread:
    """Return the rows wanted among those of some chunks."""
    files, numbers, raw = [], [], []
    columns: dict[str, list[pd.Series]] = {}
    for piece in pieces:
        read, checked, _ = checker.columns(piece)
        kept = np.flatnonzero(np.isin(read.layout.rows, rows[piece.file]))
        if not len(kept):
            continue
        files.append(np.full(len(kept), piece.file))
        numbers.append(read.layout.rows[kept])
        cells = checker.telling(read, piece.manner).raw
        shown = [name for name in cells if checker.dictionary.columns[name].is_kept]
        raw.append(pd.DataFrame({name: cells[name].iloc[kept].reset_index(drop=True) for name in shown}))
        for name, column in checked.checked.items():
            columns.setdefault(name, []).append(column.at(kept))
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in columns.items()}
    return Reread(
        np.concatenate([*files, np.zeros(0, int)]),
        np.concatenate([*numbers, np.zeros(0, int)]),
        pd.concat(raw, ignore_index=True) if raw else pd.DataFrame(),
        {name: Checked(Cells(values), values, []) for name, values in whole.items()},
        checker.dictionary,
    )


def _pieces(reader: Reader, rows: Mapping[int, np.ndarray]) -> Iterator[Piece]:
    """Yield the chunks that may hold some of the rows."""
    for file in sorted(rows):
        if not len(rows[file]):
            continue
        for piece in _of_file(reader, file, _without(reader, file, rows[file])):
            yield piece
            if len(piece.rows) and piece.rows.layout.rows[-1] >= rows[file].max():
                break


def _of_file(reader: Reader, file: int, skip: set[ChunkId]) -> Iterator[Piece]:
    """Yield the chunks of one file, but for those to skip (told as those of the first file)."""
    return (replace(piece, file=file) for piece in reader.only(file).read(skip))


def _before(reader: Reader, file: int, row: int) -> set[ChunkId]:
    """Return the chunks of a Parquet file that end before a row."""
    return {(0, number) for number, part in _parts(reader, file) if part.start + part.length < row}


def _without(reader: Reader, file: int, rows: np.ndarray) -> set[ChunkId]:
    """Return the chunks of a Parquet file that hold none of the rows."""
    return {
        (0, number)
        for number, part in _parts(reader, file)
        if not ((rows > part.start) & (rows <= part.start + part.length)).any()
    }


def _parts(reader: Reader, file: int) -> list[tuple[int, Part]]:
    """Return the chunks of a Parquet file by their numbers; those of a text file are not known before it is read."""
    if reader.source.kind == "text":
        return []
    groups = parquet_parts(reader.source.files[file], rows=reader.rows)
    return list(enumerate(part for group in groups for part in group.parts))

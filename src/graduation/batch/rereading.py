"""Read single rows of a source again, to judge those whose ids or unique values stand in several chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from graduation.batch.checking import Checker, Piece
from graduation.batch.columnar import parquet_parts
from graduation.batch.reading import ChunkId, Reader
from graduation.schema import Dictionary, Layout
from graduation.schema.cells import Checked
from graduation.schema.rows import repeated
from graduation.schema.telling import Telling
from graduation.schema.written import Cells


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
    files, numbers, raw = [], [], []
    columns: dict[str, list[pd.Series]] = {}
    for piece in _pieces(reader, rows):
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
        one = replace(reader, source=replace(reader.source, files=(reader.source.files[file],)))
        for piece in one.read(_without(one, rows[file])):
            yield replace(piece, file=file)
            if len(piece.rows) and piece.rows.layout.rows[-1] >= rows[file].max():
                break


def _without(reader: Reader, rows: np.ndarray) -> set[ChunkId]:
    """Return the chunks of a Parquet file that hold none of the rows."""
    if reader.source.kind == "text":
        return set()
    parts = [part for group in parquet_parts(reader.source.files[0], rows=reader.rows) for part in group.parts]
    return {
        (0, number)
        for number, part in enumerate(parts)
        if not ((rows > part.start) & (rows <= part.start + part.length)).any()
    }

"""Read a source chunk by chunk, in one thread and in a fixed order; workers check what it yields."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from graduation.batch.arranging import arranged_start
from graduation.batch.checking import Piece
from graduation.batch.columnar import parquet_parts, parquet_rows
from graduation.batch.manner import Manner, manner_of
from graduation.batch.rows import Rows
from graduation.batch.sources import Source, still_there
from graduation.batch.text import ROWS, text_rows
from graduation.errors import DataError, Problem
from graduation.io.headers import Request
from graduation.schema import Dictionary

# By file and number within the file.
ChunkId = tuple[int, int]


@dataclass(frozen=True)
class Reader:
    """Reads the chunks of a source.

    Attributes
    ----------
    source : Source
    dictionary : Dictionary
        The one that a registry file is read with; without histories.
    encoding : str, optional
        How text files are encoded; by default what the dictionary says, else UTF-8.
    rows : int
        About how many rows a chunk has. The chunks are the same in every run with the same number.
    """

    source: Source
    dictionary: Dictionary
    encoding: str | None = None
    rows: int = ROWS

    def chunks(self) -> list[ChunkId]:
        """Return the chunks of Parquet files; those of text files are known when they have been read."""
        if self.source.kind == "text":
            return []
        parts = [parquet_parts(path, rows=self.rows) for path in self.source.files]
        return [
            (file, number)
            for file, groups in enumerate(parts)
            for number in range(sum(len(group.parts) for group in groups))
        ]

    def only(self, file: int) -> Reader:
        """Return what reads one of the files, as the first of its own."""
        return replace(self, source=replace(self.source, files=(self.source.files[file],)))

    def read(self, skip: Collection[ChunkId] = ()) -> Iterator[Piece]:
        """Yield the chunks in order, but for those to skip.

        The first chunk of each file tells how the file is written, so it is read all the same. Of Parquet files, row
        groups are passed over unread; text files are read again from their start, for only that tells where rows end,
        which is about a third of the work of reading and checking them.

        Raises
        ------
        UsageError
            When pseudonyms are needed and cannot be made, an encoding does not exist, or a file is no longer there.
        DataError
            When a file cannot be read, lacks columns, or has others of the dictionary than the first.
        """
        first: tuple[Path, Manner] | None = None
        for file, path in enumerate(self.source.files):
            done = {number for at, number in skip if at == file}
            manner: Manner | None = None
            with still_there(path):
                for number, rows in self._rows(path, done):
                    if manner is None:
                        rows = arranged_start(rows, self.dictionary, path)
                        manner = manner_of(rows, self.dictionary, str(path))
                        first = first or (path, manner)
                        _refuse_other_columns(path, manner, *first)
                    if number not in done:
                        yield Piece(file, number, path, rows, manner)

    def _rows(self, path: Path, done: set[int]) -> Iterator[tuple[int, Rows]]:
        if self.source.kind == "text":
            request = Request(self.dictionary, self.encoding or self.dictionary.encoding)
            return enumerate(text_rows(path, request, rows=self.rows))
        return parquet_rows(path, self.dictionary, rows=self.rows, skip=done - {0})


def _refuse_other_columns(path: Path, manner: Manner, first: Path, there: Manner) -> None:
    """Raise when a file names other columns of the dictionary than the first: they would be missing in all its rows."""
    differing = [
        name for name in {**there.places, **manner.places} if (name in there.places) != (name in manner.places)
    ]
    if differing:
        told = ", ".join(f"'{name}' is {'missing' if name in there.places else 'new'}" for name in differing)
        found = f"other columns than in {first.name}: {told}"
        remedy = "Name its columns alike, or leave the file out."
        raise DataError(str(path), [Problem(found, "the same columns in all files", remedy)])

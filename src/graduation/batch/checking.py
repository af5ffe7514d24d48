"""Check a chunk by the dictionary: the same households, and the same rows set aside, as `validate` gives in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from graduation.batch.answers import Answers
from graduation.batch.arranging import arranged, id_tells_others, names_of_id, tell_others, trimmed
from graduation.batch.columns import ColumnsOfChunk, check_columns
from graduation.batch.hashing import row_hashes
from graduation.batch.ids import Secret, plain_ids
from graduation.batch.manner import Manner
from graduation.batch.rows import Rows, series_of
from graduation.batch.tally import Tally
from graduation.schema import Dictionary
from graduation.schema.cells import Breach, Checked
from graduation.schema.rows import repeated, table_of
from graduation.schema.telling import Telling, counted, first_cases, numbers_of_rules
from graduation.schema.validation import with_absent


@dataclass(frozen=True)
class Piece:
    """Some rows of a file as they were read: which file, which chunk of it, and how the file is written."""

    file: int
    number: int
    path: Path
    # No log shows cells.
    rows: Rows = field(repr=False)
    manner: Manner = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        numbers = self.rows.layout.rows
        return f"{self.path}: rows {numbers[0]:,} to {numbers[-1]:,}" if len(numbers) else str(self.path)


@dataclass(frozen=True)
class CheckedChunk:
    """A chunk after its check.

    Attributes
    ----------
    file, number : int
        Which file of the source, and which chunk of the file.
    households : DataFrame
        Accepted rows as in `Registry.households`, in the order of the file; categories as pandas categories where few
        are distinct.
    rows : ndarray of int
        The number of each household's row in its file.
    rejected, findings : DataFrame
        As in `Registry`; rows as in the file.
    all_rows : ndarray of int
        The numbers of all rows of the table, accepted or not.
    hashes : dict of str to ndarray of uint64
        For `all_rows`: of the key under "key", and of each column that must be unique under its name; 0 where missing.
        The same in every run. Rows that share one are compared by `reread`.
    tally : Tally
    """

    file: int
    number: int
    households: pd.DataFrame
    rows: np.ndarray
    rejected: pd.DataFrame
    findings: pd.DataFrame
    all_rows: np.ndarray
    hashes: dict[str, np.ndarray]
    tally: Tally


class Checker:
    """Checks chunks of one source; what distinct cells mean is remembered from chunk to chunk, in any thread."""

    def __init__(self, dictionary: Dictionary, key_file: Path | None = None) -> None:
        self.dictionary = dictionary
        self.key_file = key_file
        self._answers = {name: Answers(column) for name, column in dictionary.columns.items()}
        self._names = names_of_id(dictionary)

    def check(self, piece: Piece) -> CheckedChunk:
        """Return a chunk after its check.

        Raises
        ------
        UsageError
            When pseudonyms are needed and cannot be made, or ids that are called open are numbers of identity.
        DataError
            When another table starts in the chunk, or it contradicts the first rows of its file.
        """
        rows, columns, known = self.columns(piece)
        breaches = [*known, *(breach for one in columns.checked.values() for breach in one.breaches)]
        hashes = row_hashes(columns.checked, self.dictionary, len(rows))
        if any(_twice(one) for one in hashes.values()):
            breaches += repeated(columns.checked, self.dictionary)
        told = self.telling(rows, piece.manner)
        good = told.good(breaches)
        rejected, findings = told.rejected(breaches), told.findings(breaches, good)
        kept = None if good.all() else np.flatnonzero(good)
        households = accepted(columns.checked, kept, self.dictionary)
        tally = self._tally(piece, rows, columns, households)
        tally.rows += int(rows.layout.unreadable["row"].nunique())
        tally.counts, tally.cases = numbers_of_rules(counted(rejected, findings)), first_cases(rejected)
        numbers = rows.layout.rows
        return CheckedChunk(
            piece.file, piece.number, households, numbers if kept is None else numbers[kept], rejected, findings,
            numbers, hashes, tally,
        )  # fmt: skip

    def columns(self, piece: Piece) -> tuple[Rows, ColumnsOfChunk, list[Breach]]:
        """Return the rows of a chunk that may be households, their checked columns, and what their ids break."""
        rows = piece.rows if piece.rows.first else trimmed(piece.rows, self.dictionary, piece.path)
        found = self._checked(piece, rows)
        if not rows.first and self._may_hold_others(piece, rows, found[1]):
            found = self._checked(piece, arranged(rows, self.dictionary, piece.path))
        return found

    def _checked(self, piece: Piece, rows: Rows) -> tuple[Rows, ColumnsOfChunk, list[Breach]]:
        secret = Secret(self.key_file, piece.path)
        plain, known = plain_ids(rows, self.dictionary, alike=piece.manner.alike, secret=secret)
        return plain, check_columns(plain, piece.manner, self.dictionary, self._answers), known

    def _may_hold_others(self, piece: Piece, rows: Rows, columns: ColumnsOfChunk) -> bool:
        ids = rows.columns[piece.manner.places[self.dictionary.id]]
        return id_tells_others(ids, self._names) or tell_others(columns.odd, self._names)

    def telling(self, rows: Rows, manner: Manner) -> Telling:
        """Return what tells of breaches in some rows."""
        return Telling(_Raw(rows, manner.places), self.dictionary, rows.layout)

    def _tally(self, piece: Piece, rows: Rows, columns: ColumnsOfChunk, households: pd.DataFrame) -> Tally:
        weight = self.dictionary.one("weight")
        numbers = rows.layout.rows
        return Tally(
            rows=len(rows),
            accepted=len(households),
            filled={name: not one.is_empty for name, one in columns.checked.items()},
            weighed=weight in households and bool((households[weight] > 0).any()),
            told={(piece.file, name): told for name, told in columns.told.items()},
            doubtful={(piece.file, name, read): int(numbers[row]) for name, (read, row) in columns.doubtful.items()},
            dates={(piece.file, name): dates for name, dates in columns.dates.items()},
        )


class _Raw(Mapping[str, pd.Series]):
    """The cells of some rows by the dictionary's names, as pandas has them; made when they are asked for."""

    def __init__(self, rows: Rows, places: Mapping[str, int]) -> None:
        self._rows = rows
        self._places = places

    def __getitem__(self, name: str) -> pd.Series:
        return series_of(self._rows.columns[self._places[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _twice(hashes: np.ndarray) -> bool:
    """Whether a hash is there twice; missing values count too, for rows without an id may be copies."""
    return len(pd.unique(hashes)) < len(hashes)


def accepted(columns: Mapping[str, Checked], rows: np.ndarray | None, dictionary: Dictionary) -> pd.DataFrame:
    """Return the rows accepted (or all) by their key, as `Registry.households` but in the order of the file."""
    shown = [name for name in columns if dictionary.columns[name].is_kept and name not in dictionary.key]
    whole = {name: "int64" for name in dictionary.role("time") if dictionary.columns[name].type == "integer"}
    keys = table_of(columns, dictionary.key, rows)
    index = _whole(keys, whole).set_index(dictionary.key).index
    values = {name: _values(columns[name], dictionary.columns[name].type, rows) for name in shown}
    frame = pd.DataFrame(values, copy=False).set_axis(index)
    return with_absent(_whole(frame, whole), dictionary)


def _whole(frame: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return a frame with whole numbers in the columns that it has of these."""
    here = {name: kind for name, kind in kinds.items() if name in frame}
    # Pandas would copy every column, one after the other, for nothing.
    return frame.astype(here) if here else frame


def _values(column: Checked, kind: str, rows: np.ndarray | None) -> pd.Series:
    """Return the values of a column; those of a category whose distinct cells are known as a pandas category."""
    place = column.cells.place
    if place is None or kind not in ("category", "text"):
        return column.at(rows)
    codes, levels = pd.factorize(column.values, sort=True)
    categories = pd.Index(levels, dtype="string")
    found = codes[place] if rows is None else codes[place[rows]]
    return pd.Series(pd.Categorical.from_codes(found, categories=categories, validate=False))

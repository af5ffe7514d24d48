"""Rows of a chunk that are no households, looked for where a cheap look finds that there may be some."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graduation.batch.rows import Rows, frame_of, letters_of
from graduation.io.headers import FOOTED, numbers_columns, set_aside, without_others
from graduation.io.other_rows import LONGEST_FOOT, NO_ID, SAMPLED_CELLS, WORDS, no_households
from graduation.schema import Dictionary, locate

# Words are looked for by their first letters; a bit makes letters small.
START, SMALL, BLANK, BEYOND_ASCII = 3, 0x20, 0x20, 0x80


def names_of_id(dictionary: Dictionary) -> frozenset[str]:
    """Return how a header may call the id, in small letters."""
    return frozenset(" ".join(name.split()).casefold() for name in dictionary.columns[dictionary.id].names())


def tell_others(cells: Iterable[Any], names: frozenset[str]) -> bool:
    """Whether one of some cells is a name of the id, as in a header that is repeated."""
    return any(isinstance(cell, str) and " ".join(cell.split()).casefold() in names for cell in cells)


def id_tells_others(ids: pa.Array, names: frozenset[str]) -> bool:
    """Whether one of the ids is a word that stands before a total or a note, or a name of the id."""
    if not pa.types.is_string(ids.type):
        return False
    some = ids.take(pa.array(_starting_so(ids, {*WORDS, *names})))
    words = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
    return bool(pc.any(pc.match_substring_regex(some, rf"^\s*(?:{NO_ID}|(?i:{words}))\s*$")).as_py())


def _starting_so(ids: pa.Array, words: set[str]) -> np.ndarray:
    """Return the places of the ids that may start as one of some words: by three letters, in any case."""
    ends, letters = letters_of(ids)
    start, length = ends[:-1] - ends[0], np.diff(ends)
    padded = np.concatenate([letters, np.zeros(START, np.uint8)]).astype(np.int32)
    first = [padded[start + place] | SMALL for place in range(START)]
    wanted = [sum((ord(word[place]) | SMALL) << 8 * place for place in range(START)) for word in words
              if len(word) >= START and word.isascii()]  # fmt: skip
    like = np.isin(first[0] | first[1] << 8 | first[2] << 16, wanted)
    # Blanks may stand before a word, and a word may be short or of other letters.
    unsure = (padded[start] <= BLANK) | (padded[start] >= BEYOND_ASCII) | (length < START)
    if any(len(word) < START or not word.isascii() for word in words):
        unsure |= length > 0
    return np.flatnonzero((like | unsure) & (length > 0))


def arranged_start(rows: Rows, dictionary: Dictionary, path: Path) -> Rows:
    """Return the first rows of a file without those that are no households, columns without a name told by place.

    Raises
    ------
    DataError
        When another table starts among them.
    """
    names = names_of_id(dictionary)
    found = locate(pd.DataFrame(columns=list(rows.names)), dictionary)
    known = pa.array([cell for name in dictionary.columns[dictionary.id].names() for cell in (name, name.upper())])
    texts = {there: column for there, column in zip(rows.names, rows.columns, strict=True)
             if there in found.values() and pa.types.is_string(column.type)}  # fmt: skip
    ids = texts.get(str(found.get(dictionary.id)))
    suspect = ids is not None and id_tells_others(ids, names)
    suspect = suspect or any(pc.any(pc.is_in(column, known)).as_py() for column in texts.values())
    settled = arranged(rows, dictionary, path) if suspect else trimmed(rows, dictionary, path)
    return replace(settled, names=tuple(name or f"(column {place + 1})" for place, name in enumerate(rows.names)))


def arranged(rows: Rows, dictionary: Dictionary, path: Path) -> Rows:
    """Return rows without those that are no households, each row looked at."""
    before = rows.layout
    _, layout = without_others(rows.frame(), before, dictionary, path, first=rows.first, last=rows.last)
    return replace(rows.only(np.isin(before.rows, layout.rows)), layout=layout)


def trimmed(rows: Rows, dictionary: Dictionary, path: Path) -> Rows:
    """Return rows without the numbers of columns at their start and what stands under a table at their end."""
    if rows.first and len(rows) and numbers_columns(_some(rows, np.array([0]))):
        rows = rows.only(np.arange(len(rows)) > 0)
    if not rows.last or not len(rows) or path.suffix.lower() not in FOOTED:
        return rows
    n_cells = len(rows) * len(rows.names)
    tail = np.arange(max(len(rows) - LONGEST_FOOT, 0), len(rows))
    # What is usual is asked of a sample, as for a whole table.
    sample = np.union1d(np.arange(0, len(rows), max(n_cells // SAMPLED_CELLS, 1)), tail)
    other = np.zeros(len(rows), dtype=bool)
    other[sample] = no_households(_some(rows, sample), dictionary, feet=True)
    if not other.any():
        return rows
    aside = set_aside(
        rows.layout, rows.layout.rows[other], "not_a_household", "a total, a note or a signature", "a household"
    )
    kept = rows.only(~other)
    return replace(kept, layout=replace(kept.layout, unreadable=aside))


def _some(rows: Rows, places: np.ndarray) -> pd.DataFrame:
    some = tuple(column.take(pa.array(places)) for column in rows.columns)
    return frame_of(some).set_axis(list(rows.names), axis=1)

"""What stands in one column of an unknown table: its distinct cells and how often each occurs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.schema.cells import cell_text
from graduation.schema.inferring import hints

# Nobody answers with these, so they are no answer in any column.
BLANK_WORDS = ("na", "n/a", "nan", "null", "#n/a", ".", "-", "--", "?", "<na>")
# These may be an answer to a question in words, but not to one that asks for a number or for yes or no.
NO_ANSWER_WORDS = (
    "none", "missing", "dk", "don't know", "dont know", "refused", "tidak tahu", "tdk tahu", "tt", "no sabe", "ns",
    "ns/nr", "ns/nc", "ne sait pas", "nsp", "não sabe", "nao sabe", "nd",
)  # fmt: skip
# Cells that do not read as numbers are slips of the pen when fewer than this share.
FEW_SLIPS = 0.02
ODD_KINDS = (bytes, bytearray, list, dict, set, tuple, np.ndarray)
COMMA_THOUSANDS = r"-?\d{1,3}(?:,\d{3})+"
POINT_THOUSANDS = r"-?[1-9]\d{0,2}(?:\.\d{3})+"
COMMA_NUMBER = r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?|-?\d+,\d+"


@dataclass(frozen=True, eq=False)
class Seen:
    """The distinct cells of one column as text, how often each occurs, and what number each reads as.

    `words` are cells that stand for no answer; they are not among the `texts`. `dated` says that the file itself
    types the column as dates, `odd` that cells are no plain values (bytes, lists), `typed` that it types them as
    numbers, `comma` that they are read with a comma before decimals and points between thousands.
    """

    name: str
    place: int
    n_rows: int
    texts: npt.NDArray[np.object_]
    counts: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.float64]
    words: tuple[str, ...] = ()
    dated: bool = False
    odd: bool = False
    comma: bool = False
    typed: bool = False

    @cached_property
    def n_filled(self) -> int:
        return int(self.counts.sum())

    @property
    def n_distinct(self) -> int:
        return len(self.texts)

    @property
    def missing_share(self) -> float:
        return 1 - self.n_filled / self.n_rows if self.n_rows else 1.0

    @property
    def unique_share(self) -> float:
        """Return distinct values per row; 1 when every row is filled and none is like another."""
        return self.n_distinct / self.n_rows if self.n_rows else 0.0

    @cached_property
    def is_numeric(self) -> bool:
        """Whether all cells but a few slips read as numbers."""
        readable = self.counts[np.isfinite(self.numbers)].sum()
        return bool(self.n_filled and readable >= (1 - FEW_SLIPS) * self.n_filled)

    @property
    def n_slips(self) -> int:
        return int(self.counts[~np.isfinite(self.numbers)].sum())

    @cached_property
    def spectrum(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return the distinct numbers in order and how often each occurs; 1 and 1.0 are one number."""
        good = np.isfinite(self.numbers)
        values, where = np.unique(self.numbers[good], return_inverse=True)
        return values, np.bincount(where, self.counts[good], minlength=len(values)).astype(np.int64)

    @cached_property
    def is_whole(self) -> bool:
        values, _ = self.spectrum
        return self.is_numeric and bool((values % 1 == 0).all())

    def spellings(self, values: npt.ArrayLike) -> tuple[str, ...]:
        """Return how the file writes these numbers."""
        wanted = np.isin(self.numbers, np.asarray(values, dtype="float64"))
        order = np.argsort(self.numbers[wanted], kind="stable")
        return tuple(str(text) for text in self.texts[wanted][order])


def look(cells: pd.Series, name: str, place: int) -> Seen:
    """Return what stands in a column."""
    held, counts, odd = _distinct(cells)
    texts, counts = _as_text(held.map(str) if odd else held, counts)
    typed = pd.api.types.is_numeric_dtype(held) and not pd.api.types.is_bool_dtype(held)
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype="float64")
    dated = pd.api.types.is_datetime64_any_dtype(cells)
    seen = Seen(name, place, len(cells), texts, counts, numbers, dated=dated, odd=odd, typed=typed)
    return seen if typed or odd else _with_comma(_without_words(seen))


def _distinct(cells: pd.Series) -> tuple[pd.Series, npt.NDArray[np.int64], bool]:
    """Return the distinct cells, how often each occurs, and whether they are no plain values."""
    odd = cells.dtype == object and bool(cells.dropna().map(lambda cell: isinstance(cell, ODD_KINDS)).any())
    # Lists and the like cannot be counted as they stand.
    plain = cells.dropna().map(str) if odd else cell_text(cells) if cells.dtype == object else cells
    distinct = plain.value_counts(sort=False)
    counts = distinct.to_numpy(dtype="int64").astype(np.int64)
    return distinct.index.to_series().reset_index(drop=True), counts, odd


def _as_text(held: pd.Series, counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return the distinct cells as `cell_text` reads them; cells that read alike are counted together."""
    text = cell_text(held)
    kept = text.notna().to_numpy(dtype=bool)
    where, texts = pd.factorize(text[kept].astype(object))
    return np.asarray(texts, dtype=object), np.bincount(where, counts[kept], minlength=len(texts)).astype(np.int64)


def _without_words(seen: Seen) -> Seen:
    """Return what was seen with words for no answer put apart."""
    apart = _take(seen, np.isin(_lower(seen), BLANK_WORDS))
    # "None" is an answer among words; among numbers or beside yes and no it is not.
    more = np.isin(_lower(apart), NO_ANSWER_WORDS)
    rest = _take(apart, more)
    return rest if more.any() and (rest.is_numeric or _yes_and_no(rest)) else apart


def _yes_and_no(seen: Seen) -> bool:
    return set(_lower(seen)) in [set(pair) for pair in hints.YES_NO]


def _lower(seen: Seen) -> npt.NDArray[np.object_]:
    return np.array([str(text).lower() for text in seen.texts], dtype=object)


def _take(seen: Seen, away: npt.NDArray[np.bool_]) -> Seen:
    if not away.any():
        return seen
    words = (*seen.words, *sorted(str(text) for text in seen.texts[away]))
    kept = ~away
    return replace(seen, words=words, texts=seen.texts[kept], counts=seen.counts[kept], numbers=seen.numbers[kept])


def _with_comma(seen: Seen) -> Seen:
    """Read 1.234,5 as a number where the column is written so throughout, and 850.000 where it is money."""
    if not seen.n_distinct:
        return seen
    if seen.is_numeric:
        return _with_thousands(seen) if hints.hints(seen.name, (*hints.WELFARE, *hints.MONEY)) else seen
    text = pd.Series(seen.texts, dtype="string")
    written = text.str.fullmatch(COMMA_NUMBER).to_numpy(dtype=bool, na_value=False)
    # 1,234 throughout is more likely a thousand than one and a bit.
    if not written.any() or text[written].str.fullmatch(COMMA_THOUSANDS).all():
        return seen
    read = _read(seen, written)
    return read if read.is_numeric else seen


def with_one_mark(columns: list[Seen]) -> list[Seen]:
    """Return what was seen, read with the decimal mark that the whole file is said to have."""
    if not any(seen.comma for seen in columns):
        return columns
    return [seen if seen.comma else _with_thousands(seen) for seen in columns]


def _with_thousands(seen: Seen) -> Seen:
    """Read 850.000 as thousands where all points of a column stand before three digits."""
    if seen.typed or seen.odd or seen.dated or not seen.is_numeric:
        return seen
    text = pd.Series(seen.texts, dtype="string")
    pointed = text.str.contains(".", regex=False).to_numpy(dtype=bool, na_value=False)
    if not pointed.any() or not text[pointed].str.fullmatch(POINT_THOUSANDS).all():
        return seen
    return _read(seen, pointed)


def _read(seen: Seen, written: npt.NDArray[np.bool_]) -> Seen:
    """Return what was seen with some cells read with points between thousands and a comma before decimals."""
    text = pd.Series(seen.texts, dtype="string")
    plain = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(plain.where(written, text), errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    return replace(seen, numbers=numbers, comma=True)

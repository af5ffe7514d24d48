"""Numbers of a chunk: cells that are plainly sound are read at once, all others as `check_cells` reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graduation.batch.rows import letters_of, series_of
from graduation.schema.cells import NEVER_MISSING, Breach, Checked, check_cells
from graduation.schema.column import Column
from graduation.schema.numbers import MARKS, Evidence, Mark, doubtful, evidence, least_of, missing_numbers
from graduation.schema.written import Cells, Writing, cell_text

POINT, COMMA = ord("."), ord(",")
PLAIN = r"^-?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]+)?$"
# 850.000 has a mark before its last three digits, and at most a sign and three digits before that.
AFTER_MARK, LONGEST_DOUBTFUL = 4, 8

Told = dict[Mark, Evidence]


class Numbers(NamedTuple):
    """A column of numbers after its check.

    `odd` are the rows read one by one, `told` what these tell of the decimal mark (by row of the chunk), `writing` how
    the column was read, `doubtful` the first row whose cell another decimal mark would make another number.
    """

    checked: Checked
    odd: np.ndarray
    told: Told
    writing: Writing
    doubtful: int | None


def check_numbers(
    cells: pa.Array, column: Column, writing: Writing, rewritten: Callable[[Cells, Told], Writing]
) -> Numbers:
    """Return the numbers of a chunk as `check_cells` gives them.

    Parameters
    ----------
    cells : Array
        Of text, or of any type of numbers.
    column : Column
    writing : Writing
        How the column writes numbers, by the first rows of its file.
    rewritten : callable
        Returns how it writes them by what cells of the chunk tell besides.
    """
    is_text = pa.types.is_string(cells.type)
    worth, given, odd, unsure = _text(cells, writing) if is_text else _typed(cells)
    values, wrong = _within(worth, given, column)
    rows = np.flatnonzero(odd | wrong)
    told: Told = {}
    breaches: list[Breach] = []
    if len(rows):
        some = Cells(series_of(cells.take(pa.array(rows))))
        if is_text:
            told = {mark: case._replace(row=int(rows[case.row])) for mark, case in evidence(some, column).items()}
            writing = rewritten(some, told) if told else writing
            unsure = _first(unsure, rows[doubtful(cell_text(some.distinct), MARKS)])
        again = check_cells(some, column, writing)
        values[rows] = again.values.to_numpy()
        breaches = [at_rows(breach, rows) for breach in again.breaches]
    series = pd.Series(values, copy=False)
    return Numbers(Checked(Cells(series), series, breaches), rows, told, writing, unsure)


def at_rows(breach: Breach, rows: np.ndarray) -> Breach:
    """Return a breach that was found among some rows as one of these rows."""
    return Breach(breach.column, breach.rule, rows[breach.rows], breach.expected, breach.keeps)


def _first(one: int | None, others: np.ndarray) -> int | None:
    found = [row for row in (one, *others[:1]) if row is not None]
    return int(min(found)) if found else None


def are_plain(cells: pa.Array) -> bool:
    """Whether all texts, blank ones aside, are plain numbers with a decimal point or without any."""
    ends, letters = letters_of(cells)
    if (letters == COMMA).any():
        return False
    return not _cast(ends - ends[0], letters, np.diff(ends) > 0, np.zeros(len(cells), dtype=bool))[1].any()


def _typed(cells: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
    """Return the worth of typed cells, which are given, and which must be read one by one: all of an odd type."""
    type_ = cells.type
    nothing = np.zeros(len(cells), dtype=bool)
    if not (pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_boolean(type_)):
        return np.full(len(cells), np.nan), nothing, ~nothing, None
    worth = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return worth, ~np.isnan(worth), nothing, None


def _text(cells: pa.Array, writing: Writing) -> tuple[np.ndarray, np.ndarray, np.ndarray, int | None]:
    """Return the worth of texts, which are given, which must be read one by one, and the first doubtful one."""
    ends, letters = letters_of(cells)
    length = np.diff(ends)
    given = length > 0
    if cells.null_count:
        given &= cells.is_valid().to_numpy(zero_copy_only=False)
    point, comma = bool((letters == POINT).any()), bool((letters == COMMA).any())
    odd = _with_marks(cells, writing, point=point, comma=comma)
    mark = COMMA if writing.decimal == "," else POINT
    unsure = None
    if point or comma:
        places = np.flatnonzero(given & ~odd & (length > AFTER_MARK) & (length <= LONGEST_DOUBTFUL))
        # Most decimals have two digits, so the mark is looked for at its place before any value is asked.
        places = places[letters[ends[places + 1] - ends[0] - AFTER_MARK] == mark]
        unsure = _first(None, places)
    if mark == COMMA and comma:
        letters = np.where(letters == COMMA, np.uint8(POINT), letters)
    worth, odd = _cast(ends - ends[0], letters, given, odd)
    return worth, given, odd, unsure


def _with_marks(cells: pa.Array, writing: Writing, *, point: bool, comma: bool) -> np.ndarray:
    """Return which texts hold marks that are not plainly decimal ones in this column."""
    if writing.decimal is None or writing.doubted:
        told = "[.,]" if point or comma else ""
    elif writing.decimal == ".":
        told = "," if comma else ""
    else:
        told = "[.]" if point else ""
    return _matching(cells, told) if told else np.zeros(len(cells), dtype=bool)


def _matching(cells: pa.Array, pattern: str) -> np.ndarray:
    hits = pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=False)
    found: np.ndarray = hits.to_numpy(zero_copy_only=False)
    return found


def _cast(ends: np.ndarray, letters: np.ndarray, given: np.ndarray, odd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the worth of texts, NaN where there is none, and which must be read one by one."""
    letters = np.ascontiguousarray(letters)

    def texts(valid: np.ndarray) -> pa.Array:
        bits = pa.py_buffer(np.packbits(valid, bitorder="little"))
        return pa.Array.from_buffers(
            pa.string(), len(ends) - 1, [bits, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(letters)]
        )

    try:
        worth = pc.cast(texts(given & ~odd), pa.float64())
    except pa.ArrowInvalid:
        trimmed = pc.utf8_trim_whitespace(texts(given & ~odd))
        plain = pc.fill_null(pc.match_substring_regex(trimmed, PLAIN), fill_value=False)
        odd = odd | (given & ~plain.to_numpy(zero_copy_only=False))
        worth = pc.cast(pc.if_else(plain, trimmed, pa.scalar(None, pa.string())), pa.float64())
    return worth.to_numpy(zero_copy_only=False), odd


def _within(worth: np.ndarray, given: np.ndarray, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers with NaN for what stands for a missing value, and which of those given break a rule."""
    values = worth if worth.flags.writeable else worth.copy()
    if column.missing:
        absent = np.isin(values, missing_numbers(column))
        values[absent] = np.nan
        given = given & ~absent
    wrong = given & ~np.isfinite(values)
    least, most = least_of(column), column.maximum
    if least is not None:
        wrong |= values < least
    if most is not None:
        wrong |= values > most
    if column.type == "integer":
        with np.errstate(invalid="ignore"):
            wrong |= (values != np.rint(values)) & ~np.isnan(values)
    if column.role in NEVER_MISSING:
        wrong |= np.isnan(values)
    return values, wrong

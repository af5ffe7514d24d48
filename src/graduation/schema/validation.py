"""Check a raw table against a dictionary: accept, set aside and count; refuse what cannot be used at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.schema.cells import Breach, Checked, check_cells
from graduation.schema.column import Column
from graduation.schema.dictionary import Dictionary
from graduation.schema.locating import header_problems, locate, unused
from graduation.schema.numbers import MARKS, Evidence, Mark, evidence, stated_writing, writing_of
from graduation.schema.registry import Registry
from graduation.schema.rows import repeated, table_of
from graduation.schema.telling import Layout, Telling, broken_rules, counted
from graduation.schema.written import Cells, Writing, cell_text, cells_of

# These appear as missing where an optional one is absent, so that every table has the same columns.
FILLED_ROLES = ("welfare", "state", "outcome")
NUMBERS = ("number", "integer")
Told = dict[Mark, Evidence]
TYPES = {"number": "float64", "integer": "float64", "boolean": "boolean", "date": "datetime64[ns]"}


def validate(
    table: pd.DataFrame,
    dictionary: Dictionary,
    *,
    source: str = "table",
    max_rejected: float = 0.5,
    layout: Layout | None = None,
    known: Sequence[Breach] = (),
) -> Registry:
    """Return the registry that a raw table holds.

    Parameters
    ----------
    table : DataFrame
        One row per household (per household and time where the dictionary `repeats`); text or typed cells.
    dictionary : Dictionary
    source : str
        Name of the table in messages.
    max_rejected : float
        Refuse the table when a larger share of its rows breaks a rule; 0 to 1.
    layout : Layout, optional
        Where the rows stood in the file; by default one after the other from 1.
    known : sequence of Breach, optional
        What was found in the table before it was given, as in ids that have become pseudonyms since.

    Raises
    ------
    UsageError
        When `max_rejected` is not between 0 and 1.
    DataError
        When the table is empty, lacks columns, has columns without any value, or breaks too many rules; all of its
        problems are listed.
    """
    if not 0 <= max_rejected <= 1:
        raise UsageError(f"max_rejected is {max_rejected}; expected a share of the rows between 0 and 1")
    layout = layout or Layout(np.arange(1, len(table) + 1))
    found = locate(table, dictionary)
    raw = {name: table[there] for name, there in found.items()}
    cells = {name: cells_of(column) for name, column in raw.items()}
    writings, mixed = seen_writing(cells, dictionary, layout)
    columns = {name: check_cells(once, dictionary.columns[name], writings[name]) for name, once in cells.items()}
    broken = [breach for column in columns.values() for breach in column.breaches]
    breaches = [*known, *broken, *repeated(columns, dictionary)]
    told = Telling(raw, dictionary, layout)
    good = told.good(breaches)
    rejected, findings = told.rejected(breaches), told.findings(breaches, good)
    counts = counted(rejected, findings)
    problems = [*header_problems(table, dictionary, found), *mixed, *_table_problems(columns, good, dictionary)]
    total = len(table) + layout.unreadable["row"].nunique()
    if problems or (total and 1 - good.sum() / total > max_rejected):
        raise DataError(source, [*problems, *broken_rules(rejected, counts, total)])
    accepted = _accepted(columns, np.flatnonzero(good), dictionary)
    lost_from = _lost_from(columns, breaches, good, dictionary, layout)
    return Registry(accepted, rejected, counts, dictionary, source, unused(table, found), findings, lost_from=lost_from)


def seen_writing(
    cells: dict[str, Cells], dictionary: Dictionary, layout: Layout
) -> tuple[dict[str, Writing], list[Problem]]:
    """Return how each column of a file writes its cells, and what is wrong when the file writes them in two ways."""
    told = {name: evidence(cells[name], column) for name, column in numbers_of(dictionary, cells).items()}
    plain = dict.fromkeys(cells, Writing(dictionary.decimal, layout.spreadsheet))
    in_file = {
        name: {mark: case._replace(row=int(layout.rows[case.row])) for mark, case in one.items()}
        for name, one in told.items()
    }
    problems = two_marks(in_file, dictionary)
    numbers = {name: cells[name] for name in told}
    return plain if problems else plain | writings(numbers, told, dictionary, spreadsheet=layout.spreadsheet), problems


def numbers_of(dictionary: Dictionary, names: Iterable[str]) -> dict[str, Column]:
    """Return the columns among these that hold numbers."""
    return {name: dictionary.columns[name] for name in names if dictionary.columns[name].type in NUMBERS}


def writings(
    cells: Mapping[str, Cells], told: Mapping[str, Told], dictionary: Dictionary, *, spreadsheet: bool
) -> dict[str, Writing]:
    """Return how columns of numbers write their cells, by what all of such columns have told."""
    if dictionary.decimal is not None:
        stated = dictionary.decimal
        private = {name: dictionary.columns[name].is_private for name in cells}
        return {
            name: stated_writing(told[name], stated, shown=not private[name], spreadsheet=spreadsheet) for name in cells
        }
    of_file = next((mark for mark in MARKS if any(mark in one for one in _heard(told).values())), None)
    return {name: writing_of(cells[name], told[name], of_file, spreadsheet=spreadsheet) for name in cells}


def two_marks(told: Mapping[str, Told], dictionary: Dictionary) -> list[Problem]:
    """Tell when numbers are written with a decimal point and with a decimal comma; rows as in the file."""
    if dictionary.decimal is not None:
        return []
    heard = _heard(told)
    first = [next(((name, one[mark]) for name, one in heard.items() if mark in one), None) for mark in MARKS]
    if None in first:
        return []
    cases = [
        f"'{case.value if not dictionary.columns[name].is_private else '(hidden)'}' (row {case.row}, column '{name}')"
        for name, case in filter(None, first)
    ]
    found = f"numbers with a decimal point and with a decimal comma: {' and '.join(cases)}"
    remedy = 'Write all numbers alike, or state decimal = "." or decimal = "," in the dictionary.'
    return [Problem(found, "one decimal mark in the whole file", remedy)]


def _heard(told: Mapping[str, Told]) -> dict[str, Told]:
    """Return what columns tell of others: noughts behind a mark only where their own column contradicts them."""
    return {name: one for name, one in told.items() if len(one) > 1 or not any(case.weak for case in one.values())}


def _table_problems(columns: dict[str, Checked], good: np.ndarray, dictionary: Dictionary) -> list[Problem]:
    """Tell what makes a table useless as a whole: no row, a column without any value, no weight above zero."""
    weight = dictionary.one("weight")
    weightless = weight in columns and bool(good.any() and (columns[weight].at(np.flatnonzero(good)) == 0).all())
    empty = [name for name, column in columns.items() if column.is_empty]
    return useless(dictionary, rows=len(good), empty=empty, weightless=weightless)


def useless(dictionary: Dictionary, *, rows: int, empty: Iterable[str], weightless: bool) -> list[Problem]:
    """Tell why a table with so many rows, these columns without any value and no weight above zero is of no use."""
    if not rows:
        return [Problem("no rows", "at least one household", "Check that the right file is given.")]
    needed = [name for name in empty if dictionary.columns[name].required]
    remedy = "Fill it, or mark it `required = false` in the dictionary."
    problems = [Problem("no usable value in any row", "at least one value", remedy, name) for name in needed]
    if weightless:
        remedy = "Give the survey weights, or leave the column out of the file and the dictionary."
        name = dictionary.one("weight")
        problems.append(Problem("zero in every row", "a weight above zero in some row", remedy, name))
    return problems


def _accepted(columns: dict[str, Checked], good: np.ndarray, dictionary: Dictionary) -> pd.DataFrame:
    """Return the good rows by their key, without what identifies a person and with what is absent as missing."""
    shown = [name for name in columns if dictionary.columns[name].is_kept and name not in dictionary.key]
    places = table_of(columns, dictionary.key, good).assign(place=good)
    # A time is never missing among accepted rows, so a whole one can be a whole number.
    whole = [name for name in dictionary.role("time") if dictionary.columns[name].type == "integer"]
    keys = places.astype(dict.fromkeys({*whole} & {*places}, "int64")).set_index(dictionary.key).sort_index()
    accepted = table_of(columns, shown, keys["place"].to_numpy()).set_axis(keys.index)
    return with_absent(accepted.astype(dict.fromkeys({*whole} & {*accepted}, "int64")), dictionary)


def with_absent(accepted: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Return accepted rows with what is absent as missing, in the order of the dictionary."""
    absent = [name for name in dictionary.columns if _fill(name, accepted, dictionary)]
    missing = {name: _typed_missing(dictionary.columns[name].type, accepted.index) for name in absent}
    whole = accepted.assign(**missing) if missing else accepted
    return whole[[name for name in dictionary.columns if name in whole]]


def _lost_from(
    columns: Mapping[str, Checked],
    breaches: Sequence[Breach],
    good: np.ndarray,
    dictionary: Dictionary,
    layout: Layout,
) -> pd.Series:
    """Return the household of each person who was set aside, by row; missing where its cell cannot be trusted."""
    link = dictionary.one("household")
    if link is None:
        return pd.Series(dtype="string")
    lost, doubtful = ~good, np.zeros(len(good), dtype=bool)
    for breach in breaches:
        # The person of a copied row is in the row that it copies.
        lost[breach.rows] &= breach.rule != "repeated_row"
        doubtful[breach.rows] |= breach.column == link and not breach.keeps
    rows = np.flatnonzero(lost)
    told = cell_text(columns[link].at(rows)) if link in columns else pd.Series(pd.NA, range(len(rows)), dtype="string")
    known = told.mask(doubtful[rows]).set_axis(layout.rows[rows])
    unread = pd.Series(pd.NA, index=layout.unreadable["row"].unique(), dtype="string")
    every: pd.Series = pd.concat([known, unread]).rename("household").rename_axis("row").sort_index()
    return every


def _fill(name: str, accepted: pd.DataFrame, dictionary: Dictionary) -> bool:
    """Whether an optional column is absent and must appear as missing."""
    column = dictionary.columns[name]
    filled = column.is_feature or (column.role in FILLED_ROLES and not column.is_private)
    return filled and name not in accepted and name not in dictionary.key


def _typed_missing(kind: str, index: pd.Index) -> pd.Series:
    return pd.Series(None, index=index, dtype=TYPES.get(kind, "string"))

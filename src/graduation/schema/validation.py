"""Check a raw table against a dictionary: accept, set aside and count; refuse what cannot be used at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.schema.cells import Breach, Checked, check_cells
from graduation.schema.dictionary import Dictionary
from graduation.schema.locating import header_problems, locate, unused
from graduation.schema.numbers import MARKS, evidence, stated_writing, writing_of
from graduation.schema.registry import Registry
from graduation.schema.rows import repeated, table_of
from graduation.schema.telling import Layout, Telling, broken_rules, counted
from graduation.schema.written import Cells, Writing, cell_text, cells_of

# These appear as missing where an optional one is absent, so that every table has the same columns.
FILLED_ROLES = ("welfare", "state", "outcome")
NUMBERS = ("number", "integer")
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
    plain = dict.fromkeys(cells, Writing(dictionary.decimal, layout.spreadsheet))
    numbers = {name: dictionary.columns[name] for name in cells if dictionary.columns[name].type in NUMBERS}
    told = {name: evidence(cells[name], column) for name, column in numbers.items()}
    if dictionary.decimal is not None:
        stated, sheet = dictionary.decimal, layout.spreadsheet
        return plain | {
            name: stated_writing(one, stated, shown=not numbers[name].is_private, spreadsheet=sheet)
            for name, one in told.items()
        }, []
    # Noughts behind a mark tell of other columns only where their own column contradicts them.
    heard = {name: one for name, one in told.items() if len(one) > 1 or not any(case.weak for case in one.values())}
    first = {mark: next(((name, one[mark]) for name, one in heard.items() if mark in one), None) for mark in MARKS}
    seen = [mark for mark in MARKS if first[mark] is not None]
    if len(seen) < 2:
        of_file = seen[0] if seen else None
        return plain | {
            name: writing_of(cells[name], one, of_file, spreadsheet=layout.spreadsheet) for name, one in told.items()
        }, []
    cases = [
        f"'{case.value if not numbers[name].is_private else '(hidden)'}' (row {layout.rows[case.row]}, column '{name}')"
        for name, case in filter(None, first.values())
    ]
    found = f"numbers with a decimal point and with a decimal comma: {' and '.join(cases)}"
    remedy = 'Write all numbers alike, or state decimal = "." or decimal = "," in the dictionary.'
    return plain, [Problem(found, "one decimal mark in the whole file", remedy)]


def _table_problems(columns: dict[str, Checked], good: np.ndarray, dictionary: Dictionary) -> list[Problem]:
    """Tell what makes a table useless as a whole: no row, a column without any value, no weight above zero."""
    if not len(good):
        return [Problem("no rows", "at least one household", "Check that the right file is given.")]
    needed = [name for name, column in columns.items() if dictionary.columns[name].required and column.is_empty]
    remedy = "Fill it, or mark it `required = false` in the dictionary."
    problems = [Problem("no usable value in any row", "at least one value", remedy, name) for name in needed]
    weight = dictionary.one("weight")
    if weight in columns and good.any() and (columns[weight].at(np.flatnonzero(good)) == 0).all():
        remedy = "Give the survey weights, or leave the column out of the file and the dictionary."
        problems.append(Problem("zero in every row", "a weight above zero in some row", remedy, weight))
    return problems


def _accepted(columns: dict[str, Checked], good: np.ndarray, dictionary: Dictionary) -> pd.DataFrame:
    """Return the good rows by their key, without what identifies a person and with what is absent as missing."""
    shown = [name for name in columns if dictionary.columns[name].is_kept and name not in dictionary.key]
    places = table_of(columns, dictionary.key, good).assign(place=good)
    # A time is never missing among accepted rows, so a whole one can be a whole number.
    whole = [name for name in dictionary.role("time") if dictionary.columns[name].type == "integer"]
    keys = places.astype(dict.fromkeys({*whole} & {*places}, "int64")).set_index(dictionary.key).sort_index()
    accepted = table_of(columns, shown, keys["place"].to_numpy()).set_axis(keys.index)
    accepted = accepted.astype(dict.fromkeys({*whole} & {*accepted}, "int64"))
    for name in [name for name in dictionary.columns if _fill(name, accepted, dictionary)]:
        accepted[name] = _typed_missing(dictionary.columns[name].type, accepted.index)
    return accepted[[name for name in dictionary.columns if name in accepted]]


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

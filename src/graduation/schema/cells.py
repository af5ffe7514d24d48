"""Make the cells of one column what the dictionary says they are, and find those that break a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.schema.codes import IDENTIFIERS, as_codes, as_yes_no
from graduation.schema.column import Column
from graduation.schema.dates import as_dates
from graduation.schema.hiding import hide_numbers, holding_numbers
from graduation.schema.numbers import as_numbers, evidence, writing_of
from graduation.schema.written import Cells, Fault, Writing, cell_text, cells_of, holds, marked, matches

__all__ = ["Breach", "Checked", "cell_text", "check_cells", "coerce"]

NEVER_MISSING = ("id", "weight", "time")
# What a spreadsheet shows, and exports, where a formula failed.
ERRORS = r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)"
FORMULA = r"=[A-Za-z0-9(+\"'$@-].*"
LOST = "\N{REPLACEMENT CHARACTER}"
SPOILT = f"^[#=]|{LOST}"

Typed = tuple[pd.Series, list[Fault]]
READERS: dict[str, Callable[[Cells, Column, Writing], Typed]] = {
    "number": as_numbers,
    "integer": as_numbers,
    "boolean": as_yes_no,
    "date": as_dates,
}


@dataclass(frozen=True)
class Breach:
    """The rows of one column, by their place in the table, that break one rule.

    With `keeps` they are told, and accepted all the same.
    """

    column: str
    rule: str
    rows: np.ndarray
    expected: str
    keeps: bool = False


@dataclass(frozen=True)
class Checked:
    """One column after its check.

    Attributes
    ----------
    cells : Cells
    values : Series
        What the distinct cells are worth, in the type that the dictionary gives them.
    breaches : list of Breach
    """

    cells: Cells
    values: pd.Series
    breaches: list[Breach]

    @property
    def is_empty(self) -> bool:
        return bool(self.values.isna().all())

    def at(self, rows: np.ndarray | None = None) -> pd.Series:
        """Return the values of these rows, or of all, in this order."""
        place = self.cells.place if rows is None or self.cells.place is None else self.cells.place[rows]
        chosen = rows if place is None else place
        return self.values if chosen is None else pd.Series(self.values.array.take(chosen))


def coerce(cells: pd.Series, column: Column, writing: Writing | None = None) -> tuple[pd.Series, list[Breach]]:
    """Return the typed column and what in it breaks a rule.

    Parameters
    ----------
    cells : Series
        Text or typed cells.
    column : Column
    writing : Writing, optional
        How the file writes cells; by default what these cells tell.
    """
    once = cells_of(cells)
    if writing is None:
        told = evidence(once, column) if column.type in ("number", "integer") else {}
        writing = writing_of(once, told, None, spreadsheet=False) if len(told) == 1 else Writing()
    checked = check_cells(once, column, writing)
    return checked.at().set_axis(cells.index), checked.breaches


def check_cells(cells: Cells, column: Column, writing: Writing) -> Checked:
    """Type the cells of a column and find what breaks a rule, once for each distinct cell."""
    spoilt = _spoilt(cells, column)
    values, faults = READERS.get(column.type, as_codes)(cells, column, writing)
    beyond = np.logical_or.reduce([fault.wrong for fault in spoilt]) if spoilt else np.zeros(len(values), dtype=bool)
    # What a spoilt cell breaks besides says nothing new.
    faults = [*spoilt, *(fault._replace(wrong=fault.wrong & ~beyond) for fault in faults)]
    if _may_be_written_out(column):
        values, numbers = _without_numbers(values)
        faults += numbers
    if column.role in NEVER_MISSING:
        broken = np.logical_or.reduce([fault.wrong for fault in faults])
        faults.append(Fault("missing_value", marked(values.isna()) & ~broken, "a value"))
    found = [(fault, cells.rows(fault.wrong)) for fault in faults]
    breaches = [
        Breach(column.name, fault.rule, rows, fault.expected, fault.keeps) for fault, rows in found if len(rows)
    ]
    return Checked(cells, values, breaches)


def _may_be_written_out(column: Column) -> bool:
    """Whether accepted cells are free text that no pseudonym replaces."""
    free = column.type == "text" or (column.type == "category" and (not column.codes or column.open))
    return free and not column.is_private and column.role not in IDENTIFIERS


def _without_numbers(values: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Return free text with numbers of identity hidden, and which cells held one."""
    held = holding_numbers(values)
    if not held.any():
        return values, []
    expected = "no number of identity; it is hidden"
    return hide_numbers(values), [Fault("number_of_identity", held, expected, keeps=True)]


def _spoilt(cells: Cells, column: Column) -> list[Fault]:
    """Find cells that hold an error or a formula instead of a value, or characters that an export has lost."""
    if cells.typed.all() or cells.dated.all():
        return []
    text = cells.text
    odd = text[holds(text, SPOILT) & ~marked(text.isin(column.missing))]
    if not len(odd):
        return []
    found = [
        (matches(odd, ERRORS), "error_cell", "a value; correct the formula that failed"),
        (
            matches(odd, FORMULA),
            "formula_without_result",
            "a value; save the file in a spreadsheet",
        ),
        (holds(odd, LOST), "lost_characters", "text as it was before an export"),
    ]
    faults = [Fault(rule, np.isin(text.index, odd.index[wrong]), expected) for wrong, rule, expected in found]
    return [fault for fault in faults if fault.wrong.any()]

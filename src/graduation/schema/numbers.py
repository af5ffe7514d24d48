"""Numbers in text cells: whether a file writes 1,5 or 1.5, and what each cell is worth."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graduation.schema.column import Column
from graduation.schema.written import Cells, Fault, Writing, holds, marked, matches, without

Mark = Literal[".", ","]
STATE_IT = 'a number that reads one way only: state decimal = "," or decimal = "." in the dictionary'
MARKS: tuple[Mark, ...] = (".", ",")
HEAD = 5_000
OTHER: dict[Mark, Mark] = {".": ",", ",": "."}
# Cheap: only such texts can tell a mark, and most columns have none.
MAY_TELL: dict[Mark, str] = {".": "[.]|,.*,", ",": ",|[.].*[.]"}


class Evidence(NamedTuple):
    """The first cell of a column that can be read with one decimal mark only.

    A `weak` one has nothing but noughts behind its mark, as programs write whole numbers: it says nothing about cells
    that people wrote.
    """

    row: int
    value: str
    weak: bool = False


def evidence(cells: Cells, column: Column) -> dict[Mark, Evidence]:
    """Return, for each decimal mark, the first text cell of a column that is a number with this mark only."""
    if cells.typed.all():
        return {}
    text = without(cells.text, column.missing)
    text = text.mask(cells.typed) if cells.typed.any() else text
    found: dict[Mark, Evidence] = {}
    for mark in MARKS:
        marked_so = text[holds(text, MAY_TELL[mark])]
        # Most often the first cells tell, and the others need not be asked.
        telling, weak = _strongest(marked_so.iloc[:HEAD], mark)
        if (weak or not len(telling)) and len(marked_so) > HEAD:
            telling, weak = _strongest(marked_so, mark)
        if len(telling):
            row = int(telling.index[0])
            first = row if cells.place is None else int(np.argmax(cells.place == row))
            found[mark] = Evidence(first, str(telling.iloc[0]), weak)
    return found


def stronger(one: dict[Mark, Evidence], other: dict[Mark, Evidence]) -> dict[Mark, Evidence]:
    """Return what two parts of a column tell together; the first part's cell where both are as strong."""
    weaker = {mark for mark in one.keys() & other.keys() if one[mark].weak and not other[mark].weak}
    return {**other, **{mark: case for mark, case in one.items() if mark not in weaker}}


def _strongest(text: pd.Series, mark: Mark) -> tuple[pd.Series, bool]:
    """Return the cells that tell a decimal mark, and whether they are weak; weak ones only where no other is."""
    telling = _telling(text, mark)
    weak = matches(telling, f"[+-]?[0-9]+{_escaped(mark)[0]}0{{0,2}}")
    return (telling, bool(len(telling))) if weak.all() else (telling[~weak], False)


def writing_of(cells: Cells, told: dict[Mark, Evidence], of_file: Mark | None, *, spreadsheet: bool) -> Writing:
    """Return how a column writes its numbers, by what its cells tell and else by what those of others do.

    What another column tells does not settle 850.000, which people write for 850 000 beside weights such as 1.25; nor
    is a text that reads both ways trusted among typed numbers.
    """
    own = next((mark for mark in MARKS if mark in told and not told[mark].weak), None)
    if own is not None:
        return Writing(own, spreadsheet)
    weak = next(iter(told), None)
    decimal = weak or of_file
    if decimal is None:
        return Writing(None, spreadsheet)
    mixed = cells.typed.any() and not cells.typed.all()
    return Writing(decimal, spreadsheet, MARKS if weak is not None or mixed else (decimal,))


def stated_writing(told: dict[Mark, Evidence], stated: Mark, *, shown: bool, spreadsheet: bool) -> Writing:
    """Return how a column writes its numbers where the dictionary states the decimal mark, which a cell may belie."""
    contrary = told.get(OTHER[stated])
    if contrary is None:
        return Writing(stated, spreadsheet)
    return Writing(stated, spreadsheet, MARKS, contrary.value if shown else "(hidden)")


def _telling(text: pd.Series, mark: Mark) -> pd.Series:
    """Return the numbers that read with one decimal mark only: 0.5 or 12.25 or 1,234.5 or 1,234,567, but not 1.500."""
    point, comma = _escaped(mark)
    many = f"[1-9][0-9]{{0,2}}(?:{comma}[0-9]{{3}})"
    forms = (
        f"(?:0[0-9]*|[0-9]{{4,}})?{point}[0-9]+",
        f"[0-9]+{point}(?:[0-9]{{0,2}}|[0-9]{{4,}})",
        f"[0-9]*{point}[0-9]+[eE][+-]?[0-9]+",
        f"{many}{{2,}}(?:{point}[0-9]*)?",
        f"{many}{point}[0-9]*",
    )
    return text[matches(text, f"[+-]?(?:{'|'.join(forms)})")]


def _escaped(mark: Mark) -> tuple[str, str]:
    """Return the decimal mark and the mark of thousands, as patterns."""
    return ("[.]", ",") if mark == "." else (",", "[.]")


def _readable(text: pd.Series, mark: Mark) -> np.ndarray:
    """Return which texts are numbers when `mark` parts the decimals and the other mark thousands."""
    point, comma = _escaped(mark)
    plain = f"(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    grouped = f"[1-9][0-9]{{0,2}}(?:{comma}[0-9]{{3}})+(?:{point}[0-9]*)?"
    return matches(text, f"[+-]?(?:{plain}|{grouped})")


def _values(text: pd.Series, mark: Mark) -> np.ndarray:
    """Return the worth of each text; NaN where it is no number."""
    if mark == ".":
        with suppress(pa.ArrowInvalid):
            return _cast(text)
    good = text.where(_readable(text, mark))
    return _cast(good.str.replace(OTHER[mark], "", regex=False).str.lstrip("+").str.replace(",", ".", regex=False))


def _cast(text: pd.Series) -> np.ndarray:
    worth: np.ndarray = pc.cast(pa.array(text, type=pa.large_string(), from_pandas=True), pa.float64()).to_numpy(
        zero_copy_only=False
    )
    return worth


def _clear(text: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the worth of texts without any decimal mark or grouping, and which others are numbers of some kind."""
    marks = holds(text, "[.,]")
    unclear = marks & (_readable(text, ".") | _readable(text, ","))
    return _values(text.mask(marks), "."), unclear


def doubtful(text: pd.Series, marks: tuple[Mark, ...]) -> np.ndarray:
    """Return which texts may be thousands as well as decimals, as 850.000."""
    if not marks:
        return np.zeros(len(text), dtype=bool)
    return matches(text, f"[+-]?[1-9][0-9]{{0,2}}[{''.join(marks)}][0-9]{{3}}")


def _to_state(writing: Writing) -> str:
    """Return what a number that reads two ways should have been."""
    if not writing.contrary:
        return STATE_IT
    stated = f'decimal = "{writing.decimal}" is stated'
    return f"a number that reads one way only: {stated}, but '{writing.contrary}' of this column reads the other way"


def as_numbers(cells: Cells, column: Column, writing: Writing) -> tuple[pd.Series, list[Fault]]:
    """Return the cells of a number column as floats, and which of them break a rule."""
    given, worth, unclear = _worth(cells, writing)
    absent = ~given | np.isin(worth, missing_numbers(column))
    if column.missing and not _all_typed(cells):
        absent = absent | marked(cells.text.isin(column.missing))
    values = np.where(absent, np.nan, worth)
    finite = np.isfinite(values)
    unclear = unclear & ~absent
    least = least_of(column)
    low = finite & (values < (-np.inf if least is None else least))
    high = finite & (values > (np.inf if column.maximum is None else column.maximum))
    faults = [
        Fault("unclear_number", unclear, _to_state(writing)),
        Fault("not_a_number", ~absent & ~finite & ~unclear, "a finite number"),
        Fault("below_minimum", low, f"at least {least:g}" if low.any() else ""),
        Fault("above_maximum", high, f"at most {column.maximum:g}" if high.any() else ""),
    ]
    if column.type == "integer":
        faults.append(Fault("not_whole", finite & (values % 1 != 0), "a whole number"))
    return pd.Series(np.where(finite, values, np.nan)), faults


def _all_typed(cells: Cells) -> bool:
    return bool(pd.api.types.is_numeric_dtype(cells.distinct))


def _worth(cells: Cells, writing: Writing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which cells hold anything, what each is worth (NaN: no number), and which are unclear."""
    nothing = np.zeros(len(cells.distinct), dtype=bool)
    if _all_typed(cells):
        worth = cells.distinct.to_numpy(dtype="float64", na_value=np.nan)
        return marked(cells.distinct.notna()), worth, nothing
    text, typed = cells.text, cells.typed
    written = text.mask(typed) if typed.any() else text
    if writing.decimal is None:
        worth, nothing = _clear(written)
    else:
        nothing = doubtful(written, writing.doubted)
        worth = _values(written.mask(nothing) if nothing.any() else written, writing.decimal)
    if typed.any():
        worth = np.where(typed, _values(text.where(typed), "."), worth)
    return marked(text.notna()), worth, nothing


def missing_numbers(column: Column) -> list[float]:
    """Return the numbers that stand for a missing value."""
    if not column.missing:
        return []
    return [value for value in _values(pd.Series(column.missing, dtype="string"), ".") if value == value]


def least_of(column: Column) -> float | None:
    """Return the smallest value allowed; no weight is below zero, whatever the dictionary says."""
    return max(column.minimum or 0.0, 0.0) if column.role == "weight" else column.minimum

"""Make the cells of one column what the dictionary says they are, and find those that break a rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.schema.column import Column
from graduation.schema.dictionary import Dictionary

NEVER_MISSING = ("id", "weight", "time")


@dataclass(frozen=True)
class Breach:
    """The rows of one column, by their place in the table, that break one rule; `keeps` says: told, not set aside."""

    column: str
    rule: str
    rows: np.ndarray
    expected: str
    keeps: bool = False


def cell_text(cells: pd.Series) -> pd.Series:
    """Return cells as stripped text; blanks are missing, and 1.0 reads as 1 so that codes match in typed files."""
    if pd.api.types.is_bool_dtype(cells):
        return cells.astype("string").str.lower()
    if pd.api.types.is_integer_dtype(cells):
        return cells.astype("string")
    if pd.api.types.is_float_dtype(cells):
        return cells.astype("string").str.replace(r"\.0$", "", regex=True)
    text = cells.astype("string").str.strip()
    return text.mask(text == "")


def coerce(cells: pd.Series, column: Column) -> tuple[pd.Series, list[Breach]]:
    """Return the typed column and what in it breaks a rule."""
    text = cell_text(cells)
    text = text.mask(text.isin(column.missing))
    if column.type in ("number", "integer"):
        return _coerce_number(cells, text, column)
    if column.type == "boolean":
        lower = text.str.lower()
        values = lower.isin(column.yes).astype("boolean").mask(~lower.isin([*column.yes, *column.no]))
        wrong = text.notna() & values.isna()
        return values, _breaches(column, "not_yes_or_no", wrong, f"{column.yes[0]} (yes) or {column.no[0]} (no)")
    wrong = text.notna() & ~text.isin(column.codes) if column.codes else pd.Series(False, index=text.index)
    found = _breaches(column, "unknown_code", wrong, f"one of {', '.join(column.codes)}")
    return text, found + _breaches(column, "missing_value", text.isna() & _needed(column), "a value")


def _coerce_number(cells: pd.Series, text: pd.Series, column: Column) -> tuple[pd.Series, list[Breach]]:
    typed = cells if pd.api.types.is_numeric_dtype(cells) else pd.to_numeric(text, errors="coerce")
    values = typed.astype("float64").where(text.notna())
    finite = values.notna() & ~values.isin([np.inf, -np.inf])
    least = _least(column)
    low = values < (-np.inf if least is None else least)
    high = values > (np.inf if column.maximum is None else column.maximum)
    breaches = [
        *_breaches(column, "not_a_number", text.notna() & ~finite, "a finite number"),
        *_breaches(column, "below_minimum", finite & low, f"at least {least:g}" if low.any() else ""),
        *_breaches(column, "above_maximum", finite & high, f"at most {column.maximum:g}" if high.any() else ""),
        *_breaches(column, "missing_value", text.isna() & _needed(column), "a value"),
    ]
    if column.type == "integer":
        breaches += _breaches(column, "not_whole", finite & (values % 1 != 0), "a whole number")
    return values, breaches


def _least(column: Column) -> float | None:
    """Return the smallest value allowed; no weight is below zero, whatever the dictionary says."""
    return max(column.minimum or 0.0, 0.0) if column.role == "weight" else column.minimum


def _needed(column: Column) -> bool:
    return column.role in NEVER_MISSING


def _breaches(column: Column, rule: str, wrong: pd.Series, expected: str) -> list[Breach]:
    rows = np.flatnonzero(wrong.to_numpy(dtype=bool, na_value=False))
    return [Breach(column.name, rule, rows, expected)] if len(rows) else []


def repeated(households: pd.DataFrame, dictionary: Dictionary) -> list[Breach]:
    """Find rows given twice: a true copy keeps its first row, households that contradict each other keep none."""
    if not set(dictionary.key) <= set(households):
        return []
    copies = households.duplicated(keep="first")
    rest = households[~copies]
    clash = rest.duplicated(dictionary.key, keep=False) & rest[dictionary.key].notna().all(axis=1)
    breaches = _breaches(dictionary.columns[dictionary.id], "repeated_row", copies, "each row once")
    one_each = f"one row per {' and '.join(dictionary.key)}"
    clash = clash.reindex(households.index, fill_value=False)
    breaches += _breaches(dictionary.columns[dictionary.id], "duplicate_household", clash, one_each)
    for name, column in dictionary.columns.items():
        if column.unique and name in rest:
            twice = (rest.duplicated(name, keep=False) & rest[name].notna()).reindex(households.index, fill_value=False)
            breaches += _breaches(column, "duplicate_value", twice & ~clash, "a value that no other household has")
    return breaches

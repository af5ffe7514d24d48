"""Check a raw table against a dictionary: accept, set aside and count; refuse what cannot be used at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, nearest
from graduation.schema.dictionary import Column, Dictionary
from graduation.schema.registry import Registry

NEVER_MISSING = ("id", "weight", "time")
REJECTED_COLUMNS = ["row", "column", "rule", "value", "expected"]


@dataclass(frozen=True)
class _Breach:
    """The rows of one column that break one rule."""

    column: str
    rule: str
    rows: np.ndarray
    expected: str


def validate(
    table: pd.DataFrame, dictionary: Dictionary, *, source: str = "table", max_rejected: float = 0.5
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
        Refuse the table when a larger share of its rows breaks a rule.

    Raises
    ------
    DataError
        When the table is empty, lacks columns, has columns without any value, or breaks too many rules.
    """
    found = _locate(table, dictionary, source)
    raw = pd.DataFrame({name: table[name_in_file] for name, name_in_file in found.items()})
    clean: dict[str, pd.Series] = {}
    breaches: list[_Breach] = []
    for name, cells in raw.items():
        column = dictionary.columns[str(name)]
        clean[str(name)], broken = _coerce(cells, column)
        breaches += broken
    households = pd.DataFrame(clean)
    breaches += _repeated(households, dictionary)
    problems = _file_problems(households, dictionary)
    if problems:
        raise DataError(source, problems)
    return _part(households, raw, breaches, dictionary, source, _unused(table, found), max_rejected)


def _locate(table: pd.DataFrame, dictionary: Dictionary, source: str) -> dict[str, str]:
    """Find each dictionary column in the table, by any of its names."""
    if table.empty:
        raise DataError(source, [Problem("no rows", "at least one household", "Check that the right file is given.")])
    repeated = sorted(set(table.columns[table.columns.duplicated()]))
    problems = [Problem("a column name used twice", "one column of each name", "Rename one.", c) for c in repeated]
    by_name = {str(name).strip().casefold(): name for name in table.columns}
    found = {}
    for name, column in dictionary.columns.items():
        match = next((by_name[n.casefold()] for n in column.names() if n.casefold() in by_name), None)
        if match is not None:
            found[name] = match
        elif column.required and column.role != "ignored":
            hint = nearest(name, map(str, set(table.columns) - set(found.values())))
            remedy = hint.capitalize() or f"Add the column, or name it in the dictionary as a source of '{name}'."
            problems.append(Problem("missing from the file", f"a column '{name}' ({column.title()})", remedy, name))
    if problems:
        raise DataError(source, problems)
    return found


def _unused(table: pd.DataFrame, found: dict[str, str]) -> tuple[str, ...]:
    return tuple(str(name) for name in table.columns if name not in set(found.values()))


def _coerce(cells: pd.Series, column: Column) -> tuple[pd.Series, list[_Breach]]:
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


def _coerce_number(cells: pd.Series, text: pd.Series, column: Column) -> tuple[pd.Series, list[_Breach]]:
    typed = cells if pd.api.types.is_numeric_dtype(cells) else pd.to_numeric(text, errors="coerce")
    values = typed.astype("float64").where(text.notna())
    finite = values.notna() & ~values.isin([np.inf, -np.inf])
    low = values < (-np.inf if column.minimum is None else column.minimum)
    high = values > (np.inf if column.maximum is None else column.maximum)
    breaches = [
        *_breaches(column, "not_a_number", text.notna() & ~finite, "a finite number"),
        *_breaches(column, "below_minimum", finite & low, f"at least {column.minimum:g}" if low.any() else ""),
        *_breaches(column, "above_maximum", finite & high, f"at most {column.maximum:g}" if high.any() else ""),
        *_breaches(column, "missing_value", text.isna() & _needed(column), "a value"),
    ]
    if column.type == "integer":
        breaches += _breaches(column, "not_whole", finite & (values % 1 != 0), "a whole number")
    return values, breaches


def _needed(column: Column) -> bool:
    return column.role in NEVER_MISSING


def _breaches(column: Column, rule: str, wrong: pd.Series, expected: str) -> list[_Breach]:
    rows = np.flatnonzero(wrong.to_numpy(dtype=bool, na_value=False))
    return [_Breach(column.name, rule, rows, expected)] if len(rows) else []


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


def _repeated(households: pd.DataFrame, dictionary: Dictionary) -> list[_Breach]:
    """Find rows given twice: a true copy keeps its first row, households that contradict each other keep none."""
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


def _file_problems(households: pd.DataFrame, dictionary: Dictionary) -> list[Problem]:
    empty = [str(name) for name in households if households[name].isna().all()]
    needed = [name for name in empty if dictionary.columns[name].required]
    remedy = "Fill it, or mark it `required = false` in the dictionary."
    return [Problem("no usable value in any row", "at least one value", remedy, name) for name in needed]


def _part(
    households: pd.DataFrame,
    raw: pd.DataFrame,
    breaches: list[_Breach],
    dictionary: Dictionary,
    source: str,
    unused: tuple[str, ...],
    max_rejected: float,
) -> Registry:
    """Part accepted rows from those set aside, and drop what identifies a person."""
    rejected = _rejected(raw, breaches, dictionary)
    bad = np.zeros(len(households), dtype=bool)
    bad[rejected["row"].to_numpy(dtype=int) - 1] = True
    counts = rejected.groupby(["rule", "column"], as_index=False).agg(households=("row", "nunique"))
    if bad.mean() > max_rejected:
        raise DataError(source, _too_many(rejected, counts, len(households)))
    shown = [name for name in households if not dictionary.columns[str(name)].is_private or name == dictionary.id]
    accepted = households.loc[~bad, shown]
    # A time is never missing among accepted rows, so a whole one can be a whole number.
    whole = [name for name in dictionary.role("time") if dictionary.columns[name].type == "integer"]
    accepted = accepted.astype(dict.fromkeys(whole, "int64")).set_index(dictionary.key).sort_index()
    absent = [name for name in dictionary.columns if _fill(name, accepted, dictionary)]
    for name in absent:
        accepted[name] = _typed_missing(dictionary.columns[name].type, accepted.index)
    ordered = [name for name in dictionary.columns if name in accepted]
    return Registry(accepted[ordered], rejected, counts, dictionary, source, unused)


def _fill(name: str, accepted: pd.DataFrame, dictionary: Dictionary) -> bool:
    """Whether an optional feature is absent and must appear as missing, so that every table has the same columns."""
    column = dictionary.columns[name]
    return column.is_feature and name not in accepted and name not in dictionary.key and not column.is_private


def _typed_missing(kind: str, index: pd.Index) -> pd.Series:
    dtype = {"number": "float64", "integer": "float64", "boolean": "boolean"}.get(kind, "string")
    return pd.Series(np.nan if dtype == "float64" else pd.NA, index=index, dtype=dtype)


def _rejected(raw: pd.DataFrame, breaches: list[_Breach], dictionary: Dictionary) -> pd.DataFrame:
    """Return one row per broken rule; values of private columns are never shown."""
    identifier = dictionary.columns[dictionary.id]
    parts = []
    for breach in breaches:
        column = dictionary.columns[breach.column]
        value = "(hidden)" if column.is_private else cell_text(raw[breach.column].iloc[breach.rows]).to_numpy()
        ids = cell_text(raw[identifier.name].iloc[breach.rows]).to_numpy()
        part = {"row": breach.rows + 1, identifier.name: ids, "column": breach.column, "rule": breach.rule}
        parts.append(pd.DataFrame({**part, "value": value, "expected": breach.expected}))
    if not parts:
        return pd.DataFrame(columns=[REJECTED_COLUMNS[0], identifier.name, *REJECTED_COLUMNS[1:]])
    return pd.concat(parts, ignore_index=True).sort_values(["row", "column", "rule"], ignore_index=True)


def _too_many(rejected: pd.DataFrame, counts: pd.DataFrame, total: int) -> list[Problem]:
    """Tell every rule that was broken, with its first case."""
    problems = []
    for rule, column, number in counts.itertuples(index=False):
        case = rejected[(rejected["rule"] == rule) & (rejected["column"] == column)].iloc[0]
        found = f"{rule.replace('_', ' ')} in {number:,} of {total:,} rows, first '{case['value']}'"
        problems.append(Problem(found, case["expected"], "Correct the file or its dictionary.", column, case["row"]))
    return problems

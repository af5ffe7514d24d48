"""Check a raw table against a dictionary: accept, set aside and count; refuse what cannot be used at all."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.schema.cells import Breach, cell_text, coerce, repeated
from graduation.schema.dictionary import Dictionary
from graduation.schema.locating import header_problems, locate, unused
from graduation.schema.registry import Registry

REJECTED_COLUMNS = ["row", "column", "rule", "value", "expected"]
# These appear as missing where an optional one is absent, so that every table has the same columns.
FILLED_ROLES = ("welfare", "state", "outcome")


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({"row": pd.Series(dtype=int), "rule": "", "value": "", "expected": ""})


@dataclass(frozen=True)
class Layout:
    """Where the rows of a table stood in its file.

    Attributes
    ----------
    rows : ndarray of int
        The number of each row of the table in its file; 1 is the first under the header.
    unreadable : DataFrame
        `row`, `rule`, `value` and `expected` of the rows that could not become part of the table.
    """

    rows: np.ndarray
    unreadable: pd.DataFrame = field(default_factory=_no_rows)


def validate(
    table: pd.DataFrame,
    dictionary: Dictionary,
    *,
    source: str = "table",
    max_rejected: float = 0.5,
    layout: Layout | None = None,
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
    raw = pd.DataFrame({name: table[there] for name, there in found.items()}).reset_index(drop=True)
    typed = {str(name): coerce(cells, dictionary.columns[str(name)]) for name, cells in raw.items()}
    households = pd.DataFrame({name: values for name, (values, _) in typed.items()}, index=raw.index)
    breaches = [breach for _, broken in typed.values() for breach in broken] + repeated(households, dictionary)
    rejected = _rejected(raw, breaches, dictionary, layout)
    good = ~np.isin(layout.rows, rejected["row"].to_numpy(dtype=int))
    counts = rejected.groupby(["rule", "column"], as_index=False).agg(households=("row", "nunique"))
    problems = [*header_problems(table, dictionary, found), *_table_problems(table, households, good, dictionary)]
    total = len(table) + layout.unreadable["row"].nunique()
    if problems or (total and 1 - good.sum() / total > max_rejected):
        raise DataError(source, [*problems, *_broken_rules(rejected, counts, total)])
    accepted = _accepted(households[good], dictionary)
    return Registry(accepted, rejected, counts, dictionary, source, unused(table, found))


def _table_problems(
    table: pd.DataFrame, households: pd.DataFrame, good: np.ndarray, dictionary: Dictionary
) -> list[Problem]:
    """Tell what makes a table useless as a whole: no row, a column without any value, no weight above zero."""
    if table.empty:
        return [Problem("no rows", "at least one household", "Check that the right file is given.")]
    empty = [str(name) for name in households if households[name].isna().all()]
    needed = [name for name in empty if dictionary.columns[name].required]
    remedy = "Fill it, or mark it `required = false` in the dictionary."
    problems = [Problem("no usable value in any row", "at least one value", remedy, name) for name in needed]
    weight = dictionary.one("weight")
    if weight in households and good.any() and (households.loc[good, weight] == 0).all():
        remedy = "Give the survey weights, or leave the column out of the file and the dictionary."
        problems.append(Problem("zero in every row", "a weight above zero in some row", remedy, weight))
    return problems


def _accepted(households: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Return the good rows by their key, without what identifies a person and with what is absent as missing."""
    shown = [name for name in households if not dictionary.columns[str(name)].is_private or name == dictionary.id]
    # A time is never missing among accepted rows, so a whole one can be a whole number.
    whole = [name for name in dictionary.role("time") if dictionary.columns[name].type == "integer" and name in shown]
    accepted = households[shown].astype(dict.fromkeys(whole, "int64")).set_index(dictionary.key).sort_index()
    for name in [name for name in dictionary.columns if _fill(name, accepted, dictionary)]:
        accepted[name] = _typed_missing(dictionary.columns[name].type, accepted.index)
    return accepted[[name for name in dictionary.columns if name in accepted]]


def _fill(name: str, accepted: pd.DataFrame, dictionary: Dictionary) -> bool:
    """Whether an optional column is absent and must appear as missing."""
    column = dictionary.columns[name]
    filled = column.is_feature or (column.role in FILLED_ROLES and not column.is_private)
    return filled and name not in accepted and name not in dictionary.key


def _typed_missing(kind: str, index: pd.Index) -> pd.Series:
    dtype = {"number": "float64", "integer": "float64", "boolean": "boolean"}.get(kind, "string")
    return pd.Series(np.nan if dtype == "float64" else pd.NA, index=index, dtype=dtype)


def _rejected(raw: pd.DataFrame, breaches: list[Breach], dictionary: Dictionary, layout: Layout) -> pd.DataFrame:
    """Return one row per broken rule; values of private columns are never shown."""
    identifier = dictionary.id
    # The cells of a row that could not be read may have slipped, so not even its id is shown.
    parts = [layout.unreadable.assign(**{identifier: None, "column": ""})] if len(layout.unreadable) else []
    for breach in breaches:
        column = dictionary.columns[breach.column]
        value = "(hidden)" if column.is_private else cell_text(raw[breach.column].iloc[breach.rows]).to_numpy()
        ids = cell_text(raw[identifier].iloc[breach.rows]).to_numpy() if identifier in raw else None
        part = {"row": layout.rows[breach.rows], identifier: ids, "column": breach.column, "rule": breach.rule}
        parts.append(pd.DataFrame({**part, "value": value, "expected": breach.expected}))
    order = [REJECTED_COLUMNS[0], identifier, *REJECTED_COLUMNS[1:]]
    if not parts:
        return pd.DataFrame(columns=order)
    return pd.concat(parts, ignore_index=True)[order].sort_values(["row", "column", "rule"], ignore_index=True)


def _broken_rules(rejected: pd.DataFrame, counts: pd.DataFrame, total: int) -> list[Problem]:
    """Tell every rule that was broken, with its first case."""
    problems = []
    for rule, column, number in counts.itertuples(index=False):
        case = rejected[(rejected["rule"] == rule) & (rejected["column"] == column)].iloc[0]
        found = f"{rule.replace('_', ' ')} in {number:,} of {total:,} rows, first '{case['value']}'"
        remedy = "Correct the file or its dictionary."
        problems.append(Problem(found, case["expected"], remedy, column or None, int(case["row"])))
    return problems

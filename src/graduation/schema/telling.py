"""Tell which rows break which rules: rows set aside, findings about the others, counts per rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from graduation.errors import Problem
from graduation.schema.cells import Breach
from graduation.schema.dictionary import Dictionary
from graduation.schema.hiding import HIDDEN, hide_numbers
from graduation.schema.showing import has_digit, shown, shown_ids
from graduation.schema.written import cell_text


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({"row": pd.Series(dtype=int), "rule": "", "value": "", "expected": ""})


@dataclass(frozen=True)
class Layout:
    """Where the rows of a table stood in its file, and what kind of file that was.

    Attributes
    ----------
    rows : ndarray of int
        The number of each row of the table in its file; 1 is the first under the header.
    unreadable : DataFrame
        `row`, `rule`, `value` and `expected` of the rows that could not become part of the table.
    spreadsheet : bool
        Whether typed cells are those of a spreadsheet.
    """

    rows: np.ndarray
    unreadable: pd.DataFrame = field(default_factory=_no_rows)
    spreadsheet: bool = False


@dataclass(frozen=True)
class Telling:
    """What is needed to tell of a breach: the cells as they were, the dictionary, and where rows stood."""

    raw: Mapping[str, pd.Series]
    dictionary: Dictionary
    layout: Layout

    def good(self, breaches: Sequence[Breach]) -> np.ndarray:
        """Return which rows of the table are accepted."""
        good = np.ones(len(self.layout.rows), dtype=bool)
        for breach in breaches:
            if not breach.keeps:
                good[breach.rows] = False
        return good

    def rejected(self, breaches: Sequence[Breach]) -> pd.DataFrame:
        """Return one row per rule that sets a row aside; private values are never shown, others by `shown`."""
        unreadable = self.layout.unreadable
        # The cells of a row that could not be read may have slipped, so not even its id is shown.
        first = [unreadable.assign(**{self.dictionary.id: None, "column": ""})] if len(unreadable) else []
        return self._together([*first, *(self._told(breach) for breach in breaches if not breach.keeps)])

    def findings(self, breaches: Sequence[Breach], good: np.ndarray) -> pd.DataFrame:
        """Return one row per finding about a row that is accepted."""
        kept = [
            Breach(breach.column, breach.rule, breach.rows[good[breach.rows]], breach.expected, keeps=True)
            for breach in breaches
            if breach.keeps
        ]
        return self._together([self._told(breach) for breach in kept if len(breach.rows)])

    @cached_property
    def _ids_have_digits(self) -> bool:
        ids = cell_text(self.raw[self.dictionary.id]).dropna()
        return bool(has_digit(ids).mean() > 0.5) if len(ids) else False

    def shown(self, name: str, rows: np.ndarray) -> np.ndarray:
        """Return the cells of a column as they may be shown; pseudonyms tell nothing."""
        text = cell_text(self.raw[name].iloc[rows])
        is_id = name == self.dictionary.id
        if is_id and self.dictionary.columns[name].is_private:
            return text.to_numpy()
        if is_id and not self._ids_have_digits:
            return hide_numbers(text).to_numpy()
        return (shown_ids if is_id else shown)(text, self.dictionary).to_numpy()

    def _told(self, breach: Breach) -> pd.DataFrame:
        identifier, rows = self.dictionary.id, breach.rows
        column = self.dictionary.columns[breach.column]
        value = HIDDEN if column.is_private else self.shown(breach.column, rows)
        ids = self.shown(identifier, rows) if identifier in self.raw else None
        part = {"row": self.layout.rows[rows], identifier: ids, "column": breach.column, "rule": breach.rule}
        return pd.DataFrame({**part, "value": value, "expected": breach.expected})

    def _together(self, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
        order = ["row", self.dictionary.id, "column", "rule", "value", "expected"]
        if not parts:
            return pd.DataFrame(columns=order)
        return pd.concat(parts, ignore_index=True)[order].sort_values(["row", "column", "rule"], ignore_index=True)


def counted(rejected: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return how many households break each rule, and whether it sets them aside."""
    parts = [
        told.groupby(["rule", "column"], as_index=False).agg(households=("row", "nunique")).assign(set_aside=aside)
        for told, aside in ((rejected, True), (findings, False))
        if len(told)
    ]
    none = pd.DataFrame({"rule": "", "column": "", "households": pd.Series(dtype=int), "set_aside": True})
    return pd.concat(parts, ignore_index=True) if parts else none


def broken_rules(
    rejected: pd.DataFrame, counts: pd.DataFrame, total: int, files: Mapping[tuple[str, str], str] | None = None
) -> list[Problem]:
    """Tell every rule that sets rows aside, with its first case."""
    return told_rules(numbers_of_rules(counts), first_cases(rejected), total, files)


def numbers_of_rules(counts: pd.DataFrame) -> dict[tuple[str, str, bool], int]:
    """Return the households of `counted` by rule, column and whether they are set aside."""
    return {(rule, column, bool(aside)): int(number) for rule, column, number, aside in counts.itertuples(index=False)}


def first_cases(rejected: pd.DataFrame) -> dict[tuple[str, str], tuple[int, str, str]]:
    """Return the first row of each rule and column, with its value and what was expected."""
    first = rejected.drop_duplicates(["rule", "column"])
    cases = first[["rule", "column", "row", "value", "expected"]].itertuples(index=False)
    return {(rule, column): (int(row), str(value), expected) for rule, column, row, value, expected in cases}


def told_rules(
    counts: Mapping[tuple[str, str, bool], int],
    cases: Mapping[tuple[str, str], tuple[int, str, str]],
    total: int,
    files: Mapping[tuple[str, str], str] | None = None,
) -> list[Problem]:
    """Tell every rule that sets rows aside, with its first case (and its file, of several), in the order of rules."""
    problems = []
    for (rule, column, aside), number in sorted(counts.items()):
        if not aside:
            continue
        row, value, expected = cases[rule, column]
        found = f"{rule.replace('_', ' ')} in {number:,} of {total:,} rows, first '{value}'"
        remedy = "Correct the file or its dictionary."
        problems.append(Problem(found, expected, remedy, column or None, row, (files or {}).get((rule, column))))
    return problems

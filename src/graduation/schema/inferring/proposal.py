"""Propose a dictionary for a table that nobody has described."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem
from graduation.results import Result
from graduation.schema.inferring.guess import Guess
from graduation.schema.inferring.keys import Keys, find_keys
from graduation.schema.inferring.kinds import guess_type
from graduation.schema.inferring.later import mark_later
from graduation.schema.inferring.names import refuse_numbers_as_names, refuse_values_as_names
from graduation.schema.inferring.roles import assign_roles
from graduation.schema.inferring.seen import look, with_one_mark
from graduation.schema.inferring.writing import to_toml

FEWEST_ROWS = 2
PLACEHOLDER_SHARE = 0.1


@dataclass(frozen=True)
class Proposal(Result):
    """A dictionary proposed for a table, for a person to edit.

    Attributes
    ----------
    toml : str
        The dictionary as TOML, with what was seen and what to check as comments.
    columns : tuple of Guess
        What is proposed for each column, in the order of the table.
    keys : Keys
        The id and the time that were found.
    """

    toml: str
    columns: tuple[Guess, ...]
    keys: Keys
    title = "Proposed dictionary"

    def frame(self) -> pd.DataFrame:
        """Return one row per column: name, type, role, n_distinct, missing_share, codes, missing, check, why."""
        rows = [
            {
                "name": guess.name, "type": guess.type, "role": guess.role,
                "known": "later" if guess.later else "scoring", "n_distinct": guess.seen.n_distinct,
                "missing_share": guess.seen.missing_share, "codes": ", ".join(guess.codes),
                "missing": ", ".join(guess.missing), "check": "; ".join(guess.checks), "why": guess.why,
            }
            for guess in self.columns
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def shown(self) -> pd.DataFrame:
        return self.frame()[["name", "type", "role", "known", "n_distinct", "missing_share", "missing"]]

    def metrics(self) -> dict[str, float]:
        return {"columns": float(len(self.columns)), "to_check": float(self.n_to_check)}

    @property
    def n_to_check(self) -> int:
        return sum(bool(guess.checks) for guess in self.columns)

    def notes(self) -> list[str]:
        roles = Counter(guess.role for guess in self.columns)
        told = ", ".join(f"{number:,} {role}" for role, number in roles.most_common())
        found = [f"id {self.keys.id}" if self.keys.id else "no id", f"time {self.keys.time}" if self.keys.time else ""]
        notes = [
            f"{len(self.columns):,} columns: {told}.",
            f"Found: {', '.join(filter(None, found))}. {self.n_to_check:,} columns have something to check.",
        ]
        return [*notes, self.keys.advice] if self.keys.advice else notes


def infer_dictionary(table: pd.DataFrame, *, name: str = "my_registry", source: str = "a table") -> Proposal:
    """Propose a dictionary for a table: types, codes, missing codes and likely roles, for a person to edit.

    Values decide before names. Whatever might be known only later, or name a person, is kept from the features; values
    of columns that name persons are never written out.

    Parameters
    ----------
    table : DataFrame
        One row per household, or per household and time; text or typed cells.
    name : str
        Name of the dictionary.
    source : str
        Where the table came from, for messages.

    Returns
    -------
    Proposal
        Its `toml` loads with `load_dictionary` as soon as an id is known.

    Raises
    ------
    DataError
        When the table has no column, fewer than two rows, column names that are blank or used twice, or a row of
        values in place of names.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"hhid": [f"h{n}" for n in range(50)], "has_tv": [1, 2, 1, 2, 9] * 10})
    >>> infer_dictionary(table).frame()[["name", "type", "role", "missing"]]
         name     type     role missing
    0    hhid     text       id
    1  has_tv  boolean  feature       9
    """
    names = [str(column).strip() for column in table.columns]
    refuse_numbers_as_names(names, source)
    _refuse(table, names, source)
    columns_seen = [look(table.iloc[:, place], one, place) for place, one in enumerate(names)]
    refuse_values_as_names(columns_seen, source)
    guesses = [guess_type(seen) for seen in with_one_mark(columns_seen)]
    keys = find_keys(table, guesses)
    final = mark_later(table, assign_roles(table, guesses, keys))
    columns = tuple(final[one] for one in names)
    text = to_toml(list(columns), keys, name=name, source=source, line=_placeholder_line(columns))
    return Proposal(text, columns, keys)


def _refuse(table: pd.DataFrame, names: list[str], source: str) -> None:
    """Raise with all that keeps a table from being described."""
    problems = []
    if not names:
        problems.append(Problem("no columns", "a table with a header", "Check that the right file is given."))
    elif len(table) < FEWEST_ROWS:
        found = "no rows" if table.empty else "one row"
        problems.append(Problem(found, "several households to learn from", "Give a file with more rows."))
    twice = [name for name, number in Counter(names).items() if number > 1 and name]
    problems += [Problem("a column name used twice", "one column of each name", "Rename one.", one) for one in twice]
    blank = [str(place) for place, name in enumerate(names, start=1) if not name]
    if blank:
        found = f"no name for the column at place {', '.join(blank[:5])}"
        problems.append(Problem(found, "a name for each column", "Name it in the header."))
    if problems:
        raise DataError(source, problems)


def _placeholder_line(columns: tuple[Guess, ...]) -> dict[str, object] | None:
    """Return a line at the lowest tenth where there is welfare but no state, so that the proposal loads at once."""
    welfare = next((guess for guess in columns if guess.role == "welfare"), None)
    if welfare is None or any(guess.role == "state" for guess in columns):
        return None
    values, counts = welfare.seen.spectrum
    marks = welfare.seen.numbers[np.isin(welfare.seen.texts, welfare.missing)]
    kept = (values > 0) & ~np.isin(values, marks)
    if not kept.any():
        return None
    rank = np.searchsorted(np.cumsum(counts[kept]), PLACEHOLDER_SHARE * counts[kept].sum())
    value = float(values[kept][min(rank, kept.sum() - 1)])
    return {
        "line_id": "placeholder", "value": value, "period": "month", "month_days": 30,
        "currency": "currency of the file",
        "basis": "lowest tenth of the rows of the file, not weighted", "source": "graduation dictionary infer",
    }  # fmt: skip

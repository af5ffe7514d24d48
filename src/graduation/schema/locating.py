"""Find the columns of a dictionary in a table, whatever names the table gives them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable

import pandas as pd

from graduation.errors import Problem, nearest
from graduation.schema.column import Column
from graduation.schema.dictionary import Dictionary
from graduation.schema.hiding import hide_in

MOST_SEEN = 8
# Numbers, dates and codes that only have digits; no name of a column looks so where the dictionary knows none.
# Names of columns as programs write them. A line of other words may be the first person of a file without a header.
NAME = re.compile(r"[a-z][a-z0-9_.]*|[A-Za-z]+[0-9_][A-Za-z0-9_]*")
VALUE = re.compile(r"[\d\W_]*\d[\d\W_]*")
HISTORY_REMEDY = "Read with dictionary.without_history(), then add the earlier waves: with_history(registry, earlier)."


def locate(table: pd.DataFrame, dictionary: Dictionary) -> dict[str, Hashable]:
    """Return, for each dictionary column that the table has, its name in the table.

    A column is found by its sources, in the order of the dictionary, before its own name; spaces around a name and
    its case do not matter. A name that the table uses twice is not found.
    """
    twice = set(_used_twice(table))
    by_name: dict[str, Hashable] = {}
    for name in table.columns:
        if name not in twice:
            by_name.setdefault(_plain(name), name)
    by_name |= {str(name): name for name in table.columns if name not in twice}
    found = {name: _match(column, by_name) for name, column in dictionary.columns.items()}
    return {name: match for name, match in found.items() if match is not None}


def _plain(name: Hashable) -> str:
    return " ".join(str(name).split()).casefold()


def _match(column: Column, by_name: dict[str, Hashable]) -> Hashable | None:
    spellings = (spelling for name in column.names() for spelling in (name, _plain(name)))
    return next((by_name[spelling] for spelling in spellings if spelling in by_name), None)


def _used_twice(table: pd.DataFrame) -> list[Hashable]:
    return sorted(set(table.columns[table.columns.duplicated()]), key=str)


def named_by(names: Iterable[str], dictionary: Dictionary) -> int:
    """Return how many columns of the dictionary are among some names."""
    plain = {_plain(name) for name in names}
    return sum(any(_plain(name) in plain for name in column.names()) for column in dictionary.columns.values())


def header_problems(table: pd.DataFrame, dictionary: Dictionary, found: dict[str, Hashable]) -> list[Problem]:
    """Tell which column names the table uses twice, and which required columns it lacks."""
    if not len(table.columns):
        return []
    names = [str(name) for name in table.columns]
    numbered = not found and any(VALUE.fullmatch(name) for name in names if not name.startswith("(column "))
    if numbered or any(hide_in(name) != name for name in names):
        # The first row of persons: none of it may be shown, for it may hold names and numbers of identity.
        remedy = "Put the names of the columns into the first line, or give the dictionary of this file."
        return [Problem("values where names of columns should be", "a header line", remedy)]
    twice = _used_twice(table)
    problems = [Problem("a column name used twice", "one column of each name", "Rename one.", str(c)) for c in twice]
    if not found:
        seen = ", ".join(f"'{name}'" for name in [name for name in names if NAME.fullmatch(name)][:MOST_SEEN])
        told = f"The first names seen are {seen}" if seen else f"The line has {len(names)} cells, none like a name"
        remedy = f"{told}. Give another dictionary, or put the names into one line."
        problems.append(Problem("no column that the dictionary knows", "its names in a header", remedy))
    said = {_plain(name) for name in twice}
    free = sorted(map(str, set(table.columns) - set(found.values())))
    for name, column in dictionary.columns.items():
        needed = column.required and column.role != "ignored" and name not in found
        if needed and not said & {_plain(other) for other in column.names()}:
            remedy = HISTORY_REMEDY if column.history else nearest(name, free).capitalize()
            remedy = remedy or f"Add the column, or name it in the dictionary as a source of '{name}'."
            problems.append(Problem("missing from the file", f"a column '{name}' ({column.title()})", remedy, name))
    return problems


def unused(table: pd.DataFrame, found: dict[str, Hashable]) -> tuple[str, ...]:
    """Return the columns of the table that the dictionary does not name."""
    return tuple(hide_in(str(name)) for name in table.columns if name not in set(found.values()))

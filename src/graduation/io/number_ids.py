"""Ids that a program took for numbers, so that 0012 came out as 12.0."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from graduation.schema import Breach, Dictionary, cell_text, locate

RULE = "became_a_number"
TAKEN = "[0-9]+[.]0"
EXPECTED = "an id as it was given: export the column as text, for leading zeros may be lost"


def ids_of_numbers(
    table: pd.DataFrame, dictionary: Dictionary, known: Mapping[str, bool] | None = None
) -> tuple[pd.DataFrame, list[Breach]]:
    """Return the table with 12.0 as 12 where all ids of a column are so, and what was found.

    Where only some are, those rows are set aside: 12 and 12.0 may be one household or two. Of a part of a larger table,
    `known` says of which columns the rows before are so.
    """
    breaches: list[Breach] = []
    for name, there in locate(table, dictionary).items():
        column, cells = dictionary.columns[name], table[there]
        if column.role not in ("id", "household", "identity") or not _has_text(cells):
            continue
        given = cell_text(cells)
        taken = given.str.fullmatch(TAKEN).to_numpy(dtype=bool, na_value=False)
        if not taken.any():
            continue
        alike = bool(taken[given.notna().to_numpy()].all()) if known is None else known.get(name, False)
        if alike or column.role == "identity":
            table = table.copy(deep=False)
            table[there] = given.str.replace(r"[.]0$", "", regex=True).where(taken, cells)
        keeps = alike or column.role == "identity"
        breaches.append(Breach(name, RULE, np.flatnonzero(taken), EXPECTED, keeps=keeps))
    return table, breaches


def taken_for_numbers(table: pd.DataFrame, dictionary: Dictionary) -> dict[str, bool]:
    """Return, for each column of ids, whether there are any and all of them are like 12.0."""
    found = {}
    for name, there in locate(table, dictionary).items():
        if dictionary.columns[name].role in ("id", "household") and _has_text(table[there]):
            given = cell_text(table[there]).dropna()
            found[name] = bool(len(given)) and bool(given.str.fullmatch(TAKEN).all())
    return found


def _has_text(cells: pd.Series) -> bool:
    return isinstance(cells.dtype, pd.StringDtype) or cells.dtype == object

"""Ids that a program took for numbers, so that 0012 came out as 12.0."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.schema import Breach, Dictionary, cell_text, locate

RULE = "became_a_number"
TAKEN = "[0-9]+[.]0"
EXPECTED = "an id as it was given: export the column as text, for leading zeros may be lost"


def ids_of_numbers(table: pd.DataFrame, dictionary: Dictionary) -> tuple[pd.DataFrame, list[Breach]]:
    """Return the table with 12.0 as 12 where all ids of a column are so, and what was found.

    Where only some are, those rows are set aside: 12 and 12.0 may be one household or two.
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
        alike = bool(taken[given.notna().to_numpy()].all())
        if alike or column.role == "identity":
            table = table.copy(deep=False)
            table[there] = given.str.replace(r"[.]0$", "", regex=True).where(taken, cells)
        keeps = alike or column.role == "identity"
        breaches.append(Breach(name, RULE, np.flatnonzero(taken), EXPECTED, keeps=keeps))
    return table, breaches


def _has_text(cells: pd.Series) -> bool:
    return isinstance(cells.dtype, pd.StringDtype) or cells.dtype == object

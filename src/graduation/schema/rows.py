"""Rows of a checked table: put together, and those given twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from graduation.schema.cells import Breach, Checked
from graduation.schema.dictionary import Dictionary
from graduation.schema.written import marked


def table_of(columns: Mapping[str, Checked], names: Iterable[str], rows: np.ndarray | None = None) -> pd.DataFrame:
    """Return the values of some columns, at these rows in this order or at all of them."""
    return pd.DataFrame({name: columns[name].at(rows) for name in names})


def repeated(columns: Mapping[str, Checked], dictionary: Dictionary) -> list[Breach]:
    """Find rows given twice: a true copy keeps its first row, households that contradict each other keep none."""
    if not set(dictionary.key) <= set(columns):
        return []
    keys = table_of(columns, dictionary.key)
    # Copies share their key, so only rows that share one are compared as a whole.
    shared = np.flatnonzero(keys.duplicated(keep=False))
    copies = np.zeros(len(keys), dtype=bool)
    copies[shared] = marked(table_of(columns, columns, shared).duplicated(keep="first"))
    clash = _twice(keys, ~copies)
    one_each = f"one row per {' and '.join(dictionary.key)}"
    breaches = [
        Breach(dictionary.id, "repeated_row", np.flatnonzero(copies), "each row once"),
        Breach(dictionary.id, "duplicate_household", np.flatnonzero(clash), one_each),
    ]
    for name, column in dictionary.columns.items():
        # A household keeps its value from wave to wave, so values are compared within a time.
        if column.unique and name in columns:
            within = dict.fromkeys([*dictionary.key[1:], name])
            twice = np.flatnonzero(_twice(table_of(columns, within), ~copies) & ~clash)
            breaches.append(Breach(name, "duplicate_value", twice, "a value that no other household has"))
    return [breach for breach in breaches if len(breach.rows)]


def _twice(values: pd.DataFrame, among: np.ndarray) -> np.ndarray:
    """Return which of the rows marked share all of these values, none of them missing, with another one."""
    present = among & marked(values.notna().all(axis=1))
    found = np.zeros(len(values), dtype=bool)
    found[present] = marked(values[present].duplicated(keep=False))
    return found

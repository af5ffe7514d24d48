"""Hashes by which rows of the same key are found in different chunks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from graduation.schema import Dictionary
from graduation.schema.cells import Checked
from graduation.schema.rows import table_of
from graduation.schema.written import marked

KEY = "key"
# SipHash of pandas with one key for all runs, so that parts of an interrupted run can be compared.
SEED = "graduation batch"


def row_hashes(columns: Mapping[str, Checked], dictionary: Dictionary, n_rows: int) -> dict[str, np.ndarray]:
    """Return hashes (n,) of the key, and of each column that must be unique (within a time where households repeat).

    Equal values have equal hashes in every run; 0 where a value is missing.
    """
    wanted = {KEY: dictionary.key}
    unique = [name for name, column in dictionary.columns.items() if column.unique and name in columns]
    wanted |= {name: list(dict.fromkeys([*dictionary.key[1:], name])) for name in unique}
    return {name: _hashes(columns, parts) if n_rows else np.zeros(0, np.uint64) for name, parts in wanted.items()}


def _hashes(columns: Mapping[str, Checked], names: list[str]) -> np.ndarray:
    values = table_of(columns, names)
    found: np.ndarray = pd.util.hash_pandas_object(values, index=False, hash_key=SEED, categorize=False).to_numpy(
        dtype=np.uint64
    )
    # No value may look like a missing one.
    found = np.maximum(found, np.uint64(1))
    return np.where(marked(values.notna().all(axis=1)), found, np.uint64(0))

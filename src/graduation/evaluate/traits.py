"""Columns of households become numbers that can be averaged: a number itself, or whether it has a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.evaluate.columns import SOURCE, Floats
from graduation.evaluate.inputs import MISSING
from graduation.evaluate.naming import MEAN, YES
from graduation.schema import Dictionary

MOST_LEVELS = 30


@dataclass(frozen=True)
class Traits:
    """What households are described by: values (households, traits), 0 where not known, and whether they are known."""

    names: list[tuple[str, str]]
    values: Floats
    known: Floats


def read_traits(households: pd.DataFrame, dictionary: Dictionary | None) -> tuple[Traits, list[str]]:
    """Return what households are described by, and the columns left out for too many levels."""
    if not isinstance(households, pd.DataFrame):
        raise UsageError(f"households is a {type(households).__name__}; pass a DataFrame, one row per household")
    if not households.columns.is_unique:
        raise UsageError("households has two columns of one name; give each its own")
    names = [name for name in households if dictionary is None or name in dictionary.features]
    parts: list[tuple[str, str, Floats, Floats]] = []
    left_out = []
    for name in names:
        found = _of_column(str(name), households[name])
        parts += found
        left_out += [] if found else [str(name)]
    if not parts:
        expected = f"columns with at most {MOST_LEVELS} levels"
        problem = Problem("no column to describe them by", expected, "Pass the features of the households.")
        raise DataError(SOURCE, [problem])
    values, known = (np.stack([part[place] for part in parts], axis=1) for place in (2, 3))
    return Traits([part[:2] for part in parts], values, known), left_out


def _of_column(name: str, column: pd.Series) -> list[tuple[str, str, Floats, Floats]]:
    """Return the traits of one column: a mean, or the share of each level."""
    missing = column.isna().to_numpy(dtype=bool)
    always = np.ones(len(column))
    not_known = [(name, MISSING, missing.astype(np.float64), always)] if missing.any() else []
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        known = np.isfinite(numbers).astype(np.float64)
        return [(name, MEAN, np.where(known > 0, numbers, 0.0), known), *not_known]
    if pd.api.types.is_bool_dtype(column):
        return [(name, YES, column.fillna(False).to_numpy(dtype=np.float64), always), *not_known]
    words = column.astype(object).map(str, na_action="ignore")
    words = words.mask(words.str.strip() == "")
    missing = words.isna().to_numpy(dtype=bool)
    not_known = [(name, MISSING, missing.astype(np.float64), always)] if missing.any() else []
    levels = sorted(words.dropna().unique())
    if len(levels) > MOST_LEVELS:
        return []
    return [*((name, level, (words == level).to_numpy(dtype=np.float64), always) for level in levels), *not_known]


def content_of(households: pd.DataFrame) -> pd.Series:
    """Return a number that follows from what a row holds, so that the order of the rows changes nothing."""
    return pd.util.hash_pandas_object(households, index=False).astype("float64")

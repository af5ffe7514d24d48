"""Turn a mixed-type table into numbers: what training saw decides, whatever comes later."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from graduation.errors import DataError, Problem

# A level seen less often than this cannot be told from chance; it is read as missing.
MOST_ROWS_OF_A_RARE_LEVEL, SHARE_OF_A_RARE_LEVEL = 20, 100
NUMERIC = ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty")


class TableEncoder(TransformerMixin, BaseEstimator):
    """Numbers stay numbers, categories become integer codes; missing, rare and unseen levels become NaN.

    A number that was never missing in training and is missing later takes the training median: a model that saw no
    missing value would read it as anything. Columns that can teach nothing are left out, with a warning.

    Attributes
    ----------
    columns_ : list of str
        All columns, in the order of the table.
    used_ : list of str
        The columns of the encoded matrix, in its order.
    left_out_ : dict of str to str
        Columns that are not used, and why.
    levels_ : dict of str to list of str
        The sorted levels of each categorical column; a level's place in the list is its code.
    medians_ : dict of str to float
        The median of each numeric column without missing values.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        self.columns_ = [str(name) for name in X.columns]
        _refuse(X, self.columns_)
        self.levels_: dict[str, list[str]] = {}
        self.medians_: dict[str, float] = {}
        self.left_out_: dict[str, str] = {}
        self._same: dict[int, str] = {}
        for position, name in enumerate(self.columns_):
            self._learn(X.iloc[:, position], name)
        del self._same
        self.used_ = [name for name in self.columns_ if name not in self.left_out_]
        _warn_of(self.left_out_)
        return self

    def _learn(self, values: pd.Series, name: str) -> None:
        """Learn one column, or leave it out."""
        if is_categorical(values):
            self.levels_[name] = _levels(values)
        elif not (numbers := _numbers(values, name)).isna().any():
            self.medians_[name] = float(numbers.median())
        encoded = self._encode(values, name)
        content = hash(encoded.tobytes())
        if np.isnan(encoded).all():
            self._leave_out(name, "missing, or a level of its own, in every row")
        elif len(np.unique(encoded)) == 1:
            self._leave_out(name, "the same in every row")
        elif content in self._same and is_categorical(values) == (self._same[content] in self.levels_):
            self._leave_out(name, f"a copy of '{self._same[content]}'")
        else:
            self._same[content] = name

    def _leave_out(self, name: str, why: str) -> None:
        self.left_out_[name] = why
        self.levels_.pop(name, None)
        self.medians_.pop(name, None)

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        encoded = np.empty((len(X), len(self.used_)), dtype=np.float64)
        place = {name: position for position, name in enumerate(self.columns_)}
        for column, name in enumerate(self.used_):
            encoded[:, column] = self._encode(X.iloc[:, place[name]], name)
        return encoded

    def _encode(self, values: pd.Series, name: str) -> np.ndarray:
        if name not in self.levels_:
            numbers = _numbers(values, name)
            return np.asarray(numbers.fillna(self.medians_[name]) if name in self.medians_ else numbers)
        code_of = {level: float(code) for code, level in enumerate(self.levels_[name])}
        return np.asarray(_texts(values).map(code_of).astype("float64"))

    def spread(self, contributions: np.ndarray) -> np.ndarray:
        """Return contributions of all columns (n, p) from those of the used ones: columns left out contribute 0."""
        whole = np.zeros((len(contributions), len(self.columns_)))
        whole[:, [self.columns_.index(name) for name in self.used_]] = contributions
        return whole

    @property
    def categorical_positions_(self) -> list[int]:
        return [self.used_.index(name) for name in self.levels_]

    def unseen(self, X: pd.DataFrame) -> dict[str, int]:
        """Count, per categorical column, the cells whose level training did not see, or hardly ever."""
        counts = {
            name: int((X[name].notna() & ~_texts(X[name]).isin(levels)).sum()) for name, levels in self.levels_.items()
        }
        return {name: count for name, count in counts.items() if count}


def is_categorical(values: pd.Series) -> bool:
    """Whether a column holds labels rather than numbers or booleans."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    return values.dtype != object or pd.api.types.infer_dtype(values, skipna=True) not in NUMERIC


def _texts(values: pd.Series) -> pd.Series:
    """Return labels as text, missing as None."""
    return values.astype(object).where(values.notna(), None).map(str, na_action="ignore")


def _levels(values: pd.Series) -> list[str]:
    counts = _texts(values).value_counts()
    needed = max(2, min(MOST_ROWS_OF_A_RARE_LEVEL, len(values) // SHARE_OF_A_RARE_LEVEL))
    return sorted(counts.index[counts >= needed])


def _numbers(values: pd.Series, name: str) -> pd.Series:
    try:
        return values.astype("float64")
    except (TypeError, ValueError):
        bad = pd.to_numeric(values, errors="coerce").isna() & values.notna()
        problem = Problem(f"{int(bad.sum()):,} values are no numbers", "numbers, as in training", "Recode it.", name)
        raise DataError("features", [problem]) from None


def _refuse(X: pd.DataFrame, names: list[str]) -> None:
    """Refuse tables that could only be misread, telling every problem; warn of columns of mixed types."""
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [Problem("the name of several columns", "a name for each", "Rename one.", name) for name in twice]
    for position, name in enumerate(names):
        values = X.iloc[:, position]
        if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
            remedy = "Make it a number, such as an age in years."
            problems.append(Problem("dates", "numbers, booleans or labels", remedy, name))
        elif pd.api.types.is_float_dtype(values) and np.isinf(values.to_numpy(float, na_value=0.0)).any():
            problems.append(Problem("infinite values", "finite numbers or missing", "Correct them.", name))
    if problems:
        raise DataError("features", problems)
    mixed = [
        name for position, name in enumerate(names)
        if pd.api.types.is_object_dtype(X.iloc[:, position])
        and pd.api.types.infer_dtype(X.iloc[:, position], skipna=True).startswith("mixed")
        and is_categorical(X.iloc[:, position])
    ]  # fmt: skip
    if mixed:
        warnings.warn(f"numbers and text mixed, all read as labels: {', '.join(mixed)}", UserWarning, stacklevel=5)


def _warn_of(left_out: dict[str, str]) -> None:
    if left_out:
        told = "; ".join(f"'{name}' ({why})" for name, why in list(left_out.items())[:10])
        more = f" and {len(left_out) - 10} more" if len(left_out) > 10 else ""
        warnings.warn(f"columns that can teach nothing are left out: {told}{more}", UserWarning, stacklevel=5)

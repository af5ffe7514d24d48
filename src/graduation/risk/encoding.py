"""Turn a mixed-type table into the numbers that LightGBM reads."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class TableEncoder(TransformerMixin, BaseEstimator):
    """Numbers stay numbers, categories become integer codes; missing and unseen values become NaN.

    A number that was never missing in training and is missing later takes the training median: LightGBM, having seen no
    missing value, would read it as zero.

    Attributes
    ----------
    columns_ : list of str
        Feature names, in the order of the encoded matrix.
    levels_ : dict of str to list of str
        The sorted levels of each categorical column; a level's place in the list is its code.
    medians_ : dict of str to float
        The median of each numeric column without missing values.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        self.columns_ = [str(name) for name in X.columns]
        self.levels_ = {
            str(name): sorted(values.dropna().astype(str).unique())
            for name, values in X.items()
            if is_categorical(values)
        }
        numbers = {str(name): values.astype("float64") for name, values in X.items() if str(name) not in self.levels_}
        self.medians_ = {name: float(values.median()) for name, values in numbers.items() if not values.isna().any()}
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        encoded = np.empty((len(X), len(self.columns_)), dtype=np.float64)
        for position, name in enumerate(self.columns_):
            encoded[:, position] = self._encode(X.iloc[:, position], name)
        return encoded

    def _encode(self, values: pd.Series, name: str) -> np.ndarray:
        if name not in self.levels_:
            number = values.astype("float64")
            return np.asarray(number.fillna(self.medians_[name]) if name in self.medians_ else number)
        code_of = {level: float(code) for code, level in enumerate(self.levels_[name])}
        return np.asarray(values.astype("string").astype(object).map(code_of).astype("float64"))

    @property
    def categorical_positions_(self) -> list[int]:
        return [self.columns_.index(name) for name in self.levels_]

    def unseen(self, X: pd.DataFrame) -> dict[str, int]:
        """Count, per categorical column, the cells whose level was not there in training."""
        counts = {
            name: int((X[name].notna() & ~X[name].astype("string").isin(levels)).sum())
            for name, levels in self.levels_.items()
        }
        return {name: count for name, count in counts.items() if count}


def is_categorical(values: pd.Series) -> bool:
    """Whether a column holds labels rather than numbers or booleans."""
    return not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values))

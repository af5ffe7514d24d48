"""Turn a mixed-type table into numbers: what training saw decides, whatever comes later."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from graduation.errors import DataError, Problem

# A level seen less often than this cannot be told from chance; it is read as missing.
MOST_ROWS_OF_A_RARE_LEVEL, SHARE_OF_A_RARE_LEVEL = 20, 100
LEARNED = ("columns_", "used_", "left_out_", "copies_", "levels_", "medians_")
DATES = ("date", "datetime", "datetime64", "period", "timedelta", "timedelta64")
RARE = "levels too rare to tell from chance are read as missing"
UNSEEN = "levels that training did not see, or hardly ever, are read as missing"
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
    rare_ : dict of str to int
        Rows with levels too rare to tell from chance, by column. Not saved.
    copies_ : dict of str to str
        Columns left out as copies, and the columns they are copies of.
    levels_ : dict of str to list of str
        The sorted levels of each categorical column; a level's place in the list is its code.
    medians_ : dict of str to float
        The median of each numeric column without missing values.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the columns of a table; warn of those that can teach nothing, and of rare levels."""
        self.columns_ = [str(name) for name in X.columns]
        refuse_faults(X)
        _warn_of_mixed(X)
        self.levels_: dict[str, list[str]] = {}
        self.medians_: dict[str, float] = {}
        self.left_out_: dict[str, str] = {}
        self.copies_: dict[str, str] = {}
        self.rare_: dict[str, int] = {}
        seen: dict[int, str] = {}
        for position, name in enumerate(self.columns_):
            self._learn(X.iloc[:, position], name, seen)
        self.used_ = [name for name in self.columns_ if name not in self.left_out_]
        _warn_of("columns that can teach nothing are left out", self.left_out_)
        _warn_of(RARE, {name: f"{count:,} rows" for name, count in self.rare_.items()})
        return self

    def _learn(self, values: pd.Series, name: str, seen: dict[int, str]) -> None:
        """Learn one column, or leave it out; `seen` notes what others hold."""
        if is_categorical(values):
            self.levels_[name] = levels_of(texts_of(values).value_counts(), len(values))
        elif not (numbers := numbers_of(values, name)).isna().any():
            self.medians_[name] = float(numbers.median())
        encoded = self.encode(values, name)
        twin = seen.setdefault(hash(encoded.tobytes()), name)
        if name in self.levels_ and (count := int((np.isnan(encoded) & values.notna()).sum())):
            self.rare_[name] = count
        if np.isnan(encoded).all():
            self.leave_out(name, "every level too rare" if values.notna().any() else "missing in every row")
        elif len(np.unique(encoded)) == 1:
            self.leave_out(name, "the same in every row")
        elif twin != name and (twin in self.levels_) == (name in self.levels_):
            self.copies_[name] = twin
            self.leave_out(name, f"a copy of '{twin}'")

    def leave_out(self, name: str, why: str) -> None:
        self.left_out_[name] = why
        for learned in (self.levels_, self.medians_, self.rare_):
            learned.pop(name, None)

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return the encoded matrix (n, p) of the used columns; warn of levels that training did not see."""
        place = {name: position for position, name in enumerate(self.columns_)}
        refuse_faults(X.iloc[:, [place[name] for name in self.used_ if name not in self.levels_]])
        encoded = np.empty((len(X), len(self.used_)), dtype=np.float64)
        for column, name in enumerate(self.used_):
            encoded[:, column] = self.encode(X.iloc[:, place[name]], name)
        _warn_of(UNSEEN, {name: f"{count:,} rows" for name, count in self.unseen(X).items()})
        return encoded

    def encode(self, values: pd.Series, name: str) -> np.ndarray:
        """Return one column (n,) of the encoded matrix."""
        if name not in self.levels_:
            numbers = numbers_of(values, name).to_numpy()
            return np.where(np.isnan(numbers), self.medians_[name], numbers) if name in self.medians_ else numbers
        code_of = {level: float(code) for code, level in enumerate(self.levels_[name])}
        if isinstance(values.dtype, pd.CategoricalDtype):
            known = [code_of.get(_text(level), np.nan) for level in values.cat.categories]
            # A missing cell has the code -1, the last place.
            return np.array([*known, np.nan])[values.cat.codes.to_numpy()]
        return np.asarray(texts_of(values).map(code_of).astype("float64"))

    @property
    def n_levels(self) -> dict[int, int]:
        """Return the categorical columns of the encoded matrix, and how many levels each has."""
        return {self.used_.index(name): len(found) for name, found in self.levels_.items()}

    def spread(self, contributions: np.ndarray) -> np.ndarray:
        """Return contributions of all columns (n, p) from those of the used ones: columns left out contribute 0."""
        whole = np.zeros((len(contributions), len(self.columns_)))
        whole[:, [self.columns_.index(name) for name in self.used_]] = contributions
        return whole

    def to_json(self) -> dict[str, Any]:
        """Return what was learned as plain data."""
        return {name: getattr(self, name) for name in LEARNED}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Return the encoder that `to_json` wrote."""
        encoder = cls()
        for name in LEARNED:
            setattr(encoder, name, content[name])
        return encoder

    def unseen(self, X: pd.DataFrame) -> dict[str, int]:
        """Count, per categorical column, the cells whose level training did not see, or hardly ever."""
        counts = {}
        for name, levels in self.levels_.items():
            values = X.iloc[:, self.columns_.index(name)]
            counts[name] = _beyond(values, set(levels))
        return {name: count for name, count in counts.items() if count}


@contextmanager
def told_elsewhere() -> Iterator[None]:
    """Keep quiet about levels that are rare or were not seen in training, where the reader is told in another way."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=f"({RARE}|{UNSEEN})")
        yield


def is_categorical(values: pd.Series) -> bool:
    """Whether a column holds labels rather than numbers or booleans."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    return values.dtype != object or pd.api.types.infer_dtype(values, skipna=True) not in NUMERIC


def texts_of(values: pd.Series) -> pd.Series:
    """Return labels as text, missing as None; whole numbers are the same label as floats and as integers."""
    return values.astype(object).where(values.notna(), None).map(_text, na_action="ignore")


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _beyond(values: pd.Series, levels: set[str]) -> int:
    """Return how many cells hold another label than these."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return int((values.notna() & ~texts_of(values).isin(levels)).sum())
    other = np.array([*(_text(level) not in levels for level in values.cat.categories), False])
    return int(other[values.cat.codes.to_numpy()].sum()) if other.any() else 0


def levels_of(counts: pd.Series, n_rows: int) -> list[str]:
    """Return the levels, sorted, that enough of the rows have, given how many rows have each."""
    needed = max(2, min(MOST_ROWS_OF_A_RARE_LEVEL, n_rows // SHARE_OF_A_RARE_LEVEL))
    return sorted(counts.index[counts >= needed])


def numbers_of(values: pd.Series, name: str) -> pd.Series:
    """Return numbers as floats, missing as NaN.

    Raises
    ------
    DataError
        When some are no numbers, or infinite.
    """
    try:
        numbers = values.astype("float64")
    except (TypeError, ValueError):
        bad = int((pd.to_numeric(values, errors="coerce").isna() & values.notna()).sum())
        problem = Problem(f"{bad:,} values are no numbers", "numbers, as in training", "Recode it.", name)
        raise DataError("features", [problem]) from None
    if np.isinf(numbers).any():
        raise DataError("features", [_infinite(name)])
    return numbers


def _infinite(name: str) -> Problem:
    return Problem("infinite values", "finite numbers or missing", "Correct them.", name)


def refuse_names(X: pd.DataFrame) -> None:
    """Raise DataError when columns share a name."""
    names = [str(name) for name in X.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems = [Problem("the name of several columns", "a name for each", "Rename one.", name) for name in twice]
        raise DataError("features", problems)


def refuse_faults(X: pd.DataFrame) -> None:
    """Raise DataError, telling every problem, when columns hold what could only be misread: dates, infinite values."""
    problems = []
    for position, name in enumerate(map(str, X.columns)):
        values = X.iloc[:, position]
        if _is_date(values):
            remedy = "Make it a number, such as an age in years."
            problems.append(Problem("dates", "numbers, booleans or labels", remedy, name))
        elif not is_categorical(values) and _holds_infinite(values):
            problems.append(_infinite(name))
    if problems:
        raise DataError("features", problems)


def _holds_infinite(values: pd.Series) -> bool:
    plain = values.dtype == np.float64
    numbers = values if plain else pd.to_numeric(values, errors="coerce").astype("float64")
    return bool(np.isinf(numbers.to_numpy()).any())


def _is_date(values: pd.Series) -> bool:
    kind = values.dtype
    if pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        return True
    return isinstance(kind, pd.PeriodDtype) or (
        pd.api.types.is_object_dtype(kind) and pd.api.types.infer_dtype(values, skipna=True) in DATES
    )


def _warn_of_mixed(X: pd.DataFrame) -> None:
    mixed = {
        str(name): f"{values.map(type).nunique()} kinds of values"
        for name, values in X.items()
        if pd.api.types.is_object_dtype(values)
        and pd.api.types.infer_dtype(values, skipna=True).startswith("mixed")
        and is_categorical(values)
    }
    _warn_of("numbers and text mixed, read as labels", mixed)


def _warn_of(what: str, columns: dict[str, str]) -> None:
    if columns:
        told = "; ".join(f"'{name}' ({why})" for name, why in list(columns.items())[:10])
        more = f" and {len(columns) - 10} more" if len(columns) > 10 else ""
        warnings.warn(f"{what}: {told}{more}", UserWarning, stacklevel=5)

"""Read outcome, scores, weights, sampling units and groups; tell every problem at once; put rows in canonical order."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.errors import DataError, NotEnoughData, Problem, UsageError

if TYPE_CHECKING:
    Groups: TypeAlias = Mapping[Any, npt.ArrayLike] | pd.DataFrame | pd.Series[Any]
    Scores: TypeAlias = Mapping[Any, npt.ArrayLike] | pd.DataFrame
    Labels: TypeAlias = pd.Series[Any]

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.intp]

SOURCE = "evaluation data"
MISSING = "(missing)"


@dataclass(frozen=True)
class GroupColumn:
    """One group column as codes of its levels; a missing value is a level of its own, never dropped."""

    name: str
    levels: tuple[str, ...]
    codes: Integers


@dataclass(frozen=True)
class Sample:
    """Households sorted by scores, outcome, weight, sampling unit and groups, so that row order never matters."""

    outcome: Floats
    scores: dict[str, Floats]
    weight: Floats
    cluster: Integers
    groups: tuple[GroupColumn, ...]
    has_clusters: bool
    remarks: tuple[str, ...]

    @property
    def n_clusters(self) -> int:
        return int(self.cluster.max()) + 1


@dataclass
class Columns:
    """Named columns of one length on the way in, with all problems met so far."""

    size: int
    problems: list[Problem]
    reordered: list[str]
    index: pd.Index[Any] | None = None

    def read(self, name: str, values: npt.ArrayLike) -> Labels | None:
        """Return one column in the order of the first labelled column, or None after noting what is wrong."""
        array = _series(values)
        if not isinstance(array, pd.Series):
            self.add(name, f"shape {array.shape}", "one value per household", "Pass one column, such as proba[:, 1].")
            return None
        if len(array) != self.size:
            expected = f"{self.size:,}, one per household, as in the outcome"
            self.add(name, f"{len(array):,} values", expected, "Pass columns of equal length.")
            return None
        return self._align(name, array) if isinstance(values, pd.Series | pd.DataFrame) else array

    def _align(self, name: str, series: Labels) -> Labels | None:
        if self.index is None:
            self.index = series.index
        if series.index.equals(self.index):
            return series.reset_index(drop=True)
        unique = series.index.is_unique and self.index.is_unique
        order = series.index.get_indexer(self.index) if unique else np.array([-1])
        if (order < 0).any():
            expected = "the index of the columns before it"
            self.add(name, "another index", expected, "Join on household_id first, or pass plain arrays in one order.")
            return None
        self.reordered.append(name)
        return series.iloc[order].reset_index(drop=True)

    def numbers(self, name: str, values: npt.ArrayLike, low: float, high: float, expected: str) -> Floats | None:
        """Return a column of finite numbers within [low, high]."""
        series = self.read(name, values)
        if series is None:
            return None
        missing = series.isna().to_numpy(dtype=bool)
        array = _numeric(series)
        bad = ~missing & ~(np.isfinite(array) & (array >= low) & (array <= high))
        self.flag(name, series, missing, expected, "Fill or set these households aside; they are never set to 0 here.")
        self.flag(name, series, bad, expected, "Correct the values.")
        return array

    def flag(self, name: str, series: Labels, bad: npt.NDArray[np.bool_], expected: str, remedy: str) -> None:
        """Note the values of a column marked in `bad`: how many, and the first of them."""
        if bad.any():
            row = int(np.argmax(bad))
            first = series.tolist()[row]
            text = "missing" if first is None or first is pd.NA or first != first else repr(first)
            self.add(name, f"{int(bad.sum()):,} values refused, the first {text}", expected, remedy, row + 1)

    def add(self, name: str, found: str, expected: str, remedy: str, row: int | None = None) -> None:
        """Note one problem."""
        self.problems.append(Problem(found, expected, remedy, column=name, row=row))


def read_sample(
    outcome: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
    *,
    weight: npt.ArrayLike | None,
    cluster: npt.ArrayLike | None,
    groups: Groups | None = None,
    probabilities: bool,
) -> Sample:
    """Return the checked sample in canonical order, or raise with every problem of the data."""
    columns = Columns(_size(outcome), [], [])
    truth = _read_outcome(columns, outcome)
    low, high, words = (0.0, 1.0, "probabilities in [0, 1]") if probabilities else (-math.inf, math.inf, "numbers")
    read = {name: columns.numbers(name, values, low, high, words) for name, values in scores.items()}
    weights = np.ones(columns.size) if weight is None else _read_weight(columns, weight)
    units = None if cluster is None else _read_cluster(columns, cluster)
    parts = [_read_group(columns, name, values) for name, values in _named(groups).items()]
    if columns.problems or truth is None or weights is None:
        raise DataError(SOURCE, columns.problems)
    checked = {name: values for name, values in read.items() if values is not None}
    found = [part for part in parts if part is not None]
    return _canonical(truth, checked, weights, units, found, _remarks(columns, weights))


def _size(outcome: npt.ArrayLike) -> int:
    if not isinstance(outcome, Sized):
        raise UsageError(f"outcome is {outcome!r}; pass one value per household, such as a Series or an array")
    if len(outcome) == 0:
        raise NotEnoughData("no households", expected="one row or more", remedy="Check the filter.", source=SOURCE)
    return len(outcome)


def _remarks(columns: Columns, weight: Floats) -> tuple[str, ...]:
    ignored = int((weight == 0).sum())
    left_out = [f"{ignored:,} households with weight 0 count for nothing and are left out."] if ignored else []
    return *left_out, *[f"'{name}' was put in order by its index." for name in columns.reordered]


def _canonical(
    outcome: Floats,
    scores: dict[str, Floats],
    weight: Floats,
    cluster: Integers | None,
    groups: list[GroupColumn],
    remarks: tuple[str, ...],
) -> Sample:
    """Sort rows by everything that is known of them, so that rows left in a tie are interchangeable."""
    labels = [group.codes for group in sorted(groups, key=lambda group: group.name)]
    units = [] if cluster is None else [cluster]
    ranks = [-scores[name] for name in sorted(scores)]
    order = np.lexsort([*labels, *units, weight, outcome, *reversed(ranks)])
    order = order[weight[order] > 0]
    sample = Sample(
        outcome=outcome[order],
        scores={name: values[order] for name, values in scores.items()},
        weight=weight[order],
        cluster=np.arange(len(order)) if cluster is None else _recode(cluster[order]),
        groups=tuple(GroupColumn(group.name, group.levels, group.codes[order]) for group in groups),
        has_clusters=cluster is not None,
        remarks=remarks,
    )
    _need_both(sample.outcome)
    return sample


def _recode(codes: Integers) -> Integers:
    return np.unique(codes, return_inverse=True)[1].astype(np.intp)


def _need_both(outcome: Floats) -> None:
    positives = int(outcome.sum())
    if 0 < positives < len(outcome):
        return
    seen = "extreme poor" if positives else "not extreme poor"
    raise NotEnoughData(
        f"all {len(outcome):,} households are {seen}",
        expected="both outcomes, 0 and 1",
        remedy="Evaluate on more households, or on a wave where both occur.",
        source=SOURCE,
    )


def _read_outcome(columns: Columns, values: npt.ArrayLike) -> Floats | None:
    outcome = columns.numbers("outcome", values, 0, 1, "0 or 1")
    if outcome is not None:
        between = (outcome > 0) & (outcome < 1)
        columns.flag("outcome", pd.Series(outcome), between, "0 or 1", "Pass the observed state, not a share.")
    return outcome


def _read_weight(columns: Columns, values: npt.ArrayLike) -> Floats | None:
    expected = "positive numbers"
    weight = columns.numbers("weight", values, 0, math.inf, expected)
    if weight is not None and not weight.any():
        columns.add("weight", "all weights are 0", expected, "Pass the survey weights, or leave them out.")
    return weight


def _read_cluster(columns: Columns, values: npt.ArrayLike) -> Integers:
    series = columns.read("cluster", values)
    if series is None:
        return np.zeros(columns.size, dtype=np.intp)
    missing = series.isna().to_numpy(dtype=bool)
    columns.flag("cluster", series, missing, "a sampling unit for every household", "Name the village of each.")
    return _levels(series.astype(object))[0]


def _read_group(columns: Columns, name: Hashable, values: npt.ArrayLike) -> GroupColumn | None:
    series = columns.read(str(name), values)
    if series is None:
        return None
    codes, levels = _levels(series)
    names = [str(level) for level in levels] + [MISSING]
    unique = list(dict.fromkeys(names[code] for code in np.unique(codes)))
    position = np.array([unique.index(text) if text in unique else -1 for text in names], dtype=np.intp)
    return GroupColumn(str(name), tuple(unique), position[codes])


def _levels(series: Labels) -> tuple[Integers, list[Any]]:
    """Return the codes (missing = last code) and the sorted levels of a column."""
    try:
        codes, levels = pd.factorize(series, sort=True)
    except TypeError:
        codes, levels = pd.factorize(series.map(str, na_action="ignore"), sort=True)
    return np.where(codes < 0, len(levels), codes).astype(np.intp), list(levels)


def _series(values: npt.ArrayLike) -> Labels | npt.NDArray[Any]:
    """Return one column as a Series, or the array itself where it has another shape."""
    if isinstance(values, pd.Series):
        return values
    if isinstance(values, list | tuple):  # by numpy, a missing value among words would become the word "nan"
        return pd.Series(list(values), dtype=object).infer_objects()
    if isinstance(values, pd.DataFrame):
        return values.iloc[:, 0] if values.shape[1] == 1 else values.to_numpy()
    if isinstance(values, pd.Index | pd.api.extensions.ExtensionArray):
        return pd.Series(values)
    array = np.asarray(values)
    flat = np.ravel(array) if array.ndim == 2 and array.shape[1] == 1 else array
    return pd.Series(flat) if flat.ndim == 1 else flat


def _numeric(series: Labels) -> Floats:
    if series.dtype.kind in "mMc":
        return np.full(len(series), np.nan)
    plain = series.astype(object) if isinstance(series.dtype, pd.CategoricalDtype) else series
    return pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _named(groups: Groups | None) -> dict[Any, Any]:
    if groups is None:
        return {}
    if isinstance(groups, pd.Series):
        return {"group" if groups.name is None else groups.name: groups}
    return columns_of("groups", groups)


def columns_of(argument: str, columns: object) -> dict[Any, Any]:
    """Return the named columns of a dict or DataFrame."""
    if isinstance(columns, pd.DataFrame) and not columns.columns.is_unique:
        raise UsageError(f"{argument} has two columns of one name; give each its own")
    if isinstance(columns, pd.DataFrame | Mapping):
        return {name: columns[name] for name in columns}
    kind = type(columns).__name__
    raise UsageError(f"{argument} is a {kind}; pass a dict of named columns or a DataFrame")


def check_arguments(quota: float | None, seed: int) -> None:
    """Refuse a quota outside (0, 1] and a seed that is no whole number, both at once."""
    problems = []
    if quota is not None and (not isinstance(quota, int | float | np.number) or not 0 < quota <= 1):
        problems.append(f"quota is {quota!r}; expected a share of the weighted population in (0, 1], or None")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        problems.append(f"seed is {seed!r}; expected a whole number, 0 or more")
    if problems:
        raise UsageError(". ".join(problems))

"""What binds an allocation beside the budget: places in an arm, households to reach in a place or group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.errors import UsageError, nearest

Level = str | int | float | bool


@dataclass(frozen=True)
class Capacity:
    """At most `maximum` households in an arm; with `place`, among households whose `column` holds it.

    >>> str(Capacity("training", 200)), str(Capacity("training", 20, place="Babelan", column="kecamatan"))
    ('at most 200 in training', 'at most 20 in training where kecamatan is Babelan')
    """

    arm: str
    maximum: int
    place: Level | None = None
    column: str | None = None

    def __post_init__(self) -> None:
        if (self.place is None) != (self.column is None):
            raise UsageError(f"capacity of '{self.arm}': give both place and column, or neither")
        _check_count(self.maximum, f"capacity of '{self.arm}'")

    def __str__(self) -> str:
        where = "" if self.column is None else f" where {self.column} is {self.place}"
        return f"at most {self.maximum:,} in {self.arm}{where}"


@dataclass(frozen=True)
class Quota:
    """At least `minimum` households served, with any arm, among those whose `column` holds `level`.

    >>> str(Quota("has_severe_disability", True, 50))
    'at least 50 where has_severe_disability is True'
    """

    column: str
    level: Level
    minimum: int

    def __post_init__(self) -> None:
        _check_count(self.minimum, f"quota for {self.column} '{self.level}'")

    def __str__(self) -> str:
        return f"at least {self.minimum:,} where {self.column} is {self.level}"


def _check_count(count: float, what: str) -> None:
    if not (count == count and count >= 0 and count == int(count)):
        raise UsageError(f"{what} is {count}; expected a whole number of households, 0 or more")


def check_limits(
    households: pd.DataFrame, arms: Sequence[str], capacities: Sequence[Capacity], quotas: Sequence[Quota]
) -> None:
    """Raise UsageError, with all faults, when a limit names an arm, column or level that is not there."""
    faults = []
    for capacity in capacities:
        if capacity.arm not in arms:
            hint = nearest(capacity.arm, arms) or f"arms are: {', '.join(arms)}"
            faults.append(f"{capacity}: no arm '{capacity.arm}'; {hint}")
        if capacity.column is not None and capacity.place is not None:
            faults.extend(_level_faults(households, str(capacity), capacity.column, capacity.place))
    for quota in quotas:
        faults.extend(_level_faults(households, str(quota), quota.column, quota.level))
    if faults:
        raise UsageError("limits cannot be read: " + "; ".join(faults))


def _level_faults(households: pd.DataFrame, what: str, column: str, level: Level) -> list[str]:
    if column not in households.columns:
        hint = nearest(column, map(str, households.columns)) or "households carry no such column"
        return [f"{what}: no column '{column}'; {hint}"]
    if not members(households, column, level).any():
        levels = households[column].dropna().astype(str).unique()
        hint = nearest(str(level), levels) or "no household has it"
        return [f"{what}: no household there; {hint}"]
    return []


def members(households: pd.DataFrame, column: str | None, level: Level | None) -> np.ndarray:
    """Return which households (n,) have this level; all of them when no column is given."""
    if column is None:
        return np.ones(len(households), dtype=bool)
    values = households[column]
    if isinstance(level, str):
        same = values.astype("object").map(str, na_action="ignore") == level
    else:
        same = pd.to_numeric(values, errors="coerce").astype("float64") == float(level or 0)
    return np.asarray(same.fillna(False).to_numpy(dtype=bool))

"""What binds an allocation beside the budget: places in an arm, households to reach in a place or group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from graduation.errors import UsageError, nearest
from graduation.interventions import Recommendations
from graduation.results import in_marks
from graduation.schema import Label, Language

Level = str | int | float | bool | None
TOLD_LEVELS = 5


class Limit(Protocol):
    """A limit that couples households: what all of them take of it together must not be above `bound`."""

    @property
    def column(self) -> str | None: ...

    @property
    def level(self) -> Level: ...

    @property
    def called(self) -> Label | None: ...

    @property
    def bound(self) -> float:
        """How much may be taken; with its sign turned where so much must be reached."""

    def weights(self, is_member: np.ndarray, arms: Sequence[str]) -> np.ndarray:
        """Return what one household takes with each arm (cells, k), by whether its cell is a member (cells,)."""

    def text(self, language: Language) -> str:
        """Return the limit in words."""


@dataclass(frozen=True)
class Capacity:
    """At most `maximum` households in an arm; with `place`, among households whose `column` holds it.

    `called` is what the place is called, where it is given by a code; `of` is the programme whose capacity it is, where
    nobody gave another.

    >>> str(Capacity("training", 200)), str(Capacity("training", 20, place="Babelan", column="kecamatan"))
    ('at most 200 in training', 'at most 20 in training where kecamatan is Babelan')
    """

    arm: str
    maximum: int
    place: Level = None
    column: str | None = None
    called: Label | None = field(default=None, compare=False)
    of: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if (self.place is None) != (self.column is None):
            raise UsageError(f"capacity of '{self.arm}': give both place and column, or neither")
        _check_count(self.maximum, f"capacity of '{self.arm}'")

    @property
    def level(self) -> Level:
        return self.place

    @property
    def bound(self) -> float:
        return float(self.maximum)

    def weights(self, is_member: np.ndarray, arms: Sequence[str]) -> np.ndarray:
        """Return 1 for members in the arm (cells, k)."""
        return np.outer(is_member, [float(arm == self.arm) for arm in arms])

    def text(self, language: Language) -> str:
        """Return the limit in words."""
        told = _text("capacity", language, self, f"{self.maximum:,}", self.arm)
        return f"{told} ({_TEXT[language]['of'].format(programme=self.of)})" if self.of else told

    def __str__(self) -> str:
        return self.text("en")


@dataclass(frozen=True)
class Quota:
    """At least `minimum` households served, with any arm, among those whose `column` holds `level`.

    `called` is what the level is called, where it is given by a code.

    >>> str(Quota("has_severe_disability", True, 50))
    'at least 50 where has_severe_disability is True'
    """

    column: str
    level: Level
    minimum: int
    called: Label | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        _check_count(self.minimum, f"quota for {self.column} '{self.level}'")

    @property
    def bound(self) -> float:
        return -float(self.minimum)

    def weights(self, is_member: np.ndarray, arms: Sequence[str]) -> np.ndarray:
        """Return -1 for members, with any arm (cells, k)."""
        return -np.repeat(is_member[:, None], len(arms), axis=1).astype(float)

    def text(self, language: Language) -> str:
        """Return the limit in words."""
        return _text("quota", language, self, f"{self.minimum:,}")

    def __str__(self) -> str:
        return self.text("en")


@dataclass(frozen=True)
class Share:
    """At least this fraction (0 to 1) of the households served are among those whose `column` holds `level`.

    `called` is what the level is called, where it is given by a code.

    >>> str(Share("head_sex", "female", 0.3))
    'at least 30% of those served where head_sex is female'
    """

    column: str
    level: Level
    minimum: float
    called: Label | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not (self.minimum == self.minimum and 0 <= self.minimum <= 1):
            what = f"share for {self.column} '{self.level}'"
            raise UsageError(f"{what} is {self.minimum}; expected a fraction of those served, from 0 to 1")

    @property
    def bound(self) -> float:
        return 0.0

    def weights(self, is_member: np.ndarray, arms: Sequence[str]) -> np.ndarray:
        """Return, with any arm, the fraction for all and 1 less for members (cells, k)."""
        return np.repeat((self.minimum - is_member)[:, None], len(arms), axis=1)

    def text(self, language: Language) -> str:
        """Return the limit in words."""
        return _text("share", language, self, f"{100 * self.minimum:.4g}%")

    def __str__(self) -> str:
        return self.text("en")


_TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "capacity": "at most {count} in {arm}",
        "quota": "at least {count}",
        "share": "at least {count} of those served",
        "where": " where {column} is {level}",
        "of": "programme {programme}",
    },
    "id": {
        "capacity": "paling banyak {count} dalam {arm}",
        "quota": "paling sedikit {count}",
        "share": "paling sedikit {count} dari yang dilayani",
        "where": " dengan {column} {level}",
        "of": "program {programme}",
    },
}


def _text(kind: str, language: Language, limit: Capacity | Quota | Share, count: str, arm: str = "") -> str:
    text = _TEXT[language]
    level = limit.level if limit.called is None else limit.called.text(language) or limit.level
    where = "" if limit.column is None else text["where"].format(column=limit.column, level=level)
    return text[kind].format(count=in_marks(count, language), arm=arm) + where


def _check_count(count: float, what: str) -> None:
    if not (math.isfinite(count) and count >= 0 and count == int(count)):
        raise UsageError(f"{what} is {count}; expected a whole number of households, 0 or more")


def with_own_capacities(capacities: Sequence[Capacity], recommendations: Recommendations) -> list[Capacity]:
    """Return capacities, and those of the programme for arms that suit anybody and have no capacity everywhere yet."""
    given = {capacity.arm for capacity in capacities if capacity.column is None}
    programme, offers = recommendations.programme, recommendations.offers
    own = [
        Capacity(arm.name, arm.capacity, of=programme.name)
        for number, arm in enumerate(programme.interventions)
        if arm.capacity is not None and arm.name not in given and offers.eligible[:, number].any()
    ]
    return [*capacities, *own]


def limit_faults(households: pd.DataFrame, arms: Sequence[str], limits: Sequence[Limit]) -> list[str]:
    """Return what is wrong with limits that name an arm, column or level that is not there."""
    faults = []
    named = {limit.column for limit in limits} & set(households.columns)
    found = {column: pd.Index(households[column].dropna().unique()) for column in named}
    for limit in limits:
        if isinstance(limit, Capacity) and limit.arm not in arms:
            hint = nearest(limit.arm, arms) or f"arms are: {', '.join(arms)}"
            faults.append(f"{limit}: no arm '{limit.arm}'; {hint}")
        if limit.column is not None and limit.column not in found:
            hint = nearest(limit.column, map(str, households.columns)) or "households carry no such column"
            faults.append(f"{limit}: no column '{limit.column}'; {hint}")
        elif limit.column is not None and not matches(found[limit.column], limit.level).any():
            faults.append(f"{limit}: no household there{_levels_hint(limit, found[limit.column])}")
    return faults


def _levels_hint(limit: Limit, found: pd.Index) -> str:
    """Return which levels there are; a code near to one that is known by its label tells nothing."""
    if limit.called is not None:
        return f" (code {limit.level})"
    levels = sorted(map(str, found))
    return "; " + (nearest(str(limit.level), levels) or f"it holds {', '.join(levels[:TOLD_LEVELS])}")


def matches(found: pd.Index, level: Level) -> np.ndarray:
    """Return which of the values that a column holds are this level: in texts as a text, elsewhere as a number."""
    if isinstance(level, str) and not pd.api.types.is_numeric_dtype(found):
        return np.array([str(value) == level for value in found], dtype=bool)
    if isinstance(level, str):
        # As typed on a command line; what is no number matches nothing.
        level = float(pd.to_numeric(level, errors="coerce"))
    numbers = pd.to_numeric(pd.Series(found), errors="coerce").astype("float64")
    return np.asarray(numbers == float(level or 0))

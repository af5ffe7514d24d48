"""How a registry is scored, as the caller chooses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, get_args

from graduation.errors import UsageError
from graduation.schema import Language

if TYPE_CHECKING:
    from distributed import Client

Engine = Literal["local", "dask"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
# Settings that say where the work is done.
WHERE = ("threads", "engine", "scheduler")


def _whole(least: float) -> Callable[[Any], bool]:
    return lambda value: not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= least


def _number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


# What each setting may be, and in words.
LIMITS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "reasons": (_whole(0), "how many per household, 0 or more"),
    "language": (lambda value: value in get_args(Language), f"one of {', '.join(get_args(Language))}"),
    "level": (lambda value: _number(value) and 0 < value < 1, "a probability between 0 and 1, such as 0.9"),
    "seed": (_whole(-math.inf), "a whole number"),
    "top": (lambda value: value is None or _whole(1)(value), "how many households, 1 or more, or None for all"),
    "rows_per_chunk": (_whole(1), "how many rows, 1 or more"),
    "max_rejected": (lambda value: _number(value) and 0 <= value <= 1, "a share of the rows between 0 and 1"),
    "threads": (_whole(1), "how many, 1 or more"),
    "engine": (lambda value: value in ENGINES, f"one of {', '.join(ENGINES)}"),
}


@dataclass(frozen=True)
class ScoringSettings:
    """How a registry is scored.

    Attributes
    ----------
    reasons : int
        Per household; 0 for none.
    language : {"en", "id"}
    both : bool
        Reasons that lower the risk, too.
    tell_protected : bool
        Whether reasons may name protected characteristics.
    level : float
        How sure the range of each risk is to be.
    seed : int
        Equal risks are ranked by a hash of the household's id with this seed.
    top : int, optional
        Write only so many households, those of the highest risk, by rank; else all, in the order of the files.
    rows_per_chunk : int
        About so many rows are read, scored and kept at once.
    max_rejected : float
        Refuse when a larger share of the rows is set aside.
    threads : int
        Threads, or processes of a cluster of this machine.
    engine : {"local", "dask"}
        Threads of this process, or a Dask cluster, as `graduation[dask]` installs it. What is written does not depend
        on the engine, nor on `threads`.
    scheduler : str or distributed.Client, optional
        The cluster, by the address of its scheduler or by a client of it; by default one of this machine, which is
        started and ended.

    Raises
    ------
    UsageError
        When one of them cannot be; all that are wrong are told at once.
    """

    reasons: int = 5
    language: Language = "en"
    both: bool = False
    tell_protected: bool = False
    level: float = 0.9
    seed: int = 0
    top: int | None = None
    rows_per_chunk: int = 32_768
    max_rejected: float = 0.5
    threads: int = 2
    engine: Engine = "local"
    scheduler: str | Client | None = None

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is {getattr(self, name)!r}, expected {expected}"
            for name, (fits, expected) in LIMITS.items()
            if not fits(getattr(self, name))
        ]
        if self.engine == "local" and self.scheduler is not None:
            wrong.append("a scheduler is for the engine 'dask'; give --engine dask (engine='dask'), or leave it out")
        if wrong:
            raise UsageError("; ".join(wrong))

    def told(self) -> dict[str, Any]:
        """Return them as plain data; where a cluster is, is nobody else's business."""
        return {name: value for name, value in vars(self).items() if name != "scheduler"}

    def of_output(self) -> dict[str, Any]:
        """Return those that change what is written."""
        return {name: value for name, value in vars(self).items() if name not in ("max_rejected", *WHERE)}

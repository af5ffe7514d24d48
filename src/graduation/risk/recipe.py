"""How the parts of a risk are fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """How an ensemble is fitted; what is None or has several values is chosen by held-out log loss.

    `trial_rows` are those of the trial that tells how far intervals must be widened.
    """

    kinds: dict[str, dict[str, Any]]
    strengths: tuple[float, ...]
    rounds: dict[str, int] | None
    most_rounds: int
    trial_rows: int
    signs: dict[int, int]
    seed: int
    tell: Callable[[str], None]

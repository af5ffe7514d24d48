"""Poverty lines by name; a line is never a bare number."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from graduation.errors import UsageError, nearest


class Line(BaseModel):
    """An extreme-poverty line.

    `value` is in `currency` per head (or adult equivalent) and day or month; `month_days` is the month length by
    which its source turns days into months. `mark` says whether the value was found (published) or computed; the line
    is meant for welfare at the prices of `valid_from` to `valid_to`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    line_id: str
    value: float = Field(gt=0)
    period: Literal["day", "month"]
    month_days: float = Field(gt=0)
    currency: str = "IDR"
    per: str = "head"
    basis: str = ""
    source: str = ""
    mark: Literal["found", "computed", "estimated"] | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid_in(self, year: int) -> bool:
        """Whether the line is meant for the prices of some day of a year."""
        first = self.valid_from is None or self.valid_from.year <= year
        return first and (self.valid_to is None or year <= self.valid_to.year)

    @property
    def monthly(self) -> float:
        """Return the line per month, in `currency` per head."""
        return self.value * self.month_days if self.period == "day" else self.value

    @property
    def units(self) -> tuple[str, str]:
        """Return the units of welfare that can be held against the line, as they stand in a dictionary."""
        return f"{self.currency} per month", f"{self.currency} per {self.per} and month"

    def __str__(self) -> str:
        return f"{self.line_id} ({self.currency} {self.monthly:,.0f} per {self.per} and month)"


def load_line(line_id: str) -> Line:
    """Return a shipped line.

    >>> round(load_line("sk_bupati_2023").monthly)
    322170
    """
    lines = shipped_lines()
    if line_id not in lines:
        hint = nearest(line_id, lines) or f"shipped are: {', '.join(lines)}"
        raise UsageError(f"no line named '{line_id}'; {hint}")
    return Line(line_id=line_id, **lines[line_id])


@lru_cache
def shipped_lines() -> dict[str, dict[str, Any]]:
    """Return the content of lines.toml."""
    return tomllib.loads((resources.files("graduation.schema") / "lines.toml").read_text(encoding="utf-8"))

"""Poverty lines by name; a line is never a bare number."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from graduation.errors import UsageError, nearest


class Line(BaseModel):
    """An extreme-poverty line.

    `value` is in `currency` per head (or adult equivalent) and day or month; `month_days` is the month length by
    which its source turns days into months.
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

    @property
    def monthly(self) -> float:
        """Return the line per month, in `currency` per head."""
        return self.value * self.month_days if self.period == "day" else self.value

    def __str__(self) -> str:
        return f"{self.line_id} ({self.currency} {self.monthly:,.0f} per {self.per} and month)"


def load_line(line_id: str) -> Line:
    """Return a shipped line.

    >>> round(load_line("sk_bupati_2023").monthly)
    322170
    """
    text = (resources.files("graduation.schema") / "lines.toml").read_text(encoding="utf-8")
    lines = tomllib.loads(text)
    if line_id not in lines:
        hint = nearest(line_id, lines) or f"shipped are: {', '.join(lines)}"
        raise UsageError(f"no line named '{line_id}'; {hint}")
    return Line(line_id=line_id, **lines[line_id])

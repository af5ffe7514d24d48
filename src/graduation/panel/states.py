"""Who is extreme poor now, and what that makes the pathway."""

from __future__ import annotations

import pandas as pd

from graduation.errors import UsageError
from graduation.schema import Dictionary

UNKNOWN = "unknown"


def pathway_of(state: pd.Series) -> pd.Series:
    """Name the pathway of each household from its state now: "remain", "become" or, without a state, "unknown"."""
    return state.map({1: "remain", 0: "become"}).fillna(UNKNOWN).rename("pathway")


def extreme_poor(households: pd.DataFrame, dictionary: Dictionary) -> pd.Series:
    """Return 1.0 for extreme poor, 0.0 for not, NaN where unknown: the state column, or welfare under the line."""
    state, welfare = dictionary.one("state"), dictionary.one("welfare")
    if state is not None:
        return households[state].astype("float64").rename("state")
    if welfare is None or dictionary.line is None:
        raise UsageError(f"dictionary '{dictionary.name}' has neither a state column nor welfare with a line")
    below = (households[welfare] < dictionary.line.monthly).astype("float64")
    return below.where(households[welfare].notna()).rename("state")

"""Households and scores fit together before anything is recommended."""

from __future__ import annotations

import pandas as pd

from graduation.errors import DataError, Problem


def check_scored(households: pd.DataFrame, table: pd.DataFrame) -> None:
    """Raise DataError, with all problems, when households are missing or repeated or a risk is not a probability."""
    problems = []
    for name, index in (("households", households.index), ("scores", table.index)):
        if index.nlevels > 1 or not index.is_unique:
            problems.append(Problem(f"{name} repeat a household", "one row per household_id", "Give one wave."))
    if problems:
        raise DataError("households and scores", problems)
    absent = ~table.index.isin(households.index)
    if absent.any():
        found = f"{int(absent.sum()):,} of {len(table):,} scored households are not in households"
        problems.append(Problem(found, "every scored household", "Give the registry that was scored."))
    wrong = ~table["risk"].between(0, 1).to_numpy()
    if wrong.any():
        found = f"not a probability for {int(wrong.sum()):,} of {len(table):,} households"
        found += f", row {int(wrong.argmax()) + 1:,} first"
        problems.append(Problem(found, "0 to 1", "Score them again.", column="risk"))
    if problems:
        raise DataError("households and scores", problems)

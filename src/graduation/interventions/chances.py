"""Chances of the arms of a lottery, as records of a programme have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from graduation.errors import DataError, Problem, UsageError, nearest

# A column of records with the known chance of an arm is called so, followed by the arm.
CHANCE = "chance_"
# Chances are written with two decimals or more.
ROUNDED = 0.005

Chances = Mapping[str, float | str]


def named_chances(households: pd.DataFrame, arms: Sequence[str], chances: Chances | None) -> Chances:
    """Return for each arm of the records its chance, or the column that has it; empty where no chance is known.

    Without `chances`, these are the columns `chance_<arm>`, if the records have any.

    Raises
    ------
    UsageError
        When an arm has no chance, or a chance is of an arm or in a column that the records do not have; all are told.
    """
    given = chances or {arm: f"{CHANCE}{arm}" for arm in arms if _has(households, f"{CHANCE}{arm}")}
    if not given:
        return given
    absent = [f"'{arm}'" for arm in arms if arm not in given]
    faults = [f"none is given for {', '.join(absent)}"] if absent else []
    faults += [
        f"no record has the arm '{arm}'; {nearest(arm, arms) or 'leave it out'}" for arm in given if arm not in arms
    ]
    columns = [one for one in given.values() if isinstance(one, str) and not _has(households, one)]
    hint = "name it in records_dictionary(..., chances=[...])"
    faults += [f"no column '{one}'; {nearest(one, sorted({*map(str, households)} - {one})) or hint}" for one in columns]
    if faults:
        raise UsageError(f"chances of the arms: {'; '.join(faults)}. The records have the arms {', '.join(arms)}")
    return given


def _has(households: pd.DataFrame, column: str) -> bool:
    return column in households and bool(households[column].notna().any())


def chance_table(households: pd.DataFrame, given: Chances) -> pd.DataFrame:
    """Return the chance of every arm for every record (n, arms); what misses 1 by rounding is scaled to it.

    Raises
    ------
    DataError
        When chances are not within 0 to 1 or do not add up to 1; says for how many records.
    """
    parts = {arm: households[one] if isinstance(one, str) else one for arm, one in given.items()}
    table = pd.DataFrame(parts, index=households.index).astype("float64")
    total = table.sum(axis=1)
    wrong = ~(table.ge(0) & table.le(1)).all(axis=1) | total.sub(1).abs().gt(ROUNDED * len(given) + 1e-9)
    if wrong.any():
        found = f"the chances of the arms of {int(wrong.sum()):,} of {len(table):,} records do not add up to 1"
        remedy = "Give the chance of every arm, the control too, as it was before the lot was drawn."
        raise DataError("programme records", [Problem(found, "0 to 1 each and 1 together", remedy)])
    return table.div(total, axis=0)

"""Members as a roster tells them: typed, with their ages, without those who left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from graduation.errors import UsageError
from graduation.schema import Registry, ages_on, cell_text, load_dictionary, validate

DICTIONARY = "household_members"
# Those who died, left or were not found live in no household; new members do, and those of whom nothing is said.
NOT_COUNTED = ("dead", "moved", "not_found")
# Forms do not ask the very young. Below these ages an unanswered question counts as this answer (a judgement: nobody
# under 7 has completed primary school, under 10 is counted as working; functions are asked from the age of 2).
TOO_YOUNG: Mapping[str, tuple[int, object]] = {
    "education": (7, 0.0),
    "is_working": (10, False),
    "has_business": (10, False),
    "has_severe_disability": (2, False),
}
# Regsosek 2022 asks question 410 of women of these ages only.
MAY_BE_PREGNANT = (10, 54)
DTYPES: dict[str, Any] = {"number": "Float64", "integer": "Float64", "boolean": "boolean"}


@dataclass(frozen=True)
class Persons:
    """The members who count, and how many were left out and why.

    Attributes
    ----------
    table : DataFrame
        One row per member who lives in a household, in the words of `household_members`, by place from 0.
    asked : tuple of str
        Columns of which something is known of somebody.
    absent : dict
        How many died, moved or were not found.
    homeless : int
        How many have no household number, and so no household.
    ids : Index
        Every household of which the roster has an accepted row, those included of which nobody is left.
    lost_from : Series
        The household of each member whose row was set aside, missing where it is not known.
    """

    table: pd.DataFrame
    asked: tuple[str, ...]
    absent: dict[str, int]
    homeless: int
    ids: pd.Index
    lost_from: pd.Series


def persons_of(members: Registry | pd.DataFrame, on: date | None) -> Persons:
    """Return the members who count."""
    roster = members if isinstance(members, Registry) else validate(members, load_dictionary(DICTIONARY))
    table = _typed(roster)
    table["age_years"] = _ages(table, on)
    asked = tuple(str(name) for name in table if table[name].notna().any())
    left = table["presence"].isin(NOT_COUNTED).to_numpy(dtype=bool, na_value=False)
    absent = table.loc[left, "presence"].value_counts()
    lost = table["household_id"].isna().to_numpy()
    here = table[~left & ~lost].reset_index(drop=True)
    ids = pd.Index(table["household_id"].dropna().unique())
    counts = {word: int(absent.get(word, 0)) for word in NOT_COUNTED}
    return Persons(_filled(here), asked, counts, int((lost & ~left).sum()), ids, roster.lost_from)


def _typed(roster: Registry) -> pd.DataFrame:
    """Return every column of the common dictionary; those that the roster lacks are missing."""
    own, common = roster.dictionary, load_dictionary(DICTIONARY)
    link = own.one("household")
    if own.unit != "person" or link is None or "relation" not in own.columns:
        raise UsageError(
            f"dictionary '{own.name}' is no harmonised roster of persons: read the file with the dictionary of its "
            f"members and harmonise it, so that its columns are those of '{DICTIONARY}'"
        )
    rows = roster.households.reset_index().rename(columns={link: "household_id"})
    typed = {}
    for name, column in common.columns.items():
        cells = rows[name] if name in rows else pd.Series(pd.NA, index=rows.index, dtype="string")
        is_date = column.type == "date"
        typed[name] = _dates(cells) if is_date else cells.astype(DTYPES.get(column.type, "string"))
    # As text, the households of accepted rows and of those set aside look the same.
    return pd.DataFrame(typed).assign(household_id=cell_text(rows["household_id"]))


def _dates(cells: pd.Series) -> pd.Series:
    return cells if pd.api.types.is_datetime64_any_dtype(cells) else pd.to_datetime(cells, errors="coerce")


def _ages(table: pd.DataFrame, on: date | None) -> pd.Series:
    """Return ages in whole years, as told or else as they follow from the date of birth on the day `on`."""
    told = table["age_years"]
    if on is None:
        return told
    return told.fillna(ages_on(table["birth_date"], on).astype("Float64"))


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """Answer what a form does not ask of members of some age or sex, and what follows from another answer."""
    age, filled = table["age_years"], {}
    for name, (years, answer) in TOO_YOUNG.items():
        young = (age < years).fillna(False) & table[name].isna()
        filled[name] = table[name].mask(young, answer)
    never = (~table["ever_attended_school"]).fillna(False) & table["education"].isna()
    filled["education"] = filled["education"].mask(never, 0.0)
    may = (table["is_female"] & age.between(*MAY_BE_PREGNANT)).fillna(True)
    filled["is_pregnant"] = table["is_pregnant"].mask(~may & table["is_pregnant"].isna(), False)
    return table.assign(**filled)

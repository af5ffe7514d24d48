"""Find households whose roster contradicts itself or the list of households."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.roster.grouping import NOBODY, Grouping
from graduation.roster.persons import Persons

# A head below this age is reported; Law 13/2003 forbids work below it, so hardly anybody heads a family so young.
YOUNGEST_HEAD = 15
# What each problem is called in sentences.
MEANINGS = {
    "no_head": "no member is the head, so what is known of the head is missing",
    "two_heads": "several members are the head, so what is known of the head is missing",
    "young_head": f"the head is younger than {YOUNGEST_HEAD}",
    "nobody_left": "every member died, moved or was not found",
    "members_set_aside": "rows of members were set aside, so counts and what no accepted member tells are missing",
    "no_household": "members without a household number, counted in none",
    "orphans": "members whose household is not in the list of households",
    "no_members": "in the list of households, but no member is in the roster",
    "size_differs": "the list of households tells another size than the roster",
}
COLUMNS = ["household_id", "problem", "persons", "told"]


def problems_of(persons: Persons, grouping: Grouping, sizes: pd.Series | None) -> pd.DataFrame:
    """Return `household_id`, `problem`, `persons` concerned, and the size `told` by the list of households.

    Parameters
    ----------
    persons : Persons
    grouping : Grouping
        Of these persons.
    sizes : Series, optional
        Household sizes as the list of households tells them, indexed by household id.
    """
    parts = [*_heads(persons, grouping), *_without(persons, grouping)]
    if sizes is not None:
        parts += _against_list(persons, grouping, sizes)
    found = [part for part in parts if len(part)]
    if not found:
        return pd.DataFrame({"household_id": pd.Series(dtype="string"), "problem": "", "persons": 0, "told": np.nan})
    table = pd.concat(found, ignore_index=True)[COLUMNS]
    return table.sort_values(["household_id", "problem"], ignore_index=True)


def _part(problem: str, ids: pd.Index, persons: object, told: object = np.nan) -> pd.DataFrame:
    columns = {"household_id": ids.astype("string"), "problem": problem, "persons": persons, "told": told}
    return pd.DataFrame(columns).astype({"persons": "int64", "told": "float64"})


def _heads(persons: Persons, grouping: Grouping) -> list[pd.DataFrame]:
    n_members = np.bincount(grouping.codes, minlength=len(grouping.ids))
    n_heads = grouping.persons(persons.table["relation"].eq("head").to_numpy(dtype=bool, na_value=False))
    age = grouping.of_head(persons.table["age_years"]).to_numpy()
    # The head may be among those set aside.
    none = (n_heads == 0) & (grouping.lost == 0)
    several, young = n_heads > 1, (grouping.head != NOBODY) & (age < YOUNGEST_HEAD)
    return [
        _part("no_head", grouping.ids[none], n_members[none]),
        _part("two_heads", grouping.ids[several], n_heads[several]),
        _part("young_head", grouping.ids[young], 1),
    ]


def _without(persons: Persons, grouping: Grouping) -> list[pd.DataFrame]:
    """Tell households without persons, and persons without household."""
    homeless = pd.Index([pd.NA], dtype="string")[: 1 if persons.homeless else 0]
    lost = persons.lost_from.value_counts(dropna=False)
    left = persons.ids.difference(grouping.ids).difference(lost.index)
    return [
        _part("nobody_left", left, 0),
        _part("no_household", homeless, persons.homeless),
        _part("members_set_aside", lost.index, lost.to_numpy()),
    ]


def _against_list(persons: Persons, grouping: Grouping, sizes: pd.Series) -> list[pd.DataFrame]:
    counted = np.bincount(grouping.codes, minlength=len(grouping.ids))
    told = sizes.reindex(grouping.ids).to_numpy(dtype="float64")
    orphan = ~grouping.ids.isin(sizes.index)
    differs = ~np.isnan(told) & (told != counted) & (grouping.lost == 0)
    named = persons.ids.union(pd.Index(persons.lost_from.dropna().unique()))
    return [
        _part("orphans", grouping.ids[orphan], counted[orphan]),
        _part("no_members", sizes.index.difference(named), 0),
        _part("size_differs", grouping.ids[differs], counted[differs], told[differs]),
    ]

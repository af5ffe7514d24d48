"""Households become a feature table: dictionary columns, and named functions of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from graduation.schema import Dictionary, Label, Language

Direction = Literal["rises", "falls"]


def floor_m2_per_person(floor_area_m2: pd.Series, household_size: pd.Series) -> pd.Series:
    """Return floor area per person in square metres: crowding."""
    return floor_area_m2 / household_size.where(household_size > 0)


def working_age_share(n_working_age: pd.Series, household_size: pd.Series) -> pd.Series:
    """Return members of working age per member, 0 to 1: the inverse of dependency."""
    return n_working_age / household_size.where(household_size > 0)


@dataclass(frozen=True)
class Derived:
    """A feature made of others, how it is called, and how the risk is expected to move when it grows.

    It tells of the column `concept`; where it has a `unit`, a reason gives its value under the name of that column.
    """

    function: Callable[..., pd.Series]
    label: Label
    direction: Direction
    concept: str
    unit: str


# A feature is built when a registry has every column that its function names as a parameter.
DERIVED = {
    "floor_m2_per_person": Derived(
        floor_m2_per_person,
        Label(en="Floor area per person (m2)", id="Luas lantai per orang (m2)"),
        "falls",
        concept="floor_area_m2",
        unit="m2 per person",
    ),
    "working_age_share": Derived(
        working_age_share,
        Label(en="Share of working age", id="Porsi anggota usia kerja"),
        "falls",
        concept="n_working_age",
        unit="",
    ),
}
SIGNS: dict[Direction | None, int] = {"rises": 1, "falls": -1, None: 0}


def feature_frame(households: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Return the features of each household.

    Parameters
    ----------
    households : DataFrame
        Accepted households of a registry (`Registry.households`).
    dictionary : Dictionary
        Says which columns are features and how they are typed.

    Returns
    -------
    DataFrame
        Same index; numbers and booleans (1, 0) as float with NaN for missing, categories as text, or as pandas
        categories where the households have them so.
    """
    flat = households.reset_index().set_axis(households.index) if dictionary.repeats else households
    columns = {name: _typed(flat[name], dictionary.columns[name].type) for name in dictionary.features}
    return pd.DataFrame(columns | derived_features(columns, columns), index=households.index)


def derived_features(columns: Mapping[Any, Any], stored: Collection[str]) -> dict[str, pd.Series]:
    """Return the features that can be made of these columns, but for those that a registry has `stored` itself."""
    made = {}
    for name, derived in DERIVED.items():
        inputs = list(inspect.signature(derived.function).parameters)
        if set(inputs) <= columns.keys() and name not in stored:
            made[name] = derived.function(*(columns[column] for column in inputs))
    return made


def _typed(values: pd.Series, kind: str) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values
    if kind in ("category", "text"):
        return values.astype("string").astype(object).where(values.notna(), None)
    return values.astype("float64")


def feature_title(name: str, dictionary: Dictionary, language: Language = "en") -> str:
    """Return how a feature is called in plain words."""
    if name in dictionary.columns:
        return dictionary.columns[name].title(language)
    return DERIVED[name].label.text(language) if name in DERIVED else name.replace("_", " ")


def feature_directions(dictionary: Dictionary) -> dict[str, int]:
    """Return 1 for each feature with which the risk may only rise, -1 where it may only fall; others are left out."""
    signs = {name: SIGNS[dictionary.columns[name].direction] for name in dictionary.features}
    signs |= {name: SIGNS[derived.direction] for name, derived in DERIVED.items() if name not in signs}
    return {name: sign for name, sign in signs.items() if sign}

"""Add what the members tell to a registry of households."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from graduation.errors import UsageError
from graduation.roster.roster import Roster
from graduation.schema import Dictionary, Registry, load_dictionary

DICTIONARY = "household_roster"


def with_members(registry: Registry, roster: Roster) -> Registry:
    """Return the registry with the features of the roster.

    What the registry tells itself stays; the roster answers where it is silent, and adds the columns it lacks. Give
    `household_features` the same registry as `households` to be told where the two differ.

    Parameters
    ----------
    registry : Registry
        Of households, each once.
    roster : Roster

    Raises
    ------
    UsageError
        When the registry is one of persons, or holds households several times: a roster is of one time.

    Examples
    --------
    >>> import graduation
    >>> from graduation.roster import household_features
    >>> waves = graduation.make_waves(300, seed=1)
    >>> registry = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    >>> members = [(f"{household}-1", household, "head", "1") for household in registry.households.index]
    >>> table = pd.DataFrame(members, columns=["person_id", "household_id", "relation", "is_working"])
    >>> joined = with_members(registry, household_features(table, households=registry))
    >>> set(joined.households) - set(registry.households)
    {'n_workers'}
    """
    if registry.dictionary.unit != "household" or registry.dictionary.repeats:
        raise UsageError("members belong to households that the registry holds once each; give such a registry")
    told = roster.households.reindex(registry.households.index.astype("string"))
    told = told.set_axis(registry.households.index)
    table = registry.households.copy(deep=False)
    for name in told:
        table[name] = _filled(table[name], told[name]) if name in table else told[name]
    dictionary = _extended(registry.dictionary, set(map(str, told)))
    return replace(registry, households=table[[n for n in dictionary.columns if n in table]], dictionary=dictionary)


def _filled(own: pd.Series, told: pd.Series) -> pd.Series:
    """Answer from the roster where the registry is silent, if both speak of it in the same kind of words."""
    same = pd.api.types.is_numeric_dtype(own) == pd.api.types.is_numeric_dtype(told)
    return own.fillna(told.astype(own.dtype)) if same else own


def _extended(dictionary: Dictionary, names: set[str]) -> Dictionary:
    """Return the dictionary with the columns of the roster that it does not have."""
    common = load_dictionary(DICTIONARY).columns
    more = {name: column for name, column in common.items() if name in names and name not in dictionary.columns}
    size = {} if dictionary.size else {"size": "household_size"} if "household_size" in names else {}
    return dictionary.model_copy(update={"columns": {**dictionary.columns, **more}, **size})

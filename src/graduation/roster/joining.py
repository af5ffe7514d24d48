"""Add what the members tell to a registry of households."""

from __future__ import annotations

from dataclasses import replace

from graduation.errors import UsageError
from graduation.roster.roster import Roster
from graduation.schema import Column, Dictionary, Registry, load_dictionary

DICTIONARY = "household_roster"
NUMBERS = ("integer", "number")


def with_members(registry: Registry, roster: Roster) -> Registry:
    """Return the registry with the features of the roster.

    What the registry tells itself stays; the roster answers where it is silent, and adds the columns it lacks. A
    column that the registry means otherwise, as far as its dictionary tells, stays as it is. Give `household_features`
    the same registry as `households` to be told where the two differ.

    Parameters
    ----------
    registry : Registry
        Of households, each once, best harmonised.
    roster : Roster

    Raises
    ------
    UsageError
        When the registry is one of persons, or holds households several times: a roster is of one time. When the
        registry has codes of its own where the roster has words.

    Examples
    --------
    >>> import graduation
    >>> import pandas as pd
    >>> from graduation.roster import household_features
    >>> waves = graduation.make_waves(300, seed=1)
    >>> own = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    >>> registry = graduation.harmonise(own).registry
    >>> members = [(f"{household}-1", household, "head", "1") for household in registry.households.index]
    >>> table = pd.DataFrame(members, columns=["person_id", "household_id", "relation", "is_working"])
    >>> joined = with_members(registry, household_features(table, households=registry))
    >>> int(registry.households["n_workers"].count()), int(joined.households["n_workers"].count())
    (0, 298)
    """
    if registry.dictionary.unit != "household" or registry.dictionary.repeats:
        raise UsageError("members belong to households that the registry holds once each; give such a registry")
    own, common = registry.dictionary, load_dictionary(DICTIONARY)
    _refuse_other_words(own, common, roster)
    told = roster.households.reindex(registry.households.index.astype("string"))
    told = told.set_axis(registry.households.index)
    table = registry.households.copy(deep=False)
    for name in told:
        if name not in own.columns:
            table[name] = told[name]
        elif _means_the_same(own.columns[name], common.columns[name], own):
            table[name] = table[name].fillna(told[name].astype(table[name].dtype)) if name in table else told[name]
    dictionary = _extended(own, common, set(map(str, told)))
    return replace(registry, households=table[[n for n in dictionary.columns if n in table]], dictionary=dictionary)


def _refuse_other_words(own: Dictionary, common: Dictionary, roster: Roster) -> None:
    """Refuse a registry that has codes of its own for what the roster tells in words."""
    coded = [
        name
        for name in map(str, roster.households)
        if name in own.columns
        and (own.columns[name].codes or common.columns[name].codes)
        and not _means_the_same(own.columns[name], common.columns[name], own)
    ]
    if coded:
        raise UsageError(
            f"the roster tells {', '.join(coded)} in common words, dictionary '{own.name}' has codes of its own: "
            "harmonise the registry first"
        )


def _means_the_same(own: Column, common: Column, dictionary: Dictionary) -> bool:
    """Whether a column of the registry may hold answers of the roster: it tells the same in the same words."""
    if not any(column.harmonised for column in dictionary.columns.values()):
        return own.asks_as(common)
    kinds = ["number" if column.type in NUMBERS else column.type for column in (own, common)]
    in_words = not own.codes or {code: code for code in common.codes}.items() <= own.words.items()
    return own.harmonised == common.name and kinds[0] == kinds[1] and in_words


def _extended(dictionary: Dictionary, common: Dictionary, names: set[str]) -> Dictionary:
    """Return the dictionary with the columns of the roster that it does not have."""
    more = {name: column for name, column in common.columns.items() if name in names and name not in dictionary.columns}
    size = {} if dictionary.size else {"size": "household_size"} if "household_size" in names else {}
    return dictionary.model_copy(update={"columns": {**dictionary.columns, **more}, **size})

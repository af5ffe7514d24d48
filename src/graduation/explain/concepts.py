"""What features tell of: those of one variable are one reason, by the dictionary alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduation.features import DERIVED
from graduation.risk import STATE_FEATURE, STATE_LABEL
from graduation.schema import Dictionary, Label

PROTECTED = "protected"
PROTECTED_LABEL = Label(en="Protected characteristics", id="Ciri yang dilindungi")


@dataclass(frozen=True)
class Concept:
    """One thing that a registry knows of a household, however many features tell of it.

    Attributes
    ----------
    code : str
        The name of its first column, or the word of the dictionary's `concept`; "protected" where it is not told.
    features : tuple of str
        In the order of the model's features.
    label : Label
    """

    code: str
    features: tuple[str, ...]
    label: Label


def concepts_of(
    dictionary: Dictionary, features: Sequence[str], *, tell_protected: bool = False
) -> tuple[Concept, ...]:
    """Return the concepts of features, each feature in one, in the order of their first features.

    Features join when the dictionary names the same `concept`, when they are read from the same column of a file (bits
    of one number, levels of one answer, a flag), when one is made of the other alone (`made_of`, and features such as
    floor area per person), or when one is the state that follows from welfare.

    Parameters
    ----------
    dictionary : Dictionary
    features : sequence of str
    tell_protected : bool
        By default all concepts with a protected column are one, which is told without saying which it is.
    """
    roots = {name: _root(name, dictionary, features) for name in features}
    if not tell_protected:
        hidden = {roots[name] for name in features if _is_protected(name, dictionary)}
        roots = {name: PROTECTED if root in hidden else root for name, root in roots.items()}
    members: dict[str, list[str]] = {}
    for name, root in roots.items():
        members.setdefault(root, []).append(name)
    return tuple(Concept(code, tuple(names), _label(code, names, dictionary)) for code, names in members.items())


def _root(feature: str, dictionary: Dictionary, features: Sequence[str]) -> str:
    """Follow what a feature tells of until it tells of itself, or of what it started from."""
    passed = [feature]
    while (following := _tells_of(passed[-1], dictionary, features)) not in passed:
        passed.append(following)
    return min(passed[passed.index(following) :])


def _tells_of(feature: str, dictionary: Dictionary, features: Sequence[str]) -> str:
    """Return the column, or the word, that a feature tells of by itself."""
    column = dictionary.columns.get(feature)
    if feature == STATE_FEATURE:
        near = None if dictionary.one("state") else dictionary.one("welfare")
    elif column is None:
        near = DERIVED[feature].concept if feature in DERIVED else None
    elif column.concept:
        return column.concept
    elif len(column.made_of) == 1:
        near = column.made_of[0]
    else:
        near = _first_of_source(feature, dictionary, features)
    return near if near is not None and near in features else feature


def _first_of_source(feature: str, dictionary: Dictionary, features: Sequence[str]) -> str:
    """Return the first feature that is read from the same column of a file."""
    names = _names_in_files(feature, dictionary)
    return next((one for one in features if one == feature or names & _names_in_files(one, dictionary)), feature)


def _names_in_files(feature: str, dictionary: Dictionary) -> set[str]:
    column = dictionary.columns.get(feature)
    return {name.casefold() for name in column.names()} if column and not column.history else set()


def _is_protected(feature: str, dictionary: Dictionary) -> bool:
    """Whether a feature is protected, or made of one that is."""
    column = dictionary.columns.get(feature)
    inputs = column.made_of if column else ()
    return any(dictionary.columns[one].protected for one in (feature, *inputs) if one in dictionary.columns)


def _label(code: str, features: Sequence[str], dictionary: Dictionary) -> Label:
    """Return what a concept is called: as its column, else by all that the features are called."""
    if code == PROTECTED:
        return PROTECTED_LABEL
    if code == STATE_FEATURE:
        return STATE_LABEL
    columns = dictionary.columns
    if code in columns and not columns[code].bit:
        named = columns[code]
        return Label(en=named.title("en"), id=named.title("id"))
    told = [columns[name] for name in features if name in columns]
    if told and code in columns:
        return Label(en=" / ".join(one.title("en") for one in told), id=" / ".join(one.title("id") for one in told))
    return DERIVED[code].label if code in DERIVED else Label(en=code.replace("_", " "), id=code.replace("_", " "))

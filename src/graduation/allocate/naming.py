"""Levels of limits as people call them: the label of a code, in either language, serves as well as the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graduation.allocate.limits import TOLD_LEVELS, Capacity, Level, Quota, Share
from graduation.errors import UsageError, nearest_of
from graduation.schema import Column, Dictionary, Label, codes_called

# Of whole numbers only some may have a label, as a class of schooling or no answer has.
CODED = ("category", "integer")
Coupling = Capacity | Quota | Share


def by_code(limits: Sequence[Coupling], dictionary: Dictionary) -> list[Coupling]:
    """Return limits with the codes of the places and groups that they name, which are then told by their labels.

    Parameters
    ----------
    limits : sequence of Capacity, Quota or Share
        Each names a level by its code or by its label in English or Indonesian, in any case. Levels of a column that
        has no codes are left as they are.
    dictionary : Dictionary
        Of the registry that the plan is for.

    Raises
    ------
    UsageError
        When a column has no such label or code, or several codes share the label; all are told.

    Examples
    --------
    >>> from graduation.schema import load_dictionary
    >>> found = by_code([Quota("kecamatan", "tambelang", 5)], load_dictionary("west_java_synthetic"))[0]
    >>> found.level, str(found)
    ('321604', 'at least 5 where kecamatan is Tambelang')
    """
    found, faults = [], []
    for limit in limits:
        column = dictionary.columns.get(limit.column or "")
        if column is None or column.type not in CODED or not column.codes:
            found.append(limit)
            continue
        codes = codes_called(column, _text(limit.level))
        if len(codes) == 1:
            found.append(_with(limit, codes[0], column.codes[codes[0]]))
        elif not codes and (column.open or column.type == "integer"):
            found.append(limit)
        else:
            faults.append(f"{limit}: {_fault(column, _text(limit.level), codes)}")
    if faults:
        raise UsageError("limits cannot be read: " + "; ".join(faults))
    return found


def _with(limit: Coupling, code: str, label: Label) -> Coupling:
    if isinstance(limit, Capacity):
        return replace(limit, place=code, called=label)
    return replace(limit, level=code, called=label)


def _text(level: Level) -> str:
    return str(int(level)) if isinstance(level, bool) else str(level)


def _fault(column: Column, asked: str, codes: Sequence[str]) -> str:
    if codes:
        return f"{len(codes)} codes are called so; give one of {', '.join(codes)}"
    names = {text: code for code, label in column.codes.items() for text in (code, label.id, label.en) if text}
    folded = {name.casefold(): code for name, code in names.items()}
    if near := nearest_of(asked.casefold(), folded):
        return f"no such place or group; did you mean {_both(column, folded[near])}?"
    told = ", ".join(_both(column, code) for code in list(column.codes)[:TOLD_LEVELS])
    more = ", ..." if len(column.codes) > TOLD_LEVELS else ""
    return f"no such place or group; '{column.name}' has {told}{more}"


def _both(column: Column, code: str) -> str:
    label = column.codes[code].en
    return f"{label} ({code})" if label else code

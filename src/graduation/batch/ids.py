"""Ids of a chunk: numbers of identity looked at and replaced by pseudonyms, as `read_registry` does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.numbers import POINT
from graduation.batch.rows import Rows, letters_of, series_of
from graduation.errors import DataError, Problem
from graduation.io.number_ids import ids_of_numbers, taken_for_numbers
from graduation.io.pseudonyms import with_pseudonyms
from graduation.schema import Dictionary, locate, unsound_numbers
from graduation.schema.cells import Breach, Checked, check_cells
from graduation.schema.codes import IDENTIFIERS
from graduation.schema.column import Column
from graduation.schema.hiding import DIGITS
from graduation.schema.identity import BORN_AND_SEX
from graduation.schema.written import Cells, Writing

# Letters of ids with which nothing can be wrong: no formula, no rounded number, no blank to strip.
SOUND = np.isin(np.arange(256), [*b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-/"])


class Secret(NamedTuple):
    """The key file of pseudonyms, and a file of the registry, in whose folder it may not lie."""

    key_file: Path | None
    beside: Path


def plain_ids(
    rows: Rows, dictionary: Dictionary, *, alike: dict[str, bool] | None, secret: Secret
) -> tuple[Rows, list[Breach]]:
    """Return rows with pseudonyms for ids that identify, and what is odd about their numbers of identity.

    Parameters
    ----------
    rows : Rows
    dictionary : Dictionary
    alike : dict of str to bool, optional
        Of which columns all ids are like 12.0 by the first rows of the file; None for those rows.
    secret : Secret

    Raises
    ------
    UsageError
        When pseudonyms are needed and there is no key, or ids that the dictionary calls open are numbers of identity in
        most of the rows.
    DataError
        When the first ids of the file are all like 12.0 and others are not.
    """
    found = locate(pd.DataFrame(columns=list(rows.names)), dictionary)
    asked = {name: rows.names.index(str(there)) for name, there in found.items() if _is_asked(dictionary, name)}
    if not len(rows) or not any(
        _must_be_read(dictionary.columns[name], rows.columns[at]) for name, at in asked.items()
    ):
        return rows, []
    table = pd.DataFrame({rows.names[at]: series_of(rows.columns[at]) for at in asked.values()})
    seen = taken_for_numbers(table, dictionary)
    known = seen if alike is None else alike
    changed = [name for name, all_are in known.items() if all_are and not seen.get(name, True)]
    if changed:
        raise DataError(str(secret.beside.parent), [_half_numbers(name) for name in changed])
    table, numbers = ids_of_numbers(table, dictionary, known)
    odd = numbers + unsound_numbers(table, dictionary)
    hidden = with_pseudonyms(table, dictionary, key_file=secret.key_file, source=secret.beside)
    columns = list(rows.columns)
    for name, at in asked.items():
        column = dictionary.columns[name]
        is_hidden = column.privacy == "identifier" and column.is_kept
        if is_hidden or (column.role in IDENTIFIERS and pa.types.is_string(columns[at].type)):
            columns[at] = pa.array(hidden[rows.names[at]].astype("string"), type=pa.string())
    return replace(rows, columns=tuple(columns)), odd


def _is_asked(dictionary: Dictionary, name: str) -> bool:
    """Whether a column takes part in what is asked of numbers of identity."""
    column = dictionary.columns[name]
    is_compared = {column.harmonised, name} & set(BORN_AND_SEX[dictionary.unit]) and column.type in ("date", "boolean")
    return column.role in IDENTIFIERS or column.structure is not None or bool(is_compared)


def _must_be_read(column: Column, cells: pa.Array) -> bool:
    """Whether a column may hold numbers of identity, or ids that became numbers; short open ids do not."""
    if column.role not in IDENTIFIERS and column.structure is None:
        return False
    if column.privacy == "identifier" or column.role == "identity" or column.structure is not None:
        return True
    if not pa.types.is_string(cells.type):
        return True
    ends, letters = letters_of(cells)
    return bool((np.diff(ends) >= DIGITS).any() or (letters == POINT).any())


def _half_numbers(name: str) -> Problem:
    found = "ids like 12.0 in the first rows, and others further on: 12 and 12.0 may be one household or two"
    return Problem(found, "ids as they were given", "Export the column as text.", name)


def check_ids(cells: pa.Array, column: Column) -> Checked:
    """Return ids as `check_cells` gives them; those of letters and digits alone are as they stand."""
    series = series_of(cells)
    if not _are_sound(cells, column):
        return check_cells(Cells(series), column, Writing())
    ids = series.astype("string")
    return Checked(Cells(ids), ids, [])


def _are_sound(cells: pa.Array, column: Column) -> bool:
    if not pa.types.is_string(cells.type) or cells.null_count or column.codes or column.area or column.missing:
        return False
    ends, letters = letters_of(cells)
    return bool((np.diff(ends) > 0).all() and SOUND[letters].all())

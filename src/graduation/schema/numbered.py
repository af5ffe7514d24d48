"""What is wrong with numbers of identity as they were read, before ids become pseudonyms that tell nothing."""

from __future__ import annotations

import pandas as pd

from graduation.schema.cells import Breach, check_cells
from graduation.schema.dictionary import Dictionary
from graduation.schema.identity import disagreeing_numbers, structure_breaches
from graduation.schema.locating import locate
from graduation.schema.written import Writing, cells_of, without

# Two rounded numbers would become one pseudonym, and two households one.
BEFORE_PSEUDONYMS = ("digits_lost", "became_a_date", "error_cell", "formula_without_result", "lost_characters")


def unsound_numbers(table: pd.DataFrame, dictionary: Dictionary, *, spreadsheet: bool = False) -> list[Breach]:
    """Return what is odd about the identifying numbers of a raw table.

    Ids and links that were spoilt set their rows aside, for they can join nothing; numbers that are not built as their
    `structure` says are told only.

    Parameters
    ----------
    table : DataFrame
        As read, before ids become pseudonyms.
    dictionary : Dictionary
    spreadsheet : bool
        Whether typed cells are those of a spreadsheet.
    """
    breaches: list[Breach] = []
    for name, there in locate(table, dictionary).items():
        column = dictionary.columns[name]
        if column.role in ("id", "household") and column.privacy == "identifier":
            checked = check_cells(cells_of(table[there]), column, Writing(spreadsheet=spreadsheet))
            breaches += [breach for breach in checked.breaches if breach.rule in BEFORE_PSEUDONYMS]
        if column.structure is not None:
            text = cells_of(table[there])
            told = without(text.text, column.missing)
            breaches += structure_breaches(
                told if text.place is None else told.take(text.place).reset_index(drop=True), column
            )
    return breaches + disagreeing_numbers(table, dictionary)

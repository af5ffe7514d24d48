"""Categories and answers of a chunk: each distinct cell is checked once in a run, as `check_cells` checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graduation.batch.rows import series_of
from graduation.schema.cells import Breach, Checked, check_cells
from graduation.schema.column import Column
from graduation.schema.written import Cells, Writing, cells_of

# A chunk of a column that has more distinct cells is checked as a whole.
FEW = 4_096


class Meaning(NamedTuple):
    """What a cell is worth, and what is wrong with it: rule, what was expected, whether its row is kept."""

    value: Any
    faults: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Answers:
    """What the distinct cells of one column mean, as far as they have been met; shared by threads."""

    column: Column
    known: dict[tuple[pa.DataType, Any], Meaning] = field(default_factory=dict)

    def check(self, cells: pa.Array) -> tuple[Checked, list[Any]]:
        """Return the cells of a chunk as `check_cells` gives them, and the distinct ones; all of them where many."""
        coded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        if len(coded.dictionary) > FEW:
            return check_cells(cells_of(series_of(cells)), self.column, Writing()), cells.to_pylist()
        place, distinct = _occurring(coded)
        meanings = self._meanings(distinct, coded.dictionary.type)
        values = self._typed([meaning.value for meaning in meanings])
        return Checked(Cells(values, place), values, self._breaches(meanings, place)), distinct

    def _meanings(self, distinct: list[Any], kind: pa.DataType) -> list[Meaning]:
        new = [cell for cell in distinct if (kind, cell) not in self.known]
        if new:
            checked = check_cells(Cells(series_of(pa.array(new, type=kind))), self.column, Writing())
            faults: list[list[tuple[str, str, bool]]] = [[] for _ in new]
            for breach in checked.breaches:
                for row in breach.rows:
                    faults[row].append((breach.rule, breach.expected, breach.keeps))
            for cell, value, wrong in zip(new, checked.values.astype(object), faults, strict=True):
                self.known[kind, cell] = Meaning(None if pd.isna(value) else value, tuple(wrong))
        return [self.known[kind, cell] for cell in distinct]

    def _typed(self, values: Sequence[Any]) -> pd.Series:
        return pd.Series(pd.array(values, dtype="boolean" if self.column.type == "boolean" else "string"))

    def _breaches(self, meanings: list[Meaning], place: np.ndarray) -> list[Breach]:
        wrong: dict[tuple[str, str, bool], list[int]] = {}
        for number, meaning in enumerate(meanings):
            for fault in meaning.faults:
                wrong.setdefault(fault, []).append(number)
        return [
            Breach(self.column.name, rule, np.flatnonzero(np.isin(place, numbers)), expected, keeps)
            for (rule, expected, keeps), numbers in wrong.items()
        ]


def _occurring(coded: pa.DictionaryArray) -> tuple[np.ndarray, list[Any]]:
    """Return for each row the place of its cell among those that occur, None for what is missing."""
    cells = [None if cell != cell else cell for cell in coded.dictionary.to_pylist()]
    place = pc.fill_null(coded.indices, len(cells)).to_numpy(zero_copy_only=False)
    counts = np.bincount(place, minlength=len(cells) + 1)
    used = np.flatnonzero(counts)
    every = [*cells, None]
    if len(used) < len(every):
        place = (np.cumsum(counts > 0) - 1)[place]
    return place, [every[number] for number in used]

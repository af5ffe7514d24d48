"""What an encoder needs to know of tables that come part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from graduation.risk.encoding import TableEncoder, is_categorical, levels_of, numbers_of, refuse_faults, texts_of


@dataclass
class ColumnCounts:
    """Facts of the columns of some rows, which add up to those of a table.

    Attributes
    ----------
    rows : int
    known : dict of str to int
        Rows in which each column is not missing.
    levels : dict of str to Series
        Of each categorical column, how many rows have each label.
    spans : dict of str to (float, float)
        The least and the greatest of each number; NaN where it is never known.
    """

    rows: int = 0
    known: dict[str, int] = field(default_factory=dict)
    levels: dict[str, pd.Series] = field(default_factory=dict)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, X: pd.DataFrame) -> Self:
        """Return the facts of a table (n, p).

        Raises
        ------
        DataError
            When columns hold dates or infinite values.
        """
        refuse_faults(X)
        found = cls(len(X))
        for name, values in X.items():
            found.known[str(name)] = int(values.notna().sum())
            if is_categorical(values):
                counts = texts_of(values).value_counts()
                found.levels[str(name)] = counts[counts > 0].astype("int64")
            else:
                numbers = numbers_of(values, str(name))
                found.spans[str(name)] = (float(numbers.min()), float(numbers.max()))
        return found

    def add(self, more: ColumnCounts) -> None:
        """Add the facts of more rows."""
        self.rows += more.rows
        self.known = {name: self.known.get(name, 0) + n for name, n in more.known.items()}
        for name, counts in more.levels.items():
            self.levels[name] = self.levels[name].add(counts, fill_value=0) if name in self.levels else counts
        for name, (low, high) in more.spans.items():
            # An answer that no row of a part has given looks like a number there; NaN never counts.
            lowest, highest = self.spans.get(name, (np.nan, np.nan))
            self.spans[name] = (float(np.fmin(lowest, low)), float(np.fmax(highest, high)))

    def encoder(self, sample: pd.DataFrame, last: Sequence[str] = ()) -> TableEncoder:
        """Return the encoder of all rows.

        Levels, and which columns can teach nothing, are exact. Medians, which only numbers that were never missing in
        training need, and which columns are copies, are those of the sample.

        Parameters
        ----------
        sample : DataFrame of shape (n, p)
            Some of the rows.
        last : sequence of str
            Columns that come last in the encoded matrix, in this order; of two copies the one that comes first stays.
        """
        encoder = TableEncoder()
        encoder.columns_ = [str(name) for name in sample]
        encoder.levels_, encoder.medians_, encoder.rare_ = {}, {}, {}
        encoder.left_out_, encoder.copies_, encoder.used_ = {}, {}, []
        seen: dict[bytes, str] = {}
        for name in [*(one for one in encoder.columns_ if one not in last), *last]:
            why = self._learn(encoder, name, sample[name])
            kind = b"label" if name in encoder.levels_ else b"number"
            twin = name if why else seen.setdefault(kind + encoder.encode(sample[name], name).tobytes(), name)
            if twin != name:
                encoder.copies_[name], why = twin, f"a copy of '{twin}'"
            if why:
                encoder.leave_out(name, why)
            else:
                encoder.used_.append(name)
        return encoder

    def _learn(self, encoder: TableEncoder, name: str, values: pd.Series) -> str:
        """Learn one column; return why it can teach nothing, or nothing."""
        complete = self.known[name] == self.rows
        if name in self.levels:
            counts = self.levels[name]
            encoder.levels_[name] = kept = levels_of(counts, self.rows)
            if rare := int(counts.sum() - counts[kept].sum()):
                encoder.rare_[name] = rare
            nothing, same = not kept, len(kept) == 1 and complete and not rare
        else:
            low, high = self.spans[name]
            if complete:
                encoder.medians_[name] = float(numbers_of(values, name).median())
            nothing, same = bool(np.isnan(low)), low == high and complete
        if nothing:
            return "every level too rare" if self.known[name] else "missing in every row"
        return "the same in every row" if same else ""


def restricted(encoder: TableEncoder, names: Sequence[str]) -> TableEncoder:
    """Return the encoder of some columns of those that an encoder reads, which encodes them alike."""
    part = TableEncoder()
    for learned in ("columns_", "used_"):
        setattr(part, learned, [name for name in getattr(encoder, learned) if name in names])
    for learned in ("left_out_", "copies_", "levels_", "medians_", "rare_"):
        known = getattr(encoder, learned)
        setattr(part, learned, {name: known[name] for name in known if name in names})
    return part

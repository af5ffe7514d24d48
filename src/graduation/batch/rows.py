"""Rows of a file as they were read: Arrow columns, and where each row stood."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.io.tables import WHOLE
from graduation.schema import Layout


@dataclass(frozen=True)
class Rows:
    """Some rows of a file, one after the other.

    Attributes
    ----------
    names : tuple of str
        The columns of the header.
    columns : tuple of Array
        The cells of each, as the file has them.
    layout : Layout
        Where the rows stood in the file, and what could not become a row.
    first, last : bool
        Whether the file begins or ends with them.
    """

    names: tuple[str, ...]
    columns: tuple[pa.Array, ...]
    layout: Layout
    first: bool = False
    last: bool = False

    def __len__(self) -> int:
        return len(self.layout.rows)

    def frame(self) -> pd.DataFrame:
        """Return the rows as `read_registry` has them in memory."""
        return frame_of(self.columns).set_axis(list(self.names), axis=1)

    def only(self, kept: np.ndarray) -> Rows:
        """Return the rows that a mask marks."""
        mask = pa.array(kept)
        layout = replace(self.layout, rows=self.layout.rows[kept])
        return replace(self, columns=tuple(column.filter(mask) for column in self.columns), layout=layout)


def frame_of(columns: tuple[pa.Array, ...]) -> pd.DataFrame:
    """Return Arrow columns as pandas holds them, numbered."""
    plain = [one.dictionary_decode() if pa.types.is_dictionary(one.type) else one for one in columns]
    table = pa.table(plain, names=[str(place) for place in range(len(plain))])
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True, date_as_object=False, types_mapper=WHOLE.get)
    return frame


def series_of(column: pa.Array) -> pd.Series:
    """Return an Arrow column as pandas holds it."""
    return frame_of((column,)).iloc[:, 0]


def letters_of(cells: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return where each text starts and ends (n + 1,), and the bytes of all (of type string, without copies)."""
    _, offsets, data = cells.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[cells.offset : cells.offset + len(cells) + 1]
    letters = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(0, dtype=np.uint8)
    return ends, letters[ends[0] : ends[-1]]

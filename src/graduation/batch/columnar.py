"""The rows of a Parquet file, chunk by chunk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.rows import Rows
from graduation.batch.sources import open_parquet
from graduation.errors import DataError, Problem
from graduation.schema import Dictionary, Layout, locate

ROWS = 65_536


class Part(NamedTuple):
    """Rows of a Parquet file that are read at once: `start` is the first, counted from 0."""

    start: int
    length: int


class Group(NamedTuple):
    """Row groups that are opened at once, and the chunks they are read in."""

    groups: tuple[int, ...]
    parts: tuple[Part, ...]


def parquet_parts(path: Path, *, rows: int = ROWS) -> list[Group]:
    """Return the chunks of a Parquet file: small row groups are joined, large ones read in pieces of one size."""
    metadata = open_parquet(path).metadata
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    joined: list[list[int]] = []
    for number, size in enumerate(sizes):
        if joined and sum(sizes[one] for one in joined[-1]) + size <= rows:
            joined[-1].append(number)
        else:
            joined.append([number])
    found, start = [], 0
    for numbers in joined:
        total = sum(sizes[one] for one in numbers)
        length = -(-total // max(-(-total // rows), 1))
        ends = [*range(start, start + total, length)] if total else []
        found.append(Group(tuple(numbers), tuple(Part(at, min(length, start + total - at)) for at in ends)))
        start += total
    return [group for group in found if group.parts]


def parquet_rows(
    path: Path, dictionary: Dictionary, *, rows: int = ROWS, skip: Collection[int] = ()
) -> Iterator[tuple[int, Rows]]:
    """Yield the chunks of a Parquet file with their numbers, but for those to skip.

    Only the columns that the dictionary names are read, and row groups of which every chunk is skipped are not.

    Raises
    ------
    DataError
        When the file is damaged or holds lists.
    """
    groups = parquet_parts(path, rows=rows)
    names = open_parquet(path).schema_arrow.names
    located = {str(there) for there in locate(pd.DataFrame(columns=names), dictionary).values()}
    kept = [name for name in names if name in located]
    answers = [str(there) for name, there in locate(pd.DataFrame(columns=names), dictionary).items()
               if dictionary.columns[name].type in ("category", "boolean")]  # fmt: skip
    file = open_parquet(path, answers)
    number, total = 0, sum(len(group.parts) for group in groups)
    for group in groups:
        mine = range(number, number + len(group.parts))
        number += len(group.parts)
        if set(mine) <= set(skip):
            continue
        for at, part, columns in zip(mine, group.parts, _pieces(file, group, kept, path), strict=True):
            if at not in skip:
                layout = Layout(np.arange(part.start + 1, part.start + part.length + 1))
                yield at, Rows(tuple(kept), columns, layout, first=at == 0, last=at == total - 1)


def _pieces(file: pa.parquet.ParquetFile, group: Group, names: list[str], path: Path) -> Iterator[tuple[pa.Array, ...]]:
    """Yield the columns of each part of some row groups."""
    held: list[pa.RecordBatch] = []
    parts = iter(group.parts)
    part = next(parts, None)
    size = group.parts[0].length
    try:
        for batch in file.iter_batches(size, row_groups=list(group.groups), columns=names, use_threads=False):
            held.append(batch)
            while part is not None and sum(one.num_rows for one in held) >= part.length:
                table = pa.Table.from_batches(held).unify_dictionaries()
                yield tuple(_one(column) for column in table.slice(0, part.length).columns)
                held = table.slice(part.length).to_batches()
                part = next(parts, None)
    except (pa.ArrowInvalid, OSError) as error:
        found = f"cannot be read: {str(error).splitlines()[0]}"
        raise DataError(str(path), [Problem(found, "a parquet file with one table", "Export it again.")]) from None


def _one(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; texts with 32-bit places, as those of a text file."""
    kind = pa.string() if pa.types.is_large_string(column.type) else column.type
    whole = column.cast(kind).combine_chunks()
    return whole if isinstance(whole, pa.Array) else whole.chunk(0)

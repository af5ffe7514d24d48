"""The final table, written piece by piece: Parquet or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from graduation.batch.durable import sync_file
from graduation.io.files import refuse_suffix
from graduation.io.outputs import neutralised

SUFFIXES = (".parquet", ".csv")
# A cell that begins with a letter or a digit starts no formula; only others are looked at closely.
MAY_START = "^[^0-9A-Za-z]"


class Pieces(Protocol):
    """Takes the pieces of a table, all of one schema."""

    def write_table(self, table: pa.Table) -> None: ...


@contextmanager
def writing_pieces(path: Path, schema: pa.Schema) -> Iterator[Pieces]:
    """Open a .parquet or .csv file by its ending for the pieces of a table, and force it to the disk at the end.

    Parquet has one row group per piece and a checksum per page, and keeps repeated text as a dictionary. In CSV, text
    that a spreadsheet would run as a formula is given a leading apostrophe, as `io.write_table` does.
    """
    refuse_suffix(path, SUFFIXES, "written")
    opened = _parquet(path, schema) if path.suffix.lower() == ".parquet" else _csv(path, schema)
    with opened as pieces:
        yield pieces
    sync_file(path)


@contextmanager
def _parquet(path: Path, schema: pa.Schema) -> Iterator[Pieces]:
    coded = [one.name for one in schema if pa.types.is_dictionary(one.type)]
    # Values that hardly repeat are not looked up in a dictionary: that is most of the time of writing them.
    # Nor are the ends of repeated text told per row group: nobody looks for them, and they take as long as the rest.
    plain = [one.name for one in schema if one.name not in coded]
    options = {
        "use_dictionary": coded, "write_statistics": plain, "compression": "zstd", "write_page_checksum": True,
    }  # fmt: skip
    with path.open("wb") as file, pq.ParquetWriter(file, schema, **options) as writer:
        yield writer


@contextmanager
def _csv(path: Path, schema: pa.Schema) -> Iterator[Pieces]:
    plain = pa.schema([pa.field(one.name, _plain(one.type)) for one in schema])
    header = neutralised(pd.DataFrame(columns=plain.names)).columns
    named = pa.schema([one.with_name(name) for one, name in zip(plain, header, strict=True)])
    with path.open("wb") as file, pyarrow.csv.CSVWriter(file, named) as writer:
        yield _Neutral(writer, named)


class _Neutral:
    def __init__(self, writer: pyarrow.csv.CSVWriter, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema

    def write_table(self, table: pa.Table) -> None:
        columns = [_harmless(column.combine_chunks()) for column in table.columns]
        self._writer.write_table(pa.table(columns, names=self._schema.names).cast(self._schema))


def _harmless(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        # Few values stand for many cells.
        return pa.DictionaryArray.from_arrays(column.indices, _harmless(column.dictionary))
    if not pa.types.is_string(column.type):
        return column
    odd = pc.match_substring_regex(column, MAY_START)
    if not pc.any(odd).as_py():
        return column
    safe = neutralised(pd.DataFrame({"cell": column.filter(odd).to_pandas()}))["cell"]
    return pc.replace_with_mask(column, odd.fill_null(False), pa.array(safe, column.type))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind

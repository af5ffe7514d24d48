"""Read tables: text, Excel, Parquet, Stata and SPSS."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from graduation.errors import DataError, Problem, UsageError
from graduation.io.csv_files import read_csv
from graduation.io.encodings import refuse_other_kind
from graduation.io.excel_files import read_excel
from graduation.io.files import open_or_refuse, refuse_suffix
from graduation.io.headers import Request, arranged
from graduation.io.number_ids import ids_of_numbers
from graduation.io.outputs import NEEDS_EXCEL
from graduation.io.pseudonyms import with_pseudonyms
from graduation.io.survey_files import read_spss, read_stata
from graduation.schema import (
    Dictionary,
    Layout,
    Registry,
    cell_text,
    identity_tokens,
    load_dictionary,
    unsound_numbers,
    validate,
)

DICTIONARY_FILE = "dictionary.toml"
# Whole numbers with gaps keep all their digits.
WHOLE = {
    getattr(pa, name.lower())(): getattr(pd, f"{name}Dtype")()
    for name in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
}


def read_registry(
    source: str | Path | pd.DataFrame,
    *,
    schema: str | Path | Dictionary | None = None,
    max_rejected: float = 0.5,
    encoding: str | None = None,
    sheet: str | None = None,
    key_file: str | Path | None = None,
) -> Registry:
    """Read a registry and check it against its dictionary.

    Parameters
    ----------
    source : path or DataFrame
        One row per household: .csv, .tsv, .txt, .xlsx, .parquet, .dta, .sav or .zsav, or such a table.
    schema : Dictionary, path or name, optional
        By default the file `dictionary.toml` beside the registry.
    max_rejected : float
        Refuse the file when a larger share of its rows breaks a rule; 0 to 1.
    encoding : str, optional
        How a text file is encoded, where it is not UTF-8; by default what the dictionary says.
    sheet : str, optional
        Which sheet of a workbook to read; by default the one whose header fits the dictionary.
    key_file : path, optional
        File with the secret that turns ids that identify into pseudonyms; it may not lie with the data. By default the
        file that GRADUATION_PSEUDONYM_KEY_FILE names, or the secret in GRADUATION_PSEUDONYM_KEY.

    Returns
    -------
    Registry
        Households accepted and set aside, and counts per rule. Identifiers of persons are dropped. Rows are numbered
        as in the file, from 1 under the header, blank lines included.

    Raises
    ------
    UsageError
        When there is no such file, it may not be read, its dictionary is not found, or several sheets could be meant.
    DataError
        When the file cannot be used; all of its problems are listed.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(300, seed=1)
    >>> registry = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    >>> registry.households.index.name
    'household_id'
    """
    dictionary = load_dictionary(schema if schema is not None else _neighbour(source))
    name = "table" if isinstance(source, pd.DataFrame) else str(source)
    request = Request(dictionary, encoding or dictionary.encoding, sheet)
    table, layout = (source, None) if isinstance(source, pd.DataFrame) else _read(Path(source), request)
    table, numbers = ids_of_numbers(table, dictionary)
    known = numbers + unsound_numbers(table, dictionary, spreadsheet=layout is not None and layout.spreadsheet)
    beside = None if isinstance(source, pd.DataFrame) else source
    hidden = with_pseudonyms(table, dictionary, key_file=key_file, source=beside)
    registry = validate(hidden, dictionary, source=name, max_rejected=max_rejected, layout=layout, known=known)
    return replace(registry, tokens=identity_tokens(table, hidden, dictionary))


def _neighbour(source: str | Path | pd.DataFrame) -> Path:
    if isinstance(source, pd.DataFrame):
        raise UsageError("a table needs its dictionary: give schema=")
    path = Path(source).parent / DICTIONARY_FILE
    if not path.exists():
        raise UsageError(f"{source} needs its dictionary: give --schema (schema=), or put {DICTIONARY_FILE} beside it")
    return path


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table as it stands; cells of text and Excel files stay text, so that leading zeros survive.

    Raises
    ------
    UsageError
        When there is no such file, it may not be read, or its ending is another one.
    DataError
        When the file holds no table, or rows with another number of cells than its header.
    """
    table, layout = _read(Path(path), Request())
    whole = refuse_unreadable(table, layout, Path(path))
    return whole.apply(lambda cells: cell_text(cells).fillna("")) if layout.spreadsheet else whole


def refuse_unreadable(table: pd.DataFrame, layout: Layout, path: Path) -> pd.DataFrame:
    """Return the table when all rows of its file are in it."""
    problems = [
        Problem(f"{rule.replace('_', ' ')}: {value}", expected, "Correct the row.", row=row)
        for row, rule, value, expected in layout.unreadable.itertuples(index=False)
    ]
    if problems:
        raise DataError(str(path), problems)
    return table


def _read(path: Path, request: Request) -> tuple[pd.DataFrame, Layout]:
    """Return a table, and where its rows stood in the file."""
    kind = path.suffix.lower()
    refuse_suffix(path, list(READERS), "read")
    open_or_refuse(path)
    try:
        table, layout = READERS[kind](path, request)
    except (DataError, UsageError):
        raise
    except ImportError:
        raise UsageError(f"{path}: {NEEDS_EXCEL}") from None
    except DAMAGE as error:
        found = f"cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        expected = f"a {kind.removeprefix('.')} file with one table"
        raise DataError(str(path), [Problem(found, expected, "Export it again.")]) from None
    if request.dictionary is None or table.empty:
        return table, layout
    return arranged(table, layout, request.dictionary, path)


def _read_parquet(path: Path, request: Request) -> tuple[pd.DataFrame, Layout]:
    with path.open("rb") as file:
        refuse_other_kind(file.read(16), path, "parquet", own=(b"PAR1",))
    table = parquet.ParquetFile(path, page_checksum_verification=True).read()
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    remedy = "Split it into columns, or leave it out."
    problems = [Problem("lists in its cells", "one value per cell", remedy, name) for name in nested]
    if problems:
        raise DataError(str(path), problems)
    strict = request.dictionary is not None
    # Whatever another program notes about the table, all of its columns are columns.
    frame = table.to_pandas(ignore_metadata=strict, date_as_object=False, types_mapper=WHOLE.get if strict else None)
    return frame, Layout(np.arange(1, len(frame) + 1))


Reader = Callable[[Path, Request], tuple[pd.DataFrame, Layout]]
READERS: dict[str, Reader] = {
    ".csv": read_csv,
    ".parquet": _read_parquet,
    ".xlsx": read_excel,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".dta": read_stata,
    ".sav": read_spss,
    ".zsav": read_spss,
}
# What libraries raise for files that are damaged.
DAMAGE = (
    ValueError, OSError, LookupError, TypeError, AttributeError, EOFError, SyntaxError, NotImplementedError,
    BadZipFile, zlib.error, struct.error,
)  # fmt: skip

"""Read and write tables: CSV, Parquet and Excel."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.io.csv_files import all_blank, open_or_refuse, read_csv, refuse_unreadable
from graduation.io.files import atomic, refuse_suffix
from graduation.io.pseudonyms import with_pseudonyms
from graduation.schema import Dictionary, Layout, Registry, load_dictionary, validate

# A spreadsheet runs a cell that starts with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@")
SUFFIXES = (".csv", ".parquet", ".xlsx")
NEEDS_EXCEL = "Excel files need two more packages: run pip install 'graduation[excel]', or use .csv or .parquet"
EXCEL_ROWS, EXCEL_COLUMNS = 1_048_576, 16_384
DICTIONARY_FILE = "dictionary.toml"


def read_registry(
    source: str | Path | pd.DataFrame,
    *,
    schema: str | Path | Dictionary | None = None,
    max_rejected: float = 0.5,
) -> Registry:
    """Read a registry and check it against its dictionary.

    Parameters
    ----------
    source : path or DataFrame
        A .csv, .parquet or .xlsx file (or such a table), one row per household.
    schema : Dictionary, path or name, optional
        By default the file `dictionary.toml` beside the registry.
    max_rejected : float
        Refuse the file when a larger share of its rows breaks a rule; 0 to 1.

    Returns
    -------
    Registry
        Households accepted and set aside, and counts per rule. Identifiers of persons are dropped. Rows are numbered
        as in the file, from 1 under the header, blank lines included.

    Raises
    ------
    UsageError
        When there is no such file, it may not be read, or its dictionary is not found.
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
    table, layout = (source, None) if isinstance(source, pd.DataFrame) else _read(Path(source))
    hidden = with_pseudonyms(table, dictionary)
    return validate(hidden, dictionary, source=name, max_rejected=max_rejected, layout=layout)


def _neighbour(source: str | Path | pd.DataFrame) -> Path:
    if isinstance(source, pd.DataFrame):
        raise UsageError("a table needs its dictionary: give schema=")
    path = Path(source).parent / DICTIONARY_FILE
    if not path.exists():
        raise UsageError(f"{source} needs its dictionary: give --schema (schema=), or put {DICTIONARY_FILE} beside it")
    return path


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table as it stands; text files keep every cell as text, so that leading zeros survive.

    Raises
    ------
    UsageError
        When there is no such file, it may not be read, or its ending is another one.
    DataError
        When the file holds no table, or rows with another number of cells than its header.
    """
    table, layout = _read(Path(path))
    return refuse_unreadable(table, layout, Path(path))


def _read(path: Path) -> tuple[pd.DataFrame, Layout]:
    """Return a table, and where its rows stood in the file."""
    refuse_suffix(path, SUFFIXES, "read")
    open_or_refuse(path)
    readers = {".csv": read_csv, ".parquet": _read_parquet, ".xlsx": _read_excel}
    kind = path.suffix.lower()
    try:
        return readers[kind](path)
    except DataError:
        raise
    except ImportError:
        raise UsageError(f"{path}: {NEEDS_EXCEL}") from None
    except (ValueError, OSError, KeyError, BadZipFile) as error:
        found = f"cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        expected = f"a {kind.removeprefix('.')} file with one table"
        raise DataError(str(path), [Problem(found, expected, "Export it again.")]) from None


def _read_parquet(path: Path) -> tuple[pd.DataFrame, Layout]:
    table = pd.read_parquet(path)
    return table, Layout(np.arange(1, len(table) + 1))


def _read_excel(path: Path) -> tuple[pd.DataFrame, Layout]:
    # With header=None a column name used twice is seen as it stands, instead of being renamed.
    sheet = pd.read_excel(path, dtype=str, keep_default_na=False, header=None)
    if sheet.empty:
        return pd.DataFrame(), Layout(np.array([], dtype=int))
    header, cells = sheet.iloc[0].str.strip().tolist(), sheet.iloc[1:].reset_index(drop=True)
    blank = all_blank(cells)
    return cells[~blank].reset_index(drop=True).set_axis(header, axis=1), Layout(np.flatnonzero(~blank) + 1)


def write_table(table: pd.DataFrame, path: str | Path, *, force: bool = False) -> Path:
    """Write a table to .csv, .parquet or .xlsx by the file's ending, whole or not at all.

    Text that a spreadsheet would run as a formula is given a leading apostrophe in CSV and Excel, also in column
    names: an id that starts with ``-`` reads ``'-...`` there. Parquet, which no spreadsheet runs, keeps it as it is.

    Raises
    ------
    UsageError
        When the file exists and `force` is false, cannot be written, or its ending is another one.
    """
    path = Path(path)
    refuse_suffix(path, SUFFIXES, "written")
    kind = path.suffix.lower()
    if kind == ".xlsx" and (len(table) >= EXCEL_ROWS or len(table.columns) > EXCEL_COLUMNS):
        raise UsageError(f"{path}: {table.shape} rows and columns are too many for Excel; write .csv or .parquet")
    with atomic(path, force=force) as temporary:
        if kind == ".parquet":
            table.to_parquet(temporary, index=False)
        elif kind == ".csv":
            neutralised(table).to_csv(temporary, index=False, lineterminator="\n")
        else:
            _write_excel(neutralised(table), temporary, path)
    return path


def _write_excel(table: pd.DataFrame, temporary: Path, path: Path) -> None:
    try:
        table.to_excel(temporary, index=False)
    except ImportError:
        raise UsageError(f"{path}: {NEEDS_EXCEL}") from None


def neutralised(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every text cell and column name that starts a formula made harmless."""
    safe = table.copy(deep=False)
    for name in table.select_dtypes(include=["object", "string", "category"]).columns:
        safe[name] = table[name].map(_neutral)
    return safe.set_axis([_neutral(name) for name in table.columns], axis=1)


def _neutral(cell: object) -> object:
    # A spreadsheet may trim what it reads, so blanks before a formula do not make it harmless.
    risky = isinstance(cell, str) and (cell.startswith(("\t", "\r", "\n")) or cell.lstrip().startswith(FORMULA_STARTS))
    return f"'{cell}" if risky else cell

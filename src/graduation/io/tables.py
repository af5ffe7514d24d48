"""Read and write tables: CSV, Parquet and Excel."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.io.files import atomic
from graduation.io.pseudonyms import with_pseudonyms
from graduation.schema import Dictionary, Registry, load_dictionary, validate

# A spreadsheet runs a cell that starts with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
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
        Refuse the file when a larger share of its rows breaks a rule.

    Returns
    -------
    Registry
        Households accepted and set aside, and counts per rule. Identifiers of persons are dropped.

    Raises
    ------
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
    table = source if isinstance(source, pd.DataFrame) else read_table(source)
    return validate(with_pseudonyms(table, dictionary), dictionary, source=name, max_rejected=max_rejected)


def _neighbour(source: str | Path | pd.DataFrame) -> Path:
    if isinstance(source, pd.DataFrame):
        raise UsageError("a table needs its dictionary: give schema=")
    path = Path(source).parent / DICTIONARY_FILE
    if not path.exists():
        raise UsageError(f"{source} needs its dictionary: give --schema (schema=), or put {DICTIONARY_FILE} beside it")
    return path


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table as it stands; text files keep every cell as text, so that leading zeros survive."""
    path = Path(path)
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        ".csv": _read_csv, ".parquet": pd.read_parquet, ".xlsx": _read_excel
    }  # fmt: skip
    if path.suffix.lower() not in readers:
        raise UsageError(f"{path}: cannot read '{path.suffix}' files; expected {', '.join(readers)}")
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    try:
        return readers[path.suffix.lower()](path)
    except (ValueError, OSError, csv.Error, KeyError) as error:
        found = f"cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        kind = path.suffix.lower().removeprefix(".")
        problem = Problem(found, f"a {kind} file with one header line", "Export it again as UTF-8.")
        raise DataError(str(path), [problem]) from None


def _read_csv(path: Path) -> pd.DataFrame:
    if path.stat().st_size == 0:
        return pd.DataFrame()
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    separator = max(",;\t", key=first.count)
    # With header=None a column name used twice is seen as it stands, instead of being renamed.
    rows = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, header=None, encoding="utf-8-sig")
    table = rows.iloc[1:].reset_index(drop=True)
    return table.set_axis(rows.iloc[0].str.strip().tolist(), axis=1)


def _read_excel(path: Path) -> pd.DataFrame:
    return pd.read_excel(path, dtype=str, keep_default_na=False)


def write_table(table: pd.DataFrame, path: str | Path, *, force: bool = False) -> Path:
    """Write a table to .csv, .parquet or .xlsx by the file's ending, whole or not at all.

    Text that a spreadsheet would run as a formula is given a leading apostrophe in CSV and Excel.
    """
    path = Path(path)
    if path.suffix not in (".csv", ".parquet", ".xlsx"):
        raise UsageError(f"{path}: cannot write '{path.suffix}' files; expected .csv, .parquet or .xlsx")
    with atomic(path, force=force) as temporary:
        if path.suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        elif path.suffix == ".csv":
            neutralised(table).to_csv(temporary, index=False, lineterminator="\n")
        else:
            neutralised(table).to_excel(temporary, index=False)
    return path


def neutralised(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every text cell that starts a formula made harmless."""
    texts = table.select_dtypes(include=["object", "string", "category"]).columns
    return table.assign(**{name: table[name].map(_neutral) for name in texts})


def _neutral(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell

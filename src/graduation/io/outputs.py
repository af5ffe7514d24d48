"""Write tables: CSV, Parquet and Excel."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from graduation.errors import UsageError
from graduation.io.files import atomic, refuse_suffix

# A spreadsheet runs a cell that starts with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@")
SUFFIXES = (".csv", ".parquet", ".xlsx")
NEEDS_EXCEL = "Excel files need two more packages: run pip install 'graduation[excel]', or use .csv or .parquet"
EXCEL_ROWS, EXCEL_COLUMNS = 1_048_576, 16_384


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
            # With checksums, damage to the file is told and never read as other numbers.
            table.to_parquet(temporary, index=False, write_page_checksum=True)
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

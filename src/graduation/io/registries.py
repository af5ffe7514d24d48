"""Write a registry so that it can be read again: its table, and its dictionary beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from graduation.errors import UsageError
from graduation.io.files import write_text
from graduation.io.outputs import write_table
from graduation.io.tables import DICTIONARY_FILE
from graduation.schema import Registry, dictionary_toml


def write_registry(registry: Registry, path: str | Path, *, force: bool = False) -> Path:
    """Write the accepted households of a registry, and `dictionary.toml` beside them.

    Yes is written 1 and no 0, dates year-month-day. A dictionary that is there already and says the same may stay.

    Parameters
    ----------
    registry : Registry
    path : path
        The table: .csv, .parquet or .xlsx.
    force : bool
        Whether existing files may be replaced.

    Returns
    -------
    Path
        The table's.

    Raises
    ------
    UsageError
        When a file exists and `force` is false, or cannot be written.
    """
    path = Path(path)
    beside = path.parent / DICTIONARY_FILE
    text = dictionary_toml(registry.dictionary.plain().model_copy(update={"decimal": ".", "encoding": None}))
    same = beside.is_file() and beside.read_bytes() == text.encode()
    if not same and beside.exists() and not force:
        raise UsageError(f"{beside} exists and says something else; choose another folder, or --force (force=True)")
    table = write_table(_cells(registry), path, force=force)
    if not same:
        write_text(beside, text, force=force)
    return table


def _cells(registry: Registry) -> pd.DataFrame:
    """Return the households as a person would write them in a file."""
    flat = registry.households.reset_index()
    return pd.DataFrame(
        {name: _written(flat[name], registry.dictionary.columns[str(name)].type) for name in flat}, index=flat.index
    )


def _written(cells: pd.Series, kind: str) -> pd.Series:
    if kind == "boolean":
        return cells.astype("boolean").astype("Int64")
    if kind == "date":
        return pd.Series(cells.dt.strftime("%Y-%m-%d"))
    return cells.astype("Float64").astype("Int64") if kind == "integer" else cells

"""Welfare at the prices of one time and place, by a table of deflators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.schema.cells import cell_text
from graduation.schema.registry import Registry

DEFLATOR = "deflator"


def deflate(registry: Registry, deflators: pd.DataFrame) -> Registry:
    """Return the registry with welfare divided by the deflator of its time and place.

    Parameters
    ----------
    registry : Registry
        With a welfare column.
    deflators : DataFrame
        A column `deflator` (1 at the prices of the line; consumer prices, or these times an area index) beside the
        columns of the registry that say when and where it holds, such as `wave` and `kecamatan`; one row each.

    Returns
    -------
    Registry
        The same households, welfare at the prices of the line; its dictionary says `deflated`. States follow from it.

    Raises
    ------
    UsageError
        When the registry has no welfare or it is deflated already, or the table has no column in common with it.
    DataError
        When a deflator is missing, twice there, unclear or not above zero; every case is named.

    Examples
    --------
    >>> import graduation
    >>> import pandas as pd
    >>> waves = graduation.make_waves(300, seed=1)
    >>> registry = graduation.read_registry(waves.tables[1], schema=waves.dictionary)
    >>> real = graduation.deflate(registry, pd.DataFrame({"wave": [2024], "deflator": [1.03]}))
    >>> welfare = "consumption_per_head_monthly_idr"
    >>> bool((real.households[welfare].dropna() * 1.03 - registry.households[welfare].dropna()).abs().max() < 1e-6)
    True
    """
    welfare = registry.dictionary.one("welfare")
    flat = registry.households.reset_index()
    keys = [str(name) for name in deflators if name != DEFLATOR]
    known = [name for name in registry.dictionary.columns if name in flat]
    if welfare is None or DEFLATOR not in deflators or not keys or not set(keys) <= set(known):
        raise UsageError(
            f"deflators have the columns {', '.join(map(str, deflators))}; expected '{DEFLATOR}' beside columns of the "
            f"registry such as {', '.join(known[:4])}, and a registry with welfare"
        )
    if registry.dictionary.deflated:
        raise UsageError(
            f"{registry.source}: welfare is deflated already (its dictionary says deflated = true); give no deflators"
        )
    values = _numbers(deflators[DEFLATOR])
    table = _as_text(deflators[keys]).assign(**{DEFLATOR: values})
    _refuse_bad(table, keys)
    found = _as_text(flat[keys]).merge(table, on=keys, how="left", validate="many_to_one")
    _refuse_unknown(found, keys)
    real = flat[welfare].to_numpy(dtype=float) / found[DEFLATOR].to_numpy(dtype=float)
    dictionary = registry.dictionary.model_copy(update={"deflated": True})
    return replace(registry, households=registry.households.assign(**{welfare: real}), dictionary=dictionary)


def _numbers(deflators: pd.Series) -> pd.Series:
    """Return deflators as numbers; 1,05 is one too, but 1,234 alone may be a thousand."""
    if pd.api.types.is_numeric_dtype(deflators):
        return deflators
    text = deflators.astype("string").str.strip()
    comma, point = text.str.contains(",").fillna(False), text.str.contains(".", regex=False).fillna(False)
    if comma.any():
        clear = text.str.fullmatch("0,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,})").fillna(False).any()
        if point.any() or not clear:
            found = f"'{text[comma].iloc[0]}' is not clear"
            expected, remedy = "a number such as 1.05", "Write every deflator with a decimal point."
            raise DataError("deflators", [Problem(found, expected, remedy, DEFLATOR)])
        text = text.str.replace(",", ".", regex=False)
    return pd.to_numeric(text, errors="coerce").astype("float64")


def _as_text(keys: pd.DataFrame) -> pd.DataFrame:
    """Return key columns as text, so that 2024, 2024.0 and "2024" are one."""
    return pd.DataFrame({name: cell_text(column) for name, column in keys.items()})


def _refuse_bad(table: pd.DataFrame, keys: list[str]) -> None:
    twice = table.duplicated(keys, keep=False)
    bad = ~table[DEFLATOR].between(0, np.inf, inclusive="neither")
    problems = [_problem("stands twice in the table", "one row each", row) for row in _cases(table[twice], keys)]
    problems += [_problem("has no deflator above zero", "a number above 0", row) for row in _cases(table[bad], keys)]
    if problems:
        raise DataError("deflators", problems)


def _refuse_unknown(found: pd.DataFrame, keys: list[str]) -> None:
    cases = _cases(found[found[DEFLATOR].isna()], keys)
    if cases:
        raise DataError("deflators", [_problem("has no deflator", "a row for each", row) for row in cases])


def _cases(rows: pd.DataFrame, keys: list[str]) -> list[str]:
    """Return the different cases among some rows, such as "wave 2024, kecamatan 321606"."""
    cases = rows[keys].drop_duplicates().fillna("(missing)")
    return [", ".join(f"{name} {value}" for name, value in zip(keys, case, strict=True)) for case in cases.to_numpy()]


def _problem(found: str, expected: str, case: str) -> Problem:
    return Problem(f"{case} {found}", expected, "Correct the table of deflators.")

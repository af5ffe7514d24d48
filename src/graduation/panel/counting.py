"""How many are extreme poor: in households and in persons, always with the line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.panel.states import extreme_poor
from graduation.results import Result
from graduation.schema import Dictionary, Line, Registry


@dataclass(frozen=True)
class PoorCount(Result):
    """The number of extreme poor of a registry.

    Attributes
    ----------
    table : DataFrame
        A row per `time` (where the registry has one) and `unit` (households, persons): `extreme_poor`, `known` (of
        whom it is known), `share` of these; `weighted_extreme_poor` and `weighted_share` where there are weights.
    line : Line or None
        None where the registry tells the state itself.
    source : str
        What the state comes from, in words.
    years : tuple of int
        Years of the registry in which the line does not hold.
    """

    table: pd.DataFrame
    line: Line | None
    source: str
    years: tuple[int, ...] = ()
    title = "Extreme poor"

    def frame(self) -> pd.DataFrame:
        return self.table

    def notes(self) -> list[str]:
        notes = [f"Extreme poor by {self.source}."]
        if "persons" not in set(self.table["unit"]):
            notes.append("Persons are not counted: name the column with their number in the dictionary (size = ...).")
        if self.years:
            years = ", ".join(map(str, self.years))
            notes.append(f"The line is not meant for the prices of {years}: deflate welfare, or name the line of then.")
        return notes


def count_poor(registry: Registry) -> PoorCount:
    """Count the extreme poor of a registry, in households and in persons.

    Parameters
    ----------
    registry : Registry
        With a state column, or welfare and a line. Persons are counted where the dictionary says which column holds
        their number (`size`).

    Returns
    -------
    PoorCount

    Raises
    ------
    UsageError
        When the registry has neither a state column nor welfare with a line.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(500, seed=1)
    >>> registry = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    >>> graduation.count_poor(registry).frame()["unit"].tolist()
    ['households', 'persons']
    """
    dictionary, rows = registry.dictionary, registry.households
    flat = rows.reset_index()
    poor = extreme_poor(rows, dictionary).to_numpy()
    size = pd.to_numeric(flat[dictionary.size]).to_numpy(dtype=float) if dictionary.size else None
    weight = dictionary.one("weight")
    weights = flat[weight].to_numpy(dtype=float) if weight in flat else None
    time = dictionary.one("time")
    times = flat[time].to_numpy() if time in flat else np.zeros(len(flat))
    units = {"households": np.ones(len(flat))} | ({} if size is None else {"persons": size})
    counted = [
        {"time": when, **_count(unit, poor, number, weights, times == when)}
        for when in np.unique(times)
        for unit, number in units.items()
    ]
    table = pd.DataFrame(counted) if time in flat else pd.DataFrame(counted).drop(columns="time")
    line = None if dictionary.one("state") else dictionary.line
    return PoorCount(table, line, _told_by(dictionary), _other_years(dictionary, np.unique(times)))


def _count(
    unit: str, poor: np.ndarray, number: np.ndarray, weights: np.ndarray | None, rows: np.ndarray
) -> dict[str, object]:
    """Count one unit among some rows; a household whose state or size is not known is left out."""
    rows = rows & ~np.isnan(poor) & ~np.isnan(number)
    known, found = number[rows], (poor * number)[rows]
    row: dict[str, object] = {
        "unit": unit, "extreme_poor": int(found.sum()), "known": int(known.sum()), "share": _ratio(found, known),
    }  # fmt: skip
    if weights is not None:
        weight = weights[rows]
        row |= {"weighted_extreme_poor": float((found * weight).sum())}
        row |= {"weighted_share": _ratio(found * weight, known * weight)}
    return row


def _ratio(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / whole.sum()) if whole.sum() > 0 else float("nan")


def _told_by(dictionary: Dictionary) -> str:
    state = dictionary.one("state")
    if state is not None:
        return f"what the registry says ('{dictionary.columns[state].title()}')"
    welfare = dictionary.columns[str(dictionary.one("welfare"))]
    return f"{welfare.title().lower()} under the line {dictionary.line}"


def _other_years(dictionary: Dictionary, times: np.ndarray) -> tuple[int, ...]:
    """Return the years for which the line is not meant; the unit of time must be the year."""
    line = dictionary.line
    if dictionary.time_unit != "year" or line is None or dictionary.one("state") is not None:
        return ()
    return tuple(int(year) for year in times if not line.is_valid_in(int(year)))

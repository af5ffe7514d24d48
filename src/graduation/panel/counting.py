"""How many are extreme poor: in households and in persons, always with the line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.panel.states import extreme_poor
from graduation.results import Result
from graduation.schema import Dictionary, Language, Line, Registry


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
        Years of the registry in which the line does not hold; none where welfare is deflated.
    unit : str
        Of welfare, as the dictionary states it.
    deflated : bool
        Whether welfare was divided by deflators.
    """

    table: pd.DataFrame
    line: Line | None
    source: str
    years: tuple[int, ...] = ()
    unit: str = ""
    deflated: bool = False
    title = "Extreme poor"

    def frame(self) -> pd.DataFrame:
        return self.table

    def notes(self) -> list[str]:
        return [f"Extreme poor by {self.source}.", *self.caveats()]

    def caveats(self) -> list[str]:
        """Return what keeps the number from being exact or whole."""
        notes = []
        if self.line is not None and not self.unit:
            units = " or ".join(f'"{unit}"' for unit in self.line.units)
            notes.append(f"The unit of welfare is not stated: the line holds for welfare in {units} only.")
        if self.line is not None and self.deflated:
            notes.append("Welfare was divided by deflators.")
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
    unit = dictionary.columns[str(dictionary.one("welfare"))].unit if line else ""
    years = _other_years(dictionary, np.unique(times))
    return PoorCount(table, line, told_by(dictionary), years, unit, dictionary.deflated)


def is_countable(dictionary: Dictionary) -> bool:
    """Whether the extreme poor of a registry can be counted: households whose state or welfare is known."""
    return dictionary.unit == "household" and bool(dictionary.one("state") or dictionary.one("welfare"))


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


def told_by(dictionary: Dictionary, language: Language = "en") -> str:
    """Return, in words, by what a household counts as extreme poor: a column, or welfare under a line."""
    state, welfare = dictionary.one("state"), dictionary.one("welfare")
    if state is None and welfare is None:
        return "what the registry says" if language == "en" else "keterangan registri"
    title = dictionary.columns[str(state or welfare)].title(language)
    if state is not None:
        return f"what the registry says ('{title}')" if language == "en" else f"keterangan registri ('{title}')"
    under = "under the line" if language == "en" else "di bawah garis"
    return f"{title.lower()} {under} {dictionary.line}"


def _other_years(dictionary: Dictionary, times: np.ndarray) -> tuple[int, ...]:
    """Return the years for which the line is not meant; the unit of time must be the year."""
    line = dictionary.line
    told_otherwise = dictionary.one("state") is not None or dictionary.deflated
    if dictionary.time_unit != "year" or line is None or told_otherwise:
        return ()
    return tuple(int(year) for year in times if not line.is_valid_in(int(year)))

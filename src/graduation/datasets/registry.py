"""What a registry shows of its places, its shocks and its own faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from graduation.datasets.measures import Measure, measure, numbers, on_coast, share, targets, variable
from graduation.datasets.settings import Bools, Floats, population


def welfare_measures(households: pd.DataFrame) -> list[Measure]:
    """Return the spread of log consumption below and above the median, and how much villages have in common."""
    settings = targets()["welfare"]
    level = variable(households, "consumption")
    known = ~np.isnan(level)
    ends = {"low_spread": (0.05, 0.01), "high_spread": (0.95, 0.99)}
    found = [
        measure("welfare", name, "log consumption", _tail_spread(level[known], *ends[name]), settings[name])
        for name in ends
    ]
    for place in ("village", "kecamatan"):
        shared, name = within_places(level[known], households[place][known]), f"{place}_correlation"
        found.append(measure("welfare", name, "log consumption", shared, settings[name]))
    return found


def _tail_spread(values: Floats, near: float, far: float) -> tuple[float, float]:
    """Return the standard deviation of the normal that has the distance of these quantiles, and its standard error."""
    probability = np.array([near, far])
    index = ndtri(probability)
    distance = abs(index[1] - index[0])
    spread = float(abs(np.diff(np.quantile(values, probability))[0]) / distance)
    density = np.exp(-(index**2) / 2) / np.sqrt(2 * np.pi)
    # The two quantiles rise and fall together, which is left out: the error is rather too large.
    error = np.sqrt((probability * (1 - probability) / density**2).sum() / len(values)) / distance
    return spread, float(spread * error)


def poverty_measures(households: pd.DataFrame) -> list[Measure]:
    """Return headcount and gap of persons under the line of the statistics office."""
    settings = targets()["poverty"]
    size = numbers(households["household_size"])
    short = np.clip(1 - np.exp(variable(households, "consumption")) / settings["line_idr"], 0, None)
    known = ~np.isnan(size) & ~np.isnan(short)
    found = {"headcount": short[known] > 0, "gap": short[known]}
    return [
        measure("poverty", name, "persons", _of_persons(100 * values.astype(float), size[known]), settings[name])
        for name, values in found.items()
    ]


def _of_persons(values: Floats, size: Floats) -> tuple[float, float]:
    """Return the mean over persons and its standard error, households being drawn."""
    average = float(np.average(values, weights=size))
    return average, float(np.sqrt(((size * (values - average)) ** 2).sum()) / size.sum())


def within_places(values: Floats, place: pd.Series) -> tuple[float, float]:
    """Return the intraclass correlation of one-way analysis of variance, and its standard error (Donner 1986)."""
    groups = pd.Series(values, index=place.index).groupby(place)
    size = groups.size().to_numpy()
    n, k = size.sum(), len(size)
    between = (size * (groups.mean().to_numpy() - values.mean()) ** 2).sum() / (k - 1)
    inside = (groups.var().fillna(0).to_numpy() * (size - 1)).sum() / (n - k)
    typical = (n - (size**2).sum() / n) / (k - 1)
    rho = (between - inside) / (between + (typical - 1) * inside)
    error = (1 - rho) * (1 + (typical - 1) * rho) * np.sqrt(2 / (typical * (typical - 1) * (k - 1)))
    return float(rho), float(error)


def place_measures(households: pd.DataFrame) -> list[Measure]:
    """Return how many kecamatan have households, and how far their shares of persons are from the published ones."""
    settings = targets()["places"]
    size = numbers(households["household_size"])
    persons = pd.Series(np.where(np.isnan(size), np.nanmean(size), size), households["kecamatan"].astype(str))
    found = persons.groupby(level=0).sum() / persons.sum()
    published = pd.Series({place["code"]: place["population"] for place in population()["places"]["kecamatan"]})
    gap = 100 * (found.reindex(published.index, fill_value=0.0) - published / published.sum()).abs()
    largest = float(published.max() / published.sum())
    error = 100 * float(np.sqrt(largest * (1 - largest) / len(size)))
    count = measure("places", "kecamatan", "with households", (float(len(found)), 0.0), [settings["kecamatan"]])
    name = "largest_gap"
    return [count, measure("places", name, "share of persons, points", (float(gap.max()), error), settings[name])]


def shock_measures(households: pd.DataFrame) -> list[Measure]:
    """Return the share in % of households with each shock, among those who are exposed to it."""
    found = []
    for shock in targets()["shocks"]["figures"]:
        had = numbers(households[shock["column"]])[_exposed(households, shock)]
        found.append(measure("shocks", shock["column"], shock["of"], share(had), shock["band"]))
    return found


def _exposed(households: pd.DataFrame, shock: dict[str, Any]) -> Bools:
    if "where" in shock:
        return np.asarray(variable(households, shock["where"]) == shock["is"])
    everyone = np.ones(len(households), dtype=bool)
    return on_coast(households) == shock["coast"] if "coast" in shock else everyone


def noise_measures(table: pd.DataFrame) -> list[Measure]:
    """Return the share in % of rows and cells of a raw table that are wrong or missing."""
    settings = targets()["noise"]
    once = table.drop_duplicates("family_card_number")
    checked = once["verification"].to_numpy()
    open_cells = once.isna().mean()
    asked = [share(once[name].isna().to_numpy(dtype=float)) for name in open_cells[open_cells > 0].index]
    figures = {
        "identity_not_matched": share((checked == 5).astype(float)),
        "listed_twice": share(table.duplicated("family_card_number").to_numpy(dtype=float)),
        "least_unanswered": min(asked, default=(np.nan, np.nan)),
        "most_unanswered": max(asked, default=(np.nan, np.nan)),
        "moved_away": share((checked == 3).astype(float)),
    }
    return [measure("noise", name, "raw table", found, settings[name]) for name, found in figures.items()]

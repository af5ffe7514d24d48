"""What a wave shows: variables of a registry as numbers, and figures of them with their standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from graduation.datasets.settings import Bools, Floats, Ints, load_toml, population
from graduation.datasets.tables import WELFARE

Band = tuple[float, float]


@dataclass(frozen=True)
class Measure:
    """One generated figure, its standard error, and the band in which its target lies."""

    group: str
    figure: str
    of: str
    generated: float
    error: float
    band: Band
    mark: str
    source: str


@lru_cache
def targets() -> dict[str, Any]:
    """Return the content of fidelity.toml."""
    return load_toml("fidelity.toml")


def measure(part: str, figure: str, of: str, found: tuple[float, float], band: Sequence[float]) -> Measure:
    """Return a figure (value and standard error) beside its target; mark and source are those of the part."""
    settings = targets()[part]
    low, high = min(band), max(band)
    return Measure(part, figure.replace("_", " "), of, *found, (low, high), settings["mark"], settings["source"])


def share(has: Floats) -> tuple[float, float]:
    """Return the share in % of those who answered, and its standard error."""
    known = has[~np.isnan(has)]
    rate, n = (known.mean(), len(known)) if len(known) else (np.nan, 1)
    # One household more with and one without keep the error of a share of 0 or 1 above 0.
    near = (rate * n + 1) / (n + 2)
    return 100 * float(rate), 100 * float(np.sqrt(near * (1 - near) / n))


def mean(values: Floats) -> tuple[float, float]:
    """Return the mean of those who answered, and its standard error."""
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return np.nan, np.nan
    return float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))


def numbers(column: pd.Series) -> Floats:
    """Return a column of the registry, whatever its type, as numbers; codes are numbers too."""
    if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
        column = pd.to_numeric(column, errors="coerce")
    return column.to_numpy(dtype="float64", na_value=np.nan)


def variable(households: pd.DataFrame, name: str) -> Floats:
    """Return a variable of fidelity.toml for each household; yes is 1 and no is 0."""
    if name == "consumption":
        return np.asarray(np.log(numbers(households[WELFARE])))
    settings = targets()["variables"][name]
    values = numbers(households[settings["column"]])
    if "codes" in settings:
        return np.where(np.isnan(values), np.nan, np.isin(values, settings["codes"]))
    if "per" in settings:
        base = numbers(households[settings["per"]])
        return values / np.where(base > 0, base, np.nan)
    return values


def told(name: str) -> float:
    """Return the share of those who have something who say so."""
    hides = targets()["variables"].get(name, {}).get("told", False)
    return 1.0 - (population()["noise"]["asset_hidden"] if hides else 0.0)


def class_of(households: pd.DataFrame, cuts: Sequence[float]) -> Ints:
    """Return the class of each household by rank of consumption, 0 for the poorest; unknown consumption: -1."""
    rank = households[WELFARE].rank(pct=True).to_numpy()
    return np.where(np.isnan(rank), -1, np.searchsorted(cuts, rank, side="left"))


def class_measures(households: pd.DataFrame) -> list[Measure]:
    """Return shares and means by class of consumption."""
    settings = targets()["classes"]
    group = class_of(households, settings["cuts"])
    found = []
    for part, rows in settings.items():
        for name, levels in rows.items() if isinstance(rows, dict) else ():
            values = variable(households, name)
            for number, (of, level) in enumerate(zip(settings["names"], levels, strict=True)):
                found.append(_in_class(part, name, of, values[group == number], level))
    return found


def _in_class(part: str, name: str, of: str, values: Floats, level: float) -> Measure:
    settings = targets()["classes"]
    if part == "means":
        near = settings["relative"] * level
        return measure("classes", name, of, mean(values), (level - near, level + near))
    rate, error = share(values)
    return measure("classes", name, of, (rate / told(name), error / told(name)), _share_band(level))


def _share_band(level: float) -> Band:
    settings = targets()["classes"]
    odds, points = np.log(settings["odds"]), settings["points"]
    low, high = (100 * expit(logit(level / 100) + sign * odds) + sign * points for sign in (-1, 1))
    return max(float(low), 0.0), min(float(high), 100.0)


def gradient_measures(households: pd.DataFrame) -> list[Measure]:
    """Return how the poorest and the richest fifth differ: ratios of means, log odds ratios of shares."""
    settings = targets()["gradients"]
    fifth = class_of(households, targets()["dynamics"]["quintiles"])
    found = []
    for name, (poor, rich) in settings["means"].items():
        values = variable(households, name)
        (low, low_error), (high, high_error) = mean(values[fifth == 0]), mean(values[fifth == 4])
        ratio, near = low / high, settings["relative"]
        error = ratio * np.hypot(low_error / low, high_error / high)
        band = (poor / rich * (1 - near), poor / rich * (1 + near))
        found.append(measure("gradients", name, "poorest fifth / richest fifth", (ratio, float(error)), band))
    for name, shares in settings["shares"].items():
        values = variable(households, name)
        ends = [values[fifth == number] for number in (0, 4)]
        rates = [np.nanmean(end) / told(name) for end in ends]
        counts = [int((~np.isnan(end)).sum()) for end in ends]
        target, spread = _log_odds(shares, settings["households"])
        band = (target - targets()["survey"] * spread, target + targets()["survey"] * spread)
        found.append(measure("gradients", name, "log odds, richest - poorest fifth", _log_odds(rates, counts), band))
    return found


def _log_odds(shares: Sequence[float], households: Sequence[int]) -> tuple[float, float]:
    """Return the log odds ratio of the second share to the first, and its standard error."""
    rates = np.clip(shares, 1e-9, 1 - 1e-9)
    variance = (1 / (np.array(households) * rates * (1 - rates))).sum()
    return float(logit(rates[1]) - logit(rates[0])), float(np.sqrt(variance))


def correlation_pairs(households: pd.DataFrame) -> pd.DataFrame:
    """Return first, second, generated, target: the Spearman correlation of every pair of variables."""
    settings = targets()["correlations"]
    order = settings["order"]
    table = pd.DataFrame({name: variable(households, name) for name in order})
    found = table.corr(method="spearman")
    rows = [
        {"first": order[j], "second": order[i], "generated": found.iloc[i, j], "target": target}
        for i, row in enumerate(settings["rows"])
        for j, target in enumerate(row)
    ]
    return pd.DataFrame(rows)


def correlation_measures(pairs: pd.DataFrame) -> list[Measure]:
    """Return the mean absolute difference to Java, of all pairs and of those with consumption."""
    near = targets()["correlations"]["near"]
    gap = (pairs["generated"] - pairs["target"]).abs()
    welfare = pairs["first"] == "consumption"
    parts = {"all pairs": gap, "pairs with consumption": gap[welfare]}
    return [
        measure("correlations", "mean_absolute_difference", of, (float(part.mean()), 0.0), (0.0, near))
        for of, part in parts.items()
    ]


def on_coast(households: pd.DataFrame) -> Bools:
    """Return whether each household lives in a kecamatan by the sea."""
    coastal = [place["code"] for place in population()["places"]["kecamatan"] if place["coastal"]]
    return households["kecamatan"].isin(coastal).to_numpy()

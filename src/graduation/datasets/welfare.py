"""The welfare process: permanent and transitory parts, shocks, the line, and the true risk."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from graduation.datasets.items import draw_items, draw_noise
from graduation.datasets.places import places
from graduation.datasets.settings import Bools, Floats, Ints, State, Streams, population
from graduation.errors import UsageError, nearest
from graduation.schema import Line, load_line

GRID = np.linspace(-9.0, 9.0, 7201)


def shape(index: Floats) -> Floats:
    """Turn the standard normal welfare index into log welfare around the median, the lower tail thinner."""
    welfare = population()["welfare"]
    low, high, bend = welfare["sigma_low"], welfare["sigma_high"], welfare["bend"]
    upper = bend * (np.logaddexp(0.0, index / bend) - np.log(2.0))
    return np.asarray(low * index + (high - low) * upper)


def index_of(log_welfare: Floats) -> Floats:
    """Return the welfare index that `shape` turns into this log welfare."""
    return np.interp(log_welfare, shape(GRID), GRID)


def own_variance() -> float:
    """Return the variance of a household's own permanent part (its place left out)."""
    welfare = population()["welfare"]
    return float(welfare["permanent_share"] - welfare["village_share"] - welfare["kecamatan_share"])


def permanent(state: State) -> Floats:
    """Return the permanent part of the welfare index, in standard deviations of itself."""
    return standard_permanent(state["village"], state["own"])


def standard_permanent(village: Ints, own: Floats) -> Floats:
    """Return the permanent part of a place and a household together, in standard deviations of itself."""
    scale = np.sqrt(population()["welfare"]["permanent_share"])
    return np.asarray((places().effect[village] + own) / scale)


def permanent_log_welfare(state: State, median: float) -> Floats:
    """Return log welfare in a year without transitory part or shock."""
    return np.asarray(np.log(median) + shape(places().effect[state["village"]] + state["own"]))


def shock_names() -> list[str]:
    """Return the shocks in the order of their columns."""
    return [name for name, value in population()["shocks"].items() if isinstance(value, dict)]


def shock_chances(village: Ints, status: Ints, farms: Bools) -> Floats:
    """Return the yearly chance of each shock (columns) for each household."""
    work = population()["work"]
    casual = np.isin(status, (work["casual_farm"], work["casual_other"]))
    exposed = {"casual": casual, "farm": farms, "coastal": places().coastal[village]}
    columns = []
    for name in shock_names():
        shock = population()["shocks"][name]
        chance = np.full(len(village), shock["chance"])
        for group, rows in exposed.items():
            chance = np.where(rows, shock.get(group, chance), chance)
        columns.append(chance)
    return np.column_stack(columns)


def shock_effects(standard: Floats) -> Floats:
    """Return the effect of each shock (columns) on log welfare."""
    settings = population()["shocks"]
    poor = standard < ndtri(settings["poor_share"])
    effects = [np.where(poor, settings[n]["effect_poor"], settings[n]["effect_other"]) for n in shock_names()]
    return np.column_stack(effects)


def first_year(state: State, chances: Floats, streams: Streams, common: np.random.Generator) -> State:
    """Add the shocks and the log welfare (around the median) of the first wave of these households."""
    return _year(state.with_(carry=np.zeros(len(state))), chances, streams, common)


def next_year(state: State, chances: Floats, streams: Streams) -> State:
    """Let a year pass for welfare: the permanent part drifts, old shocks fade, new ones come."""
    ar, carry = population()["welfare"]["permanent_ar"], population()["welfare"]["shock_carry"]
    drift = np.sqrt((1 - ar**2) * own_variance()) * streams.rng("permanent").standard_normal(len(state))
    later = state.with_(own=ar * state["own"] + drift, carry=carry * state["carry"])
    return _year(later, chances, streams, streams.rng("common"))


def _year(state: State, chances: Floats, streams: Streams, common: np.random.Generator) -> State:
    settings = population()["welfare"]
    shocks = streams.rng("shocks").random(chances.shape) < chances
    carry = state["carry"] + (shocks * shock_effects(permanent(state))).sum(axis=1)
    shared = _year_sd() * common.standard_normal(places().kecamatan_number.max() + 1)
    index = places().effect[state["village"]] + state["own"] + shared[places().kecamatan_number[state["village"]]]
    transitory = np.sqrt(1 - settings["permanent_share"]) * streams.rng("transitory").standard_normal(len(state))
    return state.with_(shocks=shocks, carry=carry, log_welfare=shape(index + transitory) + carry)


def _year_sd() -> float:
    """Return the spread of a kecamatan's common year, on the scale of the welfare index of the poor."""
    welfare = population()["welfare"]
    return float(welfare["year_shock_sd"] / welfare["sigma_low"])


def risk_next_year(state: State, chances: Floats, log_line: float) -> Floats:
    """Return the probability to be under the line next year, over every combination of next year's shocks.

    `log_line` is counted from the log of the median.
    """
    welfare = population()["welfare"]
    ar = welfare["permanent_ar"]
    spread = np.sqrt((1 - ar**2) * own_variance() + 1 - welfare["permanent_share"] + _year_sd() ** 2)
    centre = places().effect[state["village"]] + ar * state["own"]
    # The size of next year's shocks is taken at the expected permanent part: its drift over one year is small.
    effects = shock_effects(standard_permanent(state["village"], ar * state["own"]))
    kept = log_line - welfare["shock_carry"] * state["carry"]
    risk = np.zeros(len(state))
    for happens in product((False, True), repeat=chances.shape[1]):
        probability = np.where(happens, chances, 1 - chances).prod(axis=1)
        bar = index_of(kept - (effects * np.array(happens)).sum(axis=1))
        risk += probability * ndtr((bar - centre) / spread)
    return risk


def scenario_of(name: str) -> dict[str, Any]:
    """Return the settings of a scenario."""
    scenarios: dict[str, dict[str, Any]] = population()["scenarios"]
    if name not in scenarios:
        hint = nearest(name, scenarios) or "choose one of them"
        raise UsageError(f"no scenario named '{name}'; {hint} (shipped are: {', '.join(scenarios)})")
    return scenarios[name]


def line_and_median(scenario: str) -> tuple[Line, float]:
    """Return the line of a scenario and the median consumption at which it cuts off the scenario's share.

    A shipped line is kept as it is and the level of the population set to it; otherwise the line is the quantile.
    """
    settings = scenario_of(scenario)
    quantile = population_quantile(settings["share"])
    if "line_id" in settings:
        line = load_line(settings["line_id"])
        return line, float(line.monthly / np.exp(quantile))
    median = float(population()["welfare"]["median_idr"])
    line = Line(
        line_id=f"synthetic_{scenario}",
        value=float(np.round(median * np.exp(quantile))),
        period="month",
        month_days=30,
        basis=f"quantile {settings['share']:g} of the synthetic population, constant prices",
        source="graduation.datasets",
    )
    return line, median


@lru_cache
def population_quantile(share: float) -> float:
    """Return the log welfare, counted from the median, under which this share of all households lives.

    It is solved on one large even draw of places, households and shocks, the same for every seed and sample size; the
    transitory part is integrated out.
    """
    settings = population()
    streams = Streams(settings["population_seed"], "line")
    n = settings["welfare"]["line_draws"]
    even = (np.arange(n) + 0.5) / n
    village = np.searchsorted(np.cumsum(places().share), even).clip(max=len(places().share) - 1)
    own = np.sqrt(own_variance()) * streams.rng("own").permutation(ndtri(even))
    standard = standard_permanent(village, own)
    names = ["head_employment_status", "works_in_agriculture"]
    drawn = draw_items(draw_noise(n, streams, names), standard, ~places().urban[village], names=names)
    chances = shock_chances(village, drawn[names[0]], drawn[names[1]] == 1)
    shocks = (streams.rng("shocks").random(chances.shape) < chances) * shock_effects(standard)
    carry, centre = shocks.sum(axis=1), places().effect[village] + own
    spread = np.sqrt(1 - settings["welfare"]["permanent_share"] + _year_sd() ** 2)

    def excess(log_welfare: float) -> float:
        return float(ndtr((index_of(log_welfare - carry) - centre) / spread).mean()) - share

    return float(brentq(excess, -5.0, 3.0, xtol=1e-7))

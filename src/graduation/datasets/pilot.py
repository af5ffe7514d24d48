"""Past programme records: who got which arm of a pilot, and what came of it."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import softmax

from graduation.datasets.households import Values, chances_of, new_households, pass_year
from graduation.datasets.items import YES
from graduation.datasets.places import places
from graduation.datasets.settings import Floats, Ints, State, Streams, population
from graduation.datasets.tables import WELFARE
from graduation.datasets.welfare import permanent_log_welfare, population_quantile, risk_next_year
from graduation.errors import UsageError, nearest

ASSIGNMENTS = ("randomised", "confounded")
EFFECTS = ("varied", "same")


def arms() -> list[str]:
    """Return the arms of the pilot, the one without a programme first."""
    return list(population()["pilot"]["arms"])


def check_pilot(assignment: str, effects: str) -> None:
    """Refuse an assignment or effects that do not exist."""
    for kind, name, known in (("assignment", assignment, ASSIGNMENTS), ("effects", effects, EFFECTS)):
        if name not in known:
            hint = nearest(name, known) or f"expected one of: {', '.join(known)}"
            raise UsageError(f"no {kind} named '{name}'; {hint}")


def draw_participants(n: int, year: int, streams: Streams) -> State:
    """Draw households of the same population until `n` of them belong to the poorest part."""
    share = population()["pilot"]["poorest_share"]
    bar, block = population_quantile(share), int(np.ceil(1.3 * n / share))
    parts: list[State] = []
    while sum(len(part) for part in parts) < n:
        own = streams.under("block", len(parts))
        drawn = new_households(np.arange(block), year, own, streams.rng("common"))
        parts.append(drawn.take(drawn["log_welfare"] < bar))
    return reduce(State.append, parts).take(np.arange(n)).with_(number=np.arange(n))


def assign(state: State, told: Values, assignment: str, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Return the arm of each household and the probability of every arm."""
    pilot = population()["pilot"]
    near = places().industry[state["village"]]
    if assignment == "randomised":
        chances = np.where(near[:, None], pilot["near_industry"], pilot["elsewhere"])
    else:
        terms = {**_terms(state, told), "poorer": _poorer(told)}
        score = sum(np.outer(terms[name], weights) for name, weights in pilot["confounded"].items())
        least = pilot["floor_probability"]
        chances = least + (1 - least * len(arms())) * softmax(np.array(pilot["confounded_base"]) + score, axis=1)
    drawn = rng.random(len(state))[:, None]
    arm = (drawn >= np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
    return arm, np.asarray(chances)


def _poorer(told: Values) -> Floats:
    """Return how far consumption lies under the group's median, in standard deviations of its log."""
    level = np.log(told[WELFARE])
    return np.asarray((np.median(level) - level) / level.std())


def _terms(state: State, values: Values) -> dict[str, Floats]:
    """Return what the effect of an arm depends on, one 0/1 column each."""
    settings = population()["effects"]
    age, ill = values["head_age_years"], (values["has_chronic_illness"] == YES)
    young = (age >= settings["young_age"][0]) & (age <= settings["young_age"][1])
    columns = {
        "business": values["has_business"] == YES,
        "young_schooled": young & (values["head_education"] >= settings["junior_secondary"]),
        "prime_age": (age >= settings["prime_age"][0]) & (age <= settings["prime_age"][1]),
        "near_industry": places().industry[state["village"]],
        "ill": ill | (values["has_severe_disability"] == YES),
        "no_worker": values["n_working_age"] == 0,
    }
    return {name: holds.astype(float) for name, holds in columns.items()}


def draw_effects(state: State, values: Values, effects: str, streams: Streams) -> tuple[Floats, Floats]:
    """Return the effect of each arm on log welfare if taken up, and the chance of taking it up (none: 0)."""
    if effects == "varied":
        return _varied(state, values, streams)
    same = population()["effects"]["same"]
    row = np.array([same.get(arm, 0.0) for arm in arms()])
    return np.tile(row, (len(state), 1)), np.full(len(state), same["uptake"])


def _varied(state: State, values: Values, streams: Streams) -> tuple[Floats, Floats]:
    settings = population()["effects"]
    terms = _terms(state, values)
    effects = np.zeros((len(state), len(arms())))
    for column, arm in enumerate(arms()):
        if arm in settings:
            weights = {name: weight for name, weight in settings[arm].items() if name != "base"}
            own = settings["own_sd"] * streams.rng("effect", arm).standard_normal(len(state))
            effects[:, column] = settings[arm]["base"] + own
            effects[:, column] += np.sum([weight * terms[name] for name, weight in weights.items()], axis=0)
    low, high = settings["uptake"]
    return effects, np.where(terms["ill"] == 1, low, high)


def outcomes(state: State, values: Values, levels: tuple[float, float], effects: str, streams: Streams) -> pd.DataFrame:
    """Return what would become of each household under each arm in the year that follows.

    `levels` are the log of the line as a share of the median, and the median. `streams` are those of that year, so
    that the world without programmes is the one the next wave shows.
    """
    log_line, median = levels
    later = pass_year(state, streams)
    own, uptake = draw_effects(state, values, effects, streams)
    takes = streams.rng("uptake").random(len(state)) < uptake
    none = later["log_welfare"] + np.log(median)
    truth: dict[str, npt.NDArray[Any]] = {"permanent_log_welfare": permanent_log_welfare(state, median)}
    truth |= {f"log_welfare_{arm}": none + takes * own[:, k] for k, arm in enumerate(arms())}
    truth["extreme_poor_none"] = np.asarray(later["log_welfare"] < log_line)
    truth["risk_none"] = risk_next_year(state, chances_of(state), log_line)
    truth |= {f"effect_{arm}": uptake * own[:, k] for k, arm in enumerate(arms()) if arm in population()["effects"]}
    return pd.DataFrame(truth)

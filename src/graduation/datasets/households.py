"""Households come into being, a year passes, and what a surveyor would write down about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graduation.datasets.items import (
    HEAD,
    NO,
    YES,
    age_noise,
    by_class,
    draw_items,
    draw_noise,
    item_names,
    typical_size,
    yes_no,
)
from graduation.datasets.members import N_SLOTS, age_members, count_members, draw_ages
from graduation.datasets.places import places
from graduation.datasets.settings import Floats, Ints, State, Streams, population
from graduation.datasets.welfare import (
    first_year,
    next_year,
    own_variance,
    permanent,
    shock_chances,
    shock_names,
    standard_permanent,
)

Values = dict[str, Ints]


def new_households(numbers: Ints, year: int, streams: Streams, common: np.random.Generator) -> State:
    """Draw households as they are at their first wave; `common` draws what all of a kecamatan share in that year."""
    n = len(numbers)
    village = places().draw(streams.rng("village"), n)
    own = np.sqrt(own_variance()) * streams.rng("own").standard_normal(n)
    standard = standard_permanent(village, own)
    noise = draw_noise(n, streams)
    female = _drawn(noise, standard, village, ("is_head_female",))["is_head_female"] == YES
    ages = draw_ages(standard, female, streams.under("members"))
    state = State(
        number=numbers,
        village=village,
        own=own,
        noise=noise,
        ages=ages,
        birth_year=year - ages[:, HEAD],
        school_luck=streams.rng("school").random((n, N_SLOTS)),
        work_luck=streams.rng("work").random((n, 2)),
        floor_area=_floor_area(standard, ages, streams),
        weight=_weights(village, streams),
    )
    return first_year(state, chances_of(state), streams, common)


def pass_year(state: State, streams: Streams) -> State:
    """Let a year pass for all households: welfare and shocks, items, members."""
    later = next_year(state, chances_of(state), streams)
    died = later["shocks"][:, shock_names().index("had_earner_death")]
    ages = age_members(state["ages"], died, streams.under("members"))
    return later.with_(noise=age_noise(state["noise"], streams), ages=ages)


def items_of(state: State, names: Sequence[str] | None = None) -> Values:
    """Return the codes of items, by default of all, as they truly are."""
    return _drawn(state["noise"], permanent(state), state["village"], names, state["ages"])


def _drawn(
    noise: Floats, standard: Floats, village: Ints, names: Sequence[str] | None, ages: Ints | None = None
) -> Values:
    every = item_names()
    names = every if names is None else names
    columns = noise[:, [every.index(name) for name in names]]
    return draw_items(columns, standard, ~places().urban[village], ages, names)


def chances_of(state: State) -> Floats:
    """Return the chance of each shock in the year that follows (or, for new households, in the last one)."""
    work, items = population()["work"], items_of(state, ("head_employment_status", "works_in_agriculture"))
    status = items["head_employment_status"]
    farms = (items["works_in_agriculture"] == YES) & np.isin(status, (work["self_employed"], work["casual_other"]))
    return shock_chances(state["village"], status, farms)


def observe(state: State) -> Values:
    """Return the integer columns of a registry as they truly are, before any noise of reporting."""
    items = items_of(state)
    members = count_members(state["ages"], state["school_luck"], permanent(state))
    shocks = {name: yes_no(state["shocks"][:, k]) for k, name in enumerate(shock_names())}
    kept = {name: values for name, values in items.items() if name != "works_in_agriculture"}
    entitled = (members["n_children_school_age"] > 0) | (members["n_elderly"] > 0)
    entitled |= items["has_severe_disability"] == YES
    return {
        **kept,
        **members,
        **_work(state, items),
        **shocks,
        "receives_pkh": np.where(entitled, items["receives_pkh"], NO),
        "is_urban": yes_no(places().urban[state["village"]]),
        "floor_area_m2": state["floor_area"],
    }


def _work(state: State, items: Values) -> Values:
    """Return sector, status and business of the family; farm heads are self-employed or casual."""
    work = population()["work"]
    status, luck = items["head_employment_status"], state["work_luck"]
    farms = items["works_in_agriculture"] == YES
    sector = np.zeros(len(state), dtype=np.int8)
    for code, weights in work["by_status"].items():
        bounds = np.cumsum(weights) / np.sum(weights)
        drawn = np.array(work["sectors"], dtype=np.int8)[
            np.searchsorted(bounds, luck[:, 0] * (1 - 1e-12), side="right")
        ]
        sector = np.where(status == int(code), drawn, sector)
    fishes = places().coastal[state["village"]] & (luck[:, 0] < work["fishery_on_coast"])
    farm_sector = np.where(fishes, work["fishery_sector"], work["farm_sector"])
    on_farm = farms & np.isin(status, (work["self_employed"], work["casual_other"]))
    has_business = (status == work["self_employed"]) | (luck[:, 1] < work["other_business"])
    casual_farm = on_farm & (status == work["casual_other"])
    return {
        "head_sector": np.where(on_farm, farm_sector, sector),
        "head_employment_status": np.where(casual_farm, work["casual_farm"], status),
        "has_business": yes_no(has_business),
    }


def _floor_area(standard: Floats, ages: Ints, streams: Streams) -> Ints:
    """Draw the floor area of the house, by welfare and by the size of the family when it came."""
    settings = population()["dwelling"]
    per_head = np.exp(by_class(np.log(settings["floor_m2_per_head"]), standard))
    typical = typical_size(standard)
    members = typical * ((ages >= 0).sum(axis=1) / typical) ** settings["size_elasticity"]
    spread = np.exp(settings["spread"] * streams.rng("floor").standard_normal(len(standard)))
    area: Ints = np.rint(np.clip(per_head * members * spread, *settings["range_m2"])).astype(np.int64)
    return area


def _weights(village: Ints, streams: Streams) -> Floats:
    settings = population()["weights"]
    rural = np.where(places().urban[village], 1.0, settings["rural_factor"])
    spread = np.exp(settings["spread"] * streams.rng("weight").standard_normal(len(village)))
    return np.asarray(np.clip(rural * spread, *settings["range"]).round(3))

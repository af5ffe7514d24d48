"""Households become a raw table, as a registry file would hold it, with the noise of reporting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from graduation.datasets.households import Values, observe
from graduation.datasets.identity import List, family_cards, head_numbers, household_ids
from graduation.datasets.items import NO, YES
from graduation.datasets.places import places
from graduation.datasets.settings import Bools, Floats, Ints, State, Streams, population
from graduation.schema import Dictionary

WELFARE = "consumption_per_head_monthly_idr"
NEVER_NOISY = ("wave", "is_urban", "verification")
TEXT_NUMBERS = ("floor_area_m2", "head_age_years")  # may hold a letter, and so are text in a raw table


def clean_values(state: State, year: int, median: float) -> Values:
    """Return all whole-number columns as they truly are."""
    consumption = np.rint(median * np.exp(state["log_welfare"])).astype(np.int64)
    return {**observe(state), "wave": np.full(len(state), year), WELFARE: consumption}


def reported(values: Values, streams: Streams) -> Values:
    """Return what families tell: floor areas heaped at common sizes, some assets left out."""
    noise = population()["noise"]
    told = dict(values)
    common = np.array(noise["common_floor_m2"])
    middle = (common[1:] + common[:-1]) / 2
    area = values["floor_area_m2"]
    heaped = (streams.rng("heap").random(len(area)) < noise["heaped"]) & (area <= common[-1])
    told["floor_area_m2"] = np.where(heaped, common[np.searchsorted(middle, area)], area)
    for name in values:
        if name.startswith("owns_"):
            hidden = streams.rng("hide", name).random(len(area)) < noise["asset_hidden"]
            told[name] = np.where(hidden & (values[name] == YES), NO, values[name])
    return told


def raw_table(
    state: State, values: Values, dictionary: Dictionary, streams: Streams, kind: List, *, full: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return the table of these households; columns in `full` are never missing."""
    town = places()
    female = values["is_head_female"] == YES
    columns: dict[str, Any] = {
        "household_id": household_ids(state["number"], kind),
        "family_card_number": family_cards(state["number"], kind),
        "head_nik": head_numbers(state["number"], state["birth_year"], female, kind),
        "kecamatan": pd.array(town.kecamatan[state["village"]], dtype="str"),
        "village": pd.array(town.village[state["village"]], dtype="str"),
        "survey_weight": state["weight"],
    }
    never = (*NEVER_NOISY, *full)
    for name, cells in values.items():
        columns[name] = _with_gaps(cells, name, streams, answered=name in never)
    names = [name for name in dictionary.columns if name in columns]
    return pd.DataFrame({name: columns[name] for name in names})


def _with_gaps(cells: Ints, name: str, streams: Streams, *, answered: bool) -> pd.Series:
    """Return a column with questions left unanswered at the column's own rate."""
    low, high = population()["noise"]["nonresponse"]
    rate = low + (high - low) * _column_rank(name)
    gone = np.zeros(len(cells), dtype=bool) if answered else streams.rng("gaps", name).random(len(cells)) < rate
    column = pd.Series(pd.arrays.IntegerArray(cells.astype(np.int64), gone))
    return column.astype("str").mask(gone) if name in TEXT_NUMBERS else column


def _column_rank(name: str) -> float:
    """Return a number between 0 and 1 that belongs to the column, the same in every wave and for every seed."""
    return float(Streams(population()["population_seed"]).rng("column", name).random())


def spoil(table: pd.DataFrame, spare: Ints, streams: Streams) -> pd.DataFrame:
    """Add what real lists have: rows given twice, families under a second id, impossible cells.

    `spare` are household numbers that no other household has; no row is spoiled in two ways.
    """
    noise = population()["noise"]
    rates = [noise["exact_copies"], noise["second_ids"], *[noise["spoiled"]] * 3]
    bounds = np.cumsum([round(rate * len(table)) for rate in rates])
    order = streams.rng("spoil").permutation(len(table))
    copied, second, negative, unknown, lettered = (np.sort(part) for part in np.split(order, bounds)[:5])
    area, age, floor = table["floor_area_m2"], table["head_age_years"], table["floor_material"]
    spoiled = table.assign(
        floor_area_m2=area.mask(_at(negative, table), "-" + area.fillna("1")),
        head_age_years=age.mask(_at(lettered, table), age.fillna("40").str[:-1] + "O"),
        floor_material=floor.mask(_at(unknown, table), noise["unknown_code"]),
    )
    rows = np.concatenate([np.arange(len(table)), copied, second])
    place = streams.rng("row order").permutation(len(rows))
    every = spoiled.iloc[rows[place]].reset_index(drop=True)
    again = place >= len(table) + len(copied)
    ids = every["household_id"].mask(again)
    ids[again] = household_ids(spare[place[again] - len(table) - len(copied)], "registry").to_numpy()
    return every.assign(household_id=ids)


def _at(rows: Ints, table: pd.DataFrame) -> Bools:
    return np.isin(np.arange(len(table)), rows)


def field_check(state: State, head_age: Ints, streams: Streams) -> Ints:
    """Return what a visit finds: 1 found, 2 dead, 3 moved, 4 not found, 5 found but the identity does not match."""
    chance = population()["attrition"]
    elderly = head_age >= population()["members"]["elderly_from"]
    rates = [
        chance["dead"] + chance["dead_elderly"] * elderly,
        np.full(len(state), chance["moved"]),
        np.full(len(state), chance["not_found"]),
        np.full(len(state), chance["identity_not_matched"]),
    ]
    bounds: Floats = np.cumsum(rates, axis=0)
    drawn = streams.rng("check").random(len(state))
    passed = (drawn >= bounds).sum(axis=0)
    return np.asarray(np.array([2, 3, 4, 5, 1])[passed])


def is_still_there(verification: Ints) -> Bools:
    """Whether the household will be in the next wave."""
    return np.isin(verification, (1, 5))

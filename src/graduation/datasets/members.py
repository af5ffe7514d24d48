"""The members of each household: ages by slot, and how they change in a year."""

from __future__ import annotations

import numpy as np

from graduation.datasets.items import HEAD, by_class, chance_by_class
from graduation.datasets.settings import Bools, Floats, Ints, Streams, population

# Slots of a household; an age of -1 is an empty slot.
SPOUSE, FIRST_CHILD, PARENT, GRANDCHILD = 1, 2, 7, 8
N_CHILDREN, N_SLOTS = 5, 9
EMPTY = -1


def draw_ages(standard: Floats, female_head: Bools, streams: Streams) -> Ints:
    """Draw the ages of all members; one row per household, one column per slot."""
    settings = population()["members"]
    n = len(standard)
    ages = np.full((n, N_SLOTS), EMPTY, dtype=np.int64)
    mean = by_class(settings["head_age_mean"], standard)
    head = mean + settings["head_age_sd"] * streams.rng("head age").standard_normal(n)
    ages[:, HEAD] = np.clip(np.rint(head), *settings["head_age_range"])
    married = np.where(female_head, settings["married_female"], settings["married_male"])
    apart = np.rint(np.where(female_head, 3, -3) + 3 * streams.rng("spouse age").standard_normal(n))
    spouse = np.clip(ages[:, HEAD] + apart, *settings["head_age_range"])
    ages[:, SPOUSE] = np.where(streams.rng("married").random(n) < married, spouse, EMPTY)
    last_child = FIRST_CHILD + N_CHILDREN
    ages[:, FIRST_CHILD:last_child] = _children(ages[:, HEAD], standard, streams)
    parent = ages[:, HEAD] + streams.rng("parent age").integers(20, 35, n)
    has_parent = (streams.rng("parent").random(n) < settings["parent"]) & (parent <= settings["head_age_range"][1])
    ages[:, PARENT] = np.where(has_parent, parent, EMPTY)
    ages[:, GRANDCHILD] = _grandchild(ages[:, HEAD], standard, streams)
    return ages


def _children(head: Ints, standard: Floats, streams: Streams) -> Ints:
    settings = population()["members"]
    shape, (low, high) = (len(head), N_CHILDREN), settings["child_gap"]
    gap = streams.rng("child gap").integers(low, high, shape)
    age = head[:, None] - gap
    chance = np.clip(by_class(settings["children"], standard), settings["children_least"], 1)
    wanted = streams.rng("children").random(shape) < chance[:, None]
    home = (age < settings["leaves_home_at"]) | (streams.rng("stays").random(shape) < settings["stays_home"])
    return np.where(wanted & home & (age >= 0), age, EMPTY)


def _grandchild(head: Ints, standard: Floats, streams: Streams) -> Ints:
    chance = chance_by_class(population()["members"]["grandchild"], standard)
    lives_here = (streams.rng("grandchild").random(len(head)) < chance) & (head >= 50)
    return np.where(lives_here, streams.rng("grandchild age").integers(0, 15, len(head)), EMPTY)


def age_members(ages: Ints, earner_died: Bools, streams: Streams) -> Ints:
    """Let a year pass: birthdays, children leaving, births, deaths. The head stays."""
    settings = population()["members"]
    older = np.where(ages == EMPTY, EMPTY, np.minimum(ages + 1, settings["head_age_range"][1] + 20))
    older[:, HEAD] = np.minimum(older[:, HEAD], settings["head_age_range"][1])
    children = slice(FIRST_CHILD, FIRST_CHILD + N_CHILDREN)
    grown = older[:, children] >= settings["leaves_home_at"]
    leaves = grown & (streams.rng("leaves").random(grown.shape) < settings["leaves_yearly"])
    older[:, children] = np.where(leaves, EMPTY, older[:, children])
    dies = streams.rng("elder").random(len(ages)) < settings["elder_death_yearly"]
    older[dies, PARENT] = EMPTY
    _add_births(older, streams.rng("births").random(len(ages)) < settings["birth_yearly"])
    older[earner_died, SPOUSE] = EMPTY
    return older


def _add_births(ages: Ints, born: Bools) -> None:
    """Put a newborn into the first empty child slot of couples young enough."""
    children = ages[:, FIRST_CHILD : FIRST_CHILD + N_CHILDREN]
    young = (ages[:, SPOUSE] >= 18) & (ages[:, SPOUSE] <= 42)
    rows = np.flatnonzero(born & young & (children == EMPTY).any(axis=1))
    children[rows, (children[rows] == EMPTY).argmax(axis=1)] = 0


def count_members(ages: Ints, school_luck: Floats, standard: Floats) -> dict[str, Ints]:
    """Return the counts of members that a registry holds."""
    settings = population()["members"]
    low, high = settings["school_age"]
    in_school_age = (ages >= low) & (ages <= high)
    out = in_school_age & (school_luck < _dropout(ages, standard))
    first, last = settings["working_age"]
    return {
        "household_size": (ages != EMPTY).sum(axis=1),
        "n_children_school_age": in_school_age.sum(axis=1),
        "n_children_out_of_school": out.sum(axis=1),
        "n_working_age": ((ages >= first) & (ages <= last)).sum(axis=1),
        "n_elderly": (ages >= settings["elderly_from"]).sum(axis=1),
        "head_age_years": ages[:, HEAD],
    }


def _dropout(ages: Ints, standard: Floats) -> Floats:
    """Return each child's chance of being out of school; it grows with age, so that few come back."""
    settings = population()["members"]
    by_age = settings["out_of_school_by_age"]
    senior = np.where(ages >= by_age["senior_from"], by_age["senior"], by_age["junior"])
    factor = np.where(ages >= by_age["junior_from"], senior, by_age["primary"])
    chance = chance_by_class(settings["out_of_school"], standard)
    return np.asarray(np.clip(factor * chance[:, None], 0, 1))

"""The optimum, against every possible allocation of a tiny problem."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graduation.allocate import Capacity, Quota, Share, allocate
from graduation.errors import UsageError
from graduation.interventions import Recommendations

from .conftest import made, turned


@st.composite
def problems(draw: st.DrawFn) -> tuple[Recommendations, np.ndarray, np.ndarray, np.ndarray, list[str]]:
    n, k = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    size = n * k
    cost = np.array(draw(st.lists(st.integers(1, 12), min_size=size, max_size=size)), dtype=float).reshape(n, k)
    benefit = np.array(draw(st.lists(st.integers(-2, 20), min_size=size, max_size=size))).reshape(n, k) / 100
    eligible = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size))).reshape(n, k)
    place = draw(st.lists(st.sampled_from("AB"), min_size=n, max_size=n))
    return made(cost, benefit, eligible, place), cost, benefit, eligible & (benefit > 0), place


def brute_force(
    cost: np.ndarray,
    benefit: np.ndarray,
    usable: np.ndarray,
    budget: float,
    most: int,
    least: int,
    share: float,
    is_a: np.ndarray,
) -> float | None:
    best = None
    for choice in product(*[[-1, *np.flatnonzero(row)] for row in usable]):
        arm = np.array(choice)
        given_ = np.flatnonzero(arm >= 0)
        if cost[given_, arm[given_]].sum() > budget or (arm == 0).sum() > most or is_a[given_].sum() < least:
            continue
        if is_a[given_].sum() < share * len(given_):
            continue
        value = float(benefit[given_, arm[given_]].sum())
        best = value if best is None else max(best, value)
    return best


@given(problems(), st.integers(1, 40), st.integers(0, 3), st.integers(0, 2), st.sampled_from([0, 0.3, 0.5, 1]))
@settings(max_examples=120, deadline=None)
def test_no_allocation_is_better(problem: tuple, budget: int, most: int, least: int, share: float) -> None:
    offers, cost, benefit, usable, place = problem
    assume((usable & (cost <= budget)).any() and "A" in place)
    is_a = np.array(place) == "A"
    expected = brute_force(cost, benefit, usable, budget, most, least, share, is_a)
    limits = {"capacities": [Capacity("arm0", most)], "quotas": [Quota("place", "A", least)] if least else []}
    limits["shares"] = [Share("place", "A", share)]
    if expected is None:
        with pytest.raises(UsageError, match="at least"):
            allocate(offers, budget=budget, **limits)
        return
    found = allocate(offers, budget=budget, **limits)
    assert found.benefit == pytest.approx(expected, abs=1e-9)
    assert found.is_exact
    assert found.bound >= found.benefit - 1e-9
    assert found.spent <= budget
    assert found.table["household_id"].is_unique
    assert (found.table["arm"] == "arm0").sum() <= most


@given(problems(), st.integers(1, 40), st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_a_bigger_budget_never_lowers_the_benefit(problem: tuple, budget: int, more: int) -> None:
    offers, cost, _, usable, _ = problem
    assume((usable & (cost <= budget)).any())
    assert allocate(offers, budget=budget + more).benefit >= allocate(offers, budget=budget).benefit - 1e-9


@given(problems(), st.integers(1, 40), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_row_order_never_changes_the_result(problem: tuple, budget: int, random: object) -> None:
    offers, cost, _, usable, _ = problem
    assume((usable & (cost <= budget)).any())
    order = list(range(len(offers.households)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight, other = allocate(offers, budget=budget), allocate(turned(offers, order), budget=budget)
    assert straight.table.equals(other.table)
    assert straight.references.equals(other.references)

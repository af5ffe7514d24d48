"""Spend a budget where it averts most."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from graduation.allocate.allocation import Allocation
from graduation.allocate.choices import break_ties, read_choices, seeded_order
from graduation.allocate.feasible import check_quotas, infeasible
from graduation.allocate.limits import Capacity, Quota, check_limits
from graduation.allocate.solve import solve
from graduation.allocate.telling import told
from graduation.errors import UsageError
from graduation.interventions import NO_ARM, Recommendations


def allocate(
    recommendations: Recommendations,
    *,
    budget: float,
    quotas: Sequence[Quota] = (),
    capacities: Sequence[Capacity] = (),
    seed: int = 0,
) -> Allocation:
    """Choose at most one arm per household so that the expected number of cases averted is largest.

    Parameters
    ----------
    recommendations : Recommendations
        Which arms suit each household, their cost and benefit. An arm that is not expected to lower the risk is
        never given.
    budget : float
        In IDR. All costs together never exceed it, and what buys nothing more is left. With 0 the plan is empty.
    quotas : sequence of Quota
        Households to serve, at least, in a place or group.
    capacities : sequence of Capacity
        Households in an arm, at most, everywhere or in a place.
    seed : int
        Of the hash of household_id that tells apart households alike in all that counts, and of the random reference.

    Returns
    -------
    Allocation
        `.table`, `.totals`, `.references`, `.limits`; `.bound` and `.gap` say how much better any other could be.

    Raises
    ------
    UsageError
        When the budget is negative or not a number, when it is above 0 and buys not even the cheapest arm, when a
        limit names what is not there, or when quotas cannot be met; says which.

    Notes
    -----
    The linear relaxation is solved by HiGHS (Huangfu & Hall 2018), then the households that it leaves open exactly.

    Examples
    --------
    >>> import pandas as pd
    >>> from graduation.interventions import Intervention, Programme, recommend
    >>> from graduation.risk.scores import Scores
    >>> programme = Programme(name="demo", version="1", welfare_residual_sd=0.46, welfare_residual_sd_source="example",
    ...     interventions=[Intervention(name="cash", cost_idr=1_500_000, effect=0.05)])
    >>> households = pd.DataFrame({"kecamatan": ["A", "B"]}, index=pd.Index(["a", "b"], name="household_id"))
    >>> table = pd.DataFrame({"pathway": "become", "risk": [0.1, 0.3], "rank": [2, 1]}, index=households.index)
    >>> offers = recommend(households, Scores(table, "demo"), programme)
    >>> found = allocate(offers, budget=2_000_000)
    >>> found.table[["household_id", "arm", "why"]].values.tolist()[0]
    ['b', 'cash', 'cash: in the budget at rank 1']
    >>> allocate(offers, budget=2_000_000, quotas=[Quota("kecamatan", "A", 1)]).table["arm"].tolist()
    ['none', 'cash']
    """
    check_limits(recommendations.households, recommendations.programme.names, capacities, quotas)
    _check_budget(recommendations, budget)
    order = seeded_order(recommendations.households.index, seed)
    choices = read_choices(recommendations, order, float(budget), capacities, quotas)
    check_quotas(choices, quotas)
    solution = solve(choices)
    if solution is None:
        raise UsageError(infeasible(choices, quotas))
    chosen = break_ties(choices, solution.chosen)
    names = ["budget", *map(str, capacities), *map(str, quotas)]
    return told(recommendations, choices, chosen, solution, names=names, seed=seed)


def _check_budget(recommendations: Recommendations, budget: float) -> None:
    if not (isinstance(budget, int | float | np.number) and math.isfinite(budget) and budget >= 0):
        raise UsageError(f"budget is {budget}; expected an amount in IDR, 0 or more")
    table = recommendations.table
    useful = table[table["eligible"] & (table["arm"] != NO_ARM) & (table["benefit"] > 0)]
    if len(useful) and 0 < budget < useful["cost_idr"].min():
        cheapest = useful.sort_values("cost_idr", kind="stable").iloc[0]
        raise UsageError(
            f"the budget of Rp {budget:,.0f} is below the cheapest suitable arm ({cheapest['arm']}, "
            f"Rp {cheapest['cost_idr']:,.0f} per household); raise it, or check that it is in rupiah, not in millions"
        )

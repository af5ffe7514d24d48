"""Spend a budget where it averts most."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from graduation.allocate.allocation import Allocation
from graduation.allocate.choices import read_choices, seeded_order
from graduation.allocate.feasible import check_counts, conflict
from graduation.allocate.limits import Capacity, Limit, Quota, Share, limit_faults, with_own_capacities
from graduation.allocate.solve import solve
from graduation.allocate.telling import told
from graduation.errors import UsageError
from graduation.interventions import Offers, Recommendations


def allocate(
    recommendations: Recommendations,
    *,
    budget: float,
    quotas: Sequence[Quota] = (),
    capacities: Sequence[Capacity] = (),
    shares: Sequence[Share] = (),
    seed: int = 0,
) -> Allocation:
    """Choose at most one arm per household so that the value, by default the cases averted, is largest.

    Parameters
    ----------
    recommendations : Recommendations
        Which arms suit each household, their cost, benefit and value. An arm without value, which by default is one
        that is not expected to lower the risk, is never given.
    budget : float
        In IDR. All costs together never exceed it, and what buys nothing more is left. With 0 the plan is empty.
    quotas : sequence of Quota
        Households to serve, at least, in a place or group.
    capacities : sequence of Capacity
        Households in an arm, at most, everywhere or in a place. An arm without one everywhere keeps to the `capacity`
        of the programme, if it has one.
    shares : sequence of Share
        Fraction of the households served, at least, that are in a place or group.
    seed : int
        Of the hash of household_id that tells apart households alike in all that counts, and of the random reference.

    Returns
    -------
    Allocation
        `.table`, `.totals`, `.references`, `.limits`; `.bound` and `.gap` say how much better any other could be.

    Raises
    ------
    UsageError
        When the budget is negative or not a number, when it is above 0 and buys not even the cheapest arm, or when
        limits name what is not there; all faults are told. When a quota is above the number of households that an arm
        suits, or limits cannot be kept together: names a smallest set of limits that conflict, and the money that
        they need.
    DataError
        From `Recommendations`, when an arm that suits a household has no cost.

    Notes
    -----
    Up to 4,000 households the linear relaxation is solved as it is by HiGHS (Huangfu & Hall 2018); beyond, its dual by
    cutting planes (Kelley 1960) from the prices of a sample. Households that the prices leave open are then decided as
    whole numbers, while the others keep what is best at the prices (Sinha & Zoltners 1979). `gap` is against the bound
    that the prices prove, whichever way they were found.

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
    limits: list[Limit] = [*with_own_capacities(capacities, recommendations), *quotas, *shares]
    offers, households = recommendations.offers, recommendations.households
    faults = limit_faults(households, offers.arms, limits)
    faults = [*_budget_faults(offers, budget), *(["limits cannot be read: " + "; ".join(faults)] if faults else [])]
    if faults:
        raise UsageError("; ".join(faults))
    position = seeded_order(offers.ids, seed)
    named = list(dict.fromkeys(limit.column for limit in limits if limit.column is not None))
    groups = households[named] if households.index.equals(offers.ids) else households[named].reindex(offers.ids)
    choices = read_choices(offers, groups.iloc[position], position, float(budget), limits)
    check_counts(choices, limits)
    solution = solve(choices)
    if solution is None:
        raise UsageError(conflict(choices, limits))
    return told(recommendations, choices, solution, limits=limits, seed=seed)


def _budget_faults(offers: Offers, budget: float) -> list[str]:
    if not (isinstance(budget, int | float | np.number) and math.isfinite(budget) and budget >= 0):
        return [f"budget is {budget}; expected an amount in IDR, 0 or more"]
    cost = np.where(offers.eligible & (offers.value > 0), offers.cost, np.inf).min(axis=0, initial=np.inf)
    arm = int(cost.argmin())
    if not 0 < budget < cost[arm] < np.inf:
        return []
    return [
        f"the budget of Rp {budget:,.0f} is below the cheapest suitable arm ({offers.arms[arm]}, "
        f"Rp {cost[arm]:,.0f} per household); raise it, or check that it is in rupiah, not in millions"
    ]

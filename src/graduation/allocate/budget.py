"""Spend a budget where it averts most."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from graduation.allocate.allocation import MILLION, Allocation
from graduation.allocate.choices import Choices, break_ties, read_choices, seeded_order
from graduation.allocate.feasible import check_quotas, infeasible
from graduation.allocate.limits import Capacity, Quota, check_limits
from graduation.allocate.reasons import reasons
from graduation.allocate.references import reference_table
from graduation.allocate.solve import Solution, solve
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
        In IDR. All costs together never exceed it, and what buys nothing more is left.
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
        When the budget is not a positive number or buys not even the cheapest arm, when a limit names what is not
        there, or when quotas cannot be met; says which.

    Notes
    -----
    The linear relaxation is solved by HiGHS (Huangfu & Hall 2018), then the households that it leaves open exactly.

    Examples
    --------
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
    return _allocation(recommendations, choices, chosen, solution, names=names, seed=seed)


def _check_budget(recommendations: Recommendations, budget: float) -> None:
    if not (isinstance(budget, int | float | np.number) and math.isfinite(budget) and budget >= 0):
        raise UsageError(f"budget is {budget}; expected an amount in IDR, 0 or more")
    table = recommendations.table
    useful = table[table["eligible"] & (table["arm"] != NO_ARM) & (table["benefit"] > 0)]
    if len(useful) and budget < useful["cost_idr"].min():
        cheapest = useful.sort_values("cost_idr", kind="stable").iloc[0]
        raise UsageError(
            f"the budget of Rp {budget:,.0f} is below the cheapest suitable arm ({cheapest['arm']}, "
            f"Rp {cheapest['cost_idr']:,.0f} per household); raise it, or check that it is in rupiah, not in millions"
        )


def _allocation(
    recommendations: Recommendations,
    choices: Choices,
    chosen: np.ndarray,
    solution: Solution,
    *,
    names: list[str],
    seed: int,
) -> Allocation:
    offers = recommendations.table
    nothing = offers[offers["arm"] == NO_ARM].set_index("household_id").reindex(choices.ids)
    risk, rank = nothing["risk"].to_numpy(dtype=float), nothing["rank"].to_numpy()
    prices = solution.prices * choices.unit
    titles = recommendations.programme.titles(recommendations.language)
    ours = {
        "kind": "allocation",
        "policy": "this allocation",
        "households": int(chosen.sum()),
        "cost_idr": math.fsum(choices.cost[chosen]),
        "benefit": math.fsum(choices.benefit[chosen]),
    }
    others = reference_table(choices, risk, titles, seed)
    table = _table(choices, chosen, risk, rank)
    table["why"] = pd.array(reasons(recommendations, choices, chosen, prices, rank), dtype="str")
    return Allocation(
        table=table.sort_values("rank", kind="stable").reset_index(drop=True),
        totals=_totals(choices, chosen, titles),
        references=pd.concat([pd.DataFrame([ours]), others], ignore_index=True),
        limits=_limits(choices, chosen, prices, names),
        budget=choices.budget,
        bound=solution.bound * choices.unit,
        is_exact=solution.is_exact,
    )


def _table(choices: Choices, chosen: np.ndarray, risk: np.ndarray, rank: np.ndarray) -> pd.DataFrame:
    arm = np.full(choices.n, NO_ARM, dtype=object)
    cost, benefit = np.zeros(choices.n), np.zeros(choices.n)
    who = choices.household[chosen]
    arm[who] = np.array(choices.arms, dtype=object)[choices.arm[chosen]]
    cost[who], benefit[who] = choices.cost[chosen], choices.benefit[chosen]
    columns = {
        "household_id": choices.ids,
        "arm": pd.array(arm, dtype="str"),
        "cost_idr": cost,
        "benefit": benefit,
        "risk": risk,
        "risk_after": risk - benefit,
        "rank": rank,
    }
    return pd.DataFrame(columns)


def _totals(choices: Choices, chosen: np.ndarray, titles: dict[str, str]) -> pd.DataFrame:
    rows = []
    for code, name in enumerate(choices.arms):
        mine = chosen & (choices.arm == code)
        cost, benefit = math.fsum(choices.cost[mine]), math.fsum(choices.benefit[mine])
        row = {"arm": name, "label": titles[name], "households": int(mine.sum()), "cost_idr": cost, "benefit": benefit}
        rows.append(row)
    totals = pd.DataFrame(rows)
    totals["share"] = totals["cost_idr"] / max(float(totals["cost_idr"].sum()), 1.0)
    return totals


def _limits(choices: Choices, chosen: np.ndarray, prices: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return each coupling limit in its own unit: rupiah for the budget, households for the others."""
    bound, used = np.abs(choices.limits), np.abs(choices.rows[:, chosen].sum(axis=1))
    price = prices.copy()
    bound[0], used[0] = choices.budget, math.fsum(choices.cost[chosen])
    price[0] = prices[0] / choices.money_unit * MILLION
    return pd.DataFrame({"limit": names, "bound": bound, "used": used, "shadow_price": price})

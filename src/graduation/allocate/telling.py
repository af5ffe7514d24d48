"""Put a solution into the tables that people read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from graduation.allocate.allocation import Allocation
from graduation.allocate.choices import Choices, pick
from graduation.allocate.limits import Capacity, Limit
from graduation.allocate.phrases import TEXT
from graduation.allocate.pricing import limit_table
from graduation.allocate.reasons import reasons
from graduation.allocate.references import reference_table
from graduation.allocate.solve import Solution
from graduation.interventions import NO_ARM, Recommendations, referrals_of, risk_after


def told(
    recommendations: Recommendations,
    choices: Choices,
    solution: Solution,
    *,
    limits: Sequence[Limit],
    seed: int,
) -> Allocation:
    """Return the allocation of a solution to the households of these recommendations."""
    arm = solution.arm
    totals = _totals(recommendations, choices, arm)
    ours = {
        "kind": "allocation",
        "policy": TEXT[recommendations.language]["allocation"],
        "households": int(totals["households"].sum()),
        **{column: float(totals[column].sum()) for column in ("cost_idr", "benefit")},
        "reached": math.fsum(recommendations.offers.risk[choices.position[arm >= 0]]),
        "value": float(totals["value"].sum()),
    }
    n_capacities = sum(isinstance(limit, Capacity) for limit in limits)
    others = reference_table(choices, n_capacities, recommendations, seed)
    table = _table(recommendations, choices, arm)
    if recommendations.programme.referrals:
        told_beside = referrals_of(recommendations.households, recommendations.programme, recommendations.language)
        table["referrals"] = told_beside.reindex(table["household_id"]).array
    table["why"] = pd.array(reasons(recommendations, choices, arm, solution.prices, limits), dtype="str")
    return Allocation(
        table=table.sort_values("rank", kind="stable").reset_index(drop=True),
        totals=totals,
        references=pd.concat([pd.DataFrame([ours]), others], ignore_index=True),
        limits=limit_table(choices, solution, limits, recommendations.language),
        effects=recommendations.effects,
        budget=choices.budget,
        bound=solution.bound * choices.unit,
        is_exact=solution.is_exact,
        is_benefit=recommendations.offers.is_value_benefit,
    )


def _table(recommendations: Recommendations, choices: Choices, arm: np.ndarray) -> pd.DataFrame:
    offers, position = recommendations.offers, choices.position
    names = np.array([*choices.arms, NO_ARM], dtype=object)
    bases = np.array([*offers.basis, ""], dtype=object)
    benefit = pick(offers.benefit[position].T, arm)
    places = recommendations.places
    columns = {
        "household_id": choices.ids.to_numpy(),
        **{str(name): places[name].reindex(choices.ids).array for name in places},
        "arm": pd.array(names[arm], dtype="str"),
        "cost_idr": choices.paid(arm),
        "benefit": benefit,
        "value": pick(offers.value[position].T, arm),
        "basis": pd.array(bases[arm], dtype="str"),
        "risk": offers.risk[position],
        "risk_after": offers.risk[position] - benefit,
        "rank": offers.rank[position],
    }
    return pd.DataFrame(columns)


def _totals(recommendations: Recommendations, choices: Choices, arm: np.ndarray) -> pd.DataFrame:
    offers, titles = recommendations.offers, recommendations.programme.titles(recommendations.language)
    rows = []
    for number, name in enumerate(choices.arms):
        mine = np.flatnonzero(arm == number)
        who = choices.position[mine]
        low, high = _benefit_range(recommendations, number, who)
        sums = {
            "cost_idr": choices.cost[number, mine],
            "benefit": offers.benefit[who, number],
            "benefit_low": low,
            "benefit_high": high,
            "value": offers.value[who, number],
        }
        added = {column: math.fsum(values) for column, values in sums.items()}
        rows.append({"arm": name, "label": titles[name], "households": len(mine), **added})
    totals = pd.DataFrame(rows)
    totals["share"] = totals["cost_idr"] / max(float(totals["cost_idr"].sum()), 1.0)
    return totals.assign(basis=list(offers.basis))


def _benefit_range(recommendations: Recommendations, number: int, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the benefit of an arm to these households at the low and at the high end of the arm's effect."""
    offers, effects = recommendations.offers, recommendations.effects
    if effects.empty:
        # Missing even where the arm is given to nobody, so that no sum looks like a known range.
        unknown = np.full(max(len(who), 1), np.nan)
        return unknown, unknown
    used, low, high = effects.set_index("arm").loc[offers.arms[number], ["used", "low", "high"]].to_numpy(dtype=float)
    before, sd = offers.risk[who], recommendations.programme.welfare_residual_sd
    effect = offers.effect[who, number]
    low_after, high_after = (risk_after(before, effect + end - used, sd) for end in (low, high))
    return before - low_after, before - high_after

"""Put a solution into the tables that people read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from graduation.allocate.allocation import Allocation
from graduation.allocate.choices import Choices, pick
from graduation.allocate.limits import Capacity, Limit
from graduation.allocate.phrases import TEXT
from graduation.allocate.pricing import limit_table
from graduation.allocate.reasons import reasons
from graduation.allocate.references import reference_table
from graduation.allocate.solve import Solution
from graduation.interventions import NO_ARM, Recommendations, referrals_of, risk_after

TOTALS = ["arm", "label", "households", "cost_idr", "benefit", "benefit_low", "benefit_high", "value"]
REACH = float(ndtri(0.975))


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
        "arm": "",
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
        language=recommendations.language,
        seed=seed,
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
            "value": offers.value[who, number],
        }
        added = {column: math.fsum(values) for column, values in sums.items()}
        ends = {"benefit_low": low, "benefit_high": high}
        rows.append({"arm": name, "label": titles[name], "households": len(mine), **added, **ends})
    totals = pd.DataFrame(rows)[TOTALS]
    totals["share"] = totals["cost_idr"] / max(float(totals["cost_idr"].sum()), 1.0)
    return totals.assign(basis=list(offers.basis))


def _benefit_range(recommendations: Recommendations, number: int, who: np.ndarray) -> tuple[float, float]:
    """Return the benefit of an arm to these households together, at the low and at the high end of what is left open.

    Two errors are common to all of them: that of the average effect, and that of the slope by which households differ
    from it, both at the ends of 95 %. The benefit is worked out with one of them moved at a time, and the moves are
    put together in quadrature, as the delta method does: an average and the slope on what is measured from the average
    have errors that are nearly uncorrelated. What is not in the range: the households that the prediction takes for
    the wrong ones, and the assumptions of the programme.

    A sum over households that were chosen by estimated differences is not too good by that alone where these are told
    apart clearly, for their slope is measured out of fold and shrunk. Where they barely pass their test it is: of weak
    differences only those pass that were found too large, and shrinking takes back a part of that.
    """
    offers, effects = recommendations.offers, recommendations.effects
    if effects.empty:
        # Missing even where the arm is given to nobody, so that no sum looks like a known range.
        return math.nan, math.nan
    columns = ["used", "low", "high", "slope_error"]
    used, low, high, error = effects.set_index("arm").loc[offers.arms[number], columns].to_numpy(dtype=float)
    before, effect = offers.risk[who], offers.effect[who, number]

    def benefit(shift: np.ndarray | float) -> float:
        return math.fsum(before - risk_after(before, effect + shift, recommendations.programme.welfare_residual_sd))

    middle, slope = benefit(0.0), REACH * error * (effect - used)
    moves = [[benefit(shift) - middle for shift in ends] for ends in ((low - used, high - used), (-slope, slope))]
    down, up = (math.hypot(*(end(*ends, 0.0) for ends in moves)) for end in (min, max))
    return middle - down, middle + up

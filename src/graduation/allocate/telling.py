"""Put a solution into the tables that people read."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from graduation.allocate.allocation import MILLION, Allocation
from graduation.allocate.choices import Choices
from graduation.allocate.phrases import TEXT
from graduation.allocate.reasons import reasons
from graduation.allocate.references import reference_table
from graduation.allocate.solve import Solution
from graduation.interventions import NO_ARM, Recommendations, risk_after


def told(
    recommendations: Recommendations,
    choices: Choices,
    chosen: np.ndarray,
    solution: Solution,
    *,
    names: list[str],
    seed: int,
) -> Allocation:
    """Return the allocation of the chosen options (m,); `names` are those of the coupling limits."""
    offers = recommendations.table
    nothing = offers[offers["arm"] == NO_ARM].set_index("household_id").reindex(choices.ids)
    risk, rank = nothing["risk"].to_numpy(dtype=float), nothing["rank"].to_numpy()
    prices = solution.prices * choices.unit
    totals = _totals(recommendations, choices, chosen, risk)
    ours = {
        "kind": "allocation",
        "policy": TEXT[recommendations.language]["allocation"],
        "households": int(chosen.sum()),
        "cost_idr": math.fsum(choices.cost[chosen]),
        "benefit": math.fsum(choices.benefit[chosen]),
    }
    others = reference_table(choices, risk, recommendations, seed)
    table = _table(recommendations, choices, chosen, risk, rank)
    table["why"] = pd.array(reasons(recommendations, choices, chosen, prices, rank), dtype="str")
    return Allocation(
        table=table.sort_values("rank", kind="stable").reset_index(drop=True),
        totals=totals,
        references=pd.concat([pd.DataFrame([ours]), others], ignore_index=True),
        limits=_limits(choices, chosen, prices, names),
        effects=recommendations.effects,
        budget=choices.budget,
        bound=solution.bound * choices.unit,
        is_exact=solution.is_exact,
    )


def _table(
    recommendations: Recommendations, choices: Choices, chosen: np.ndarray, risk: np.ndarray, rank: np.ndarray
) -> pd.DataFrame:
    arm = np.full(choices.n, NO_ARM, dtype=object)
    cost, benefit = np.zeros(choices.n), np.zeros(choices.n)
    who = choices.household[chosen]
    arm[who] = np.array(choices.arms, dtype=object)[choices.arm[chosen]]
    cost[who], benefit[who] = choices.cost[chosen], choices.benefit[chosen]
    bases = {**_bases(recommendations), NO_ARM: ""}
    places = recommendations.places
    columns = {
        "household_id": choices.ids,
        **{str(name): places[name].reindex(choices.ids).array for name in places},
        "arm": pd.array(arm, dtype="str"),
        "cost_idr": cost,
        "benefit": benefit,
        "basis": pd.array([bases[name] for name in arm], dtype="str"),
        "risk": risk,
        "risk_after": risk - benefit,
        "rank": rank,
    }
    return pd.DataFrame(columns)


def _bases(recommendations: Recommendations) -> dict[str, str]:
    """Return the basis of the effect of each arm."""
    first = recommendations.table.drop_duplicates("arm")
    return dict(zip(first["arm"], first["basis"], strict=True))


def _totals(recommendations: Recommendations, choices: Choices, chosen: np.ndarray, risk: np.ndarray) -> pd.DataFrame:
    titles, bases = recommendations.programme.titles(recommendations.language), _bases(recommendations)
    low, high = _benefit_range(recommendations, choices, risk)
    rows = []
    for code, name in enumerate(choices.arms):
        mine = chosen & (choices.arm == code)
        sums = {"cost_idr": choices.cost, "benefit": choices.benefit, "benefit_low": low, "benefit_high": high}
        added = {column: math.fsum(values[mine]) for column, values in sums.items()}
        rows.append({"arm": name, "label": titles[name], "households": int(mine.sum()), **added})
    totals = pd.DataFrame(rows)
    totals["share"] = totals["cost_idr"] / max(float(totals["cost_idr"].sum()), 1.0)
    return totals.assign(basis=totals["arm"].map(bases))


def _benefit_range(
    recommendations: Recommendations, choices: Choices, risk: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the benefit of each option (m,) at the low and at the high end of its arm's effect."""
    effects = recommendations.effects
    if effects.empty:
        unknown = np.full(len(choices.arm), np.nan)
        return unknown, unknown
    ends = effects.set_index("arm")[["low", "high"]].loc[choices.arms].to_numpy(dtype=float)[choices.arm]
    before = risk[choices.household]
    sd = recommendations.programme.welfare_residual_sd
    return before - risk_after(before, ends[:, 0], sd), before - risk_after(before, ends[:, 1], sd)


def _limits(choices: Choices, chosen: np.ndarray, prices: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return each coupling limit in its own unit: rupiah for the budget, households for the others."""
    bound, used = np.abs(choices.limits), np.abs(choices.rows[:, chosen].sum(axis=1))
    price = prices.copy()
    bound[0], used[0] = choices.budget, math.fsum(choices.cost[chosen])
    # Without a budget no option was compared, so nothing is known of what the first money would do.
    price[0] = prices[0] / choices.money_unit * MILLION if choices.budget else np.nan
    return pd.DataFrame({"limit": names, "bound": bound, "used": used, "shadow_price": price})

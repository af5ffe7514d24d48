"""The problem in arrays: the options of each household, and the rows that couple households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.allocate.limits import Capacity, Quota, members
from graduation.interventions import NO_ARM, Recommendations

# Benefits are scaled to this maximum, so that the solver's absolute tolerances are far below any real difference.
SCALE = 1e3
MAX_EXACT, MAX_UNITS = 2.0**53, 1e4


@dataclass(frozen=True)
class Choices:
    """n households in the order of a seeded hash of their id, and their m options that suit, help and can be paid.

    `rows` (k, m) and `limits` (k,) couple households, as ``rows @ chosen <= limits``: money first, then capacities,
    then quotas with their sign turned. Money is counted in units of `money_unit` rupiah.
    """

    ids: np.ndarray
    arms: list[str]
    budget: float
    money_unit: float
    household: np.ndarray
    arm: np.ndarray
    cost: np.ndarray
    benefit: np.ndarray
    rows: np.ndarray
    limits: np.ndarray
    n_quotas: int

    @property
    def n(self) -> int:
        return len(self.ids)

    @property
    def unit(self) -> float:
        """What one unit of the scaled objective is worth in benefit."""
        return float(self.benefit.max()) / SCALE if len(self.benefit) else 1.0

    @property
    def value(self) -> np.ndarray:
        return self.benefit / self.unit


def read_choices(
    recommendations: Recommendations,
    order: pd.Index,
    budget: float,
    capacities: Sequence[Capacity],
    quotas: Sequence[Quota],
) -> Choices:
    """Return the problem, households in the given order of their ids."""
    table = recommendations.table
    arms = recommendations.programme.names
    usable = table["eligible"] & (table["arm"] != NO_ARM) & (table["benefit"] > 0) & (table["cost_idr"] <= budget)
    options = table[usable]
    household = order.get_indexer(pd.Index(options["household_id"]))
    arm = pd.Index(arms).get_indexer(pd.Index(options["arm"]))
    sort = np.lexsort((arm, household))
    household, arm = household[sort], arm[sort]
    cost = options["cost_idr"].to_numpy(dtype=float)[sort]
    places = recommendations.households.loc[order]
    unit, spendable = _money(cost, budget)
    rows, limits = [cost / unit], [spendable]
    for capacity in capacities:
        there = members(places, capacity.column, capacity.place)[household]
        rows.append((there & (arm == arms.index(capacity.arm))).astype(float))
        limits.append(float(capacity.maximum))
    for quota in quotas:
        rows.append(-members(places, quota.column, quota.level)[household].astype(float))
        limits.append(-float(quota.minimum))
    return Choices(
        ids=order.to_numpy(),
        arms=arms,
        budget=budget,
        money_unit=unit,
        household=household,
        arm=arm,
        cost=cost,
        benefit=options["benefit"].to_numpy(dtype=float)[sort],
        rows=np.vstack(rows),
        limits=np.array(limits),
        n_quotas=len(quotas),
    )


def _money(cost: np.ndarray, budget: float) -> tuple[float, float]:
    """Return the unit in which money is counted, and how many units can be spent.

    In whole multiples of what all costs share the solver's tolerances, which are absolute, cannot overspend, and a
    budget that no sum of costs can reach is cut to one that some may.
    """
    if not len(cost):
        return 1.0, budget
    largest = float(cost.max())
    enough = min(budget, float(cost.sum()))
    if largest < MAX_EXACT and (cost == np.round(cost)).all():
        shared = float(np.gcd.reduce(cost.astype(np.int64)))
        if largest / shared <= MAX_UNITS:
            return shared, float(np.floor(enough / shared))
    return largest / MAX_UNITS, enough / (largest / MAX_UNITS)


def seeded_order(ids: pd.Index, seed: int) -> pd.Index:
    """Return ids in the order of a seeded hash: the same whatever the order of the table."""
    text = ids.astype(str).to_numpy(dtype=object)
    hashed = pd.util.hash_array(text, hash_key=f"{seed % 10**16:016d}", categorize=False)
    return ids[np.lexsort((text, hashed))]


def break_ties(choices: Choices, chosen: np.ndarray) -> np.ndarray:
    """Let, among households that are alike in all that counts, the first in hash order have the larger benefit."""
    per_arm = np.full((choices.n, len(choices.arms)), -1)
    per_arm[choices.household, choices.arm] = np.arange(len(choices.arm))
    alike = np.zeros((choices.n, len(choices.arms) * (2 + len(choices.limits))))
    for number in range(len(choices.arms)):
        has = per_arm[:, number] >= 0
        option = per_arm[has, number]
        block = np.column_stack([choices.benefit[option], choices.cost[option], choices.rows[:, option].T])
        alike[has, number * block.shape[1] : (number + 1) * block.shape[1]] = block
    group = pd.util.hash_pandas_object(pd.DataFrame(alike), index=False).to_numpy()
    arm = np.full(choices.n, -1)
    benefit = np.zeros(choices.n)
    arm[choices.household[chosen]], benefit[choices.household[chosen]] = choices.arm[chosen], choices.benefit[chosen]
    settled = np.full(choices.n, -1)
    settled[np.argsort(group, kind="stable")] = arm[np.lexsort((-benefit, group))]
    served = settled >= 0
    result = np.zeros(len(choices.arm), dtype=bool)
    result[per_arm[np.flatnonzero(served), settled[served]]] = True
    return result

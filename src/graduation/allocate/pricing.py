"""What each limit costs: its shadow price, and what the plan would gain without it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from graduation.allocate.choices import Choices
from graduation.allocate.limits import Capacity, Limit, Quota, Share
from graduation.allocate.phrases import TEXT
from graduation.allocate.prices import CuttingPlanes, descend, exact_prices, standing
from graduation.allocate.solve import LARGE, Solution
from graduation.schema import Language

MILLION, PERCENT = 1e6, 0.01
# Of a large problem only so many limits, those that the prices say cost most, are solved without.
RESOLVED = 3
KINDS = {Capacity: "capacity", Quota: "quota", Share: "share"}


def limit_table(choices: Choices, solution: Solution, limits: Sequence[Limit], language: Language) -> pd.DataFrame:
    """Return each coupling limit in its own unit: rupiah for the budget, households, or a fraction of those served."""
    arm, prices = solution.arm, solution.prices * choices.unit
    # Without a budget no option was compared, so nothing is known of what the first money would do.
    last = prices[0] / choices.money_unit * MILLION if choices.budget else np.nan
    rows = [(TEXT[language]["budget"], "budget", choices.budget, math.fsum(choices.paid(arm)), last)]
    used, served = np.abs(choices.weights @ choices.counts(arm)), int((arm >= 0).sum())
    for limit, taken, price in zip(limits, used, prices[1:], strict=True):
        bound = abs(limit.bound)
        if isinstance(limit, Share):
            members = served * limit.minimum + float(taken)
            bound, taken, price = limit.minimum, members / max(served, 1), price * served * PERCENT
        rows.append((limit.text(language), KINDS[type(limit)], bound, float(taken), float(price)))
    table = pd.DataFrame(rows, columns=["limit", "kind", "bound", "used", "shadow_price"])
    return table.assign(cost_of_limit=[np.nan, *_costs(choices, solution, limits)])


def _costs(choices: Choices, solution: Solution, limits: Sequence[Limit]) -> list[float]:
    """Return what the relaxation gains without each quota and share; missing for other limits and beyond the first."""
    price = solution.prices[1:]
    at_stake = price * np.array([abs(limit.bound) for limit in limits])
    at_stake = np.where([isinstance(limit, Share) for limit in limits], np.inf, at_stake) if len(limits) else at_stake
    dearest = np.argsort(-at_stake, kind="stable")
    asked = [number for number in dearest if price[number] > 0 and not isinstance(limits[number], Capacity)]
    if choices.n > LARGE:
        asked = asked[:RESOLVED]
    costs = [np.nan if isinstance(limit, Capacity) or p > 0 else 0.0 for limit, p in zip(limits, price, strict=True)]
    for number in asked:
        costs[number] = max(0.0, _bound_without(choices, solution, number) - solution.bound) * choices.unit
    return costs


def _bound_without(choices: Choices, solution: Solution, number: int) -> float:
    """Return the bound of the relaxation without one limit."""
    row = number + 1
    if solution.planes is None:
        keep = np.ones(len(choices.limits) - 1)
        keep[number] = 0.0
        limits = choices.limits.copy()
        limits[row] = 0.0
        freed = replace(choices, weights=sparse.diags_array(keep) @ choices.weights, limits=limits)
        prices = exact_prices(freed)
        return solution.bound if prices is None else standing(freed, prices).bound
    # The price of a limit that is not there is 0; planes that touched the dual function elsewhere still support it.
    free, start = np.ones(len(choices.limits)), solution.prices.copy()
    free[row], start[row] = 0.0, 0.0
    _, bound = descend(CuttingPlanes(choices, solution.planes.rounds), start, 0.2, free)
    return bound

"""Solve the linear relaxation, then decide exactly the few households that it leaves open.

A basic solution of the relaxation has at most as many fractional households as coupling rows (Dantzig 1957; Sinha &
Zoltners 1979, Operations Research 27). Any household whose second best choice loses more, at the shadow prices, than
the gap between bound and solution keeps its choice in every optimum, so only the others need integers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from graduation.allocate.choices import Choices
from graduation.allocate.quiet import quiet_solver

SAMPLE, CORE_SIZES, CORE_PER_LIMIT, NODES = 4_000, (100, 1_500, 20_000), 10, 500
TOLERANCE = 1e-7


@dataclass(frozen=True)
class Solution:
    """Chosen options (m,), the bound of the relaxation and its shadow prices (k,), all in scaled units."""

    chosen: np.ndarray
    bound: float
    prices: np.ndarray
    is_exact: bool


@dataclass(frozen=True)
class _Standing:
    """Each household's best option at given prices (-1 is none), and what its second best would lose."""

    best: np.ndarray
    regret: np.ndarray
    bound: float


def solve(choices: Choices) -> Solution | None:
    """Return the best whole solution, or None when the quotas cannot all be met."""
    prices = _relax(choices)
    if prices is None:
        return None
    standing = _standing(choices, prices)
    by_regret = np.argsort(standing.regret, kind="stable")
    for size in sorted({min(size + CORE_PER_LIMIT * len(prices), choices.n) for size in CORE_SIZES}):
        is_open = np.zeros(choices.n, dtype=bool)
        is_open[by_regret[:size]] = True
        chosen, is_proven = _whole(choices, standing, is_open)
        if chosen is not None:
            gap = standing.bound - float(choices.value[chosen].sum())
            is_last = size == choices.n or bool(standing.regret[by_regret[size]] > gap)
            return Solution(chosen, standing.bound, prices, is_proven and is_last)
    return None


def _standing(choices: Choices, prices: np.ndarray) -> _Standing:
    net = choices.value - prices @ choices.rows
    order = np.lexsort((-net, choices.household))
    household = choices.household[order]
    place = np.arange(len(order)) - np.searchsorted(household, household)
    best, first, second = np.full(choices.n, -1), np.zeros(choices.n), np.zeros(choices.n)
    top, next_ = order[place == 0], order[place == 1]
    first[choices.household[top]] = net[top]
    second[choices.household[next_]] = np.maximum(net[next_], 0)
    wins = net[top] > 0
    best[choices.household[top[wins]]] = top[wins]
    regret = np.where(best >= 0, first - second, -first)
    without = np.ones(choices.n, dtype=bool)
    without[choices.household] = False
    regret[without] = np.inf
    return _Standing(best, regret, float(prices @ choices.limits + np.maximum(first, 0).sum()))


def _relax(choices: Choices) -> np.ndarray | None:
    """Return the shadow prices of the linear relaxation, or None when it has no solution.

    Large problems start from the prices of a random sample and open only the households that these leave close; the
    result is the same, because every household left out is checked at the final prices.
    """
    everyone = np.ones(choices.n, dtype=bool)
    if choices.n <= 2 * SAMPLE:
        return _prices(choices, everyone, choices.limits)
    sample = np.arange(choices.n) < SAMPLE
    money_and_places = np.maximum(choices.limits, 0) * SAMPLE / choices.n
    prices = _prices(choices, sample, money_and_places)
    prices = np.zeros(len(choices.limits)) if prices is None else prices
    standing = _standing(choices, prices)
    is_open = standing.regret <= np.partition(standing.regret, 2 * SAMPLE)[2 * SAMPLE]
    while True:
        kept = _options_of(standing.best[~is_open])
        found = _prices(choices, is_open, choices.limits - choices.rows[:, kept].sum(axis=1))
        if found is None and is_open.all():
            return None
        if found is None:
            is_open = _widen(standing.regret, int(is_open.sum()) * 4)
            continue
        again = _standing(choices, found)
        moved = ~is_open & (again.best != standing.best) & np.isfinite(again.regret)
        if not (moved & (again.regret > TOLERANCE)).any():
            return found
        standing, is_open = again, is_open | moved | _widen(again.regret, SAMPLE)


def _widen(regret: np.ndarray, size: int) -> np.ndarray:
    mask = np.zeros(len(regret), dtype=bool)
    mask[np.argsort(regret, kind="stable")[:size]] = True
    return mask


def _options_of(best: np.ndarray) -> np.ndarray:
    return np.asarray(best[best >= 0])


def _system(choices: Choices, is_open: np.ndarray) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Return the options of open households, and the rows that hold them: one per household, then the coupling."""
    options = np.flatnonzero(is_open[choices.household])
    position = np.cumsum(is_open) - 1
    cells = (np.ones(len(options)), (position[choices.household[options]], np.arange(len(options))))
    one_each = sparse.csr_matrix(cells, shape=(int(is_open.sum()), len(options)))
    return options, sparse.vstack([one_each, sparse.csr_matrix(choices.rows[:, options])], format="csr")


def _prices(choices: Choices, is_open: np.ndarray, limits: np.ndarray) -> np.ndarray | None:
    options, matrix = _system(choices, is_open)
    if not len(options):
        return np.zeros(len(limits)) if (limits >= -TOLERANCE).all() else None
    upper = np.concatenate([np.ones(int(is_open.sum())), limits])
    found = linprog(-choices.value[options], A_ub=matrix, b_ub=upper, bounds=(0, None), method="highs")
    if found.status != 0:
        return None
    return np.asarray(np.maximum(-found.ineqlin.marginals[-len(limits) :], 0.0))


def _whole(choices: Choices, standing: _Standing, is_open: np.ndarray) -> tuple[np.ndarray | None, bool]:
    """Return the best whole choice of open households while the others keep theirs, and whether that is proven."""
    options, matrix = _system(choices, is_open)
    kept = _options_of(standing.best[~is_open])
    chosen = np.zeros(len(choices.value), dtype=bool)
    chosen[kept] = True
    left = choices.limits - choices.rows[:, kept].sum(axis=1)
    if not len(options):
        return (chosen, True) if (left >= -TOLERANCE).all() else (None, True)
    # Twice: should the solver's tolerance overspend by a rupiah, a hair less money keeps within the budget.
    for less in (0.0, 4e-6):
        upper = np.concatenate([np.ones(int(is_open.sum())), left])
        upper[int(is_open.sum())] -= less
        with quiet_solver():
            found = milp(
                -choices.value[options],
                constraints=LinearConstraint(matrix, -np.inf, upper),
                integrality=np.ones(len(options)),
                bounds=Bounds(0, 1),
                options={"mip_rel_gap": 0.0, "node_limit": NODES},
            )
        if found.x is None:
            return None, False
        chosen[options] = found.x > 0.5
        if _holds(choices, chosen):
            return chosen, found.status == 0 and not less
    return None, False


def _holds(choices: Choices, chosen: np.ndarray) -> bool:
    used = choices.rows[1:, chosen].sum(axis=1)
    is_once = np.bincount(choices.household[chosen], minlength=1).max() <= 1
    is_paid = math.fsum(choices.cost[chosen]) <= choices.budget
    return bool(is_once and is_paid and (used <= choices.limits[1:] + 0.5).all())

"""Shadow prices of the limits: the dual of the linear relaxation.

At given prices every household takes by itself the arm that is worth most above its price, so the dual function is
cheap to evaluate, and any prices bound the optimum from above (weak duality). Small problems go to HiGHS as they are.
Large ones are solved by cutting planes within a trust region, one model for each block of cells (Kelley 1960, J. SIAM
8; Birge & Louveaux 1988, European J. of Operational Research 34), from the prices of a random sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import linprog

from graduation.allocate.choices import SCALE, Choices

Round = tuple[sparse.csr_matrix, np.ndarray]
BLOCKS, ROUNDS, KEPT_ROUNDS = 64, 80, 12
# Households looked at together, so that their figures stay in the cache of the processor.
STRETCH = 1 << 14
# A price may move from 0 by this share of what a limit could be worth.
FLOOR = 1e-3
# The model may be this far below the best bound, as a share of it, when the rounds stop.
CLOSE = 2e-7


@dataclass(frozen=True, eq=False)
class Standing:
    """Each household's best arm at given prices (-1 is none), what it is worth above its price, and its second best."""

    arm: np.ndarray
    first: np.ndarray
    second: np.ndarray
    bound: float

    @property
    def regret(self) -> np.ndarray:
        """Return what a household would lose with its second best choice."""
        return np.asarray(self.first - self.second)


def standing(choices: Choices, prices: np.ndarray) -> Standing:
    """Return where each household stands at these prices (1 + R,)."""
    table = (choices.weights.T @ prices[1:]).reshape(choices.n_cells, choices.k)
    money = prices[0] / choices.money_unit
    first, second = np.zeros(choices.n), np.full(choices.n, -np.inf)
    best = np.full(choices.n, -1, dtype=np.int8)
    for start in range(0, choices.n, STRETCH):
        part = slice(start, start + STRETCH)
        top, next_, chosen, cell = first[part], second[part], best[part], choices.cell[part]
        for arm in range(choices.k):
            net = choices.value[arm, part] - money * choices.cost[arm, part] - table[:, arm][cell]
            wins = net > top
            np.maximum(next_, np.minimum(net, top), out=next_)
            np.maximum(top, net, out=top)
            chosen[wins] = arm
    return Standing(best, first, second, float(prices @ choices.limits + first.sum()))


def system(choices: Choices, who: np.ndarray) -> tuple[np.ndarray, np.ndarray, sparse.csc_matrix]:
    """Return the options (row, arm) of some households, by their place in `who`, and the rows that hold them.

    Rows: how many arms each of them has, then money and the other limits.
    """
    arm, row = np.nonzero(choices.is_option[:, who])
    household = who[row]
    one_each = sparse.csc_matrix((np.ones(len(row)), (row, np.arange(len(row)))), shape=(len(who), len(row)))
    money = sparse.csc_matrix(choices.cost[arm, household][None] / choices.money_unit)
    others = choices.columns[:, choices.cell[household] * choices.k + arm]
    return row, arm, sparse.vstack([one_each, money, others], format="csc")


def exact_prices(choices: Choices) -> np.ndarray | None:
    """Return the prices of the whole linear relaxation, or None when it has no solution."""
    household, arm, matrix = system(choices, np.arange(choices.n))
    if not len(arm):
        return np.zeros(len(choices.limits)) if (choices.limits >= 0).all() else None
    upper = np.concatenate([np.ones(choices.n), choices.limits])
    found = linprog(-choices.value[arm, household], A_ub=matrix, b_ub=upper, bounds=(0, None), method="highs")
    if found.status != 0:
        return None
    return np.asarray(np.maximum(-found.ineqlin.marginals[choices.n :], 0.0))


def sample_prices(choices: Choices) -> np.ndarray:
    """Return the prices of a small problem in which limits may be broken at a high price."""
    household, arm, matrix = system(choices, np.arange(choices.n))
    k = len(choices.limits)
    broken = sparse.csc_matrix((-np.ones(k), (np.arange(choices.n, choices.n + k), np.arange(k))), (choices.n + k, k))
    found = linprog(
        np.concatenate([-choices.value[arm, household], np.full(k, 2 * SCALE)]),
        A_ub=sparse.hstack([matrix, broken], format="csc"),
        b_ub=np.concatenate([np.ones(choices.n), choices.limits]),
        bounds=(0, None),
        method="highs",
    )
    return np.asarray(np.maximum(-found.ineqlin.marginals[choices.n :], 0.0))


class CuttingPlanes:
    """Planes that support the dual function from below, and the prices at which their model is lowest."""

    def __init__(self, choices: Choices, rounds: Sequence[Round] = ()) -> None:
        self.choices = choices
        self.n_blocks = min(BLOCKS, choices.n_cells)
        self.block = np.arange(choices.n_cells) * self.n_blocks // choices.n_cells
        self.rounds = list(rounds)

    def add(self, at: Standing, prices: np.ndarray) -> None:
        """Add the planes, one for each block, that touch the dual function at these prices."""
        choices, n_blocks = self.choices, self.n_blocks
        household_block = self.block[choices.cell]
        worth = np.bincount(household_block, at.first, minlength=n_blocks)
        money = np.bincount(household_block, choices.paid(at.arm), minlength=n_blocks) / choices.money_unit
        option_block = np.repeat(self.block, choices.k)
        cells = (choices.counts(at.arm), (np.arange(len(option_block)), option_block))
        counts = sparse.csr_matrix(cells, shape=(len(option_block), n_blocks))
        used = sparse.vstack([sparse.csr_matrix(money), choices.weights @ counts]).T.tocsr()
        self.rounds.append((used, worth + used @ prices))

    def lowest(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the prices between `low` and `high` at which the model is lowest, and its height there.

        Should the solver fail, which only numbers of very different size can bring about, the lowest prices and inf.
        """
        limits, n_blocks, kept = self.choices.limits, self.n_blocks, self.rounds[-KEPT_ROUNDS:]
        worth = sparse.vstack([sparse.eye_array(n_blocks)] * len(kept))
        found = linprog(
            np.concatenate([limits, np.ones(n_blocks)]),
            A_ub=sparse.hstack([-sparse.vstack([used for used, _ in kept]), -worth], format="csc"),
            b_ub=-np.concatenate([height for _, height in kept]),
            bounds=[*zip(low, high, strict=True), *[(0, None)] * n_blocks],
            method="highs-ds",
        )
        return (low, np.inf) if found.x is None else (found.x[: len(limits)], float(found.fun))


def descend(planes: CuttingPlanes, start: np.ndarray, reach: float, free: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the best prices that were found and their bound, from a start that is off by about a share `reach`.

    Prices of limits that are not `free` (1 + R,) stay as they are. A bound below 0 proves that nothing keeps to all
    limits, because any whole or divided choice that does is worth 0 or more.
    """
    choices = planes.choices
    floor = np.full(len(start), SCALE)
    floor[0] = SCALE / (choices.cost.max(initial=1.0) / choices.money_unit)
    centre, best, prices = start, np.inf, start
    for _ in range(ROUNDS):
        at = standing(choices, prices)
        planes.add(at, prices)
        is_better = at.bound < best
        if is_better:
            centre, best = prices, at.bound
        if best < 0:
            break
        reach = min(reach * 1.5, 1.0) if is_better else reach / 2
        width = np.maximum(centre, floor * FLOOR) * reach * free
        prices, model = planes.lowest(np.maximum(centre - width, 0), centre + width)
        if best - model <= CLOSE * best:
            break
    return centre, best

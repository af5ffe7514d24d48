"""Price the limits, then decide exactly the few households that the prices leave open.

A basic solution of the relaxation has at most as many fractional households as coupling rows (Dantzig 1957; Sinha &
Zoltners 1979, Operations Research 27). Any household whose second best choice loses more, at the shadow prices, than
the gap between bound and solution keeps its choice in every optimum, so only the others need integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from graduation.allocate.choices import Choices, pick
from graduation.allocate.prices import (
    CuttingPlanes,
    Standing,
    descend,
    exact_prices,
    sample_prices,
    standing,
    system,
)
from graduation.allocate.quiet import quiet_solver

# Up to SMALL households the relaxation is one linear programme; beyond, prices start from a sample of as many.
SMALL, LARGE = 4_000, 200_000
CORES, PER_LIMIT, PER_CELL, NODES, FEW_NODES = (100, 500, 10_000), 10, 25, 500, 100
# Gaps that are good enough, as a share of the bound: of a large problem, and of a small one that takes long.
GOOD, FAIR = 1e-5, 1e-2


@dataclass(frozen=True, eq=False)
class Solution:
    """Each household's arm (n,), the bound of the relaxation and its shadow prices (1 + R,), in scaled units."""

    arm: np.ndarray
    bound: float
    prices: np.ndarray
    is_exact: bool
    planes: CuttingPlanes | None


def solve(choices: Choices) -> Solution | None:
    """Return the best whole solution, or None when the limits cannot all be kept."""
    prices, planes = _prices(choices)
    if prices is None:
        return None
    at = standing(choices, prices)
    best, value, is_exact = None, -np.inf, False
    sizes = [min(size + PER_LIMIT * len(choices.limits), choices.n) for size in CORES]
    is_open = _closest(choices, at.regret, sizes[0])
    for larger in (*sizes[1:], 0):
        arm, is_proven = _whole(choices, at, is_open)
        if arm is not None:
            is_second, worth = best is not None, float(pick(choices.value, arm).sum())
            best, value = (arm, worth) if worth > value else (best, value)
            gap = at.bound - value
            is_exact = is_proven and bool(at.regret[~is_open].min(initial=np.inf) > gap)
            if is_exact or is_second or gap <= _enough(choices, at.bound, is_proven):
                break
            # No other household can have anything else in a better solution.
            larger = min(larger, int((at.regret <= gap).sum()))
        is_open = _closest(choices, at.regret, larger)
    return None if best is None else Solution(best, at.bound, prices, is_exact, planes)


def _enough(choices: Choices, bound: float, is_proven: bool) -> float:
    """Return the gap at which no larger core is tried: none where a small problem was quickly proven."""
    return GOOD * bound if choices.n > SMALL else 0.0 if is_proven else FAIR * bound


def _prices(choices: Choices) -> tuple[np.ndarray | None, CuttingPlanes | None]:
    """Return the prices, and for a large problem the planes that they come from."""
    if choices.n <= SMALL:
        return exact_prices(choices), None
    free = np.ones(len(choices.limits))
    prices = sample_prices(choices.first(SMALL))
    if choices.n > LARGE:
        prices, _ = descend(CuttingPlanes(choices.first(choices.n // 8)), prices, 0.5, free)
    planes = CuttingPlanes(choices)
    prices, bound = descend(planes, prices, 0.05 if choices.n > LARGE else 0.5, free)
    return (prices if bound >= 0 else None), planes


def _closest(choices: Choices, regret: np.ndarray, size: int) -> np.ndarray:
    """Return which households come closest to another choice: so many of all, and some of each cell."""
    is_open = np.zeros(choices.n, dtype=bool)
    by_regret = np.argsort(regret, kind="stable")
    is_open[by_regret[:size]] = True
    by_cell = by_regret[np.argsort(choices.cell[by_regret], kind="stable")]
    sizes = np.bincount(choices.cell, minlength=choices.n_cells)
    place = np.arange(choices.n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_open[by_cell[place < min(PER_CELL, size // choices.n_cells)]] = True
    return np.asarray(is_open & np.isfinite(regret))


def _whole(choices: Choices, at: Standing, is_open: np.ndarray) -> tuple[np.ndarray | None, bool]:
    """Return the best whole choice of open households while the others keep theirs, and whether that is proven."""
    household, option, matrix = system(choices, is_open)
    arm = np.where(is_open, -1, at.arm)
    if not len(option):
        return (arm, True) if choices.holds(arm) else (None, True)
    left = choices.limits - choices.used(arm)
    n_open, value = int(is_open.sum()), choices.value[option, household]
    kept = float(pick(choices.value, arm).sum())
    # Half of what is good enough, as a share of what the open households can add.
    enough = GOOD / 2 * at.bound / max(at.bound - kept, 1e-9) if choices.n > SMALL else 0.0
    # Twice: should the solver's tolerance overspend by a rupiah, a hair less money keeps within the budget.
    for less in (0.0, 4e-6):
        upper = np.concatenate([np.ones(n_open), left])
        upper[n_open] -= less
        with quiet_solver():
            found = milp(
                -value,
                constraints=LinearConstraint(matrix, -np.inf, upper),
                integrality=np.ones(len(option)),
                bounds=Bounds(0, 1),
                options={"mip_rel_gap": enough, "node_limit": NODES if choices.n <= SMALL else FEW_NODES},
            )
        if found.x is None:
            return None, False
        taken = found.x > 0.5
        arm[household[taken]] = option[taken]
        if np.bincount(household[taken], minlength=1).max() <= 1 and choices.holds(arm):
            return arm, found.status == 0 and not less and not enough
        arm[is_open] = -1
    return None, False

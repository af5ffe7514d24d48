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
CORES, PER_LIMIT, PER_CELL, NODES, FEW_NODES = (100, 500, 2_000, 10_000), 10, 25, 500, 100
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
    sizes = [size + PER_LIMIT * len(choices.limits) for size in CORES]
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
            larger = min(larger, int((at.regret[choices.examples] <= gap).sum()))
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
    """Return which households come closest to another choice: so many kinds of all, and some of each cell."""
    regret, cell = regret[choices.examples], choices.cell[choices.examples]
    is_open = np.zeros(len(regret), dtype=bool)
    by_regret = np.argsort(regret, kind="stable")
    is_open[by_regret[:size]] = True
    by_cell = by_regret[np.argsort(cell[by_regret], kind="stable")]
    sizes = np.bincount(cell, minlength=choices.n_cells)
    place = np.arange(len(regret)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_open[by_cell[place < min(PER_CELL, size // choices.n_cells)]] = True
    return np.asarray((is_open & np.isfinite(regret))[choices.kind])


def _whole(choices: Choices, at: Standing, is_open: np.ndarray) -> tuple[np.ndarray | None, bool]:
    """Return the best whole choice of open households while the others keep theirs, and whether that is proven.

    Households of a kind are one variable for each arm: how many of them have it. Otherwise a few thousand that are
    alike, as calibrated risks make them, would neither fit into the core nor be told apart by the prices.
    """
    members = np.flatnonzero(is_open)
    _, first, size = np.unique(choices.kind[members], return_index=True, return_counts=True)
    row, option, matrix = system(choices, members[first])
    arm = np.where(is_open, -1, at.arm)
    if not len(option):
        return (arm, True) if choices.holds(arm) else (None, True)
    left, value = choices.limits - choices.used(arm), choices.value[option, members[first][row]]
    kept = float(pick(choices.value, arm).sum())
    # Half of what is good enough, as a share of what the open households can add.
    enough = GOOD / 2 * at.bound / max(at.bound - kept, 1e-9) if choices.n > SMALL else 0.0
    # Twice: should the solver's tolerance overspend by a rupiah, a hair less money keeps within the budget.
    for less in (0.0, 4e-6):
        upper = np.concatenate([size, left])
        upper[len(size)] -= less
        with quiet_solver():
            found = milp(
                -value,
                constraints=LinearConstraint(matrix, -np.inf, upper),
                integrality=np.ones(len(option)),
                bounds=Bounds(0, size[row]),
                options={"mip_rel_gap": enough, "node_limit": NODES if choices.n <= SMALL else FEW_NODES},
            )
        if found.x is None:
            return None, False
        taken = np.rint(found.x).astype(np.int64)
        arm[members] = _dealt(choices.kind[members], row, option, value, taken)
        if (np.bincount(row, taken, minlength=len(size)) <= size).all() and choices.holds(arm):
            return arm, found.status == 0 and not less and not enough
    return None, False


def _dealt(kind: np.ndarray, row: np.ndarray, option: np.ndarray, value: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Return the arm of each open household (m,): of a kind, the first in hash order have what is worth most.

    `taken` is how many households of the kind in this row have the option.
    """
    order = np.lexsort((option, -value, row))
    rows, options = (np.repeat(part[order], taken[order]) for part in (row, option))
    by_kind = np.argsort(kind, kind="stable")
    start = np.flatnonzero(np.diff(kind[by_kind], prepend=-1))
    place = start[rows] + np.arange(len(rows)) - np.searchsorted(rows, rows)
    arm = np.full(len(kind), -1, dtype=np.int8)
    arm[by_kind[np.minimum(place, len(kind) - 1)]] = options
    return arm

"""Say which limits cannot be kept together, and what they would need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from scipy.optimize import OptimizeResult, linprog

from graduation.allocate.choices import Choices
from graduation.allocate.limits import Capacity, Limit, Quota
from graduation.errors import UsageError

MONEY, TOLERANCE = 0, 1e-6
# Costs are rounded down to so many steps where too many differ: what cannot be met at lower costs cannot be met.
MOST_KINDS, STEPS = 5_000, (256, 64, 16)


def check_counts(choices: Choices, limits: Sequence[Limit]) -> None:
    """Raise UsageError, with all faults, for quotas with too few households that an arm suits."""
    suited = np.bincount(choices.cell[choices.is_option.any(axis=0)], minlength=choices.n_cells)
    faults = []
    for number, limit in enumerate(limits):
        if isinstance(limit, Quota):
            is_member = choices.weights[[number]].toarray().reshape(choices.n_cells, choices.k)[:, 0] < 0
            if (there := int(suited[is_member].sum())) < limit.minimum:
                faults.append(f"{limit}, but an arm within the budget suits only {there:,} there")
    if faults:
        raise UsageError("quotas cannot be met: " + "; ".join(faults) + ". Lower them, or verify who is eligible.")


def conflict(choices: Choices, limits: Sequence[Limit]) -> str:
    """Return which limits conflict: of a set that does, all of them are needed for that.

    The set is found in the linear relaxation: limits with a price in the proof that too few can be reached (Farkas),
    then one after the other left out for good where the rest conflicts without it (deletion filter: Chinneck &
    Dravnieks 1991, ORSA Journal on Computing 3).
    """
    kinds = _kinds(choices)
    kept = np.arange(len(choices.limits))
    short, at_fault = _shortfall(choices, kinds, kept)
    if short <= TOLERANCE:
        named = " and ".join(f"'{limit}'" for limit in limits if not isinstance(limit, Capacity))
        return (
            f"no plan with whole households was found that meets {named} within the budget of Rp {choices.budget:,.0f} "
            "and the capacities, though divided households would do, or nearly. Lower one, or raise the budget."
        )
    kept = np.flatnonzero(at_fault)
    for number in kept[::-1]:
        rest = kept[kept != number]
        if _shortfall(choices, kinds, rest)[0] > TOLERANCE:
            kept = rest
    return _sentence(choices, kinds, kept, limits)


def _sentence(choices: Choices, kinds: _Kinds, kept: np.ndarray, limits: Sequence[Limit]) -> str:
    asked = [limits[number - 1] for number in kept if number != MONEY]
    caps = [f"'{limit}'" for limit in asked if isinstance(limit, Capacity)]
    wanted = [f"'{limit}'" for limit in asked if not isinstance(limit, Capacity)]
    together = f"{' and '.join(wanted)}{' together' if len(wanted) > 1 else ''}"
    under = f" under {' and '.join(caps)}" if caps else ""
    if MONEY not in kept:
        return (
            f"no budget can meet {together}{under}: of the households that an arm suits too few are left. Change one."
        )
    found = _spend(choices, kinds, kept[kept != MONEY])
    # Where all costs are whole multiples of the unit, so is whatever whole households cost.
    is_whole = not (choices.cost % choices.money_unit).any()
    least = (np.ceil(found.fun - TOLERANCE) if is_whole else found.fun) * choices.money_unit
    need = f": they need at least Rp {least:,.0f}"
    return (
        f"the budget of Rp {choices.budget:,.0f} cannot meet {together}{under}{need}. Raise it, or lower one of them."
    )


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Kinds of households that no limit and no cost tells apart: how many of each (m,), and the options of each."""

    size: np.ndarray
    kind: np.ndarray
    cost: np.ndarray
    takes: sparse.csc_matrix

    @property
    def one_each(self) -> sparse.csr_matrix:
        cells = (np.ones(len(self.kind)), (self.kind, np.arange(len(self.kind))))
        return sparse.csr_matrix(cells, shape=(len(self.size), len(self.kind)))


def _kinds(choices: Choices) -> _Kinds:
    cost = choices.cost
    for steps in (None, *STEPS):
        if steps is not None:
            step = max(float(choices.cost.max(initial=0.0)), 1.0) / steps
            cost = np.floor(choices.cost / step) * step
        costs = {f"cost{arm}": row for arm, row in enumerate(np.where(choices.is_option, cost, -1.0))}
        told = pd.DataFrame({"cell": choices.cell, **costs})
        code, found = pd.factorize(pd.util.hash_pandas_object(told, index=False), sort=True)
        if len(found) <= MOST_KINDS:
            break
    first = np.unique(code, return_index=True)[1]
    kind, arm = np.nonzero(choices.is_option[:, first].T)
    return _Kinds(
        size=np.bincount(code, minlength=len(found)).astype(float),
        kind=kind,
        cost=cost[arm, first[kind]] / choices.money_unit,
        takes=choices.columns[:, choices.cell[first[kind]] * choices.k + arm],
    )


def _shortfall(choices: Choices, kinds: _Kinds, kept: np.ndarray) -> tuple[float, np.ndarray]:
    """Return by how much quotas and shares fall short at least, and which limits (1 + R,) prove it."""
    rows = sparse.vstack([sparse.csr_matrix(kinds.cost[None]), kinds.takes], format="csr")[kept]
    # Quotas and shares are those that some household helps to keep.
    elastic = np.flatnonzero(choices.weights.min(axis=1).toarray().ravel()[kept - 1] < 0)
    elastic = elastic[kept[elastic] != MONEY]
    m, n_kinds = len(kinds.kind), len(kinds.size)
    give = sparse.csr_matrix((-np.ones(len(elastic)), (elastic, np.arange(len(elastic)))), (len(kept), len(elastic)))
    found = linprog(
        np.concatenate([np.zeros(m), np.ones(len(elastic))]),
        A_ub=sparse.bmat([[kinds.one_each, None], [rows, give]], format="csc"),
        b_ub=np.concatenate([kinds.size, choices.limits[kept]]),
        bounds=(0, None),
        method="highs",
    )
    at_fault = np.zeros(len(choices.limits), dtype=bool)
    at_fault[kept[-found.ineqlin.marginals[n_kinds:] > TOLERANCE * TOLERANCE]] = True
    return float(found.fun), at_fault


def _spend(choices: Choices, kinds: _Kinds, kept: np.ndarray) -> OptimizeResult:
    """Return the cheapest divided choice that keeps to these limits, in units of money."""
    return linprog(
        kinds.cost,
        A_ub=sparse.vstack([kinds.one_each, kinds.takes.tocsr()[kept - 1]], format="csc"),
        b_ub=np.concatenate([kinds.size, choices.limits[kept]]),
        bounds=(0, None),
        method="highs",
    )

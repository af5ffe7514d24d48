"""Say which quotas cannot be met."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import linprog

from graduation.allocate.choices import Choices
from graduation.allocate.limits import Quota
from graduation.errors import UsageError


def check_quotas(choices: Choices, quotas: Sequence[Quota]) -> None:
    """Raise UsageError, with all faults, for quotas with too few households that an arm suits."""
    faults = []
    for row, quota in zip(choices.rows[len(choices.limits) - len(quotas) :], quotas, strict=True):
        suited = len(np.unique(choices.household[row < 0]))
        if suited < quota.minimum:
            faults.append(f"{quota}, but an arm within the budget suits only {suited:,} there")
    if faults:
        raise UsageError("quotas cannot be met: " + "; ".join(faults) + ". Lower them, or verify who is eligible.")


def infeasible(choices: Choices, quotas: Sequence[Quota]) -> str:
    """Return which quotas fall short when as few households as possible are missing from them."""
    k, m, q = len(choices.limits), len(choices.cost), len(quotas)
    people = sparse.csr_matrix((np.ones(m), (choices.household, np.arange(m))), shape=(choices.n, m))
    short = sparse.csr_matrix((-np.ones(q), (np.arange(k - q, k), np.arange(q))), shape=(k, q))
    matrix = sparse.bmat([[people, None], [sparse.csr_matrix(choices.rows), short]], format="csr")
    found = linprog(
        np.concatenate([np.zeros(m), np.ones(q)]),
        A_ub=matrix,
        b_ub=np.concatenate([np.ones(choices.n), choices.limits]),
        bounds=(0, None),
        method="highs",
    )
    missing = np.ones(q) if found.x is None else found.x[m:]
    named = [f"{quota} ({amount:,.1f} short)" for quota, amount in zip(quotas, missing, strict=True) if amount > 1e-6]
    told = "; ".join(named) or "; ".join(map(str, quotas)) + " (together, with whole households)"
    return (
        f"the budget of Rp {choices.budget:,.0f} and the capacities cannot meet these quotas: {told}. "
        "Lower them, or raise the budget."
    )

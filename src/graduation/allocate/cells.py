"""Cells of households that are alike to all limits, and what one household of a cell takes of each limit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from graduation.allocate.limits import Level, Limit, matches


def coupling(
    households: pd.DataFrame, arms: Sequence[str], limits: Sequence[Limit]
) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Return the cell of each household (n,) and the weights of the limits (R, cells * k)."""
    cell = np.zeros(len(households), dtype=np.int64)
    is_member: dict[tuple[str | None, Level], np.ndarray] = {}
    for column in dict.fromkeys(limit.column for limit in limits if limit.column is not None):
        asked = list(dict.fromkeys(limit.level for limit in limits if limit.column == column))
        kind, inside = _kinds(households[column], asked)
        # Households with the same cell so far and the same kind here stay together.
        found, cell = np.unique(cell * inside.shape[1] + kind, return_inverse=True)
        before, here = np.divmod(found, inside.shape[1])
        is_member = {key: mask[before] for key, mask in is_member.items()}
        is_member |= {(column, level): mask[here] for level, mask in zip(asked, inside, strict=True)}
    n_cells = int(cell.max(initial=0)) + 1
    everyone = np.ones(n_cells, dtype=bool)
    rows = [limit.weights(is_member.get((limit.column, limit.level), everyone), arms) for limit in limits]
    sized = sparse.csr_matrix((len(limits), n_cells * len(arms)))
    return cell, sparse.vstack([sparse.csr_matrix(row.reshape(1, -1)) for row in rows], "csr") if rows else sized


def _kinds(values: pd.Series, asked: Sequence[Level]) -> tuple[np.ndarray, np.ndarray]:
    """Return the kind of each household (n,), and which kinds hold each of the levels (levels, kinds)."""
    codes, found = pd.factorize(values)
    holds = np.array([[*matches(found, level), False] for level in asked])
    kinds, kind = np.unique(holds, axis=1, return_inverse=True)
    return kind.ravel()[codes], kinds

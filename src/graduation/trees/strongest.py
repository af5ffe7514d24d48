"""The strongest contributions of each row, summed to concepts."""

from __future__ import annotations

import numba
import numpy as np

from graduation.trees.parsing import Floats, Integers


def by_concept(amounts: Floats, features: Integers, extra: Floats, concept: Integers) -> Floats:
    """Return sums (n_concepts, n) of contributions.

    Parameters
    ----------
    amounts : ndarray of shape (n_used, n)
    features : ndarray of shape (n_used,)
    extra : ndarray of shape (n, n_features), or (n, 0) for nothing more
    concept : ndarray of shape (n_features,)
        The concept of each feature; below 0 for one that is left out.
    """
    sums = np.zeros((int(concept.max(initial=-1)) + 1, amounts.shape[1]))
    for row, feature in enumerate(features):
        if concept[feature] >= 0:
            sums[concept[feature]] += amounts[row]
    for feature in np.flatnonzero(concept[: extra.shape[1]] >= 0):
        sums[concept[feature]] += extra[:, feature]
    return sums


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def choose(sums: Floats, raising: bool, which: Integers, amount: Floats) -> None:
    """Fill in the strongest concepts (n, k) and their sums, the first of equal ones first.

    With `raising` the largest sums above 0, else those farthest from 0; where there are fewer, -1 and 0.
    """
    which[:], amount[:] = -1, 0.0
    most = which.shape[1]
    for r in range(len(which)):
        for concept in range(len(sums)):
            found = sums[concept, r]
            size = found if raising else abs(found)
            if size <= abs(amount[r, most - 1]):
                continue
            place = most - 1
            while place > 0 and size > abs(amount[r, place - 1]):
                which[r, place], amount[r, place] = which[r, place - 1], amount[r, place - 1]
                place -= 1
            which[r, place], amount[r, place] = concept, found


def choose_plainly(sums: Floats, raising: bool, which: Integers, amount: Floats) -> None:
    """Do what `choose` does in numpy."""
    which[:], amount[:] = -1, 0.0
    size = sums if raising else np.abs(sums)
    order = np.argsort(-size, axis=0, kind="stable")[: which.shape[1]]
    kept = np.take_along_axis(size, order, axis=0) > 0
    which[:, : len(order)] = np.where(kept, order, -1).T
    amount[:, : len(order)] = np.where(kept, np.take_along_axis(sums, order, axis=0), 0.0).T

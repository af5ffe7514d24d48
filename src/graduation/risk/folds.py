"""Folds that part no group, and whose members together make the model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from threadpoolctl import threadpool_limits

MIN_CASES_PER_FOLD = 2


def make_folds(y: np.ndarray, group: np.ndarray, n_folds: int) -> np.ndarray | None:
    """Return the fold of each row (n,), or None when there are too few cases to hold any out.

    No group is in two folds; each fold holds at least two cases of the rarer outcome on average.
    """
    n = min(n_folds, int(np.bincount(y, minlength=2).min()) // MIN_CASES_PER_FOLD, len(np.unique(group)))
    if n < 2:
        return None
    parted = StratifiedGroupKFold(n) if len(np.unique(group)) >= 2 * n else GroupKFold(n)
    fold = np.empty(len(y), dtype=int)
    for number, (_, held_out) in enumerate(parted.split(np.zeros((len(y), 1)), y, group)):
        fold[held_out] = number
    # A fold whose other folds lack an outcome could teach nothing.
    learnable = all(len(np.unique(y[fold != number])) == 2 for number in range(n))
    return fold if learnable else None


@contextmanager
def workers(prepare: Callable[[], object] | None = None) -> Iterator[Callable[..., list[Any]]]:
    """Give a function that does the same work on each part, one thread a part; answers keep the order of the parts.

    `prepare` is called once in each thread.
    """
    with threadpool_limits(1), ThreadPoolExecutor(n_workers(), initializer=prepare) as pool:
        yield lambda work, parts: list(pool.map(work, parts))


def n_workers() -> int:
    """Return how many cores to use: those there are, or as many as OMP_NUM_THREADS allows."""
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, int(allowed)) if allowed.isdigit() and int(allowed) > 0 else cores

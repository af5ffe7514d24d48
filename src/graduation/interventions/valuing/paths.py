"""Gain along the spending of money, and how sure it is, for several ways of spending on the same records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from graduation.interventions.valuing.spending import upgrades

# Moves are gathered into at most so many steps for the draws; figures themselves are exact.
STEPS = 2_000
# Numbers in the largest table of half samples that is held at once.
HELD = 20_000_000


@dataclass(frozen=True)
class Path:
    """Moves (m,) in the order in which money reaches them: `unit`, `spend` and `gain` of each.

    Moves of one `block` (numbered from 0, never falling) share the money evenly, so that no order among equals counts.
    """

    unit: np.ndarray
    block: np.ndarray
    spend: np.ndarray
    gain: np.ndarray


def best_path(effect: np.ndarray, cost: np.ndarray, value: np.ndarray) -> Path:
    """Return the path that is best if `effect` (n, arms) were right; `value` (n, arms) says what it gains."""
    moves = upgrades(effect[:, 1:], cost[:, 1:])
    block = np.cumsum(np.diff(moves.slope, prepend=moves.slope[:1]) != 0)
    return _path(moves.unit, block, moves.arm, moves.previous, cost, value)


def blind_path(steps: list[tuple[int, int]], cost: np.ndarray, value: np.ndarray, need: np.ndarray) -> Path:
    """Return the path that moves all units alike: the neediest first, those equal in `need` (n,) at random."""
    n, k = len(need), len(steps)
    block = np.unique(-need, return_inverse=True)[1]
    order = np.argsort(block, kind="stable")
    arm, previous = np.array(steps, dtype=np.int64).reshape(k, 2).T
    turn = np.repeat(np.arange(k), n) * (int(block.max()) + 1) + np.tile(block[order], k)
    return _path(np.tile(order, k), turn, np.repeat(arm, n), np.repeat(previous, n), cost, value)


def _path(
    unit: np.ndarray, block: np.ndarray, arm: np.ndarray, previous: np.ndarray, cost: np.ndarray, value: np.ndarray
) -> Path:
    spend, gain = (table[unit, arm] - table[unit, previous] for table in (cost, value))
    return Path(unit, block, spend, gain)


def corners(path: Path, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean spend and mean gain per unit at the end of each block, from nothing on."""
    sums = [np.bincount(path.block, weights=weight[path.unit] * part) for part in (path.spend, path.gain)]
    spend, gain = (np.concatenate([[0.0], np.cumsum(part)]) / weight.sum() for part in sums)
    return np.maximum.accumulate(spend), gain


def at_spends(path: Path, weight: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the mean gain at each mean spend of `grid`; where there is nothing left to buy, money is kept."""
    return np.asarray(np.interp(grid, *corners(path, weight)))


def half_sampled(
    paths: list[Path], weight: np.ndarray, cluster: np.ndarray, grid: np.ndarray, *, draws: int, seed: int
) -> np.ndarray:
    """Return gains (paths, draws, grid) in random halves of the clusters, the same halves for every path.

    The spread of an estimate over halves drawn without replacement is its standard error over all. Spending follows
    the same order in each half, as far as that half's money goes.

    References
    ----------
    Sverdrup, Wu, Athey & Wager (2025), section 3; Politis, Romano & Wolf (1999), Subsampling.
    """
    rng, n_clusters = np.random.default_rng(seed), int(cluster.max()) + 1
    tables = [_by_step(path, weight, cluster) for path in paths]
    total = np.bincount(cluster, weights=weight)
    found = np.empty((len(paths), draws, len(grid)))
    size = max(1, HELD // n_clusters)
    for start in range(0, draws, size):
        ranks = [rng.permutation(n_clusters) for _ in range(min(size, draws - start))]
        half = np.column_stack(ranks) < n_clusters // 2
        worth = total @ half
        for number, (spend, gain) in enumerate(tables):
            spent = np.maximum.accumulate(_summed(spend, half) / worth, axis=0)
            gained = _summed(gain, half) / worth
            for draw in range(half.shape[1]):
                found[number, start + draw] = np.interp(grid, spent[:, draw], gained[:, draw])
    return found


def _by_step(path: Path, weight: np.ndarray, cluster: np.ndarray) -> tuple[csr_array, csr_array]:
    """Return spend and gain summed by step of the path and cluster, (steps, clusters) each."""
    blocks = int(path.block[-1]) + 1 if len(path.block) else 0
    steps = min(blocks, STEPS)
    step = path.block if blocks <= STEPS else path.block * STEPS // blocks
    place, shape = (step, cluster[path.unit]), (steps, int(cluster.max()) + 1)
    w = weight[path.unit]
    return csr_array((w * path.spend, place), shape=shape), csr_array((w * path.gain, place), shape=shape)


def _summed(table: csr_array, half: np.ndarray) -> np.ndarray:
    """Return running sums over the steps in each half, from nothing on, (steps + 1, draws)."""
    return np.vstack([np.zeros((1, half.shape[1])), np.cumsum(table @ half.astype(float), axis=0)])

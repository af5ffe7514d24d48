"""The order in which money is best spent: from arm to arm along the convex hull of cost and gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Upgrades:
    """Moves of units from one arm to a dearer one, (m,) each, the largest gain per cost first.

    `arm` and `previous` are codes, 0 for the control; `slope` is gain per cost. A unit's own moves stand in order.
    """

    unit: np.ndarray
    arm: np.ndarray
    previous: np.ndarray
    slope: np.ndarray


def upgrades(gain: np.ndarray, cost: np.ndarray) -> Upgrades:
    """Return the moves worth their money for gains and positive costs (n, arms - 1) over the control.

    The arms of a unit that are worth paying for at some price of money are the corners of the upper convex hull of its
    points (cost, gain), so that the moves of all units, sorted once, are the optimum of the knapsack at every budget
    where a move ends.

    References
    ----------
    Sinha & Zoltners (1979), Operations Research 27; Sverdrup, Wu, Athey & Wager (2025), Qini curves for multi-armed
    treatment rules, Journal of Computational and Graphical Statistics.
    """
    none = np.zeros((len(gain), 1))
    gains, costs = np.hstack([none, gain]), np.hstack([none, cost])
    corner, top = _hull(gains, costs)
    unit, place = np.nonzero(np.arange(1, corner.shape[1]) <= top[:, None])
    arm, previous = corner[unit, place + 1], corner[unit, place]
    slope = (gains[unit, arm] - gains[unit, previous]) / (costs[unit, arm] - costs[unit, previous])
    order = np.argsort(-slope, kind="stable")
    return Upgrades(unit[order], arm[order], previous[order], slope[order])


def _hull(gains: np.ndarray, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the arms at the corners of each unit's hull (n, arms), cheapest first, and the place of the last (n,)."""
    n, n_arms = gains.shape
    corner, top = np.zeros((n, n_arms), dtype=np.int64), np.zeros(n, dtype=np.int64)
    by_cost = np.argsort(costs[:, 1:], axis=1, kind="stable") + 1
    every = np.arange(n)
    for arm in by_cost.T:
        unit = np.flatnonzero(gains[every, arm] > gains[every, corner[every, top]])
        pending = unit
        while len(pending := pending[top[pending] > 0]):
            new, last, before = arm[pending], corner[pending, top[pending]], corner[pending, top[pending] - 1]
            rise = (gains[pending, new] - gains[pending, last]) * (costs[pending, last] - costs[pending, before])
            run = (gains[pending, last] - gains[pending, before]) * (costs[pending, new] - costs[pending, last])
            pending = pending[rise >= run]
            top[pending] -= 1
        top[unit] += 1
        corner[unit, top[unit]] = arm[unit]
    return corner, top


def blind_steps(gain: np.ndarray, cost: np.ndarray) -> list[tuple[int, int]]:
    """Return the moves (arm, previous arm) for everybody alike, by mean gain and mean cost (arms,) over the control."""
    moves = upgrades(gain[None, 1:], cost[None, 1:])
    return [(int(arm), int(previous)) for arm, previous in zip(moves.arm, moves.previous, strict=True)]


def blind_shares(steps: list[tuple[int, int]], cost: np.ndarray, spend: float) -> np.ndarray:
    """Return the share of units per arm (arms,) when `spend` per unit is given along the moves to units at random."""
    shares = np.zeros(len(cost))
    shares[0] = 1
    for arm, previous in steps:
        move = cost[arm] - cost[previous]
        part = float(np.clip(spend / move, 0, 1))
        shares[previous] -= part
        shares[arm] += part
        spend -= part * move
    return shares


def served_in_turn(
    steps: list[tuple[int, int]], cost: np.ndarray, need: np.ndarray, weight: np.ndarray, spend: float
) -> np.ndarray:
    """Return the chance of each arm (n, arms) when the neediest are moved first until `spend` in all is gone.

    Everybody is moved to the first arm before anybody is moved to the next; those tied in need share what is left.
    """
    chance = np.zeros_like(cost)
    chance[:, 0] = 1
    block = np.unique(-need, return_inverse=True)[1]
    for arm, previous in steps:
        prices = np.bincount(block, weights=weight * (cost[:, arm] - cost[:, previous]))
        part = _parts(prices, spend)[block]
        chance[:, previous] -= part
        chance[:, arm] += part
        spend -= float((weight * part) @ (cost[:, arm] - cost[:, previous]))
    return chance


def _parts(prices: np.ndarray, money: float) -> np.ndarray:
    """Return how much of each price in turn the money pays: 1 until it ends, a part of one, then 0."""
    paid = np.cumsum(prices)
    whole = np.maximum.accumulate(paid) <= money
    parts = whole.astype(float)
    if not whole.all():
        first = int(np.argmin(whole))
        parts[first] = np.clip((money - (paid[first] - prices[first])) / prices[first], 0, 1)
    return parts

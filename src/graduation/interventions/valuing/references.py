"""The rules that a value is compared with, as chances of each arm for each record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graduation.interventions.valuing.scored import MOST_SET_ASIDE, Scored, overlapping, refuse_thin
from graduation.interventions.valuing.spending import blind_shares, blind_steps, served_in_turn

# An arm that the rule gives to fewer can move the value by one part in twenty of the arm's own effect at most.
RARE = 0.05


@dataclass(frozen=True)
class Rules:
    """Chances of each arm (rows, arms) by policy, on the records of `rows` (n,).

    `best` is the best single arm; `thin` are arms that the rule gives too rarely to be judged by themselves.
    """

    rows: np.ndarray
    best: int
    chances: dict[str, np.ndarray]
    thin: tuple[str, ...]


def compared(scored: Scored, codes: np.ndarray, min_records: int) -> Rules:
    """Return the rule that assigns `codes` (n,) and its references; refuse arms that are too thin to tell."""
    used = sorted({0, *np.unique(codes).tolist()})
    gains = arm_gains(scored, overlapping(scored, used), used, min_records)
    best = int(np.argmax(gains))
    steps = _steps(scored, gains)
    rows = overlapping(scored, sorted({*used, best, *(arm for arm, _ in steps)}))
    matched = {code: rows & (codes == code) for code in np.unique(codes[rows]).tolist()}
    rare = {code for code, mine in matched.items() if scored.share(mine) <= RARE * scored.share(rows)}
    weighed = {code: mine for code, mine in matched.items() if code not in rare}
    refuse_thin(scored, weighed, min_records, "that took the arm the rule gives them")
    refuse_thin(scored, {0: rows, best: rows}, min_records, "that took the arm")
    each = np.eye(len(scored.records.arms))
    n = int(rows.sum())
    chances = {
        "rule": each[codes[rows]],
        "control": _everybody(each[0], n),
        "best_single_arm": _everybody(each[best], n),
    }
    thin = tuple(
        scored.records.arms[code] for code in sorted(rare) if scored.effective(matched[code], code) < min_records
    )
    return Rules(rows, best, chances | _references(scored, rows, chances["rule"], steps), thin)


def arm_gains(scored: Scored, rows: np.ndarray, certain: list[int], min_records: int) -> np.ndarray:
    """Return the mean gain of each arm over the control (arms,), -inf where too few records could have got it."""
    value, usable = scored.scores.value, scored.scores.usable
    gains = np.full(len(scored.records.arms), -np.inf)
    for code in range(len(gains)):
        mine = rows & usable[:, code]
        enough = scored.effective(mine, code) >= min_records and scored.share(mine) >= 1 - MOST_SET_ASIDE
        if code in certain or enough:
            gains[code] = scored.mean(value[:, code] - value[:, 0], mine)
    return gains


def _steps(scored: Scored, gains: np.ndarray) -> list[tuple[int, int]]:
    if scored.cost is None:
        return []
    return blind_steps(gains, scored.mean(scored.cost, np.ones(len(scored.cost), dtype=bool)))


def _everybody(shares: np.ndarray, n: int) -> np.ndarray:
    return np.tile(shares, (n, 1))


def _references(
    scored: Scored, rows: np.ndarray, rule: np.ndarray, steps: list[tuple[int, int]]
) -> dict[str, np.ndarray]:
    """Return the rules that spend what the rule spends, as far as there are arms left to buy."""
    weight = scored.records.weight[rows]
    shares = np.average(rule, axis=0, weights=weight)
    if scored.cost is None:
        return {"rule_arms_at_random": _everybody(shares, len(rule))}
    cost = scored.cost[rows]
    spend, mean_cost = float(np.average((rule * cost).sum(axis=1), weights=weight)), scored.mean(scored.cost, rows)
    found = {
        "rule_arms_at_random": _everybody(_at_spend(shares, mean_cost, spend), len(rule)),
        "best_arms_at_random": _everybody(blind_shares(steps, mean_cost, spend), len(rule)),
    }
    if scored.need is not None:
        money = spend * float(weight.sum())
        found["neediest_first"] = served_in_turn(steps, cost, scored.need[rows], weight, money)
    return found


def _at_spend(shares: np.ndarray, mean_cost: np.ndarray, spend: float) -> np.ndarray:
    """Return the shares of arms, scaled so that records drawn at random cost what the rule spends.

    Where costs differ between records, the rule's own households may have been cheaper or dearer than most.
    """
    scaled = shares.copy()
    price, treated = float(shares @ mean_cost), float(shares[1:].sum())
    if price > 0:
        scaled[1:] *= min(spend / price, 1 / treated)
    scaled[0] = 1 - scaled[1:].sum()
    return scaled

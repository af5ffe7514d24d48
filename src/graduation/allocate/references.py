"""What the same budget would do by the rules a planner would otherwise use."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from graduation.allocate.choices import Choices, pick
from graduation.allocate.phrases import TEXT
from graduation.interventions import Recommendations

WINDOW = 1 << 16


def reference_table(choices: Choices, n_capacities: int, recommendations: Recommendations, seed: int) -> pd.DataFrame:
    """Return what the best single arm for everybody, neediest first and random would do.

    Each policy gives in its own order, to each household the first arm that there is still money and a place for;
    quotas and shares are not kept.
    """
    rng = np.random.default_rng(seed)
    text, titles = TEXT[recommendations.language], recommendations.programme.titles(recommendations.language)
    spender = _Spender(choices, n_capacities)
    benefit = recommendations.offers.benefit[choices.position].T
    risk = recommendations.offers.risk[choices.position]
    singles = []
    for number, name in enumerate(choices.arms):
        order = np.argsort(-choices.value[number], kind="stable")
        given = spender.spend(order, np.full(choices.n, number, dtype=np.int8))
        singles.append(
            _row(choices, given, benefit, risk, "single_arm", text["single_arm"].format(arm=titles[name]), name)
        )
    best_first = np.argsort(-choices.value, axis=0, kind="stable")
    neediest = spender.in_turn(np.argsort(-risk, kind="stable"), best_first)
    lottery = spender.in_turn(rng.permutation(choices.n), np.argsort(rng.random(choices.value.shape), axis=0))
    return pd.DataFrame(
        [
            max(singles, key=lambda row: row["value"]),
            _row(choices, neediest, benefit, risk, "neediest_first", text["neediest_first"]),
            _row(choices, lottery, benefit, risk, "random", text["random"].format(seed=seed)),
        ]
    )


class _Spender:
    """Gives options in an order while money and places last, one per household."""

    def __init__(self, choices: Choices, n_capacities: int) -> None:
        self.choices = choices
        self.takes = choices.weights[:n_capacities].toarray() > 0
        self.places = choices.limits[1 : n_capacities + 1]

    def in_turn(self, households: np.ndarray, arms: np.ndarray) -> np.ndarray:
        """Give to households in turn; `arms` (k, n) are the arms that each is tried with, in that order."""
        return self.spend(np.repeat(households, self.choices.k), arms[:, households].T.ravel())

    def spend(self, household: np.ndarray, arm: np.ndarray) -> np.ndarray:
        """Return the arm of each household (n,), -1 without; options (m,) are given in this order.

        Options are looked at by the window, and within it by stretches that end where a limit would be broken.
        """
        choices = self.choices
        is_option = choices.is_option[arm, household]
        household, arm = household[is_option], arm[is_option]
        given = np.full(choices.n, -1, dtype=np.int8)
        money, places = choices.budget, self.places.copy()
        cheapest = float(choices.cost[choices.is_option].min(initial=np.inf))
        for start in range(0, len(household), WINDOW):
            if money < cheapest:
                break
            who, which = household[start : start + WINDOW], arm[start : start + WINDOW]
            while len(who):
                open_ = self._open(who, which, given, money, places)
                who, which = who[open_], which[open_]
                stretch = self._stretch(who, which, money, places)
                given[who[stretch]] = which[stretch]
                money -= float(choices.cost[which[stretch], who[stretch]].sum())
                places = places - self._taken(who[stretch], which[stretch]).sum(axis=1)
                who, which = (
                    (who[stretch[-1] + 1 :], which[stretch[-1] + 1 :]) if len(stretch) else (who[:0], which[:0])
                )
        return given

    def _taken(self, who: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Return which capacities each option takes a place of (capacities, m)."""
        return np.asarray(self.takes[:, self.choices.cell[who] * self.choices.k + which])

    def _open(
        self, who: np.ndarray, which: np.ndarray, given: np.ndarray, money: float, places: np.ndarray
    ) -> np.ndarray:
        is_full = self.takes[places < 1].any(axis=0)[self.choices.cell[who] * self.choices.k + which]
        return np.asarray((given[who] < 0) & ~is_full & (self.choices.cost[which, who] <= money))

    def _stretch(self, who: np.ndarray, which: np.ndarray, money: float, places: np.ndarray) -> np.ndarray:
        """Return the numbers of the first options, one of each household, that money and places last for."""
        first = np.flatnonzero(np.diff(who, prepend=-1))
        spent = np.cumsum(self.choices.cost[which[first], who[first]])
        stop = int(np.searchsorted(spent, money, side="right"))
        taken = self._taken(who[first], which[first])
        for number in np.flatnonzero(taken.sum(axis=1) > places):
            stop = min(stop, int(np.flatnonzero(taken[number])[int(places[number])]))
        return np.asarray(first[:stop])


def _row(
    choices: Choices, given: np.ndarray, benefit: np.ndarray, risk: np.ndarray, kind: str, policy: str, arm: str = ""
) -> dict[str, Any]:
    return {
        "kind": kind,
        "policy": policy,
        "arm": arm,
        "households": int((given >= 0).sum()),
        "cost_idr": float(choices.paid(given).sum()),
        "benefit": float(pick(benefit, given).sum()),
        "reached": math.fsum(risk[given >= 0]),
        "value": float(pick(choices.value, given).sum() * choices.unit),
    }

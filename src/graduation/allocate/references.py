"""What the same budget would do by the rules a planner would otherwise use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from graduation.allocate.choices import Choices
from graduation.allocate.phrases import TEXT
from graduation.interventions import Recommendations


def reference_table(choices: Choices, risk: np.ndarray, recommendations: Recommendations, seed: int) -> pd.DataFrame:
    """Return households, cost and benefit of the best single arm for everybody, neediest first and random.

    `risk` (n,) is in the order of the choices. Each policy gives in its own order, to each household the first arm
    that there is still money and a place for; quotas are not kept.
    """
    rng = np.random.default_rng(seed)
    text, titles = TEXT[recommendations.language], recommendations.programme.titles(recommendations.language)
    singles = []
    for code, arm in enumerate(choices.arms):
        mine = np.flatnonzero(choices.arm == code)
        given = _spend(choices, mine[np.argsort(-choices.benefit[mine], kind="stable")])
        singles.append(_row(choices, given, "single_arm", text["single_arm"].format(arm=titles[arm])))
    neediest = _spend(choices, np.lexsort((-choices.benefit, choices.household, -risk[choices.household])))
    draw = rng.permutation(choices.n)[choices.household]
    lottery = _spend(choices, np.lexsort((rng.random(len(draw)), draw)))
    return pd.DataFrame(
        [
            max(singles, key=lambda row: row["benefit"]),
            _row(choices, neediest, "neediest_first", text["neediest_first"]),
            _row(choices, lottery, "random", text["random"].format(seed=seed)),
        ]
    )


def _spend(choices: Choices, order: np.ndarray) -> np.ndarray:
    """Give options in this order while money and places last, one per household; return those given."""
    caps = choices.rows[1 : len(choices.limits) - choices.n_quotas]
    left = choices.limits[1 : len(choices.limits) - choices.n_quotas].copy()
    money, cheapest = choices.budget, float(choices.cost.min(initial=np.inf))
    served, given = set(), []
    household, cost = choices.household[order].tolist(), choices.cost[order].tolist()
    for option, who, price in zip(order.tolist(), household, cost, strict=True):
        if money < cheapest:
            break
        if price > money or who in served or (len(left) and (caps[:, option] > left).any()):
            continue
        money -= price
        served.add(who)
        given.append(option)
        if len(left):
            left -= caps[:, option]
    return np.array(given, dtype=np.int64)


def _row(choices: Choices, given: np.ndarray, kind: str, policy: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "policy": policy,
        "households": len(given),
        "cost_idr": float(choices.cost[given].sum()),
        "benefit": float(choices.benefit[given].sum()),
    }

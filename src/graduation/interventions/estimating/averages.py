"""Average effect of one arm against the control, of everybody or of those who took it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from graduation.errors import NotEnoughData
from graduation.interventions.estimating.doubly_robust import DoublyRobust, reach, weighted_mean
from graduation.interventions.estimating.records import FEWEST_CLUSTERS

Target = Literal["all", "treated"]


def average_effect(scores: DoublyRobust, code: int, *, target: Target, min_records: int) -> dict[str, Any]:
    """Return the row of `EffectModel.average_effects_` of an arm; refuse one with too few records to compare."""
    records, own = scores.records, scores.records.arm == code
    # Among those who took the arm, it is the control that has to have been possible.
    used = scores.usable[:, 0] & (scores.usable[:, code] if target == "all" else True)
    taken = int((used & own).sum())
    if min(taken, int((records.arm[used] == 0).sum())) < min_records:
        raise NotEnoughData(
            f"arm '{records.arms[code]}' keeps {taken:,} records that could also have been '{records.arms[0]}'",
            expected=f"{min_records} or more of each",
            remedy="Compare like with like, or lower trim and trust the estimate less.",
            source="programme records",
        )
    if target == "all":
        contrast, who = scores.value[:, code] - scores.value[:, 0], np.ones(len(own))
    else:
        contrast, who = _among_treated(scores, code), own.astype(float)
    weight, cluster = records.weight[used], records.cluster[used]
    _check_clusters(len(np.unique(cluster)), records.arms[code])
    share = float(np.average(who[used], weights=weight))
    effect = float(np.average(contrast[used], weights=weight)) / share
    _, error, freedom = weighted_mean((contrast[used] - effect * who[used]) / share, weight, cluster)
    half = reach(error, freedom)
    whole = float((records.weight * who).sum())
    return {
        "arm": records.arms[code],
        "effect": effect,
        "standard_error": error,
        "low": effect - half,
        "high": effect + half,
        "records": taken,
        "clusters": freedom + 1,
        "basis": "estimated",
        "trimmed_share": 1 - float(weight @ who[used]) / whole,
    }


def _check_clusters(found: int, arm: str) -> None:
    if found < FEWEST_CLUSTERS:
        raise NotEnoughData(
            f"arm '{arm}' can be compared with the control in {found:,} clusters",
            expected=f"{FEWEST_CLUSTERS} or more",
            remedy="Add records of more places, or leave the arm out.",
            source="programme records",
        )


def _among_treated(scores: DoublyRobust, code: int) -> np.ndarray:
    """Return scores (n,) whose sum over that of who took the arm is the effect among them.

    Who took the arm counts whole, who had the control in proportion to the odds of the arm.
    """
    chance = scores.chance
    odds = np.divide(chance[:, code], chance[:, 0], out=np.zeros(len(chance)), where=scores.usable[:, 0])
    arm = scores.records.arm
    sign = np.where(arm == code, 1.0, np.where(arm == 0, -odds, 0.0))
    return np.asarray(sign * (scores.records.outcome - scores.expected[:, 0]))

"""How comparable the records of each arm are with the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.interventions.estimating.doubly_robust import DoublyRobust

LOW, HIGH = 0.01, 0.99


def overlap(scores: DoublyRobust) -> pd.DataFrame:
    """Return one row per arm, the control first: how likely it was, and how many records its mean rests on.

    Columns `arm`, `records`, `chance_low`, `chance_median`, `chance_high` (1st, 50th and 99th percentile of the chance
    of the arm over all records), `effective_records` (Kish: of those who took it, each counted by the inverse of its
    chance), `not_comparable` (share of all records for whom the arm was too unlikely).
    """
    records = scores.records
    rows = []
    for code, arm in enumerate(records.arms):
        chance, usable = scores.chance[:, code], scores.usable[:, code]
        took = (records.arm == code) & usable
        weight = records.weight[took] / chance[took]
        low, middle, high = np.quantile(chance, [LOW, 0.5, HIGH])
        rows.append(
            {
                "arm": arm,
                "records": int((records.arm == code).sum()),
                "chance_low": low,
                "chance_median": middle,
                "chance_high": high,
                "effective_records": float(weight.sum() ** 2 / (weight**2).sum()) if took.any() else 0.0,
                "not_comparable": float(np.average(~usable, weights=records.weight)),
            }
        )
    return pd.DataFrame(rows)

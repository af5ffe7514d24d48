"""How effects of all arms are predicted from features: straight lines on columns that tell, and small trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from graduation.interventions.estimating.lasso import joint_lasso
from graduation.interventions.estimating.nuisance import curves

# Doubly robust scores are far noisier than outcomes: few and large leaves.
ROUNDS, LEAF_SHARE, SMALLEST_LEAF = 30, 0.05, 20
TREES: dict[str, Any] = {
    "learning_rate": 0.1,
    "num_leaves": 4,
    "feature_fraction": 0.5,
    "lambda_l2": 10.0,
    "max_bin": 63,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


@dataclass(frozen=True)
class Learned:
    """Fitted predictions of the effects of k arms: lines of bent features (p, k), and trees of plain ones."""

    level: np.ndarray
    slopes: np.ndarray
    trees: list[lightgbm.Booster]

    def predict(self, plain: np.ndarray, bent: np.ndarray) -> np.ndarray:
        """Return the mean of what lines and trees predict for each arm (n, k)."""
        trees = np.column_stack([np.asarray(booster.predict(plain)) for booster in self.trees])
        return np.asarray((self.level + bent @ self.slopes + trees) / 2)


class Lessons:
    """Features of n records, encoded and binned once for all folds and arms; outcomes have no part in either."""

    def __init__(self, features: pd.DataFrame) -> None:
        self.encode: Pipeline = curves(features).fit(features)
        self.plain, self.bent = self.encoded(features)
        self._bins = lightgbm.Dataset(self.plain, params=TREES, free_raw_data=False).construct()

    def encoded(self, features: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return features as numbers for trees, and those of many values bent into curves for lines."""
        plain = np.asarray(self.encode[0].transform(features))
        return plain, np.asarray(self.encode[1:].transform(plain))

    def learn(self, rows: np.ndarray, value: np.ndarray, weight: np.ndarray, group: np.ndarray, seed: int) -> Learned:
        """Learn from some rows the scores of k arms (n, k), each with its weight (n, k); those of no weight count not.

        Lines keep the same columns for all arms, so that arms with alike effects teach each other which ones tell.
        """
        level, slopes = _lines(self.bent[rows], value[rows], weight[rows], group[rows])
        return Learned(
            level, slopes, [self._trees(rows, value[:, arm], weight[:, arm], seed) for arm in range(value.shape[1])]
        )

    def _trees(self, rows: np.ndarray, y: np.ndarray, weight: np.ndarray, seed: int) -> lightgbm.Booster:
        rows = rows[weight[rows] > 0]
        leaf = max(int(LEAF_SHARE * len(rows)), SMALLEST_LEAF)
        own = self._bins.subset(rows.tolist()).construct().set_label(y[rows]).set_weight(weight[rows])
        return lightgbm.train({**TREES, "min_data_in_leaf": leaf, "seed": seed}, own, ROUNDS)


def _lines(Z: np.ndarray, value: np.ndarray, weight: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return level (k,) and slopes (p, k) by a lasso of all arms, each arm's scaled to fit its own scores.

    The scores of all arms hold the same control's: they are turned so that their noise is apart and of one size. A
    score that is unknown counts as the mean. A lasso finds the direction well and shrinks it much, hence the scaling.
    """
    level = np.average(value, axis=0, weights=weight)
    rest, total = np.where(weight > 0, value - level, 0.0), weight.max(axis=1)
    centre = total @ Z / total.sum()
    noise, turn = np.linalg.eigh((rest * total[:, None]).T @ rest / total.sum())
    root = np.sqrt(np.maximum(noise, 1e-9 * max(float(noise[-1]), np.finfo(float).tiny)))
    slopes = joint_lasso(Z - centre, rest @ (turn / root), total, group) @ (turn * root).T
    predicted = (Z - centre) @ slopes
    size = (weight * predicted**2).sum(axis=0)
    slopes *= np.divide((weight * predicted * rest).sum(axis=0), size, out=np.zeros_like(size), where=size > 0)
    return level - centre @ slopes, slopes

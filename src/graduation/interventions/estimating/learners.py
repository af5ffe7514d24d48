"""Two ways to predict an effect from features: straight lines, and small trees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import lightgbm
import numpy as np
from sklearn.linear_model import RidgeCV

from graduation.interventions.estimating.nuisance import PENALTIES

# Doubly robust scores are far noisier than outcomes: strong penalties, few and large leaves.
STRONGER = (*PENALTIES, 1e5, 1e6)
TREES = {
    "n_estimators": 60,
    "learning_rate": 0.05,
    "num_leaves": 4,
    "colsample_bytree": 0.5,
    "reg_lambda": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}
LEAF_SHARE, SMALLEST_LEAF = 0.05, 20


class Predictor(Protocol):
    """A fitted model of the effect."""

    def predict(self, Z: np.ndarray) -> Any: ...


Learner = Callable[[np.ndarray, np.ndarray, np.ndarray, int], Predictor]


def learn_lines(Z: np.ndarray, contrast: np.ndarray, weight: np.ndarray, seed: int) -> Predictor:
    """Return a ridge regression of the scores on the features; nothing in it is drawn."""
    del seed
    model: Predictor = RidgeCV(alphas=STRONGER).fit(Z, contrast, sample_weight=weight)
    return model


def learn_trees(Z: np.ndarray, contrast: np.ndarray, weight: np.ndarray, seed: int) -> Predictor:
    """Return a few boosted trees of the scores on the features."""
    leaf = max(int(LEAF_SHARE * len(Z)), SMALLEST_LEAF)
    model = lightgbm.LGBMRegressor(**TREES, min_child_samples=leaf, random_state=seed)
    booster: Predictor = model.fit(Z, contrast, sample_weight=weight).booster_
    return booster


LEARNERS: tuple[Learner, ...] = (learn_lines, learn_trees)


def learn(Z: np.ndarray, contrast: np.ndarray, weight: np.ndarray, seed: int) -> list[Predictor]:
    """Return one fitted model of each kind; records of no weight teach nothing."""
    rows = weight > 0
    return [learner(Z[rows], contrast[rows], weight[rows], seed) for learner in LEARNERS]


def predict(models: Sequence[Predictor], Z: np.ndarray) -> np.ndarray:
    """Return the mean of what the models predict (n,)."""
    return np.asarray(np.mean([np.asarray(model.predict(Z), dtype=float) for model in models], axis=0))

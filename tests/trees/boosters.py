"""Random boosters for the tests: numbers, categories, every way of missing."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np

QUIET = {"verbosity": -1, "num_threads": 1, "deterministic": True, "min_data_in_leaf": 3, "min_data_per_group": 3}


def table(rows: int = 300, *, seed: int = 0, missing: float = 0.1) -> np.ndarray:
    """Five numbers (a normal, a whole one, one with many zeros, a tail, nearly constant) and three categories."""
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [
            rng.normal(size=rows), rng.integers(0, 6, rows), rng.normal(size=rows) * (rng.random(rows) < 0.5),
            rng.lognormal(10, 2, rows), rng.random(rows) < 0.1,
            rng.integers(0, 3, rows), rng.integers(0, 9, rows), rng.integers(0, 70, rows),
        ]
    ).astype(float)  # fmt: skip
    X[rng.random(X.shape) < missing] = np.nan
    return X


CATEGORIES = [5, 6, 7]


def fit(X: np.ndarray, *, rounds: int = 12, seed: int = 0, **params: Any) -> lgb.Booster:
    """Return a booster of an outcome that all columns bear on, together."""
    rng = np.random.default_rng(seed)
    known = np.nan_to_num(X, nan=1.5)
    y = known[:, 0] * (known[:, 1] - 2) + known[:, 2] + np.log1p(known[:, 3]) / 4 + np.sin(known[:, 5:]).sum(axis=1)
    y = y + np.isnan(X[:, 0]) + rng.normal(size=len(X)) / 3
    if params.get("objective") == "binary":
        y = (y > np.median(y)).astype(float)
    options = {**QUIET, "objective": "regression", "learning_rate": 0.3, **params}
    data = lgb.Dataset(X, y, categorical_feature=CATEGORIES, params=options)
    return lgb.train(options, data, rounds)


def hard(X: np.ndarray, booster: lgb.Booster) -> np.ndarray:
    """Return rows with what goes wrong first: thresholds hit, signed and tiny zeros, infinities, unseen categories."""
    X = X.copy()
    X[:8, :4] = np.array([0.0, -0.0, 1e-36, -1e-36, 1.1e-35, np.inf, -np.inf, np.nan])[:, None]
    X[:8, 5:] = np.array([-1.0, -0.5, 0.5, 2.9, 1e9, 3e9, 71.0, np.nan])[:, None]
    tree = booster.dump_model()["tree_info"][0]["tree_structure"]
    row = 8
    while "threshold" in tree and row < len(X):
        if tree["decision_type"] == "<=":
            X[row : row + 2, tree["split_feature"]] = tree["threshold"], np.nextafter(tree["threshold"], np.inf)
            row += 2
        tree = tree["left_child"]
    return X


def deep(rounds: int = 3) -> tuple[lgb.Booster, np.ndarray]:
    """Return a booster with leaves that ask of more features than a table has bits, and its rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 16))
    y = (X > 0).all(axis=1) + X.sum(axis=1) / 9 + rng.normal(size=400)
    options = {**QUIET, "num_leaves": 120, "min_data_in_leaf": 1, "feature_fraction_bynode": 0.2, "extra_trees": True}
    return lgb.train(options, lgb.Dataset(X, y), rounds), X

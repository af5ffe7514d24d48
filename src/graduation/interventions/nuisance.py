"""Simple models of the outcome and of who got which arm, both fitted out of fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1.0)
PENALTIES = tuple(float(value) for value in np.logspace(-1, 4, 11))


def encoder(X: pd.DataFrame) -> Pipeline:
    """Return an unfitted transformer: numbers imputed, flagged and standardised; categories as indicators."""
    numeric = [name for name in X.columns if pd.api.types.is_numeric_dtype(X[name])]
    labels = [name for name in X.columns if name not in numeric]
    indicators = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False)
    parts = [
        ("numbers", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), numeric),
        ("labels", make_pipeline(SimpleImputer(strategy="constant", fill_value="unknown"), indicators), labels),
    ]
    return make_pipeline(ColumnTransformer(parts, sparse_threshold=0), StandardScaler())


def plain(X: pd.DataFrame) -> pd.DataFrame:
    """Return the same columns as float numbers and text objects, named by position."""
    columns = {}
    for number, (_, values) in enumerate(X.items()):
        if pd.api.types.is_numeric_dtype(values):
            columns[f"x{number}"] = values.astype("float64").to_numpy(na_value=np.nan)
        else:
            text = values.astype("object")
            columns[f"x{number}"] = text.where(text.notna(), "unknown").astype(str).to_numpy(dtype=object)
    return pd.DataFrame(columns)


def outcomes(
    Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, n_arms: int, held_out: np.ndarray
) -> np.ndarray:
    """Return the expected outcome of each held-out row under each arm, by one ridge regression per arm."""
    expected = np.empty((len(held_out), n_arms))
    for code in range(n_arms):
        rows = arm == code
        model = RidgeCV(alphas=PENALTIES).fit(Z[rows], y[rows], sample_weight=weight[rows])
        expected[:, code] = model.predict(held_out)
    return expected


def propensities(
    Z: np.ndarray, arm: np.ndarray, weight: np.ndarray, group: np.ndarray, n_arms: int, held_out: np.ndarray
) -> np.ndarray:
    """Return the probability of each arm for each held-out row, by a multinomial logistic regression.

    Its penalty is the one that predicts best the arms of every fourth group: where arms were drawn by lot, a strong
    one that leaves little but the share of each arm.
    """
    apart = group % 4 == 0
    model = _logit(Z, arm, weight, STRENGTHS[0])
    if set(arm[apart]) <= set(arm[~apart]) and apart.any():
        losses = [_loss(_logit(Z[~apart], arm[~apart], weight[~apart], C), Z, arm, weight, apart) for C in STRENGTHS]
        model = _logit(Z, arm, weight, STRENGTHS[int(np.argmin(losses))])
    chance = np.zeros((len(held_out), n_arms))
    chance[:, model.classes_] = model.predict_proba(held_out)
    return chance


def _logit(Z: np.ndarray, arm: np.ndarray, weight: np.ndarray, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=500).fit(Z, arm, sample_weight=weight)


def _loss(model: LogisticRegression, Z: np.ndarray, arm: np.ndarray, weight: np.ndarray, apart: np.ndarray) -> float:
    chance = model.predict_proba(Z[apart])[np.arange(int(apart.sum())), np.searchsorted(model.classes_, arm[apart])]
    return float(-np.average(np.log(np.maximum(chance, 1e-12)), weights=weight[apart]))

"""Simple models of the outcome and of who got which arm, both fitted out of fold."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from graduation.interventions.estimating.lasso import joint_lasso
from graduation.interventions.estimating.ridge import ridge

STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1.0)
PENALTIES = np.logspace(-1, 4, 11)
# A column with fewer different numbers is a count or a code, for which a curve has nothing to add.
CURVED_FROM = 8
# The chance that any column is kept which differs between arms by luck alone.
LEVEL = 0.05


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


def curves(X: pd.DataFrame) -> Pipeline:
    """Return an unfitted transformer: as `encoder`, columns of many values bent into curves for an additive model."""
    splines = SplineTransformer(n_knots=5, knots="quantile", extrapolation="linear", include_bias=False)
    bent = ColumnTransformer([("curves", splines, _of_many_values)], remainder="passthrough", sparse_threshold=0)
    return make_pipeline(encoder(X), bent, StandardScaler())


def _of_many_values(Z: np.ndarray) -> list[int]:
    return [column for column in range(Z.shape[1]) if len(np.unique(Z[:, column])) >= CURVED_FROM]


def encoded(X: pd.DataFrame) -> np.ndarray:
    """Return plain features as the numbers that `curves` makes of them."""
    return np.asarray(curves(X).fit_transform(X))


def telling(Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the numbers of the columns that tell of the outcome or of the arm.

    A lasso keeps the former when it predicts the outcome within arms; the latter differ between arms beyond chance (F
    tests, Bonferroni), as where many weak causes of the outcome drive the arm. What tells of neither cannot confound,
    and would only add noise to the probabilities of the arms (Belloni, Chernozhukov & Hansen 2014, Review of Economic
    Studies 81, on the union of both).
    """
    level, centre = _means(Z, arm, y, weight)
    within, rest = Z - centre[arm], y - level[arm]
    slopes = joint_lasso(within, rest[:, None], weight, group)[:, 0]
    # Regressions need one column at least: the one that goes best with the outcome, whose slope they shrink.
    kept = (slopes != 0) | _differs(Z, arm)
    return np.flatnonzero(kept) if kept.any() else np.array([int(np.abs((weight * rest) @ within).argmax())])


def _differs(Z: np.ndarray, arm: np.ndarray) -> np.ndarray:
    """Return which columns (p,) differ between arms beyond chance; one value in all rows does not."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(f_classif(Z, arm)[1] < LEVEL / Z.shape[1])


def outcomes(
    Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray, n_arms: int,
    held_out: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the expected outcome of each held-out row under each arm, by ridge regressions on telling columns.

    With slopes of the arm's own or common to all arms: for each arm whichever predicts its rows best, each by the
    others.
    """
    fits = [fit(Z, arm, y, weight, group, n_arms, held_out) for fit in (_own_slopes, _common_slopes)]
    better = fits[1][1] < fits[0][1]
    return np.where(better, fits[1][0], fits[0][0])


Fit = tuple[np.ndarray, np.ndarray]


def _own_slopes(
    Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray, n_arms: int,
    asked: np.ndarray,
) -> Fit:  # fmt: skip
    """Return the expected outcomes (rows asked, arms) and the squared error of each arm, a regression for each."""
    expected, error = np.empty((len(asked), n_arms)), np.empty(n_arms)
    for code in range(n_arms):
        rows = arm == code
        model, residual = ridge(Z[rows], y[rows], weight[rows], PENALTIES, group[rows])
        expected[:, code], error[code] = model.predict(asked), np.average(residual, weights=weight[rows])
    return expected, error


def _common_slopes(
    Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray, n_arms: int,
    asked: np.ndarray,
) -> Fit:  # fmt: skip
    """Return the same from one regression with a level for each arm: what is common is learned from all of them."""
    level, centre = _means(Z, arm, y, weight)
    model, residual = ridge(Z - centre[arm], y - level[arm], weight, PENALTIES, group)
    error = [np.average(residual[arm == code], weights=weight[arm == code]) for code in range(n_arms)]
    return (asked @ model.coef)[:, None] + level - centre @ model.coef, np.array(error)


def _means(Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean outcome (arms,) and the mean features (arms, p) of each arm."""
    share = np.eye(int(arm.max()) + 1)[arm] * weight[:, None]
    share = share / share.sum(axis=0)
    return share.T @ y, share.T @ Z


def propensities(
    Z: np.ndarray, arm: np.ndarray, weight: np.ndarray, group: np.ndarray, n_arms: int, held_out: np.ndarray
) -> np.ndarray:
    """Return the probability of each arm for each held-out row, by a multinomial logistic regression.

    Its penalty is the one that predicts best the arms of every fourth group: where arms were drawn by lot, a strong
    one that leaves little but the share of each arm.
    """
    apart, C = group % 4 == 0, STRENGTHS[0]
    if set(arm[apart]) <= set(arm[~apart]) and apart.any():
        C = STRENGTHS[int(np.argmin(_losses(Z, arm, weight, apart)))]
    model = LogisticRegression(C=C, max_iter=500).fit(Z, arm, sample_weight=weight)
    chance = np.zeros((len(held_out), n_arms))
    chance[:, model.classes_] = model.predict_proba(held_out)
    return chance


def _losses(Z: np.ndarray, arm: np.ndarray, weight: np.ndarray, apart: np.ndarray) -> list[float]:
    """Return the log loss of some rows for each penalty, from the strongest on until it rises."""
    model, losses = LogisticRegression(max_iter=500, warm_start=True), []
    rest, asked = Z[~apart], Z[apart]
    for C in STRENGTHS:
        model.set_params(C=C).fit(rest, arm[~apart], sample_weight=weight[~apart])
        taken = np.searchsorted(model.classes_, arm[apart])
        chance = model.predict_proba(asked)[np.arange(len(asked)), taken]
        losses.append(float(-np.average(np.log(np.maximum(chance, 1e-12)), weights=weight[apart])))
        if losses[-1] > min(losses):
            break
    return losses

"""Simple models of the outcome and of who got which arm, both fitted out of fold."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LassoCV, LogisticRegression, RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1.0)
PENALTIES = tuple(float(value) for value in np.logspace(-1, 4, 11))
# A column with fewer different numbers is a count or a code, for which a curve has nothing to add.
CURVED_FROM = 8
# The chance that any column is kept which differs between arms by luck alone.
LEVEL = 0.05
# The weakest penalty of the lasso beside the one that keeps nothing: weaker ones take long and are never the best.
SPARSEST, N_STEPS, TOLERANCE = 0.01, 20, 1e-3


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


def encoded(X: pd.DataFrame) -> np.ndarray:
    """Return plain features as numbers, those of many values bent into smooth curves for an additive model."""
    Z = encoder(X).fit_transform(X)
    many = [column for column in range(Z.shape[1]) if len(np.unique(Z[:, column])) >= CURVED_FROM]
    splines = SplineTransformer(n_knots=5, knots="quantile", extrapolation="linear", include_bias=False)
    bent = ColumnTransformer([("curves", splines, many)], remainder="passthrough", sparse_threshold=0)
    return np.asarray(StandardScaler().fit_transform(bent.fit_transform(Z)))


def telling(Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the numbers of the columns that tell of the outcome or of the arm.

    A lasso keeps the former when it predicts the outcome within arms; the latter differ between arms beyond chance (F
    tests, Bonferroni), as where many weak causes of the outcome drive the arm. What tells of neither cannot confound,
    and would only add noise to the probabilities of the arms (Belloni, Chernozhukov & Hansen 2014, Review of Economic
    Studies 81, on the union of both).
    """
    level, centre = _means(Z, arm, y, weight)
    parts = list(GroupKFold(min(5, len(np.unique(group)))).split(Z, groups=group))
    within, rest = Z - centre[arm], y - level[arm]
    pull = np.abs((weight * rest) @ within) / weight.sum()
    steps = np.geomspace(1.0, SPARSEST, N_STEPS) * max(float(pull.max()), np.finfo(float).tiny)
    with warnings.catch_warnings():
        # What it keeps is all that is asked of it, so a last digit that did not settle is no matter.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LassoCV(cv=parts, alphas=steps, tol=TOLERANCE).fit(within, rest, sample_weight=weight)
    # Regressions need one column at least: the one that goes best with the outcome, whose slope they shrink.
    kept = (model.coef_ != 0) | _differs(Z, arm)
    return np.flatnonzero(kept) if kept.any() else np.array([int(pull.argmax())])


def _differs(Z: np.ndarray, arm: np.ndarray) -> np.ndarray:
    """Return which columns (p,) differ between arms beyond chance; one value in all rows does not."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(f_classif(Z, arm)[1] < LEVEL / Z.shape[1])


def outcomes(
    Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, n_arms: int, held_out: np.ndarray
) -> np.ndarray:
    """Return the expected outcome of each held-out row under each arm, by ridge regressions on telling columns.

    With slopes of the arm's own or common to all arms: for each arm whichever predicts its rows best, each by the
    others.
    """
    fits = [fit(Z, arm, y, weight, n_arms, held_out) for fit in (_own_slopes, _common_slopes)]
    better = fits[1][1] < fits[0][1]
    return np.where(better, fits[1][0], fits[0][0])


Fit = tuple[np.ndarray, np.ndarray]


def _own_slopes(
    Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, n_arms: int, asked: np.ndarray
) -> Fit:
    """Return the expected outcomes (rows asked, arms) and the squared error of each arm, a regression for each."""
    expected, error = np.empty((len(asked), n_arms)), np.empty(n_arms)
    for code in range(n_arms):
        rows = arm == code
        model, residual = _ridge(Z[rows], y[rows], weight[rows])
        expected[:, code], error[code] = model.predict(asked), np.average(residual, weights=weight[rows])
    return expected, error


def _common_slopes(
    Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray, n_arms: int, asked: np.ndarray
) -> Fit:
    """Return the same from one regression with a level for each arm: what is common is learned from all of them."""
    level, centre = _means(Z, arm, y, weight)
    model, residual = _ridge(Z - centre[arm], y - level[arm], weight)
    error = [np.average(residual[arm == code], weights=weight[arm == code]) for code in range(n_arms)]
    return (asked @ model.coef_)[:, None] + level - centre @ model.coef_, np.array(error)


def _means(Z: np.ndarray, arm: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean outcome (arms,) and the mean features (arms, p) of each arm."""
    share = np.eye(int(arm.max()) + 1)[arm] * weight[:, None]
    share = share / share.sum(axis=0)
    return share.T @ y, share.T @ Z


def _ridge(Z: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[RidgeCV, np.ndarray]:
    """Return a ridge regression, its penalty found by leaving one out, and those squared errors (n,)."""
    model = RidgeCV(alphas=PENALTIES, store_cv_results=True).fit(Z, y, sample_weight=weight)
    return model, model.cv_results_[:, PENALTIES.index(model.alpha_)] / weight


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

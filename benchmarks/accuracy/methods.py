"""Ours and what an analyst would otherwise fit: each learns from a task and returns risks of its test households."""

import logging
import time
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tasks import Task

import graduation

FOLDS = 5


def ours(task: Task, seed: int, _: float) -> np.ndarray:
    return graduation.RiskClassifier(seed=seed).fit(task.X, task.y, groups=task.group).predict_proba(task.Z)[:, 1]


def ours_fast(task: Task, seed: int, _: float) -> np.ndarray:
    model = graduation.RiskClassifier(fast=True, seed=seed).fit(task.X, task.y, groups=task.group)
    return model.predict_proba(task.Z)[:, 1]


def logit(task: Task, seed: int, _: float) -> np.ndarray:
    """Ridge logit on imputed, standardised, one-hot features; strength by log loss on grouped folds."""
    strengths = (0.001, 0.01, 0.1, 1.0)
    losses = [_held_out_loss(lambda strength=strength: _logit(strength), task, seed) for strength in strengths]
    return _logit(strengths[int(np.argmin(losses))]).fit(task.X, task.y).predict_proba(task.Z)[:, 1]


def _logit(strength: float) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    labels = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing", missing_values=None),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20),
    )
    prepare = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (labels, make_column_selector(dtype_exclude="number"))
    )
    return make_pipeline(prepare, LogisticRegression(C=strength, max_iter=1000))


def _held_out_loss(make: object, task: Task, seed: int) -> float:
    risk = np.empty(len(task.y))
    for learn, test in _folds(task, seed):
        model = make().fit(task.X.iloc[learn], task.y[learn])
        risk[test] = model.predict_proba(task.X.iloc[test])[:, 1]
    return log_loss(task.y, risk)


def _folds(task: Task, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    parted = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(parted.split(task.X, task.y, task.group))


def lightgbm_defaults(task: Task, seed: int, _: float) -> np.ndarray:
    X, Z = _categories(task)
    return lgb.LGBMClassifier(verbosity=-1, random_state=seed).fit(X, task.y).predict_proba(Z)[:, 1]


def lightgbm_tuned(task: Task, seed: int, _: float) -> np.ndarray:
    """Ten random settings, rounds by early stopping, on grouped folds; then fitted on all rows."""
    X, Z = _categories(task)
    rng = np.random.default_rng(seed)
    data = lgb.Dataset(X, task.y, params={"verbosity": -1, "feature_pre_filter": False}, free_raw_data=False)
    best = (np.inf, {}, 0)
    for _ in range(10):
        params = {
            "objective": "binary", "verbosity": -1, "seed": seed,
            "learning_rate": float(rng.choice([0.02, 0.05, 0.1])), "num_leaves": int(rng.choice([4, 8, 16, 31, 63])),
            "feature_fraction": float(rng.uniform(0.2, 1)), "min_data_in_leaf": int(rng.choice([5, 20, 50, 100])),
            "bagging_fraction": float(rng.uniform(0.5, 1)), "bagging_freq": 1,
            "lambda_l2": float(10 ** rng.uniform(-2, 1.5)),
        }  # fmt: skip
        found = lgb.cv(params, data, 2000, folds=_folds(task, seed), callbacks=[lgb.early_stopping(50, verbose=False)])
        losses = found["valid binary_logloss-mean"]
        if min(losses) < best[0]:
            best = (min(losses), params, int(np.argmin(losses)) + 1)
    return lgb.train(best[1], data, best[2]).predict(Z)


def hist_gradient_boosting(task: Task, seed: int, _: float) -> np.ndarray:
    X, Z = _categories(task)
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=seed)
    return model.fit(X, task.y).predict_proba(Z)[:, 1]


def catboost_defaults(task: Task, seed: int, _: float) -> np.ndarray:
    from catboost import CatBoostClassifier

    labels = [name for name in task.X if not pd.api.types.is_numeric_dtype(task.X[name])]
    X, Z = (part.assign(**{name: part[name].fillna("missing").astype(str) for name in labels}) for part in _both(task))
    model = CatBoostClassifier(verbose=0, allow_writing_files=False, random_seed=seed, cat_features=labels)
    return model.fit(X, task.y).predict_proba(Z)[:, 1]


def flaml(task: Task, seed: int, seconds: float) -> np.ndarray:
    """FLAML with ten times the seconds that ours took, log loss on grouped folds."""
    from flaml import AutoML

    logging.getLogger("flaml").setLevel(logging.ERROR)
    X, Z = _categories(task)
    search = AutoML()
    search.fit(
        X, task.y, task="classification", metric="log_loss", time_budget=max(10 * seconds, 10), seed=seed, verbose=0,
        eval_method="cv", split_type="group", groups=pd.factorize(task.group)[0], n_splits=FOLDS, n_jobs=-1,
    )  # fmt: skip
    return search.predict_proba(Z)[:, 1]


def two_pathways(task: Task, seed: int, _: float) -> np.ndarray:
    """Ours with the state now, as `train` fits it."""
    model = graduation.TransitionRisk(graduation.RiskClassifier(seed=seed))
    model.fit(task.X, task.y, task.state, groups=task.group)
    return model.predict_risk(task.Z, task.test_state)


METHODS = {
    "ours": ours,
    "ours fast": ours_fast,
    "logit": logit,
    "LightGBM defaults": lightgbm_defaults,
    "LightGBM tuned": lightgbm_tuned,
    "HistGradientBoosting": hist_gradient_boosting,
    "CatBoost defaults": catboost_defaults,
    "FLAML, 10 x our time": flaml,
    "ours, two pathways": two_pathways,
}


def timed(method: str, task: Task, seed: int, seconds: float) -> tuple[np.ndarray, float]:
    """Return the risks and the seconds that learning and predicting took."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        risk = METHODS[method](task, seed, seconds)
    return np.clip(risk, 1e-6, 1 - 1e-6), time.perf_counter() - start


def _both(task: Task) -> tuple[pd.DataFrame, pd.DataFrame]:
    return task.X, task.Z


def _categories(task: Task) -> list[pd.DataFrame]:
    """Return both tables with labels as categories of the levels seen in training."""
    labels = [name for name in task.X if not pd.api.types.is_numeric_dtype(task.X[name])]
    kinds = {name: pd.CategoricalDtype(sorted(task.X[name].dropna().unique())) for name in labels}
    return [part.astype(kinds) for part in _both(task)]

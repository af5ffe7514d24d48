"""Proxy-means tests: a household's poverty guessed from what a visitor can see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge

from graduation.panel import Panel
from graduation.risk.candidates.quantile import LinearQuantile
from graduation.risk.candidates.tables import household_features, prepared, with_areas

# A quantile outside these has too few households on one side, or is no longer about the poor.
QUANTILES = (0.02, 0.5)
# Dummies that add up to one have no least-squares solution of their own; this much of a ridge gives them one.
FAINT_RIDGE = 1.0


def linear_pmt(train: Panel, test: Panel, welfare: str, *, areas: bool = False) -> pd.Series:
    """Return minus predicted log welfare: the proxy-means test of Grosh & Baker (1995), with area effects or without.

    Weighted least squares of log welfare now on the features of the household, with a faint ridge penalty.
    """
    names = tuple(f"area: {name}" for name in train.groups.columns[2:]) if areas else ()
    model = prepared(Ridge(alpha=FAINT_RIDGE), names)
    return -_fitted_on_log_welfare(model, train, test, welfare, areas=areas)


def quantile_pmt(train: Panel, test: Panel, welfare: str) -> pd.Series:
    """Return minus the predicted quantile of log welfare at the share of extreme poor now.

    The "poverty-quantile" proxy-means test of Brown, Ravallion & van de Walle (2018), A poor means test? (Journal of
    Development Economics 134): a mean regression fits the middle best and gives the poorest too much; the quantile at
    the poverty rate fits where the line is.
    """
    share = float(np.average(train.state, weights=train.weight))
    model = prepared(LinearQuantile(float(np.clip(share, *QUANTILES)), tolerance=1e-4))
    return -_fitted_on_log_welfare(model, train, test, welfare)


def state_pmt(train: Panel, test: Panel) -> pd.Series:
    """Return the predicted chance of being extreme poor now, by a logit: a means test where welfare has no column."""
    if train.state.nunique() < 2:
        return pd.Series(float(train.state.iloc[0]), index=test.outcome.index)
    model = prepared(LogisticRegression(C=1.0, max_iter=1000))
    model.fit(household_features(train), train.state, logisticregression__sample_weight=_relative(train.weight))
    return pd.Series(model.predict_proba(household_features(test))[:, 1], index=test.outcome.index)


def _fitted_on_log_welfare(model: Any, train: Panel, test: Panel, welfare: str, *, areas: bool = False) -> pd.Series:
    known = (train.households[welfare] > 0).to_numpy(dtype=bool, na_value=False)
    learn = train.subset(known)
    X, unseen = (
        with_areas(household_features(part), part) if areas else household_features(part) for part in (learn, test)
    )
    log_welfare = np.log(learn.households[welfare].astype("float64"))
    step = model.steps[-1][0]
    model.fit(X, log_welfare, **{f"{step}__sample_weight": _relative(learn.weight)})
    return pd.Series(np.asarray(model.predict(unseen)), index=test.outcome.index)


def _relative(weight: pd.Series) -> pd.Series:
    return weight / weight.mean()

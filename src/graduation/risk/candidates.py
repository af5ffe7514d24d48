"""What a planner would otherwise use: simple rules, fitted on the same training rows as the model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from graduation.features import feature_frame
from graduation.panel import Panel, hash_labels
from graduation.risk.transition import with_state

PRIOR_ROWS = 50


def candidate_scores(train: Panel, test: Panel, *, seed: int = 0) -> pd.DataFrame:
    """Return one score column per simple rule for the test households; higher means poorer.

    `logit` is a regularised logistic regression on the same features; `neediest_first` ranks by welfare now;
    `linear_pmt` is a proxy-means test, a ridge regression of log welfare now on all other features; `area_average` is
    the share of extreme poor in the household's place, shrunk to the whole; `state_now` is the state itself; `random`
    is a seeded hash of the household. A rule that needs a column the registry lacks is left out.
    """
    scores = {"logit": _logit(train, test)}
    welfare = test.dictionary.one("welfare")
    if welfare is not None and test.households[welfare].notna().any():
        now = test.households[welfare].astype("float64")
        scores["neediest_first"] = -now.fillna(now.max())
        scores["linear_pmt"] = _proxy_means(train, test, welfare)
    if len(test.groups.columns) > 2:
        scores["area_average"] = _area_average(train, test)
    scores["state_now"] = test.state.astype("float64")
    drawn = hash_labels(pd.Index(test.groups["household"]), seed) / 2**64
    scores["random"] = pd.Series(drawn, index=test.outcome.index)
    return pd.DataFrame(scores)


def _logit(train: Panel, test: Panel) -> pd.Series:
    model = prepared(LogisticRegression(C=0.01, max_iter=1000))
    features = [with_state(feature_frame(p.households, p.dictionary), p.state.to_numpy()) for p in (train, test)]
    weight = train.weight / train.weight.mean()
    model.fit(features[0], train.outcome, logisticregression__sample_weight=weight)
    return pd.Series(model.predict_proba(features[1])[:, 1], index=test.outcome.index)


def _proxy_means(train: Panel, test: Panel, welfare: str) -> pd.Series:
    """Return minus predicted log welfare: the proxy-means test of Grosh & Baker (1995), with a faint ridge penalty."""
    known = (train.households[welfare] > 0).to_numpy(dtype=bool, na_value=False)
    X, unseen = (
        feature_frame(part.households, part.dictionary).drop(columns=welfare, errors="ignore") for part in (train, test)
    )
    log_welfare = np.log(train.households[welfare].astype("float64")[known])
    model = prepared(Ridge(alpha=1.0)).fit(X[known], log_welfare, ridge__sample_weight=train.weight[known])
    return pd.Series(-model.predict(unseen), index=test.outcome.index)


def prepared(estimator: LogisticRegression | Ridge) -> Pipeline:
    """Return an estimator on standardised numbers, one-hot categories and flags for missing values."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    labels = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing", missing_values=None),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20),
    )
    prepare = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (labels, make_column_selector(dtype_exclude="number"))
    )
    return make_pipeline(prepare, estimator)


def _area_average(train: Panel, test: Panel) -> pd.Series:
    place = train.groups.columns[2]
    weight, hit = train.weight, train.weight * train.outcome
    overall = hit.sum() / weight.sum()
    sums = pd.DataFrame({"hit": hit, "weight": weight}).groupby(train.groups[place].to_numpy()).sum()
    prior = PRIOR_ROWS * weight.mean()
    average = (sums["hit"] + prior * overall) / (sums["weight"] + prior)
    return test.groups[place].map(average).fillna(overall)

"""Each pathway has its own model where the cases carry one, and the pooled model where they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graduation.errors import DataError, NotEnoughData
from graduation.risk import RiskClassifier, TransitionRisk
from graduation.risk.transition import STATE_FEATURE


def two_state_data(n: int = 4_000) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """`a` matters for those who remain only, `b` for those who become only."""
    rng = np.random.default_rng(7)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    state = (rng.random(n) < 0.4).astype(int)
    log_odds = np.where(state == 1, 0.5 + 1.5 * X["a"], -1.5 + 1.5 * X["b"])
    return X, (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int), state


def test_each_pathway_learns_its_own_drivers() -> None:
    X, y, state = two_state_data()
    model = TransitionRisk(RiskClassifier(n_trees=60)).fit(X, y, state)
    assert model.pooled_ == ()
    for pathway, driver in (("remain", "a"), ("become", "b")):
        values, _ = model.models_[pathway].contributions(X)
        strength = dict(zip(X.columns, np.abs(values).mean(axis=0), strict=True))
        assert max(strength, key=lambda name: strength[name]) == driver


def test_a_sparse_pathway_uses_the_pooled_model_with_the_state_as_a_feature() -> None:
    X, y, state = two_state_data()
    rare = np.flatnonzero(state == 1)[15:]
    keep = np.setdiff1d(np.arange(len(y)), rare)
    model = TransitionRisk(RiskClassifier(n_trees=30)).fit(X.iloc[keep], y[keep], state[keep])
    assert model.pooled_ == ("remain",)
    assert STATE_FEATURE in model.models_["remain"].encoder_.columns_
    assert STATE_FEATURE not in model.models_["become"].encoder_.columns_
    assert np.isfinite(model.predict_risk(X, state)).all()


def test_each_household_is_scored_by_its_own_pathway() -> None:
    X, y, state = two_state_data()
    model = TransitionRisk(RiskClassifier(n_trees=30)).fit(X, y, state)
    risk = model.predict_risk(X, state)
    for pathway, code in (("remain", 1), ("become", 0)):
        own = model.models_[pathway].predict_proba(X[state == code])[:, 1]
        np.testing.assert_array_equal(risk[state == code], own)


def test_unknown_states_and_one_outcome_are_refused() -> None:
    X, y, state = two_state_data(400)
    with pytest.raises(NotEnoughData, match="same outcome"):
        TransitionRisk().fit(X, np.zeros(400), state)
    unknown = state.astype(float)
    unknown[:3] = np.nan
    with pytest.raises(DataError, match="unknown for 3 households"):
        TransitionRisk().fit(X, y, unknown)
    with pytest.raises(DataError, match="other values"):
        TransitionRisk().fit(X, y, state + 1)


def test_an_unknown_state_is_scored_without_the_columns_that_tell_it() -> None:
    X, y, state = two_state_data()
    told = X.assign(welfare=np.where(state == 1, 50.0, 200.0))
    model = TransitionRisk(RiskClassifier(n_trees=60), tells_state=["welfare"]).fit(told, y, state)
    unknown = np.full(len(y), np.nan)
    risk = model.predict_risk(told, unknown)
    np.testing.assert_array_equal(risk, model.predict_risk(told.assign(welfare=np.nan), unknown))
    assert "welfare" not in model.models_["unknown"].encoder_.columns_
    assert abs(risk.mean() - y.mean()) < 0.02

"""Each pathway has its own model where the cases carry one, and the pooled model where they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.risk import RiskClassifier, TransitionRisk
from graduation.risk.transition import STATE_FEATURE, Mixture


def two_state_data(n: int = 4_000) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """`a` matters for those who remain only, `b` for those who become only."""
    rng = np.random.default_rng(7)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    state = (rng.random(n) < 0.4).astype(int)
    log_odds = np.where(state == 1, 0.5 + 1.5 * X["a"], -1.5 + 1.5 * X["b"])
    return X, (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int), state


@pytest.fixture(scope="module")
def fitted() -> TransitionRisk:
    X, y, state = two_state_data()
    return TransitionRisk(RiskClassifier(fast=True)).fit(X, y, state)


def test_each_pathway_learns_its_own_drivers(fitted: TransitionRisk) -> None:
    X, _, _ = two_state_data()
    for pathway, driver in (("remain", "a"), ("become", "b")):
        assert fitted.mixtures_[pathway].weights[pathway] > 0.2
        values, _ = fitted.classifiers_[pathway].contributions(X)
        strength = pd.Series(np.abs(values).mean(axis=0), index=fitted.classifiers_[pathway].encoder_.columns_)
        assert strength[["a", "b"]].idxmax() == driver


def test_a_sparse_pathway_uses_the_pooled_model_with_the_state_as_a_feature() -> None:
    X, y, state = two_state_data()
    rare = np.flatnonzero(state == 1)[15:]
    keep = np.setdiff1d(np.arange(len(y)), rare)
    model = TransitionRisk(RiskClassifier(fast=True)).fit(X.iloc[keep], y[keep], state[keep])
    assert model.mixtures_["remain"] == Mixture(0.0, {"pooled": 1.0})
    assert STATE_FEATURE in model.classifiers_["pooled"].encoder_.columns_
    assert np.isfinite(model.predict_risk(X, state)).all()


def test_the_extreme_poor_are_at_the_higher_risk(fitted: TransitionRisk) -> None:
    X, _, state = two_state_data()
    assert fitted.predict_risk(X, state)[state == 1].mean() > fitted.predict_risk(X, state)[state == 0].mean()


def test_ranges_hold_the_risk_and_widen_with_the_level(fitted: TransitionRisk) -> None:
    X, _, state = two_state_data()
    risk = fitted.predict_risk(X, state)
    narrow, wide = (fitted.predict_interval(X, state, level=level) for level in (0.5, 0.95))
    for ends in (narrow, wide):
        assert ((ends[:, 0] <= risk) & (risk <= ends[:, 1])).all()
    assert (wide[:, 1] - wide[:, 0] >= narrow[:, 1] - narrow[:, 0]).all()
    with pytest.raises(UsageError, match="between 0 and 1"):
        fitted.predict_interval(X, state, level=90)


def test_the_chance_of_being_poor_now_is_learned_from_the_rest(fitted: TransitionRisk) -> None:
    rng = np.random.default_rng(3)
    X, y, state = two_state_data()
    told = X.assign(sign=state + rng.normal(scale=0.5, size=len(state)))
    model = TransitionRisk(RiskClassifier(fast=True)).fit(told, y, state)
    assert roc_auc_score(state, model.predict_state(told)) > 0.85
    assert roc_auc_score(state, fitted.predict_state(X)) < 0.6


def test_the_unknown_are_scored_as_the_mixture_of_both_pathways(fitted: TransitionRisk) -> None:
    X, _, _ = two_state_data()
    now = fitted.predict_state(X)
    remain, become = (fitted.predict_risk(X, np.full(len(X), code)) for code in (1.0, 0.0))
    direct = fitted.predict_risk(X, np.full(len(X), np.nan))
    assert np.abs(direct - (now * remain + (1 - now) * become)).mean() < 0.04


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
    model = TransitionRisk(RiskClassifier(fast=True), tells_state=["welfare"]).fit(told, y, state)
    unknown = np.full(len(y), np.nan)
    risk = model.predict_risk(told, unknown)
    np.testing.assert_array_equal(risk, model.predict_risk(told.assign(welfare=np.nan), unknown))
    assert "welfare" not in model.classifiers_["unknown"].encoder_.columns_
    assert abs(risk.mean() - y.mean()) < 0.02

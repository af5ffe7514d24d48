"""Interventional contributions against the definition: every subset of features, every background row."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import lightgbm as lgb
import numpy as np
import pytest

from graduation.errors import UsageError
from graduation.trees import Explainer, Forest, cost
from tests.trees.boosters import deep, fit, hard, table


def brute(booster: lgb.Booster, row: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Return Shapley values by their definition."""
    p = len(row)
    worth = {}
    for size in range(p + 1):
        for known in combinations(range(p), size):
            rows = background.copy()
            rows[:, list(known)] = row[list(known)]
            worth[known] = booster.predict(rows, raw_score=True).mean()
    found = np.zeros(p)
    for feature in range(p):
        for known in worth:
            if feature not in known:
                share = factorial(len(known)) * factorial(p - len(known) - 1) / factorial(p)
                found[feature] += share * (worth[tuple(sorted((*known, feature)))] - worth[known])
    return found


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("params", [{}, {"zero_as_missing": True}, {"max_cat_to_onehot": 1, "num_leaves": 50}])
def test_it_is_the_definition(params: dict[str, object], compiled: bool) -> None:
    booster = fit(table(), rounds=4, **params)
    X, background = hard(table(12, seed=1), booster), table(9, seed=2)
    engine = Explainer.of(Forest.from_text(booster.model_to_string()), background=background, compiled=compiled)
    amounts, base = engine.contributions(X)
    assert base == pytest.approx(booster.predict(background, raw_score=True).mean(), abs=1e-12)
    for row in (0, 3, 7, 9, 11):
        np.testing.assert_allclose(amounts[row], brute(booster, X[row], background), atol=1e-6)


def test_deep_leaves_add_up_and_agree_with_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    booster, X = deep()
    forest = Forest.from_text(booster.model_to_string())
    tabled = Explainer.of(forest, background=X[:40])
    monkeypatch.setattr(cost, "DEEPEST", (0,))
    monkeypatch.setattr(cost, "BITS", (8,))
    engine = Explainer.of(forest, background=X[:40])
    assert engine.layout.deep.any()
    assert not tabled.layout.deep.any()
    amounts, base = engine.contributions(X[40:80])
    np.testing.assert_allclose(tabled.contributions(X[40:80])[0], amounts, atol=1e-8)
    np.testing.assert_allclose(amounts.sum(axis=1) + base, booster.predict(X[40:80], raw_score=True), atol=1e-6)
    # A background of rows that come twice, in another order, is the same background.
    again = Explainer.of(forest, background=np.vstack([X[39::-1], X[:40]])).contributions(X[40:80])[0]
    np.testing.assert_allclose(again, amounts, atol=1e-8)


def test_an_empty_background_is_refused() -> None:
    forest = Forest.from_text(fit(table(), rounds=2).model_to_string())
    with pytest.raises(UsageError, match="without rows"):
        Explainer.of(forest, background=table(5)[:0])

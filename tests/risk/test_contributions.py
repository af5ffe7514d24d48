"""Contributions of the trees come from our engine where rows are many, and from LightGBM where they are few."""

from __future__ import annotations

import numpy as np
import pytest

from graduation.risk import boosting
from tests.trees.boosters import fit, table


@pytest.mark.parametrize("worth", [0, 10**12])
def test_both_ways_give_the_same(monkeypatch: pytest.MonkeyPatch, worth: int) -> None:
    monkeypatch.setattr(boosting, "WORTH_TABLES", worth)
    booster, X = fit(table()), table(50, seed=1)
    expected = booster.predict(X, pred_contrib=True)
    for rows in (50, 0):
        amounts, base = boosting.contributions(booster, X[:rows])
        np.testing.assert_allclose(amounts, expected[:rows, :-1], atol=1e-9)
        assert base == pytest.approx(expected[0, -1], abs=1e-9)


def test_tables_that_do_not_fit_are_told_and_lightgbm_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    from graduation import trees

    def refuse(*_: object) -> None:
        raise trees.TooLarge(2_000_000, 1_000_000)

    monkeypatch.setattr(boosting, "WORTH_TABLES", 0)
    monkeypatch.setattr(trees.Explainer, "of", refuse)
    boosting._engine.cache_clear()
    booster, X = fit(table(), rounds=3), table(10, seed=1)
    with pytest.warns(UserWarning, match="LightGBM explains"):
        amounts, _ = boosting.contributions(booster, X)
    np.testing.assert_array_equal(amounts, booster.predict(X, pred_contrib=True)[:, :-1])

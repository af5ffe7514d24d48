"""Ranges hold the risks that are known because the surveys are made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from graduation.errors import UsageError
from graduation.risk import RiskClassifier
from graduation.risk.intervals import MOST_WIDENING, interval, jackknife_error, widening


def survey(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef")).assign(place=rng.choice(list("uvwxyz"), n))
    risk = expit(-2 + 0.6 * X["a"] - 0.4 * X["b"] + 0.5 * (X["place"] == "u")).to_numpy()
    return X, (rng.random(n) < risk).astype(int), risk


def test_most_ranges_hold_the_true_risk() -> None:
    held = []
    for seed in range(4):
        X, y, _ = survey(1_000, seed)
        Z, _, truth = survey(1_000, 100 + seed)
        ends = RiskClassifier(seed=seed).fit(X, y).predict_interval(Z)
        held.append(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean())
    assert 0.8 < np.mean(held) < 0.99


def test_more_households_make_narrower_ranges() -> None:
    Z, *_ = survey(500, 9)
    widths = [
        np.diff(RiskClassifier(fast=True).fit(*survey(n, 1)[:2]).predict_interval(Z)).mean() for n in (400, 6_000)
    ]
    assert widths[1] < 0.6 * widths[0]


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=(50, 20))
    members = np.array([np.delete(values, fold, axis=1).mean(axis=1) for fold in range(20)])
    np.testing.assert_allclose(jackknife_error(members), values.std(axis=1, ddof=1) / np.sqrt(20))


def test_widening_makes_nine_in_ten_hold() -> None:
    rng = np.random.default_rng(0)
    members = rng.normal(scale=0.1, size=(5, 4_000))
    missed = rng.normal(scale=0.6, size=4_000)
    factor = widening(missed, members, np.ones(4_000))
    ends = logit(interval(np.zeros(4_000), factor * jackknife_error(members), 0.9, 5))
    assert ((ends[:, 0] <= missed) & (missed <= ends[:, 1])).mean() == pytest.approx(0.9, abs=0.002)
    assert widening(missed / 1000, members, np.ones(4_000)) == 1.0
    assert np.isnan(widening(missed, np.zeros((5, 4_000)), np.ones(4_000)))
    assert widening(100 * missed, members, np.ones(4_000)) == MOST_WIDENING


def test_saved_ranges_are_the_same() -> None:
    X, y, _ = survey(600, 3)
    model = RiskClassifier(fast=True).fit(X, y)
    again = RiskClassifier.from_parts(*model.to_parts())
    np.testing.assert_array_equal(model.predict_interval(X), again.predict_interval(X))


@pytest.mark.parametrize("level", [0, 1, 90])
def test_a_level_is_a_share(level: float) -> None:
    X, y, _ = survey(300, 3)
    with pytest.raises(UsageError, match=r"expected a number between 0 and 1, such as 0\.9"):
        RiskClassifier(fast=True).fit(X, y).predict_interval(X, level=level)

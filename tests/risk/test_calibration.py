"""Calibration mends what is bent, leaves alone what is straight, and never changes an order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from graduation.risk.calibration import Calibration, _fit, fit_calibration
from graduation.risk.losses import log_loss

N = 6_000
FOLD = np.arange(N) % 5
ONE = np.ones(N)


def drawn(truth: np.ndarray, seed: int = 2) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(truth)) < expit(truth)).astype(int)


@pytest.fixture(scope="module")
def margin() -> np.ndarray:
    return np.random.default_rng(1).normal(-1, 1.5, N)


def test_a_line_is_found_where_margins_are_too_extreme(margin: np.ndarray) -> None:
    y = drawn(0.4 + 0.6 * margin)
    found = fit_calibration(margin, y, ONE, FOLD)
    assert found.kind == "platt"
    assert found.parameters[0] == pytest.approx((0.4, 0.6), abs=0.12)
    assert log_loss(y, found.log_odds(margin), ONE) < log_loss(y, margin, ONE)


def test_a_bend_is_found_where_no_line_will_do(margin: np.ndarray) -> None:
    truth = np.where(margin > 0, 3.0 * margin, 0.2 * margin)
    found = fit_calibration(margin, drawn(truth), ONE, FOLD)
    assert found.kind in ("beta", "isotonic")
    line = _fit("platt", margin, drawn(truth), ONE)
    again = drawn(truth, seed=9)
    assert log_loss(again, found.log_odds(margin), ONE) < log_loss(again, line.log_odds(margin), ONE)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_calibrated_is_not_made_worse(margin: np.ndarray, seed: int) -> None:
    found, again = fit_calibration(margin, drawn(margin, seed), ONE, FOLD), drawn(margin, 100 + seed)
    assert log_loss(again, found.log_odds(margin), ONE) < 1.005 * log_loss(again, margin, ONE)


@pytest.mark.parametrize("kind", ["none", "platt", "beta", "isotonic"])
def test_no_calibration_changes_an_order(margin: np.ndarray, kind: str) -> None:
    y = drawn(0.4 + 0.6 * margin)
    found = _fit(kind, margin, y, ONE)  # type: ignore[arg-type]
    grid = np.linspace(margin.min() - 3, margin.max() + 3, 2_001)
    assert found.kind == kind
    assert (np.diff(found.log_odds(grid)) > 0).all()


def test_isotonic_is_the_share_in_each_step_away_from_certainty() -> None:
    margin = np.repeat([-1.0, 1.0], 50)
    y = np.r_[np.zeros(50), np.ones(50)]
    risk = expit(_fit("isotonic", margin, y, np.ones(100)).log_odds(margin))
    assert risk[0] == pytest.approx(0.5 / 51)
    assert risk[-1] == pytest.approx(50.5 / 51)


def test_none_is_the_identity() -> None:
    assert Calibration().log_odds(np.array([-2.0, 0.0, 3.0])).tolist() == [-2.0, 0.0, 3.0]

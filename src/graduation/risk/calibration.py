"""Make scores into probabilities, without ever making them worse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss


@dataclass(frozen=True)
class Calibration:
    """``risk = 1 / (1 + exp(-(intercept + slope * margin)))`` (Platt 1999); linear in log-odds, so that Shapley
    contributions to the margin stay exact contributions to the calibrated log-odds."""

    intercept: float = 0.0
    slope: float = 1.0

    def log_odds(self, margin: np.ndarray) -> np.ndarray:
        return self.intercept + self.slope * margin

    def risk(self, margin: np.ndarray) -> np.ndarray:
        return np.asarray(expit(self.log_odds(margin)))


def fit_calibration(margin: np.ndarray, y: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> Calibration:
    """Return Platt's calibration of out-of-fold margins, or none where it does not lower the held-out log loss.

    Parameters
    ----------
    margin, y, weight, fold : ndarray of shape (n,)
        Out-of-fold log-odds, outcomes 0/1, weights, and the fold in which each row was held out.
    """
    calibrated = np.empty_like(margin)
    for number in np.unique(fold):
        held_out = fold == number
        calibrated[held_out] = _platt(margin[~held_out], y[~held_out], weight[~held_out]).risk(margin[held_out])
    gain = log_loss(y, expit(margin), sample_weight=weight) - log_loss(y, calibrated, sample_weight=weight)
    return _platt(margin, y, weight) if gain > 0 else Calibration()


def _platt(margin: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Calibration:
    if len(np.unique(y[weight > 0])) < 2:
        return Calibration()
    # The faint penalty only keeps the slope finite when the margins part the outcomes perfectly.
    model = LogisticRegression(C=1e4).fit(margin[:, None], y, sample_weight=weight / weight.mean())
    slope = float(model.coef_[0, 0])
    return Calibration(float(model.intercept_[0]), slope) if slope > 0 else Calibration()

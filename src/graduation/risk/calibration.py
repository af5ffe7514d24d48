"""Make scores into probabilities, without ever making them worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from graduation.risk.losses import earns, log_loss, losses

Kind = Literal["none", "platt", "beta", "isotonic"]
# From the plainest to the most flexible; a later one must earn its place.
KINDS: tuple[Kind, ...] = ("platt", "beta", "isotonic")


@dataclass(frozen=True)
class Calibration:
    """A strictly increasing map of log-odds to log-odds: it moves risks and never changes their order.

    Attributes
    ----------
    kind : {"none", "platt", "beta", "isotonic"}
        Platt (1999): a line. Beta (Kull, Silva Filho & Flach 2017): a line of ln p and of -ln(1 - p). Centred isotonic
        (Oron & Flournoy 2017): straight lines between the centres of the steps, and slope 1 beyond them.
    parameters : tuple of tuple of float
        Platt: (intercept, slope). Beta: (intercept, a, b). Isotonic: log-odds before, and after.
    """

    kind: Kind = "none"
    parameters: tuple[tuple[float, ...], ...] = ()

    def log_odds(self, margin: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds of the same shape."""
        if self.kind == "none":
            return np.asarray(margin, dtype=float)
        if self.kind == "isotonic":
            before, after = map(np.asarray, self.parameters)
            beyond = margin - np.clip(margin, before[0], before[-1])
            return np.asarray(np.interp(margin, before, after) + beyond)
        ((start, *slopes),) = self.parameters
        found = np.full(np.shape(margin), start)
        # One by one: a product of matrices rounds a single row otherwise than the same among others.
        for slope, column in zip(slopes, _columns(margin, self.kind).T, strict=True):
            found = found + slope * column.reshape(found.shape)
        return found


def fit_calibration(margin: np.ndarray, y: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> Calibration:
    """Return the calibration that lowers the held-out log loss most, or none.

    One more flexible than the best so far is taken only where it lowers the loss by more than one standard error of the
    difference (Breiman et al. 1984), each map being fitted without the fold that it is judged on.

    Parameters
    ----------
    margin, y, weight, fold : ndarray of shape (n,)
        Held-out log-odds, outcomes 0/1, weights, and the fold in which each row was held out.
    """
    chosen: Kind = "none"
    best = losses(y, margin)
    for kind in KINDS:
        held_out = np.empty_like(margin)
        for number in np.unique(fold):
            rows = fold == number
            held_out[rows] = _fit(kind, margin[~rows], y[~rows], weight[~rows]).log_odds(margin[rows])
        if earns(best, losses(y, held_out), weight):
            chosen, best = kind, losses(y, held_out)
    found = _fit(chosen, margin, y, weight)
    # What lowers the held-out loss but not the loss on all rows was luck.
    return found if log_loss(y, found.log_odds(margin), weight) < log_loss(y, margin, weight) else Calibration()


def _fit(kind: Kind, margin: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Calibration:
    if kind == "none" or len(np.unique(y)) < 2:
        return Calibration()
    return _isotonic(margin, y, weight) if kind == "isotonic" else _line(kind, margin, y, weight)


def _columns(margin: np.ndarray, kind: Kind) -> np.ndarray:
    """Return what the map is linear in: the log-odds, or ln p and -ln(1 - p)."""
    return margin[..., None] if kind == "platt" else np.stack([-np.logaddexp(0, -margin), np.logaddexp(0, margin)], -1)


def _line(kind: Kind, margin: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Calibration:
    # The faint penalty only keeps slopes finite when the margins part the outcomes perfectly.
    model = LogisticRegression(C=1e4, max_iter=1000).fit(_columns(margin, kind), y, sample_weight=weight)
    slopes = tuple(map(float, model.coef_[0]))
    return Calibration(kind, ((float(model.intercept_[0]), *slopes),)) if min(slopes) > 0 else Calibration()


def _isotonic(margin: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Calibration:
    share = IsotonicRegression(out_of_bounds="clip").fit_transform(margin, y, sample_weight=weight)
    _, step = np.unique(share, return_inverse=True)
    mass, hits, at = (np.bincount(step, weight * part) for part in (1.0, y, margin))
    # One row's worth of the whole keeps steps of one outcome only away from certainty.
    overall = np.average(y, weights=weight)
    after, before = logit((hits + overall) / (mass + 1)), at / mass
    kept = np.concatenate([[True], np.maximum.accumulate(after)[:-1] < after[1:]])
    return Calibration("isotonic", (tuple(before[kept].tolist()), tuple(after[kept].tolist())))

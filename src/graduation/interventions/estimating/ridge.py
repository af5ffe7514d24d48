"""Ridge regression whose penalty predicts best what it has not seen, all penalties from one decomposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Where records go together, they are held out together, in so many parts.
PARTS = 5


@dataclass(frozen=True)
class Lines:
    """A straight-line prediction from features (n, p)."""

    coef: np.ndarray
    intercept: float

    def predict(self, Z: np.ndarray) -> np.ndarray:
        """Return what is predicted (n,)."""
        return np.asarray(Z @ self.coef + self.intercept)


def ridge(
    Z: np.ndarray, y: np.ndarray, weight: np.ndarray, penalties: np.ndarray, group: np.ndarray
) -> tuple[Lines, np.ndarray]:
    """Return the regression whose penalty has the least weighted squared error out of sample, and those errors (n,).

    Where each record is a group of its own they are left out one by one, as scikit-learn's `RidgeCV` does at several
    times the cost; else groups are held out whole: a record says nothing new of another of its household.

    References
    ----------
    Golub, Heath & Wahba (1979), Technometrics 21, on leaving one out without fitting again.
    """
    whole = _Fits.of(Z, y, weight, penalties)
    groups, number = np.unique(group, return_inverse=True)
    if len(groups) == len(y):
        squares = whole.left_one_out(Z, y, weight)
    else:
        squares = np.empty((len(y), len(penalties)))
        for part in range(PARTS):
            out = number % PARTS == part
            if out.any() and not out.all():
                fits = _Fits.of(Z[~out], y[~out], weight[~out], penalties)
                squares[out] = weight[out, None] * (y[out, None] - fits.predict(Z[out])) ** 2
            elif out.any():
                squares[out] = weight[out, None] * (y[out, None] - whole.predict(Z[out])) ** 2
    best = int(np.argmin(squares.mean(axis=0)))
    coef = whole.slopes[:, best]
    return Lines(coef, whole.level - float(whole.centre @ coef)), squares[:, best] / weight


@dataclass(frozen=True)
class _Fits:
    """Regressions at all penalties: slopes (p, penalties) about the means, and how far each bends (p, penalties)."""

    centre: np.ndarray
    level: float
    turn: np.ndarray
    shrink: np.ndarray
    slopes: np.ndarray

    @classmethod
    def of(cls, Z: np.ndarray, y: np.ndarray, weight: np.ndarray, penalties: np.ndarray) -> _Fits:
        share, root = weight / weight.sum(), np.sqrt(weight)
        centre, level = share @ Z, float(share @ y)
        own, rest = root[:, None] * (Z - centre), root * (y - level)
        size, turn = np.linalg.eigh(own.T @ own)
        shrink = 1 / (np.maximum(size, 0.0)[:, None] + penalties)
        return cls(centre, level, turn, shrink, turn @ (shrink * (turn.T @ (own.T @ rest))[:, None]))

    def predict(self, Z: np.ndarray) -> np.ndarray:
        """Return what is predicted (n, penalties)."""
        return np.asarray((Z - self.centre) @ self.slopes + self.level)

    def left_one_out(self, Z: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the weighted squared errors (n, penalties) of the records fitted on, each by all the others."""
        own = np.sqrt(weight)[:, None] * ((Z - self.centre) @ self.turn)
        leverage = (weight / weight.sum())[:, None] + own**2 @ self.shrink
        return np.asarray(weight[:, None] * ((y[:, None] - self.predict(Z)) / (1 - leverage)) ** 2)

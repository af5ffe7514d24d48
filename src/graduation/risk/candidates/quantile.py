"""Linear quantile regression with weights, quick on tens of thousands of households."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from sklearn.base import BaseEstimator, RegressorMixin

Floats = npt.NDArray[np.float64]
# A full step would leave the inside of the box; this share of it does not.
INSIDE = 0.9995
# One-hot columns add up to the constant: this much of the diagonal keeps the normal equations solvable.
FAINT = 1e-10


class LinearQuantile(RegressorMixin, BaseEstimator):
    """Predict a quantile of `y` as a linear function, by the interior-point method of Portnoy & Koenker (1997).

    It minimises the same weighted loss as scikit-learn's `QuantileRegressor(alpha=0)`, whose linear programme takes
    some fifty times as long on 8,000 rows of 112 columns (`benchmarks/candidates.py`), and is not done within a minute
    on 30,000. Where the solution is unique, predictions agree to the tolerance.

    Parameters
    ----------
    quantile : float
        Between 0 and 1.
    tolerance : float
        Stop when the loss is this close to its lower bound, as a share of the loss.
    max_iterations : int

    References
    ----------
    Koenker & Bassett (1978), Regression quantiles. Portnoy & Koenker (1997), The Gaussian hare and the Laplacian
    tortoise, Statistical Science 12(4); predictor and corrector steps of Mehrotra (1992).

    Examples
    --------
    >>> import numpy as np
    >>> model = LinearQuantile(quantile=0.5).fit(np.array([[0.0], [1], [2], [3], [4]]), [1, 3, 5, 7, 100])
    >>> model.predict(np.array([[5.0]])).round(3).tolist()
    [11.0]
    """

    def __init__(self, quantile: float = 0.5, *, tolerance: float = 1e-6, max_iterations: int = 50) -> None:
        self.quantile = quantile
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit on numbers (n, p), values (n,) and weights (n,); rows without weight are left out."""
        values = np.asarray(y, dtype=np.float64)
        weight = np.ones(len(values)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        rows = np.flatnonzero(weight > 0)
        scale = weight[rows] / weight[rows].mean()
        dense = X.toarray() if hasattr(X, "toarray") else np.asarray(X, dtype=np.float64)
        design = np.column_stack([np.ones(len(rows)), dense[rows]]) * scale[:, None]
        inside = _Interior(design, values[rows] * scale, self.quantile)
        for _ in range(self.max_iterations):
            if inside.gap <= self.tolerance * inside.loss:
                break
            inside.step()
        self.intercept_, self.coef_ = float(inside.b[0]), inside.b[1:]
        return self

    def predict(self, X: Any) -> Floats:
        return np.asarray(X @ self.coef_ + self.intercept_)


class _Interior:
    """The iterate: coefficients `b`, the dual `a` inside (0, 1), and both parts of the residuals, `up` and `down`."""

    def __init__(self, X: Floats, y: Floats, quantile: float) -> None:
        self.X, self.y = X, y
        self.a = np.full(len(y), 1 - quantile)
        self.b = cho_solve(self._normal(np.ones(len(y))), X.T @ y)
        rest = y - X @ self.b
        small = 1e-3 * (np.abs(rest).mean() + 1e-9)
        self.up, self.down = np.maximum(rest, 0) + small, np.maximum(-rest, 0) + small
        self.quantile = quantile

    @property
    def gap(self) -> float:
        return float(self.a @ self.down + (1 - self.a) @ self.up)

    @property
    def loss(self) -> float:
        return float(self.quantile * self.up.sum() + (1 - self.quantile) * self.down.sum())

    def step(self) -> None:
        q = 1 / (self.up / (1 - self.a) + self.down / self.a)
        factor = self._normal(q)
        straight = self._direction(q, factor, -self.a * self.down, -(1 - self.a) * self.up)
        in_a, in_rest = self._lengths(straight)
        if min(in_a, in_rest) < 1:
            straight = self._corrected(q, factor, straight, self._target(straight, in_a, in_rest))
            in_a, in_rest = self._lengths(straight)
        da, db, d_up, d_down = straight
        self.a = self.a + in_a * da
        self.b, self.up, self.down = self.b + in_rest * db, self.up + in_rest * d_up, self.down + in_rest * d_down

    def _normal(self, q: Floats) -> Any:
        normal = (self.X * q[:, None]).T @ self.X
        normal[np.diag_indices_from(normal)] += FAINT * np.trace(normal) / len(normal)
        return cho_factor(normal)

    def _direction(self, q: Floats, factor: Any, of_down: Floats, of_up: Floats) -> tuple[Floats, ...]:
        """Solve the linearised conditions for what the products of residual parts and dual should change by."""
        a, s = self.a, 1 - self.a
        off = self.y - self.X @ self.b - self.up + self.down
        h = off - of_up / s + of_down / a
        lacking = self.X.T @ (1 - self.quantile - a)
        db = cho_solve(factor, self.X.T @ (q * h) - lacking)
        da = q * (h - self.X @ db)
        return da, db, of_up / s + self.up / s * da, of_down / a - self.down / a * da

    def _target(self, straight: tuple[Floats, ...], in_a: float, in_rest: float) -> float:
        """Return the mean product to aim at: the less the straight step gains, the closer to the middle."""
        da, _, d_up, d_down = straight
        a, up, down = self.a + in_a * da, self.up + in_rest * d_up, self.down + in_rest * d_down
        return self.gap * float((a @ down + (1 - a) @ up) / self.gap) ** 3 / (2 * len(a))

    def _corrected(self, q: Floats, factor: Any, straight: tuple[Floats, ...], target: float) -> tuple[Floats, ...]:
        da, _, d_up, d_down = straight
        of_down = target - self.a * self.down - da * d_down
        of_up = target - (1 - self.a) * self.up + da * d_up
        return self._direction(q, factor, of_down, of_up)

    def _lengths(self, direction: tuple[Floats, ...]) -> tuple[float, float]:
        da, _, d_up, d_down = direction
        in_a = min(_reach(self.a, da), _reach(1 - self.a, -da))
        return in_a, min(_reach(self.up, d_up), _reach(self.down, d_down))


def _reach(values: Floats, change: Floats) -> float:
    """Return the longest step, at most 1, that keeps all values above zero."""
    falls = change < 0
    return min(1.0, INSIDE * float((values[falls] / -change[falls]).min())) if falls.any() else 1.0

"""How much each part of a risk counts."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

# How firmly weights are held to their prior: with few cases they stay near it.
STRENGTH_OF_PRIOR = 30.0


def blend(
    margins: np.ndarray, y: np.ndarray, weight: np.ndarray, prior: tuple[float, ...] = ()
) -> tuple[float, np.ndarray]:
    """Return intercept and weights (k,) of ``intercept + weights @ margins``, by held-out margins (k, n).

    Stacking (Wolpert 1992) by a logistic regression whose weights may not be negative (Breiman 1996) and are drawn to
    a prior, by default equal shares that sum to 1. As these weights multiply held-out log-odds, they calibrate as well
    (Platt 1999).
    """
    k, total = len(margins), weight.sum()
    expected = np.array(prior or [1 / k] * k)

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        margin = theta[0] + theta[1:] @ margins
        away = theta[1:] - expected
        loss = weight @ (np.logaddexp(0, margin) - y * margin) + STRENGTH_OF_PRIOR * away @ away
        residual = weight * (expit(margin) - y)
        slope = np.concatenate([[residual.sum()], margins @ residual + 2 * STRENGTH_OF_PRIOR * away])
        return float(loss / total), slope / total

    bounds = [(None, None), *[(0, None)] * k]
    found = minimize(objective, np.concatenate([[0.0], expected]), jac=True, bounds=bounds, method="L-BFGS-B",
                     options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500})  # fmt: skip
    return float(found.x[0]), np.asarray(found.x[1:])

"""How much each part of a risk counts."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

# Rows' worth of belief that all parts count alike: with few cases the weights stay near equal shares.
STRENGTH_OF_EQUAL_SHARES = 30.0


def blend(margins: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
    """Return intercept and weights (k,) of ``intercept + weights @ margins``, by held-out margins (k, n).

    Stacking (Wolpert 1992) by a logistic regression whose weights may not be negative (Breiman 1996) and are drawn to
    equal shares that sum to 1. As these weights multiply held-out log-odds, they calibrate as well (Platt 1999).
    """
    k, total = len(margins), weight.sum()
    equal = np.full(k, 1 / k)

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        margin = theta[0] + theta[1:] @ margins
        away = theta[1:] - equal
        loss = weight @ (np.logaddexp(0, margin) - y * margin) + STRENGTH_OF_EQUAL_SHARES * away @ away
        residual = weight * (expit(margin) - y)
        slope = np.concatenate([[residual.sum()], margins @ residual + 2 * STRENGTH_OF_EQUAL_SHARES * away])
        return float(loss / total), slope / total

    bounds = [(None, None), *[(0, None)] * k]
    found = minimize(objective, np.concatenate([[0.0], equal]), jac=True, bounds=bounds, method="L-BFGS-B",
                     options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500})  # fmt: skip
    return float(found.x[0]), np.asarray(found.x[1:])

"""How far a household's risk could be off."""

from __future__ import annotations

import numpy as np
from scipy.special import expit
from scipy.stats import t

from graduation.errors import UsageError

# The level at which intervals are made to hold; at others they are as wide in proportion.
LEVEL = 0.9
# A trial that asks for more says that members hardly differ, not that intervals must be endless.
MOST_WIDENING = 5.0


def jackknife_error(members: np.ndarray) -> np.ndarray:
    """Return the standard error (n,) of the mean of members (n_members, n) that each leave out one fold of groups.

    The delete-a-group jackknife (Kott 2001): variance ``(K - 1) / K * sum((member - mean) ** 2)``.
    """
    k = len(members)
    return np.asarray(np.sqrt((k - 1) / k * np.sum((members - members.mean(axis=0)) ** 2, axis=0)))


def widening(missed: np.ndarray, members: np.ndarray, weight: np.ndarray) -> float:
    """Return the factor by which jackknife intervals would have held the truth in 90 % of the rows, 1 at the least.

    A jackknife sees how the sample moves a model, not how far its penalties pull all risks together. Drawing outcomes
    from a fitted model and fitting again shows both (calibration of intervals by the parametric bootstrap: Loh 1987).

    Parameters
    ----------
    missed : ndarray of shape (n,)
        Log-odds of the second fit minus those the outcomes were drawn from.
    members : ndarray of shape (n_members, n)
        Of the second fit.
    weight : ndarray of shape (n,)

    Returns
    -------
    float
        At most 5, NaN where the members do not differ at all.
    """
    error = jackknife_error(members)
    moved = error > 0
    if not moved.any():
        return float("nan")
    ratio = np.abs(missed[moved]) / error[moved]
    needed = float(np.quantile(ratio, LEVEL, weights=weight[moved], method="inverted_cdf"))
    return float(np.clip(needed / quantile(LEVEL, len(members)), 1.0, MOST_WIDENING))


def quantile(level: float, n_members: int) -> float:
    """Return Student's quantile for a two-sided interval of this level."""
    if not 0 < level < 1:
        raise UsageError(f"level is {level}; expected a number between 0 and 1, such as 0.9")
    return float(t.ppf((1 + level) / 2, n_members - 1))


def interval(log_odds: np.ndarray, error: np.ndarray, level: float, n_members: int) -> np.ndarray:
    """Return the lower and upper end (n, 2) of each risk; NaN where the error is not known."""
    half = quantile(level, max(n_members, 2)) * error
    return np.column_stack([expit(log_odds - half), expit(log_odds + half)])

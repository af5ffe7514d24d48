"""The one loss by which everything is chosen."""

from __future__ import annotations

import numpy as np


def log_loss(y: np.ndarray, margin: np.ndarray, weight: np.ndarray) -> float:
    """Return the weighted mean log loss of log-odds."""
    return float(np.average(losses(y, margin), weights=weight))


def losses(y: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Return the log loss of each row."""
    return np.asarray(np.logaddexp(0, margin) - y * margin)


def earns(before: np.ndarray, after: np.ndarray, weight: np.ndarray) -> bool:
    """Whether the losses of rows fall by more than one standard error of their mean difference.

    The one-standard-error rule (Breiman et al. 1984): what is more flexible must earn its place.
    """
    gain = before - after
    mean = np.average(gain, weights=weight)
    return bool(mean > np.sqrt(np.sum((weight * (gain - mean)) ** 2)) / weight.sum())

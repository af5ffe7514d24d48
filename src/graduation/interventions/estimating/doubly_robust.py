"""Doubly robust scores: what each record says of the outcome under each arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from graduation.interventions.estimating.nuisance import encoded, outcomes, plain, propensities, telling
from graduation.interventions.estimating.records import Records, folds, seeds

# Splits whose nuisances are averaged, where there are fewer records than MANY.
SPLITS, MANY = 3, 10_000


@dataclass(frozen=True)
class DoublyRobust:
    """Cross-fitted nuisances of n records and their scores, records in their own order (`Records.order`).

    `expected` and `chance` (n, arms) are the outcome and the probability of each arm given the features, `value`
    (n, arms) the augmented inverse-probability-weighted score of the outcome under each arm, whose mean is the mean
    outcome had everyone got the arm. `usable` (n, arms) is where the arm was likely enough to say so.
    """

    records: Records
    expected: np.ndarray
    chance: np.ndarray
    usable: np.ndarray
    value: np.ndarray


def doubly_robust(records: Records, *, n_folds: int, seed: int, trim: float) -> DoublyRobust:
    """Return the scores of records; known probabilities are used as they are, and trimmed only at 0.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), JASA 89; Chernozhukov et al. (2018), Econometrics Journal 21.
    """
    expected, chance = nuisances(records, n_folds, seed)
    indicator = np.eye(len(records.arms))[records.arm]
    usable = chance > 0 if records.propensity is not None else chance >= trim
    residual = (records.outcome[:, None] - expected) * indicator
    value = expected + np.divide(residual, chance, out=np.zeros_like(residual), where=usable)
    return DoublyRobust(records, expected, chance, usable, value)


def nuisances(records: Records, n_folds: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return out of fold the expected outcome and the probability of each arm, both (n, arms).

    Means over several splits: with a thousand records of uneven outcomes, one split moved an average by as much as its
    standard error. With many records there is little to gain, and one is made.
    """
    # What is known of the outcome stays within the folds; the scale of the features may come from all of them.
    columns = encoded(plain(records.X))
    n_splits = SPLITS if len(records.outcome) < MANY else 1
    splits = [_nuisances(records, columns, n_folds, drawn) for drawn in seeds(seed, n_splits)]
    expected, chance = (np.mean(parts, axis=0) for parts in zip(*splits, strict=True))
    return expected, chance


def _nuisances(records: Records, columns: np.ndarray, n_folds: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the same by one split."""
    n_arms = len(records.arms)
    expected = np.empty((len(records.outcome), n_arms))
    chance = expected.copy() if records.propensity is None else records.propensity
    for train, test in folds(records, n_folds, seed):
        arm, y, weight = records.arm[train], records.outcome[train], records.weight[train]
        group = records.cluster[train]
        kept = telling(columns[train], arm, y, weight, group)
        Z, held_out = columns[np.ix_(train, kept)], columns[np.ix_(test, kept)]
        expected[test] = outcomes(Z, arm, y, weight, group, n_arms, held_out)
        if records.propensity is None:
            chance[test] = propensities(Z, arm, weight, group, n_arms, held_out)
    return expected, chance


def weighted_mean(values: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> tuple[float, float, int]:
    """Return a weighted mean, its cluster-robust standard error and its degrees of freedom."""
    share = weight / weight.sum()
    mean = float(share @ values)
    _, group = np.unique(cluster, return_inverse=True)
    parts = np.bincount(group, weights=share * (values - mean))
    n = len(parts)
    if n < 2:
        return mean, float("nan"), 0
    return mean, float(np.sqrt(n / (n - 1) * (parts**2).sum())), n - 1


def reach(error: float, freedom: int, tail: float = 0.975) -> float:
    """Return half the width of the interval of an estimate, by Student's t."""
    return float(stdtrit(freedom, tail)) * error

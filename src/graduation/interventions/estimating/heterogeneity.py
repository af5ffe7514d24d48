"""Do effects differ between households, as far as the records can tell?

Effects per household are predicted out of fold, and the records say how far the predictions hold: the slope of the
best linear predictor of the effect by them (1: as predicted, 0: nothing in them). Predictions and the constant effect
are stacked with that slope, shrunk by its noise, where it is told apart from 0; otherwise every household has the
average.

Nothing is chosen among the predictors: a choice made on the same folds would find in the noise what it looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, t
from sklearn.pipeline import Pipeline

from graduation.interventions.estimating.doubly_robust import DoublyRobust, weighted_mean
from graduation.interventions.estimating.learners import Predictor, learn, predict
from graduation.interventions.estimating.nuisance import encoder
from graduation.interventions.estimating.records import folds

# One-sided, over all arms together.
LEVEL, GROUPS = 0.05, 4
# Whether two folds agree is asked twice, once with each as the judge, so a slope varies twice as much as it seems to.
TWICE = 2.0**0.5


@dataclass(frozen=True)
class Personal:
    """How the effect of one arm differs: what `models` predict on encoded features, less its mean, times a slope.

    `lowest` and `highest` are the ends of the predictions for the records: beyond them nothing was learned, and a slip
    in one cell must not make a household gain more than anyone ever did. `unshrunk` is the variance of the predictions
    before shrinkage. It holds real differences and noise, and stands for what is not known of a household beyond the
    average.
    """

    encode: Pipeline
    models: Sequence[Predictor]
    centre: float
    lowest: float
    highest: float
    slope: float
    unshrunk: float

    def shift(self, features: pd.DataFrame) -> np.ndarray:
        """Return how far the effect of each household (n,) is from the average."""
        if not self.slope:
            return np.zeros(len(features))
        predicted = predict(self.models, self.encode.transform(features))
        return np.asarray(self.slope * (np.clip(predicted, self.lowest, self.highest) - self.centre))


@dataclass(frozen=True)
class Verdict:
    """What was found of one arm: its rows of `EffectModel.heterogeneity_` and of `EffectModel.sorted_groups_`."""

    personal: Personal
    row: dict[str, float]
    groups: pd.DataFrame


@dataclass(frozen=True)
class _Contrasts:
    """Scores (n, arms - 1) of every arm less those of the control, and the weights of the records that count."""

    value: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, scores: DoublyRobust) -> _Contrasts:
        usable = scores.usable[:, 1:] & scores.usable[:, :1]
        value = np.where(usable, scores.value[:, 1:] - scores.value[:, :1], 0.0)
        return cls(value, scores.records.weight[:, None] * usable)


def examine(scores: DoublyRobust, features: pd.DataFrame, *, n_folds: int, seed: int) -> list[Verdict]:
    """Return for each arm but the control whether and how its effect differs between households.

    References
    ----------
    Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), NBER 24678, on the best linear predictor and sorted groups;
    Kennedy (2023), EJS 17, on regressing doubly robust scores.
    """
    contrasts, parts = _Contrasts.of(scores), list(folds(scores.records, n_folds, seed))
    arms = range(contrasts.value.shape[1])
    predicted = np.empty(contrasts.value.shape)
    for train, test in parts:
        encode = encoder(features).fit(features.iloc[train])
        Z, held_out = encode.transform(features.iloc[train]), encode.transform(features.iloc[test])
        for arm in arms:
            models = learn(Z, contrasts.value[train, arm], contrasts.weight[train, arm], seed)
            predicted[test, arm] = _less_mean(predict(models, held_out), contrasts.weight[test, arm])
    encode = encoder(features).fit(features)
    Z = encode.transform(features)
    verdicts = []
    for arm in arms:
        value, weight = contrasts.value[:, arm], contrasts.weight[:, arm]
        used = weight > 0
        found = predicted[used, arm], value[used], weight[used], scores.records.cluster[used]
        models = learn(Z, value, weight, seed)
        verdicts.append(_verdict(found, encode, models, predict(models, Z), weight, LEVEL / len(arms)))
    return verdicts


Found = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _verdict(
    found: Found, encode: Pipeline, models: Sequence[Predictor], whole: np.ndarray, weight: np.ndarray, level: float
) -> Verdict:
    """Judge predictions out of fold, the scores, weights and clusters of the records; `whole` predicts from all."""
    slope, error, p_value = _slope(*found)
    used = _shrunk(slope, error) if p_value < level else 0.0
    centre = float(np.average(whole, weights=weight))
    unshrunk = float(np.average((whole - centre) ** 2, weights=weight))
    row = {
        "slope": slope,
        "standard_error": error,
        "p_value": p_value,
        "used_slope": used,
        "spread": used * unshrunk**0.5,
    }
    lowest, highest = float(whole[weight > 0].min()), float(whole[weight > 0].max())
    personal = Personal(encode, models, centre, lowest, highest, used, unshrunk)
    return Verdict(personal, row, _sorted_groups(*found))


def _shrunk(slope: float, error: float) -> float:
    """Return a slope shrunk by its own noise, as the positive-part James-Stein estimator does; at most 1."""
    return min(slope * max(1 - (error / slope) ** 2, 0.0), 1.0)


def _less_mean(predicted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return predicted - (np.average(predicted, weights=weight) if weight.sum() else 0.0)


def _slope(x: np.ndarray, y: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> tuple[float, float, float]:
    """Return a regression's slope, its cluster-robust standard error and the one-sided p-value of a slope above 0."""
    own = x - np.average(x, weights=weight)
    rest = y - np.average(y, weights=weight)
    total = float(weight @ own**2)
    n = len(np.unique(cluster))
    if total <= 0:
        return 0.0, 0.0, 1.0
    slope = float(weight @ (own * rest)) / total
    _, group = np.unique(cluster, return_inverse=True)
    parts = np.bincount(group, weights=weight * own * (rest - slope * own))
    error = TWICE * float(np.sqrt(n / (n - 1) * (parts**2).sum())) / total
    return slope, error, float(t.sf(slope / error, max(n - 2, 1)))


def _sorted_groups(
    predicted: np.ndarray, contrast: np.ndarray, weight: np.ndarray, cluster: np.ndarray
) -> pd.DataFrame:
    """Return the average effect of records sorted by their predicted effect into groups of equal weight."""
    order = np.argsort(predicted, kind="stable")
    share = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    rows = []
    for number in range(GROUPS):
        mine = order[(share * GROUPS).astype(int) == number]
        if not len(mine):
            continue
        effect, error, _ = weighted_mean(contrast[mine], weight[mine], cluster[mine])
        half = float(norm.ppf(0.975)) * error
        rows.append(
            {
                "group": number + 1,
                "predicted": float(np.average(predicted[mine], weights=weight[mine])),
                "effect": effect,
                "standard_error": error,
                "low": effect - half,
                "high": effect + half,
                "records": len(mine),
            }
        )
    return pd.DataFrame(rows)

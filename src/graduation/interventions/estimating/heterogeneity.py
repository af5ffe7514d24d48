"""Do effects differ between households, as far as the records can tell?

Effects per household are predicted out of fold, in several splits whose predictions are averaged, so that what is found
hardly depends on how the records were split. They say how far the predictions hold: the slope of the best linear
predictor of the effect by them (1: as predicted, 0: nothing in them). Predictions and the constant effect are stacked
with that slope, shrunk by its noise, where it is told apart from 0; otherwise every household has the average.

Each record is predicted by models that have never seen it. But two records predict each other: where there is nothing
to find, each pair counts twice in the slope, and once in its usual standard error. The variance is therefore doubled.
Averaged over splits the slope is a sum over pairs of records, whose tails are shorter than the normal's when divided by
that error, so that the test keeps its level.

Nothing is chosen among the predictors: a choice made on the same folds would find in the noise what it looks for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t

from graduation.interventions.estimating.doubly_robust import MANY, DoublyRobust, reach, weighted_mean
from graduation.interventions.estimating.learners import Learned, Lessons
from graduation.interventions.estimating.records import folds, seeds

# One-sided, over all arms together.
LEVEL, GROUPS = 0.05, 4
# How many times all records are predicted out of fold; with many, luck of the split is smaller and each takes longer.
SPLITS, SPLITS_OF_MANY = 5, 3
# Of the standard error, for pairs of records that predict each other.
TWICE = 2.0**0.5


@dataclass(frozen=True)
class Verdict:
    """What was found of one arm.

    Its effect differs between households by what is predicted less `centre`, times `slope`. `lowest` and `highest` are
    the ends of the predictions for the records: beyond them nothing was learned, and a slip in one cell must not make a
    household gain more than anyone ever did. `unshrunk` is the variance of the predictions before shrinkage. It holds
    real differences and noise, and stands for what is not known of a household beyond the average. `row` and `groups`
    are the arm's part of `EffectModel.heterogeneity_` and of `EffectModel.sorted_groups_`.
    """

    slope: float
    centre: float
    lowest: float
    highest: float
    unshrunk: float
    row: dict[str, float]
    groups: pd.DataFrame

    def shift(self, predicted: np.ndarray) -> np.ndarray:
        """Return how far effects are from the average, of what was predicted (n,)."""
        return np.asarray(self.slope * (np.clip(predicted, self.lowest, self.highest) - self.centre))


@dataclass(frozen=True)
class Examined:
    """What was learned from all records, and the verdict on each arm."""

    lessons: Lessons
    learned: Learned
    verdicts: list[Verdict]

    def shifts(self, features: pd.DataFrame) -> np.ndarray:
        """Return how far the effect of each arm on each household is from the average (n, arms)."""
        predicted = self.learned.predict(*self.lessons.encoded(features))
        return np.column_stack([verdict.shift(own) for verdict, own in zip(self.verdicts, predicted.T, strict=True)])


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


def examine(scores: DoublyRobust, features: pd.DataFrame, *, n_folds: int, seed: int) -> Examined:
    """Return for each arm but the control whether and how its effect differs between households.

    References
    ----------
    Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), NBER 24678, on the best linear predictor and sorted groups;
    Kennedy (2023), EJS 17, on regressing doubly robust scores; de Jong (1987), Probability Theory and Related Fields
    75, on the variance of sums over pairs.
    """
    contrasts, lessons = _Contrasts.of(scores), Lessons(features)
    n_splits = SPLITS if len(contrasts.value) < MANY else SPLITS_OF_MANY
    rounds = [_out_of_fold(lessons, contrasts, scores, n_folds, drawn) for drawn in seeds(seed, n_splits)]
    found = np.mean(rounds, axis=0)
    group, everyone = scores.records.cluster, np.arange(len(found))
    learned = lessons.learn(everyone, contrasts.value, contrasts.weight, group, seed)
    whole = learned.predict(lessons.plain, lessons.bent)
    verdicts = [
        _verdict(found[:, arm], whole[:, arm], contrasts.value[:, arm], contrasts.weight[:, arm], group, len(found.T))
        for arm in range(found.shape[1])
    ]
    return Examined(lessons, learned, verdicts)


def _out_of_fold(lessons: Lessons, contrasts: _Contrasts, scores: DoublyRobust, n_folds: int, seed: int) -> np.ndarray:
    """Return what is predicted of the effects (n, arms) by the other folds of one split, less its mean in the fold."""
    predicted = np.empty(contrasts.value.shape)
    for train, test in folds(scores.records, n_folds, seed):
        learned = lessons.learn(train, contrasts.value, contrasts.weight, scores.records.cluster, seed)
        held_out = learned.predict(lessons.plain[test], lessons.bent[test])
        for arm, own in enumerate(held_out.T):
            predicted[test, arm] = _less_mean(own, contrasts.weight[test, arm])
    return predicted


def _verdict(
    found: np.ndarray, whole: np.ndarray, value: np.ndarray, weight: np.ndarray, cluster: np.ndarray, n_arms: int
) -> Verdict:
    """Judge predictions out of fold by the scores; `whole` predicts from all records."""
    used = weight > 0
    judged = found[used], value[used], weight[used], cluster[used]
    slope, error, p_value = _slope(*judged)
    kept = _shrunk(slope, error) if p_value < LEVEL / n_arms else 0.0
    centre = float(np.average(whole, weights=weight))
    unshrunk = float(np.average((whole - centre) ** 2, weights=weight))
    row = {
        "slope": slope,
        "standard_error": error,
        "p_value": p_value,
        "used_slope": kept,
        "spread": kept * unshrunk**0.5,
    }
    lowest, highest = float(whole[used].min()), float(whole[used].max())
    return Verdict(kept, centre, lowest, highest, unshrunk, row, _sorted_groups(*judged))


def _shrunk(slope: float, error: float) -> float:
    """Return a slope shrunk by its own noise, as the positive-part James-Stein estimator does.

    Above 1, effects differ more than was predicted: that is used as far as it is one standard error above.
    """
    return min(slope * max(1 - (error / slope) ** 2, 0.0), max(slope - error, 1.0))


def _less_mean(predicted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return predicted - (np.average(predicted, weights=weight) if weight.sum() else 0.0)


def _slope(x: np.ndarray, y: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> tuple[float, float, float]:
    """Return a regression's slope, its cluster-robust standard error and the one-sided p-value of a slope above 0."""
    own = x - np.average(x, weights=weight)
    rest = y - np.average(y, weights=weight)
    total = float(weight @ own**2)
    n = len(np.unique(cluster))
    # Predictions that are all the same differ by rounding.
    if total <= 1e-12 * float(weight @ rest**2):
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
        effect, error, freedom = weighted_mean(contrast[mine], weight[mine], cluster[mine])
        half = reach(error, freedom)
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

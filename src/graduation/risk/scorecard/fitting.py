"""Choose questions one by one, weigh their answers, and round the weights to whole points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import chi2

from graduation.risk.scorecard.items import Floats, Item, direction_of, without_cut
from graduation.schema import Dictionary

RIDGE, STEPS, MOST_POINTS = 1.0, 30, 100
# The first question must tell more than the best of as many noisy ones would in 99 of 100 samples.
BY_CHANCE = 0.01


@dataclass(frozen=True)
class Sample:
    """The rows a scorecard learns from, in an order of their own; `weight` adds up to the effective number of rows."""

    X: pd.DataFrame
    outcome: Floats
    weight: Floats
    dictionary: Dictionary

    def dummies(self, item: Item) -> Floats:
        """Return a column for each answer but the most frequent one, which weighs nothing."""
        codes = item.codes(self.X[item.feature])
        return np.asarray(codes[:, None] == self._others(item, codes), dtype=np.float64)

    def _others(self, item: Item, codes: np.ndarray) -> np.ndarray:
        often = np.bincount(codes, self.weight, len(item.answers)).argmax()
        return np.delete(np.arange(len(item.answers)), often)

    def weights_of(self, item: Item, coefficients: Floats) -> Floats:
        """Return the weight of every answer of an item."""
        full = np.zeros(len(item.answers))
        full[self._others(item, item.codes(self.X[item.feature]))] = coefficients
        return full


@dataclass(frozen=True)
class Fit:
    """A logistic regression: coefficients, first the constant, and the chance of each row."""

    coefficients: Floats
    chance: Floats


def ridge_logit(Z: Floats, outcome: Floats, weight: Floats, start: Floats | None = None) -> Fit:
    """Fit a logistic regression with a ridge on all but the constant, by Newton's method."""
    design = np.column_stack([np.ones(len(Z)), Z])
    penalty = np.full(design.shape[1], RIDGE)
    penalty[0] = 1e-9
    b = np.zeros(design.shape[1])
    if start is not None:
        b[: len(start)] = start
    for _ in range(STEPS):
        chance = expit(design @ b)
        curve = np.maximum(chance * (1 - chance), 1e-10) * weight
        slope = design.T @ (weight * (outcome - chance)) - penalty * b
        step = np.linalg.solve((design * curve[:, None]).T @ design + np.diag(penalty), slope)
        b = b + np.clip(step, -4, 4)
        if np.abs(step).max() < 1e-8:
            break
    return Fit(b, expit(design @ b))


def choose(sample: Sample, candidates: list[Item], most: int) -> list[Item]:
    """Return up to `most` items, each the one that adds most to those before it, as long as it adds more than chance.

    What an item would add is Rao's score statistic, which needs no new fit, less half of Schwarz's penalty for each of
    its answers. The first must also stand out among all candidates (Bonferroni), so that pure noise gives no question.
    An item whose answers would go against the direction of its column has them merged, and is left out when one answer
    is left or when it turns another item around.
    """
    if not candidates:
        return []
    parts = [sample.dummies(item) for item in candidates]
    answers = np.array([part.shape[1] for part in parts])
    ends, columns = np.cumsum(answers), np.column_stack(parts)
    blocks = [slice(end - size, end) for end, size in zip(ends, answers, strict=True)]
    left = np.ones(len(candidates), dtype=bool)
    chosen: list[Item] = []
    Z = np.empty((len(sample.X), 0))
    fine = np.log(max(float(sample.weight.sum()), 2.0)) / 2
    fit = ridge_logit(Z, sample.outcome, sample.weight)
    while left.any() and len(chosen) < most:
        found = _statistics(sample, Z, fit, columns, blocks)
        if not chosen and chi2.sf(found, answers).min() * len(found) > BY_CHANCE:
            break
        gains = np.where(left, found - fine * answers, 0.0)
        if gains.max() <= 0:
            break
        best = int(gains.argmax())
        left[best] = False
        added = _added(sample, Z, chosen, candidates[best], fit)
        if added is not None:
            kept, Z, fit = added
            chosen.append(kept)
    return chosen


def _statistics(sample: Sample, Z: Floats, fit: Fit, columns: Floats, blocks: list[slice]) -> Floats:
    """Return Rao's score statistic of each block of 0/1 columns, given the items already there."""
    design = np.column_stack([np.ones(len(Z)), Z])
    curve = fit.chance * (1 - fit.chance) * sample.weight
    bent = design * curve[:, None]
    normal = bent.T @ design + RIDGE * np.eye(design.shape[1])
    across = bent.T @ columns
    explained = np.linalg.solve(normal, across)
    slopes, masses = columns.T @ (sample.weight * (sample.outcome - fit.chance)), columns.T @ curve
    found = []
    for block in blocks:
        # Answers of one question exclude each other, so their own products are a diagonal.
        spread = np.diag(masses[block] + RIDGE) - across[:, block].T @ explained[:, block]
        found.append(float(slopes[block] @ np.linalg.solve(spread, slopes[block])))
    return np.array(found)


def _added(sample: Sample, Z: Floats, chosen: list[Item], item: Item, fit: Fit) -> tuple[Item, Floats, Fit] | None:
    """Fit with one more item, merging its answers until they follow its direction; None where it cannot be had."""
    whole = bool((sample.X[item.feature].dropna() % 1 == 0).all()) if not item.levels else True
    trial: Item | None = item
    while trial is not None:
        more = np.column_stack([Z, sample.dummies(trial)])
        found = ridge_logit(more, sample.outcome, sample.weight, fit.coefficients)
        wrong = _first_wrong(sample, trial, found.coefficients[1 + Z.shape[1] :])
        if wrong is None:
            others = weights_by_item(sample, chosen, found)
            turned = any(
                _wrong(weights, one, sample.dictionary) is not None for weights, one in zip(others, chosen, strict=True)
            )
            return None if turned else (trial, more, found)
        trial = without_cut(trial, wrong, sample.dictionary, whole=whole)
    return None


def _first_wrong(sample: Sample, item: Item, coefficients: Floats) -> int | None:
    return _wrong(sample.weights_of(item, coefficients), item, sample.dictionary)


def _wrong(weights: Floats, item: Item, dictionary: Dictionary) -> int | None:
    """Return the range after which the weights go most against the direction, if any does."""
    sign = direction_of(item, dictionary)
    steps = np.diff(weights[: item.n_ordered]) * sign
    return int(steps.argmin()) if len(steps) and steps.min() < -1e-9 else None


def weights_by_item(sample: Sample, items: list[Item], fit: Fit) -> list[Floats]:
    """Return the weights of the answers of each item."""
    sizes = [len(item.answers) - 1 for item in items]
    ends = np.cumsum(sizes)
    parts = [fit.coefficients[1 + end - size : 1 + end] for size, end in zip(sizes, ends, strict=True)]
    return [sample.weights_of(item, part) for item, part in zip(items, parts, strict=True)]


def with_points(sample: Sample, items: list[Item]) -> list[Item]:
    """Return the items with whole points: 0 for the least poor answer of each, at most 100 in all.

    An item all of whose answers round to nothing is left out.
    """
    if not items:
        return []
    Z = np.column_stack([sample.dummies(item) for item in items])
    weights = weights_by_item(sample, items, ridge_logit(Z, sample.outcome, sample.weight))
    raised = [one - one.min() for one in weights]
    factor = _factor(np.array([one.max() for one in raised]))
    rounded = [
        replace(item, points=tuple(int(point) for point in np.floor(factor * one + 0.5)))
        for item, one in zip(items, raised, strict=True)
    ]
    return [item for item in rounded if max(item.points) > 0]


def _factor(tops: Floats) -> float:
    """Return the largest factor with which the highest answers, rounded, add up to no more than 100."""
    tried = MOST_POINTS / tops.sum() * np.linspace(1.1, 0.8, 601)
    totals = np.floor(tried[:, None] * tops + 0.5).sum(axis=1)
    return float(tried[int(np.argmax(totals <= MOST_POINTS))])

"""Two pathways: remaining extreme poor and becoming extreme poor have different causes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from graduation.errors import DataError, NotEnoughData, Problem
from graduation.panel import UNKNOWN
from graduation.risk.blending import blend
from graduation.risk.classifier import RiskClassifier
from graduation.risk.intervals import interval
from graduation.risk.losses import earns, log_loss, losses

PATHWAYS = {"remain": 1, "become": 0}
STATE_FEATURE = "is_extreme_poor_now"
POOLED, STATUS = "pooled", "status"
# Fewer cases of the rarer outcome cannot carry a model of their own, nor weights.
MIN_CASES = 30
# A pathway that is nearly all households would only learn the pooled model again.
MOST_SHARE_OF_OWN = 0.8
# Less would be scored with, and stored, for nothing.
LEAST_WEIGHT_OF_OWN = 0.1


@dataclass(frozen=True)
class Mixture:
    """The log-odds of a pathway: an intercept and weights of the log-odds of classifiers, by their names."""

    intercept: float
    weights: dict[str, float]


@dataclass(frozen=True)
class Cases:
    """What models learn from: features, outcomes, weights and groups of the same households."""

    X: pd.DataFrame
    y: np.ndarray
    weight: np.ndarray
    group: np.ndarray

    def at(self, rows: np.ndarray) -> Cases:
        return Cases(self.X[rows], self.y[rows], self.weight[rows], self.group[rows])


class TransitionRisk(BaseEstimator):
    """Risk of extreme poverty at the next wave: one calibrated model for each state now, on one scale.

    A model pooled over both states, with the state as a feature, learns from all households. Each pathway then weighs
    it against a model of its own by held-out log-odds, drawn to the pooled one: a pathway with few cases shrinks to it,
    and one whose own model does not lower the held-out log loss uses the pooled model alone.

    A household whose state is unknown is scored by a model of all households that is blind to the state and to the
    columns that tell it: by the law of total probability that is the mixture of both pathways by the chance of being
    extreme poor now, learned in one piece, so that it can be explained exactly. `predict_state` gives that chance.

    Parameters
    ----------
    estimator : RiskClassifier, optional
        Cloned for each model.
    tells_state : sequence of str
        Features from which the state follows, such as welfare: unknown where the state is.

    Attributes
    ----------
    classifiers_ : dict of str to RiskClassifier
        "pooled", "remain" and "become" where they have one of their own, "unknown", and "status": extreme poor now.
    mixtures_ : dict of str to Mixture
        By pathway, "remain", "become" and "unknown".
    """

    def __init__(self, estimator: RiskClassifier | None = None, *, tells_state: Sequence[str] = ()) -> None:
        self.estimator = estimator
        self.tells_state = tells_state

    def fit(self, X: pd.DataFrame, y: Any, state: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit on features (n, p), next-wave outcomes (n,), states now (n,), weights (n,) and groups (n,).

        Raises
        ------
        NotEnoughData
            When all households have the same outcome.
        """
        y, now = _outcome(y), _state(state)
        _refuse(y, now)
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        cases = Cases(X, y, weight, np.arange(len(y)) if groups is None else np.asarray(groups))
        blind = replace(cases, X=self.inputs(X, UNKNOWN))
        self.classifiers_ = {
            POOLED: self._fitted(POOLED, replace(cases, X=with_state(X, now))),
            UNKNOWN: self._fitted(UNKNOWN, blind),
        }
        if len(np.unique(now[weight > 0])) == 2:
            self.classifiers_[STATUS] = self._fitted(STATUS, replace(blind, y=now.astype(int)))
        self.mixtures_ = {UNKNOWN: Mixture(0.0, {UNKNOWN: 1.0})}
        for name, code in PATHWAYS.items():
            self.mixtures_[name] = self._mix(name, cases, (now == code) & (weight > 0))
        return self

    def _mix(self, name: str, cases: Cases, rows: np.ndarray) -> Mixture:
        """Weigh the pooled model, and one of the pathway's own where that lowers the held-out loss."""
        pooled, part = self.classifiers_[POOLED].held_out_[rows], cases.at(rows)
        if np.bincount(part.y, minlength=2).min() < MIN_CASES or np.isnan(pooled).any():
            return Mixture(0.0, {POOLED: 1.0})
        loss, chosen = _recalibrated(part, pooled)
        if rows.mean() > MOST_SHARE_OF_OWN:
            return chosen
        own = self._fitted(name, part)
        if np.isnan(own.held_out_).any():
            return chosen
        margins, y, weight = _ordered(np.stack([pooled, own.held_out_]), part)
        intercept, weights = blend(margins, y, weight, prior=(1.0, 0.0))
        if weights[1] < LEAST_WEIGHT_OF_OWN or log_loss(y, intercept + weights @ margins, weight) >= loss:
            return chosen
        self.classifiers_[name] = own
        return Mixture(intercept, {POOLED: float(weights[0]), name: float(weights[1])})

    def _fitted(self, name: str, cases: Cases) -> RiskClassifier:
        """Fit one classifier."""
        model = self.blank(name, cases.X)
        with warnings.catch_warnings():
            if name != POOLED:
                # The pooled model has said so already, of the same columns.
                warnings.filterwarnings("ignore", message="(columns that can teach|levels too rare|numbers and)")
            model.fit(cases.X, cases.y, cases.weight, cases.group)
        model.set_params(progress=None)
        return model

    def blank(self, name: str, X: pd.DataFrame) -> RiskClassifier:
        """Return a classifier to be fitted; the chance of being poor now is for information: the quick recipe."""
        model = RiskClassifier() if self.estimator is None else clone(self.estimator)
        tell = model.progress
        if tell is not None:
            model.set_params(progress=lambda words: tell(f"{name}: {words}"))
        if model.directions:
            # Not every model reads every column.
            model.set_params(directions={one: sign for one, sign in model.directions.items() if one in X})
        if name == STATUS:
            model.set_params(fast=True)
        return model

    def predict_risk(self, X: pd.DataFrame, state: Any) -> np.ndarray:
        """Return the risk (n,) of being extreme poor at the next wave, each household by its own pathway."""
        log_odds = np.empty(len(X))
        for name, rows in self.pathway_rows(state):
            log_odds[rows] = self._log_odds(X[rows], name)
        return np.asarray(expit(log_odds))

    def predict_interval(self, X: pd.DataFrame, state: Any, *, level: float = 0.9) -> np.ndarray:
        """Return the lower and upper end (n, 2) of the range of each risk, as `RiskClassifier.predict_interval` does.

        Where a pathway weighs two models, their errors are taken to move together: the wider answer.
        """
        ends = np.empty((len(X), 2))
        for name, rows in self.pathway_rows(state):
            table = self.inputs(X[rows], name)
            error = sum(
                share * self.classifiers_[one].log_odds_error(self._columns(table, one))
                for one, share in self.mixtures_[name].weights.items()
            )
            members = min(self.classifiers_[one].n_members for one in self.mixtures_[name].weights)
            ends[rows] = interval(self._log_odds(X[rows], name), np.asarray(error), level, members)
        return ends

    def predict_state(self, X: pd.DataFrame) -> np.ndarray:
        """Return the chance (n,) of being extreme poor now, told from all but the columns that tell it."""
        check_is_fitted(self)
        if STATUS not in self.classifiers_:
            return np.full(len(X), np.nan)
        return self.classifiers_[STATUS].predict_proba(self.inputs(X, UNKNOWN))[:, 1]

    def _log_odds(self, X: pd.DataFrame, pathway: str) -> np.ndarray:
        table, mixture = self.inputs(X, pathway), self.mixtures_[pathway]
        parts = [
            share * self.classifiers_[name].log_odds(self._columns(table, name))
            for name, share in mixture.weights.items()
        ]
        return np.asarray(mixture.intercept + sum(parts))

    def pathway_rows(self, state: Any) -> list[tuple[str, np.ndarray]]:
        """Return each pathway that occurs, with the mask of its households."""
        check_is_fitted(self)
        now = _state(state)
        rows = {**{name: now == code for name, code in PATHWAYS.items()}, UNKNOWN: np.isnan(now)}
        return [(name, mask) for name, mask in rows.items() if mask.any()]

    def inputs(self, X: pd.DataFrame, pathway: str) -> pd.DataFrame:
        """Return what the pathway's models read of the features, the state with them."""
        if pathway == UNKNOWN:
            return X.drop(columns=[name for name in self.tells_state if name in X])
        return with_state(X, np.full(len(X), PATHWAYS[pathway]))

    def reads(self, pathway: str, features: Sequence[str]) -> list[str]:
        """Return which of the features, the state among them, the models of a pathway read."""
        hidden = {*self.tells_state, STATE_FEATURE} if pathway == UNKNOWN else set()
        return [name for name in features if name not in hidden]

    @staticmethod
    def _columns(table: pd.DataFrame, classifier: str) -> pd.DataFrame:
        """Return the columns that one classifier reads: a pathway's own has one state only."""
        return table.drop(columns=STATE_FEATURE) if classifier in PATHWAYS else table


def with_state(X: pd.DataFrame, state: np.ndarray) -> pd.DataFrame:
    """Return the features with the state now as one more."""
    return X.assign(**{STATE_FEATURE: state.astype(float)})


def _recalibrated(part: Cases, pooled: np.ndarray) -> tuple[float, Mixture]:
    """Return the held-out loss of the pooled model in one pathway, on a line of its own where that earns its place."""
    margins, y, weight = _ordered(pooled[None], part)
    intercept, (slope,) = blend(margins, y, weight)
    line = intercept + slope * margins[0]
    if slope > 0 and earns(losses(y, margins[0]), losses(y, line), weight):
        return log_loss(y, line, weight), Mixture(intercept, {POOLED: float(slope)})
    return log_loss(y, margins[0], weight), Mixture(0.0, {POOLED: 1.0})


def _ordered(margins: np.ndarray, part: Cases) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return margins (k, n), outcomes and weights of mean 1, in an order that the file does not decide."""
    order = np.lexsort((part.weight, part.y, *margins))
    weight = part.weight[order]
    return margins[:, order], part.y[order], weight / weight.mean()


def _refuse(y: np.ndarray, now: np.ndarray) -> None:
    if np.isnan(now).any():
        remedy = "Leave these households out of training."
        problem = Problem(f"unknown for {int(np.isnan(now).sum()):,} households", "1 (extreme poor) or 0", remedy)
        raise DataError("state", [problem])
    if len(np.unique(y)) < 2:
        raise NotEnoughData(
            f"all {len(y):,} households have the same outcome ({y[0] if len(y) else 'none'})",
            expected="both outcomes",
            remedy="Use more waves, a higher line, or a larger sample.",
        )


def _outcome(y: Any) -> np.ndarray:
    values = np.asarray(y, dtype=float)
    if not np.isin(values, (0, 1)).all():
        found = f"{int(np.isnan(values).sum()):,} missing" if np.isnan(values).any() else "other values than 1 and 0"
        raise DataError("outcome", [Problem(found, "1 (extreme poor at the next wave) or 0", "Leave these out.")])
    return values.astype(int)


def _state(state: Any) -> np.ndarray:
    """Return states as 1.0, 0.0 or NaN."""
    values = np.asarray(state, dtype=float)
    if not np.isin(values[~np.isnan(values)], (0, 1)).all():
        raise DataError("state", [Problem("other values than 1 and 0", "1 (extreme poor), 0 or missing", "Recode it.")])
    return values

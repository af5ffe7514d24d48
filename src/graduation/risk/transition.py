"""Two pathways, two models: remaining extreme poor and becoming extreme poor have different causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from graduation.errors import DataError, NotEnoughData, Problem
from graduation.panel import UNKNOWN
from graduation.risk.classifier import RiskClassifier

PATHWAYS = {"remain": 1, "become": 0}
STATE_FEATURE = "is_extreme_poor_now"
CASES_PER_FEATURE = 10


class TransitionRisk(BaseEstimator):
    """Risk of extreme poverty at the next wave: one `RiskClassifier` for each state now.

    A pathway with fewer than ten cases of its rarer outcome per feature (Peduzzi et al. 1996) uses one model pooled
    over both states, in which the state is a feature: on real panels that ranks better than a model of its own.

    A household whose state is unknown is scored by a model of all households that is blind to the state and to the
    columns that tell it. That model estimates the mixture of both pathways directly, and is explained as exactly.

    Parameters
    ----------
    estimator : RiskClassifier, optional
        Cloned for each pathway.
    tells_state : sequence of str
        Features from which the state follows, such as welfare: unknown where the state is.

    Attributes
    ----------
    models_ : dict of str to RiskClassifier
        By pathway, "remain", "become" and "unknown".
    pooled_ : tuple of str
        Pathways that use the pooled model.
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
        y, now = np.asarray(y).astype(int), _state(state)
        if np.isnan(now).any():
            remedy = "Leave these households out of training."
            problem = Problem(f"unknown for {int(np.isnan(now).sum()):,} households", "1 (extreme poor) or 0", remedy)
            raise DataError("state", [problem])
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        group = np.arange(len(y)) if groups is None else np.asarray(groups)
        if len(np.unique(y)) < 2:
            raise NotEnoughData(
                f"all {len(y):,} households have the same outcome ({y[0] if len(y) else 'none'})",
                expected="both outcomes",
                remedy="Use more waves, a higher line, or a larger sample.",
            )
        needed = CASES_PER_FEATURE * X.shape[1]
        sparse = [name for name, code in PATHWAYS.items() if _cases(y[now == code]) < needed]
        self.pooled_ = tuple(sparse)
        self.models_ = {
            name: self._new().fit(X[now == code], y[now == code], weight[now == code], group[now == code])
            for name, code in PATHWAYS.items()
            if name not in sparse
        }
        if sparse:
            pooled = self._new().fit(with_state(X, now), y, weight, group)
            self.models_ |= dict.fromkeys(sparse, pooled)
        self.models_[UNKNOWN] = self._new().fit(self.inputs(X, UNKNOWN), y, weight, group)
        return self

    def _new(self) -> RiskClassifier:
        return RiskClassifier() if self.estimator is None else clone(self.estimator)

    def predict_risk(self, X: pd.DataFrame, state: Any) -> np.ndarray:
        """Return the risk (n,) of being extreme poor at the next wave, each household by its own pathway."""
        risk = np.empty(len(X))
        for name, rows in self.pathway_rows(state):
            risk[rows] = self.models_[name].predict_proba(self.inputs(X[rows], name))[:, 1]
        return risk

    def pathway_rows(self, state: Any) -> list[tuple[str, np.ndarray]]:
        """Return each pathway that occurs, with the mask of its households."""
        check_is_fitted(self)
        now = _state(state)
        rows = {**{name: now == code for name, code in PATHWAYS.items()}, UNKNOWN: np.isnan(now)}
        return [(name, mask) for name, mask in rows.items() if mask.any()]

    def inputs(self, X: pd.DataFrame, pathway: str) -> pd.DataFrame:
        """Return what the pathway's model reads of the features."""
        if pathway == UNKNOWN:
            return X.drop(columns=[name for name in self.tells_state if name in X])
        return with_state(X, np.full(len(X), PATHWAYS[pathway])) if pathway in self.pooled_ else X


def with_state(X: pd.DataFrame, state: np.ndarray) -> pd.DataFrame:
    """Return the features with the state now as one more."""
    return X.assign(**{STATE_FEATURE: state.astype(float)})


def _cases(y: np.ndarray) -> int:
    return int(np.bincount(y, minlength=2).min())


def _state(state: Any) -> np.ndarray:
    """Return states as 1.0, 0.0 or NaN."""
    values = np.asarray(state, dtype=float)
    if not np.isin(values[~np.isnan(values)], (0, 1)).all():
        raise DataError("state", [Problem("other values than 1 and 0", "1 (extreme poor), 0 or missing", "Recode it.")])
    return values

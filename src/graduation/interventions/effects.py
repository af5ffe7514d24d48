"""Average effect of each arm, estimated from records of a past programme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from graduation.errors import NotEnoughData
from graduation.interventions.doubly_robust import DoublyRobust, doubly_robust, reach, weighted_mean
from graduation.interventions.records import read_records


class EffectModel(BaseEstimator):
    """Average effect of each arm against a control arm, by cross-fitted augmented inverse probability weighting.

    The outcome is predicted by one ridge regression per arm, the arm by a penalised multinomial logistic regression
    unless its probabilities are given; both are fitted on the other folds, and folds keep clusters whole. The
    estimate is right when either model is, if every cause of both arm and outcome is among the features. Where an arm
    or the control was less likely than `trim`, records are set aside for that arm and their share is reported: the
    effect is then that of the others. With given probabilities, only records that could not get the arm, or could
    get nothing else than an arm, are set aside.

    Parameters
    ----------
    n_folds : int
        Folds of cross-fitting.
    seed : int
        Of the folds; the same records in any order give the same estimates.
    control : str
        The arm the others are compared with.
    trim : float
        Smallest estimated probability of an arm that is used.
    min_records : int
        Arms with fewer records are refused.

    Attributes
    ----------
    average_effects_ : DataFrame
        One row per arm: `arm`, `effect` (in units of the outcome), `standard_error` (robust to clusters), `low`,
        `high` (95 %), `records` (that took the arm and were used), `basis` ("estimated"), `trimmed_share`.
    arms_ : list of str
        Control first.
    n_records_ : int
        Records that were fitted on.
    is_weighted_ : bool
        Whether each record counts by a survey weight.
    dropped_ : DataFrame
        Records set aside before fitting: `reason`, `records`. Empty unless whoever fits sets records aside and says so
        here, as `learn_effects` does.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), JASA 89; Chernozhukov et al. (2018), Econometrics Journal 21; Crump et al. (2009),
    Biometrika 96, on setting aside records without overlap.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"size": rng.integers(1, 9, 600), "floor": rng.choice(["earth", "tile"], 600)})
    >>> arm = rng.choice(["none", "cash"], 600)
    >>> outcome = 0.1 * X["size"] + 0.5 * (arm == "cash") + rng.normal(0, 0.1, 600)
    >>> model = EffectModel().fit(X, arm, outcome, propensity={"none": 0.5, "cash": 0.5})
    >>> model.average_effects_[["arm", "effect", "basis"]].round(1).values.tolist()
    [['cash', 0.5, 'estimated']]
    """

    def __init__(
        self, *, n_folds: int = 5, seed: int = 0, control: str = "none", trim: float = 0.02, min_records: int = 30
    ) -> None:
        self.n_folds = n_folds
        self.seed = seed
        self.control = control
        self.trim = trim
        self.min_records = min_records

    def fit(
        self,
        X: pd.DataFrame,
        arm: Any,
        outcome: Any,
        *,
        propensity: pd.DataFrame | Mapping[str, Any] | None = None,
        cluster: Any = None,
        weight: Any = None,
    ) -> Self:
        """Estimate from features (n, p) known before the programme, arms (n,) and outcomes (n,) after it.

        Parameters
        ----------
        X : DataFrame of shape (n, p)
            Numbers, booleans and categories; missing values are allowed.
        arm : array-like of str, shape (n,)
            What each record got; the control is among them.
        outcome : array-like of float, shape (n,)
            Log welfare about a year later.
        propensity : DataFrame (n, arms) or mapping of arm to probability, optional
            Known probability of every arm for every record, as in a trial. The probability of the arm that was taken
            is not enough.
        cluster : array-like, shape (n,), optional
            Villages, say: kept whole in folds and standard errors.
        weight : array-like of float, shape (n,), optional
            Survey weights.

        Raises
        ------
        NotEnoughData
            When an arm has too few records or clusters; says how many would do.
        DataError, UsageError
            When outcomes or arms are missing, lengths differ, or probabilities are not.
        """
        records = read_records(X, arm, outcome, propensity=propensity, cluster=cluster, weight=weight, model=self)
        scores = doubly_robust(records, n_folds=self.n_folds, seed=self.seed, trim=self.trim)
        rows = [self._average(scores, code) for code in range(1, len(records.arms))]
        self.arms_ = records.arms
        self.average_effects_ = pd.DataFrame(rows)
        self.n_records_, self.is_weighted_ = len(records.outcome), weight is not None
        self.dropped_ = pd.DataFrame({"reason": pd.Series(dtype="str"), "records": pd.Series(dtype="int64")})
        self.n_features_in_ = X.shape[1]
        return self

    def effect(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the effect of each arm for each household (n, arms): the averages, the same for all.

        An effect per household is far noisier than the average, so nothing is personalised until, on records held
        out, choosing by it beats giving everyone the best single arm.
        """
        check_is_fitted(self)
        table = self.average_effects_
        constant = np.broadcast_to(table["effect"].to_numpy(), (len(X), len(table))).copy()
        return pd.DataFrame(constant, index=X.index, columns=table["arm"].tolist())

    def notes(self) -> list[str]:
        """Return how many records the estimates rest on, and how many were set aside for which reason."""
        check_is_fitted(self)
        total = self.n_records_ + int(self.dropped_["records"].sum())
        pairs = zip(self.dropped_["reason"], self.dropped_["records"], strict=True)
        aside = "; ".join(f"{reason}, {count:,}" for reason, count in pairs) or "none"
        counted = "by its survey weight" if self.is_weighted_ else "the same, without survey weights"
        return [
            f"Effects are estimated from {self.n_records_:,} of {total:,} programme records; set aside: {aside}. Each "
            f"record counts {counted}."
        ]

    def _average(self, scores: DoublyRobust, code: int) -> dict[str, Any]:
        records = scores.records
        used = scores.usable[:, code] & scores.usable[:, 0]
        taken = int((records.arm[used] == code).sum())
        if min(taken, int((records.arm[used] == 0).sum())) < self.min_records:
            raise NotEnoughData(
                f"arm '{records.arms[code]}' keeps {taken:,} records that could also have been '{records.arms[0]}'",
                expected=f"{self.min_records} or more of each",
                remedy=f"Compare like with like, or lower trim ({self.trim:g}) and trust the estimate less.",
                source="programme records",
            )
        contrast = scores.value[used, code] - scores.value[used, 0]
        effect, error, freedom = weighted_mean(contrast, records.weight[used], records.cluster[used])
        half = reach(error, freedom)
        return {
            "arm": records.arms[code],
            "effect": effect,
            "standard_error": error,
            "low": effect - half,
            "high": effect + half,
            "records": taken,
            "basis": "estimated",
            "trimmed_share": float(1 - records.weight[used].sum() / records.weight.sum()),
        }

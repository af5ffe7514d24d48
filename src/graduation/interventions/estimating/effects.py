"""Effect of each arm, on average and per household, estimated from records of a past programme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from graduation.errors import UsageError, nearest
from graduation.interventions.estimating.averages import Target, average_effect
from graduation.interventions.estimating.doubly_robust import DoublyRobust, doubly_robust, reach
from graduation.interventions.estimating.heterogeneity import examine
from graduation.interventions.estimating.nuisance import plain
from graduation.interventions.estimating.overlap import overlap
from graduation.interventions.estimating.records import read_records

TARGETS = ("all", "treated")


class EffectModel(BaseEstimator):
    """Effect of each arm against a control arm, by cross-fitted augmented inverse probability weighting (AIPW).

    The outcome is predicted by ridge regressions, the arm by a penalised multinomial logistic regression unless its
    probabilities are given; both are fitted on the other folds, and folds keep clusters whole. The estimate is right
    when either model is, if every cause of both arm and outcome is among the features. Where an arm or the control was
    less likely than `trim`, records are set aside for that arm and their share is reported: the effect is then that of
    the others. With given probabilities, only records that could not get the arm, or could get nothing else than an
    arm, are set aside.

    Effects differ between households only as far as the records show it: the prediction of the effect, straight lines
    and small trees, is made out of fold in five splits (three from 10,000 records on), averaged and tested, and its
    slope is shrunk. Where it is not told apart from no difference, every household has the average.

    Parameters
    ----------
    n_folds : int
        Folds of cross-fitting; fewer where an arm lies in fewer clusters.
    seed : int
        Of the folds; the same records in any order give the same estimates.
    control : str
        The arm the others are compared with.
    trim : float
        Smallest estimated probability of an arm that is used.
    min_records : int
        Arms with fewer records are refused.
    target : {"all", "treated"}
        Whose average effect: of all records (ATE), or of those who took the arm (ATT), for whom only the control has
        to have been possible. With "treated", every household has the average.
    personal : bool
        Whether to look for differences between households; without it every household has the average.
    outcome_unit : str
        Of the outcome; a programme refuses effects in another unit than its own.

    Attributes
    ----------
    average_effects_ : DataFrame
        One row per arm: `arm`, `effect` (in units of the outcome), `standard_error` (robust to clusters), `low`,
        `high` (95 %), `records` (that took the arm and were used), `clusters` (that the records compared lie in; each
        record is one where none were given), `basis` ("estimated"), `trimmed_share`.
    overlap_ : DataFrame
        One row per arm, the control too: `records`, `chance_low`, `chance_median`, `chance_high` (percentiles 1, 50
        and 99 of the arm's probability), `effective_records`, `not_comparable` (share).
    heterogeneity_ : DataFrame
        One row per arm: `slope` of the effect on its prediction out of fold, averaged over the splits (1 as predicted,
        0 nothing in it), its `standard_error` (doubled in variance, as records predict each other) and one-sided
        `p_value` (told apart below 5 % over the number of arms), `used_slope` after shrinkage (0: everybody has the
        average), `spread` (standard deviation of the effects that are used).
    sorted_groups_ : DataFrame
        By `arm`, records in four groups by predicted effect: `group`, `predicted` (less the average), `effect` that
        was found, `standard_error`, `low`, `high`, `records`.
    arms_ : list of str
        Control first.
    n_records_ : int
        Records that were fitted on.
    is_weighted_ : bool
        Whether each record counts by a survey weight.
    is_personal_ : bool
        Whether the effect of any arm differs between households.
    outcome_unit_ : str
        Of the outcome that was fitted on.
    dropped_ : DataFrame
        Records set aside before fitting: `reason`, `records`. Empty unless whoever fits sets records aside and says so
        here, as `learn_effects` does.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), JASA 89; Chernozhukov et al. (2018), Econometrics Journal 21; Crump et al. (2009),
    Biometrika 96, on setting aside records without overlap; Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), NBER
    24678, on the test of heterogeneity; Kennedy (2023), Electronic Journal of Statistics 17, on predicting effects.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"size": rng.integers(1, 9, 600), "floor": rng.choice(["earth", "tile"], 600)})
    >>> arm = rng.choice(["none", "cash"], 600)
    >>> outcome = 0.1 * X["size"] + 0.5 * (arm == "cash") + rng.normal(0, 0.1, 600)
    >>> model = EffectModel().fit(X, arm, outcome, propensity={"none": 0.5, "cash": 0.5})
    >>> model.average_effects_[["arm", "effect", "basis"]].round(1).values.tolist()
    [['cash', 0.5, 'estimated']]
    >>> model.is_personal_, model.effect(X)["cash"].nunique()
    (False, 1)
    """

    # Each option is a choice of the analyst's own.
    def __init__(
        self, *, n_folds: int = 5, seed: int = 0, control: str = "none", trim: float = 0.02, min_records: int = 30,
        target: Target = "all", personal: bool = True, outcome_unit: str = "log_welfare",
    ) -> None:  # fmt: skip
        self.n_folds = n_folds
        self.seed = seed
        self.control = control
        self.trim = trim
        self.min_records = min_records
        self.target = target
        self.personal = personal
        self.outcome_unit = outcome_unit

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
            In `outcome_unit`; by default log welfare about a year later. More has to be better.
        propensity : DataFrame (n, arms) or mapping of arm to probability, optional
            Known probability of every arm for every record, as in a trial. The probability of the arm that was taken
            is not enough.
        cluster : array-like, shape (n,), optional
            Villages, say, or the household where one has several records: kept whole in folds and standard errors.
        weight : array-like of float, shape (n,), optional
            Survey weights.

        Raises
        ------
        NotEnoughData
            When an arm has too few records or clusters; says how many would do.
        DataError, UsageError
            When outcomes or arms are missing, lengths differ, or probabilities are not.
        """
        if not self.n_folds >= 2:
            raise UsageError(f"n_folds is {self.n_folds}; give 2 or more")
        if self.target not in TARGETS:
            raise UsageError(f"target is '{self.target}'; {nearest(str(self.target), TARGETS) or 'all or treated'}")
        records = read_records(X, arm, outcome, propensity=propensity, cluster=cluster, weight=weight, model=self)
        scores = doubly_robust(records, n_folds=self.n_folds, seed=self.seed, trim=self.trim)
        codes = range(1, len(records.arms))
        rows = [average_effect(scores, code, target=self.target, min_records=self.min_records) for code in codes]
        self.arms_, self.average_effects_, self.overlap_ = records.arms, pd.DataFrame(rows), overlap(scores)
        self.n_records_, self.is_weighted_ = len(records.outcome), weight is not None
        self.outcome_unit_ = self.outcome_unit
        self.dropped_ = pd.DataFrame({"reason": pd.Series(dtype="str"), "records": pd.Series(dtype="int64")})
        self.features_ = [str(name) for name in records.X.columns]
        self.n_features_in_ = len(self.features_)
        self._examine(scores)
        return self

    def effect(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the effect of each arm for each household (n, arms): the average, and what is known to differ."""
        check_is_fitted(self)
        return self.deviation(X) + self.average_effects_["effect"].to_numpy()

    def deviation(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return how far the effect of each arm is from the average for each household (n, arms); 0 where unknown."""
        check_is_fitted(self)
        arms = self.average_effects_["arm"].tolist()
        if not self.is_personal_ or self._examined is None:
            return pd.DataFrame(np.zeros((len(X), len(arms))), index=X.index, columns=arms)
        features = self._features(X)
        return pd.DataFrame(self._examined.shifts(features), index=X.index, columns=arms)

    def effect_interval(self, X: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
        """Return the interval of the effect for each household: columns (arm, "low") and (arm, "high").

        Its width holds the error of the average and the spread of the effects as predicted before shrinkage, in which
        real differences and noise cannot be told apart: it is wide on purpose, and the same for all households. How far
        a household differs from others with the same features is not known from any records.
        """
        if not 0 < level < 1:
            raise UsageError(f"level is {level}; give a share above 0 and below 1, such as 0.95")
        effect, columns = self.effect(X), ["arm", "standard_error", "clusters"]
        ends: dict[tuple[str, str], np.ndarray] = {}
        for number, (arm, error, clusters) in enumerate(self.average_effects_[columns].itertuples(index=False)):
            unshrunk = self._examined.verdicts[number].unshrunk if self._examined else 0.0
            half = reach(float(np.sqrt(error**2 + unshrunk)), clusters - 1, (1 + level) / 2)
            ends |= {(arm, "low"): effect[arm] - half, (arm, "high"): effect[arm] + half}
        return pd.DataFrame(ends, index=X.index)

    def best_arm(self, X: pd.DataFrame) -> pd.Series:
        """Return the arm with the largest effect for each household, the control where none is above 0."""
        effect = self.effect(X)
        effect.insert(0, self.control, 0.0)
        return effect.idxmax(axis=1).astype("str").rename("arm")

    def _examine(self, scores: DoublyRobust) -> None:
        """Find how effects differ, where all records are the target."""
        features = plain(scores.records.X)
        self.kinds_ = features.dtypes.tolist()
        asked = self.personal and self.target == "all"
        self._examined = examine(scores, features, n_folds=self.n_folds, seed=self.seed) if asked else None
        named = list(zip(self.arms_[1:], self._examined.verdicts, strict=True)) if self._examined else []
        self.heterogeneity_ = pd.DataFrame([{"arm": arm, **verdict.row} for arm, verdict in named])
        groups = [verdict.groups.assign(arm=arm) for arm, verdict in named]
        self.sorted_groups_ = pd.concat(groups, ignore_index=True) if groups else pd.DataFrame()
        self.is_personal_ = any(verdict.slope > 0 for _, verdict in named)

    def _features(self, X: pd.DataFrame) -> pd.DataFrame:
        if not isinstance(X, pd.DataFrame):
            raise UsageError("effects per household need a DataFrame with the columns that the records had")
        X = X.set_axis(X.columns.map(str), axis=1)
        absent = [name for name in self.features_ if name not in X.columns]
        if absent:
            raise UsageError(
                f"effects per household need the columns that the records had; {len(absent)} are missing, "
                f"'{absent[0]}' first. {nearest(absent[0], X.columns) or 'Give the features of the records'}"
            )
        features = plain(X[self.features_])
        kinds = zip(self.features_, self.kinds_, features.dtypes, strict=True)
        changed = [name for name, kind, now in kinds if kind != now]
        if changed:
            raise UsageError(
                f"'{changed[0]}' holds {X[changed[0]].dtype}, which is another kind of value than in the records; "
                "read both with the same dictionary"
            )
        return features

    def notes(self) -> list[str]:
        """Return how many records the estimates rest on, and how many were set aside for which reason."""
        check_is_fitted(self)
        total = self.n_records_ + int(self.dropped_["records"].sum())
        pairs = zip(self.dropped_["reason"], self.dropped_["records"], strict=True)
        aside = "; ".join(f"{reason}, {count:,}" for reason, count in pairs) or "none"
        counted = "by its survey weight" if self.is_weighted_ else "the same, without survey weights"
        return [
            f"Effects are estimated from {self.n_records_:,} of {total:,} programme records; set aside: {aside}. Each "
            f"record counts {counted}.",
            *self._trimming_notes(),
            *self._verdict_notes(),
        ]

    def _trimming_notes(self) -> list[str]:
        """Return for which arms records could not be compared, and for what share."""
        table = self.average_effects_
        trimmed = table[table["trimmed_share"] > 0]
        if trimmed.empty:
            return []
        told = ", ".join(
            f"{arm} {share:.1%}" for arm, share in zip(trimmed["arm"], trimmed["trimmed_share"], strict=True)
        )
        return [f"Not comparable with the control, and left out of the effect of the arm: {told} of the records."]

    def _verdict_notes(self) -> list[str]:
        """Return for which arms effects are told apart between households, and for which not."""
        if self.heterogeneity_.empty:
            return []
        told = self.heterogeneity_["used_slope"] > 0
        differ, same = (self.heterogeneity_.loc[which, "arm"].tolist() for which in (told, ~told))
        text = {
            "Effects differ between households, as tested out of fold, for {arms}.": differ,
            "No difference between households is told apart from chance for {arms}: each has the average.": same,
        }
        return [sentence.format(arms=", ".join(arms)) for sentence, arms in text.items() if arms]

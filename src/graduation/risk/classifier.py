"""Calibrated risk of one binary outcome from any mixed-type table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from graduation.errors import DataError, NotEnoughData, Problem, UsageError, nearest
from graduation.risk import boosting, linear
from graduation.risk.encoding import TableEncoder, refuse_names, told_elsewhere
from graduation.risk.ensemble import Ensemble, fit_ensemble, fit_few
from graduation.risk.folds import make_folds
from graduation.risk.intervals import interval
from graduation.risk.linear import make_terms
from graduation.risk.ordering import canonical_order, read_groups, relative
from graduation.risk.recipe import Recipe
from graduation.risk.sample import Sample

# With too few cases to hold any out, a strong penalty is the only guard there is.
STRENGTH_WITHOUT_FOLDS = 0.01
# Enough to tell how far ranges must be widened.
TRIAL_ROWS, FAST_TRIAL_ROWS = 10_000, 2_000


class RiskClassifier(ClassifierMixin, BaseEstimator):
    """Calibrated probability of a binary outcome, tuned by itself: a ridge logistic regression and two kinds of trees.

    Each part has one member per fold, fitted without that fold; its strength (the penalty, the number of trees) is
    the one of least held-out log loss. The held-out log-odds of the parts are then stacked, and calibrated where that
    lowers their held-out loss by more than a standard error. All parts act on the log-odds, so that the whole model is
    one linear model and one LightGBM booster, and is explained exactly.

    Parameters
    ----------
    fast : bool
        About a tenth of the time for a small loss: fewer penalties, one kind of trees with larger steps.
    n_folds : int
        Most folds, and so members; no group is in two folds.
    most_rounds : int
        Most boosting rounds of each member.
    directions : dict of str to int, optional
        Numeric features with which the risk may only rise (1) or only fall (-1), all else being equal.
    seed : int
        Seeds the trees; the same rows in any order give the same model.
    progress : callable, optional
        Called with one sentence now and then while fitting.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The second class is the one whose probability is the risk.
    encoder_ : TableEncoder
    ensemble_ : Ensemble
        Linear part, trees, weights, calibration.
    held_out_ : ndarray of shape (n,)
        Calibrated log-odds of each training row by the member that did not see it (weights and calibration, a few
        numbers, did); NaN without folds. Not saved.

    References
    ----------
    Wolpert (1992), Stacked generalization. Ke et al. (2017), LightGBM. Geurts, Ernst & Wehenkel (2006), Extremely
    randomized trees.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"size": rng.integers(1, 9, 400), "floor": rng.choice(["earth", "tile"], 400)})
    >>> y = (rng.random(400) < np.where(X["floor"] == "earth", 0.5, 0.1)).astype(int)
    >>> risk = RiskClassifier(fast=True).fit(X, y).predict_proba(X)[:, 1]
    >>> bool(risk[X["floor"] == "earth"].mean() > risk[X["floor"] == "tile"].mean())
    True
    """

    def __init__(
        self,
        *,
        fast: bool = False,
        n_folds: int = 5,
        most_rounds: int = 2000,
        directions: dict[str, int] | None = None,
        seed: int = 0,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.fast = fast
        self.n_folds = n_folds
        self.most_rounds = most_rounds
        self.directions = directions
        self.seed = seed
        self.progress = progress

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit on features (n, p), outcomes (n,), weights (n,) and the groups (n,) that folds may not part.

        Rows of weight 0 are left out.

        Raises
        ------
        NotEnoughData
            When `y` holds one class only, or one class has no weight.
        DataError
            When columns share a name, or hold dates or infinite values.
        """
        self._refuse_settings()
        table = self._table(X, reset=True)
        codes = self._outcome(y, len(table))
        weight = np.asarray(_check_sample_weight(sample_weight, X, ensure_non_negative=True), dtype=float)
        group = read_groups(groups, len(table))
        counted = weight > 0
        self._refuse_one_class(codes[counted], "with a weight above 0")
        weight = relative(weight[counted])
        self.encoder_ = TableEncoder().fit(table[counted])
        with told_elsewhere():
            encoded = self.encoder_.transform(table[counted])
        self._refuse_directions()
        rows, group = canonical_order(encoded, codes[counted], weight, None if group is None else group[counted])
        held_out = self._fit_ordered(encoded[rows], codes[counted][rows], weight[rows], group)
        self.held_out_ = np.full(len(table), np.nan)
        self.held_out_[np.flatnonzero(counted)[rows]] = held_out
        return self

    def _refuse_settings(self) -> None:
        for name, least in (("n_folds", 2), ("most_rounds", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise UsageError(f"{name} is {value!r}; expected a whole number of {least} or more")

    def _refuse_directions(self) -> None:
        """Refuse directions that could not be kept: of no column, of labels, or neither up nor down."""
        for name, sign in (self.directions or {}).items():
            if name not in self.encoder_.columns_:
                hint = nearest(name, self.encoder_.columns_)
                raise UsageError(f"directions name '{name}', which is no column; {hint or 'check its name'}")
            if name in self.encoder_.levels_:
                raise UsageError(f"directions name '{name}', which holds labels; only numbers rise and fall")
            if sign not in (-1, 0, 1):
                raise UsageError(f"the direction of '{name}' is {sign!r}; expected 1 (rises), -1 (falls) or 0 (free)")

    def _fit_ordered(self, encoded: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> np.ndarray:
        """Fit on rows in canonical order and return their held-out log-odds."""
        levels = self.encoder_.n_levels
        terms = make_terms(encoded, levels, weight)
        fold = make_folds(y, group, self.n_folds) if terms else None
        if fold is None:
            sample = Sample(encoded, y, weight, np.zeros(len(y), dtype=int), levels)
            self.ensemble_ = fit_few(sample, terms, self._signs(), STRENGTH_WITHOUT_FOLDS)
            return np.full(len(y), np.nan)
        self.ensemble_, held_out = fit_ensemble(Sample(encoded, y, weight, fold, levels), terms, self.recipe(len(y)))
        return held_out

    def recipe(self, n_rows: int) -> Recipe:
        """Return how an ensemble of so many rows is fitted, once the encoder is."""
        return Recipe(
            kinds=boosting.kinds_for(n_rows, fast=self.fast),
            strengths=linear.FAST_STRENGTHS if self.fast else linear.STRENGTHS,
            rounds=None,
            most_rounds=self.most_rounds,
            trial_rows=FAST_TRIAL_ROWS if self.fast else TRIAL_ROWS,
            signs=self._signs(),
            seed=self.seed,
            tell=self.progress or (lambda _: None),
        )

    def _signs(self) -> dict[int, int]:
        """Return the direction of each column of the encoded matrix that has one; a copy lends its twin its own."""
        wanted = {name: sign for name, sign in (self.directions or {}).items() if sign}
        wanted = {self.encoder_.copies_.get(name, name): sign for name, sign in wanted.items()} | wanted
        return {column: wanted[name] for column, name in enumerate(self.encoder_.used_) if name in wanted}

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities (n, 2) of `classes_`."""
        risk = expit(self.log_odds(X))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: Any) -> np.ndarray:
        """Return the likelier class (n,); a list is better made from the probabilities."""
        likelier = (self.log_odds(X) > 0).astype(int)
        return np.asarray(self.classes_[likelier])

    def log_odds(self, X: Any) -> np.ndarray:
        """Return calibrated log-odds (n,)."""
        encoded = self._encoded(X)
        return self.ensemble_.log_odds(encoded)

    def log_odds_error(self, X: Any) -> np.ndarray:
        """Return the standard error (n,) of the log-odds; NaN where there were too few cases to hold any out."""
        encoded = self._encoded(X)
        return self.ensemble_.error(encoded)

    def predict_interval(self, X: Any, *, level: float = 0.9) -> np.ndarray:
        """Return the lower and upper end (n, 2) of the range that holds each household's risk, at this level.

        The spread of the members tells how much the sample moves the model (delete-a-group jackknife); a second fit on
        outcomes drawn from the first, whose risks are known, tells how much wider the range must be to hold them. What
        no column tells is not in it: where risks bend in ways that few cases show, or go together in villages, fewer
        ranges hold than the level says (`benchmarks/intervals.py`). NaN where too few cases could be held out.

        References
        ----------
        Kott (2001), The delete-a-group jackknife. Loh (1987), Calibrating confidence coefficients.
        """
        encoded = self._encoded(X)
        return interval(self.ensemble_.log_odds(encoded), self.ensemble_.error(encoded), level, self.n_members)

    @property
    def n_members(self) -> int:
        """Return how many members the fitted model has."""
        check_is_fitted(self)
        return len(self.ensemble_.linear.intercepts)

    def contributions(self, X: Any) -> tuple[np.ndarray, float]:
        """Return Shapley contributions (n, p) to the calibrated log-odds, and their base value.

        Exact for the linear part (columns independent; Lundberg & Lee 2017) and the trees (path-dependent TreeSHAP of
        LightGBM; Lundberg et al. 2020), which add up to the log-odds. A calibration that bends them multiplies all
        contributions of a household by one positive factor, so that order and sum stay exact:
        ``logit(predict_proba) - base``.
        """
        told = self.ensemble_.assess(self._encoded(X))
        return self.encoder_.spread(told.contributions), told.base

    def _encoded(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self.encoder_.transform(self._table(X, reset=False))

    def _table(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """Return X as a frame with the fitted columns, after scikit-learn's checks of shape and names."""
        if isinstance(X, pd.DataFrame):
            refuse_names(X)
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        checked = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return pd.DataFrame(checked, columns=[f"x{number}" for number in range(checked.shape[1])])

    def _outcome(self, y: Any, n_rows: int) -> np.ndarray:
        if y is None:
            raise ValueError("RiskClassifier requires y to be passed, but the target y is None")
        values = column_or_1d(y, warn=True)
        if n_missing := int(pd.isna(pd.Series(values)).sum()):
            raise DataError("outcome", [Problem(f"{n_missing:,} missing", "two classes", "Leave these rows out.")])
        check_classification_targets(values)
        if len(values) != n_rows:
            raise ValueError(f"X has {n_rows} rows and y has {len(values)}; expected as many")
        kind = type_of_target(values, input_name="y")
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_, codes = np.unique(values, return_inverse=True)
        self._refuse_one_class(codes, "")
        return np.asarray(codes)

    def _refuse_one_class(self, codes: np.ndarray, of: str) -> None:
        found = np.unique(codes)
        if len(found) < 2:
            which = f" ({self.classes_[found[0]]})" if len(found) else ""
            raise NotEnoughData(
                f"only one class of outcome{which} in {len(codes):,} rows {of}".rstrip(),
                expected="both outcomes",
                remedy="Use more waves, a higher line, or a larger sample.",
            )

    def to_parts(self) -> tuple[dict[str, Any], str]:
        """Return what was learned as plain data and LightGBM's own text: nothing that could run code."""
        check_is_fitted(self)
        learned = {
            "parameters": {name: value for name, value in self.get_params().items() if name != "progress"},
            "classes": self.classes_.tolist(),
            "encoder": self.encoder_.to_json(),
            **self.ensemble_.to_json(),
        }
        return learned, self.ensemble_.booster.model_to_string() if self.ensemble_.booster is not None else ""

    @classmethod
    def from_parts(cls, learned: dict[str, Any], booster: str) -> Self:
        """Return the fitted classifier that `to_parts` wrote."""
        model = cls(**learned["parameters"])
        model.classes_ = np.array(learned["classes"])
        model.encoder_ = TableEncoder.from_json(learned["encoder"])
        model.feature_names_in_ = np.array(model.encoder_.columns_, dtype=object)
        model.n_features_in_ = len(model.encoder_.columns_)
        model.ensemble_ = Ensemble.from_json(learned, booster)
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

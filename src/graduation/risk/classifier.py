"""Calibrated risk of one binary outcome from any mixed-type table."""

from __future__ import annotations

import os
import warnings
from dataclasses import asdict
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from graduation.errors import NotEnoughData
from graduation.risk.calibration import Calibration, fit_calibration
from graduation.risk.encoding import TableEncoder

# With OpenMP's default, threads that wait spin, and on a busy machine two threads can be slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import lightgbm as lgb

# Small trees with strong column sampling rank better than LightGBM's defaults on surveys of a few thousand households.
BOOSTING = {
    "objective": "binary",
    "learning_rate": 0.02,
    "num_leaves": 8,
    "feature_fraction": 0.3,
    "min_data_in_leaf": 20,
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
MIN_ROWS_PER_CLASS_AND_FOLD = 2
# Below this, a second thread costs more than it gives (benchmarks/threads.py).
ROWS_THAT_PAY_FOR_THREADS = 100_000


class RiskClassifier(ClassifierMixin, BaseEstimator):
    """Calibrated probability of a binary outcome: small LightGBM trees, Platt calibration on group-safe folds.

    Parameters
    ----------
    n_trees : int
        Number of boosting rounds.
    n_folds : int
        Folds for calibration; no group is in two folds.
    seed : int
        Seeds column sampling; the same rows in any order give the same model.
    directions : dict of str to int, optional
        Numeric features with which the risk may only rise (1) or only fall (-1), all else being equal.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The second class is the one whose probability is the risk.
    booster_ : lightgbm.Booster
    encoder_ : TableEncoder
    calibration_ : Calibration

    References
    ----------
    Ke et al. (2017), LightGBM. Platt (1999), Probabilistic outputs for support vector machines.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"size": rng.integers(1, 9, 400), "floor": rng.choice(["earth", "tile"], 400)})
    >>> y = (rng.random(400) < np.where(X["floor"] == "earth", 0.5, 0.1)).astype(int)
    >>> risk = RiskClassifier(n_trees=50).fit(X, y).predict_proba(X)[:, 1]
    >>> bool(risk[X["floor"] == "earth"].mean() > risk[X["floor"] == "tile"].mean())
    True
    """

    def __init__(
        self, *, n_trees: int = 300, n_folds: int = 5, seed: int = 0, directions: dict[str, int] | None = None
    ) -> None:
        self.n_trees = n_trees
        self.n_folds = n_folds
        self.seed = seed
        self.directions = directions

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit on features (n, p), outcomes (n,), weights (n,) and the groups (n,) that folds may not part.

        Raises
        ------
        NotEnoughData
            When `y` holds one class only.
        """
        table = self._table(X, reset=True)
        outcome = self._outcome(y, len(table))
        weight = np.asarray(_check_sample_weight(sample_weight, X, ensure_non_negative=True), dtype=float)
        group = np.arange(len(table)) if groups is None else pd.factorize(np.asarray(groups), sort=True)[0]
        self.encoder_ = TableEncoder().fit(table)
        encoded = self.encoder_.transform(table)
        rows = _canonical_order(encoded, outcome, weight, group)
        self._fit_ordered(encoded[rows], outcome[rows], weight[rows], pd.factorize(group[rows])[0])
        return self

    def _fit_ordered(self, encoded: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> None:
        weight = weight / weight.mean()
        params = self._params(len(y))
        # Binning looks at the features only, never at the outcome, and is done once for all folds.
        data = lgb.Dataset(
            encoded, y, weight=weight, feature_name=self._safe_names(),
            categorical_feature=self.encoder_.categorical_positions_, free_raw_data=False, params=params,
        ).construct()  # fmt: skip
        fold = _folds(y, group, self.n_folds)
        margin = np.zeros(len(y))
        for number in np.unique(fold[fold >= 0]):
            kept, held_out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            booster = lgb.train(params, data.subset(kept), num_boost_round=self.n_trees)
            margin[held_out] = booster.predict(encoded[held_out], raw_score=True)
        self.calibration_ = fit_calibration(margin, y, weight, fold) if (fold >= 0).all() else Calibration()
        self.booster_ = lgb.train(params, data, num_boost_round=self.n_trees)

    def _params(self, n_rows: int) -> dict[str, Any]:
        directions = self.directions or {}
        numbers = [0 if name in self.encoder_.levels_ else directions.get(name, 0) for name in self.encoder_.columns_]
        return {
            **BOOSTING,
            "seed": self.seed,
            "num_threads": 1 if n_rows < ROWS_THAT_PAY_FOR_THREADS else 0,
            **({"monotone_constraints": numbers} if any(numbers) else {}),
        }

    def _safe_names(self) -> list[str]:
        # LightGBM refuses names with JSON characters, so its text carries positions; the encoder keeps the names.
        return [f"x{position}" for position in range(len(self.encoder_.columns_))]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities (n, 2) of `classes_`."""
        check_is_fitted(self)
        risk = self.calibration_.risk(self.margin(X))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: Any) -> np.ndarray:
        """Return the likelier class (n,); a list is better made from the probabilities."""
        likelier = (self.predict_proba(X)[:, 1] > 0.5).astype(int)
        return np.asarray(self.classes_[likelier])

    def margin(self, X: Any) -> np.ndarray:
        """Return uncalibrated log-odds (n,)."""
        check_is_fitted(self)
        encoded = self.encoder_.transform(self._table(X, reset=False))
        return np.asarray(self.booster_.predict(encoded, raw_score=True))

    def contributions(self, X: Any) -> tuple[np.ndarray, float]:
        """Return exact Shapley contributions (n, p) to the calibrated log-odds, and their base value.

        Path-dependent TreeSHAP of LightGBM (Lundberg et al. 2020), scaled by the calibration: rows add up to
        ``logit(predict_proba) - base``.
        """
        check_is_fitted(self)
        encoded = self.encoder_.transform(self._table(X, reset=False))
        raw = np.asarray(self.booster_.predict(encoded, pred_contrib=True))
        base = float(raw[0, -1]) if len(raw) else 0.0
        return raw[:, :-1] * self.calibration_.slope, float(self.calibration_.log_odds(np.array(base)))

    def _table(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """Return X as a frame with the fitted columns, after scikit-learn's checks of shape and names."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        checked = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return pd.DataFrame(checked, columns=[f"x{number}" for number in range(checked.shape[1])])

    def _outcome(self, y: Any, n_rows: int) -> np.ndarray:
        if y is None:
            raise ValueError("RiskClassifier requires y to be passed, but the target y is None")
        values = column_or_1d(y, warn=True)
        check_classification_targets(values)
        if len(values) != n_rows:
            raise ValueError(f"X has {n_rows} rows and y has {len(values)}; expected as many")
        kind = type_of_target(values, input_name="y")
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_, codes = np.unique(values, return_inverse=True)
        if len(self.classes_) < 2:
            raise NotEnoughData(
                f"only one class of outcome ({self.classes_[0]}) in {n_rows:,} rows",
                expected="both outcomes",
                remedy="Use more waves, a higher line, or a larger sample.",
            )
        return codes

    def to_parts(self) -> tuple[dict[str, Any], str]:
        """Return what was learned as plain data and LightGBM's own text: nothing that could run code."""
        check_is_fitted(self)
        learned = {
            "parameters": self.get_params(),
            "classes": self.classes_.tolist(),
            "columns": self.encoder_.columns_,
            "levels": self.encoder_.levels_,
            "medians": self.encoder_.medians_,
            "calibration": asdict(self.calibration_),
        }
        return learned, self.booster_.model_to_string()

    @classmethod
    def from_parts(cls, learned: dict[str, Any], booster: str) -> Self:
        """Return the fitted classifier that `to_parts` wrote."""
        model = cls(**learned["parameters"])
        model.classes_ = np.array(learned["classes"])
        model.encoder_ = TableEncoder()
        model.encoder_.columns_, model.encoder_.levels_ = learned["columns"], learned["levels"]
        model.encoder_.medians_ = learned["medians"]
        model.feature_names_in_ = np.array(learned["columns"], dtype=object)
        model.n_features_in_ = len(learned["columns"])
        model.calibration_ = Calibration(**learned["calibration"])
        model.booster_ = lgb.Booster(model_str=booster)
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def _canonical_order(encoded: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Order rows by their content, so that the order of the file changes nothing."""
    content = pd.DataFrame(encoded)
    content["y"], content["weight"], content["group"] = y, weight, group
    return np.argsort(pd.util.hash_pandas_object(content, index=False).to_numpy(), kind="stable")


def _folds(y: np.ndarray, group: np.ndarray, n_folds: int) -> np.ndarray:
    """Return the fold of each row, or -1 everywhere when there are too few cases to hold any out."""
    n = min(n_folds, int(np.bincount(y, minlength=2).min()) // MIN_ROWS_PER_CLASS_AND_FOLD, len(np.unique(group)))
    fold = np.full(len(y), -1)
    if n < 2:
        warnings.warn("too few cases to hold any out: risks are not calibrated", UserWarning, stacklevel=4)
        return fold
    parted = StratifiedGroupKFold(n) if len(np.unique(group)) >= 2 * n else GroupKFold(n)
    for number, (_, held_out) in enumerate(parted.split(np.zeros((len(y), 1)), y, group)):
        fold[held_out] = number
    return fold

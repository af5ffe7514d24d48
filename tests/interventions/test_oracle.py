"""Average effects beside those of econml, a causal library of others: the same records, its code and ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV

import graduation
from graduation.features import feature_frame
from graduation.interventions import EffectModel
from graduation.interventions.estimating.doubly_robust import doubly_robust
from graduation.interventions.estimating.nuisance import encoded, plain
from graduation.interventions.estimating.records import Records, folds, read_records
from graduation.workflows import records_dictionary

AFTER = "consumption_after_monthly_idr"
# What the confounded pilot chose by, and the size of the household: few enough for simple models to be good ones.
FEATURES = [
    "kecamatan", "consumption_per_head_monthly_idr", "household_size", "n_working_age", "head_age_years",
    "head_education", "has_business",
]  # fmt: skip
CLIP = 0.02


def pilot(assignment: str, households: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return features, arms and log welfare afterwards of a made-up pilot, of a third of as many records."""
    waves = graduation.make_waves(households, seed=2, assignment=assignment)
    dictionary = records_dictionary(waves.dictionary, after=AFTER)
    table = graduation.read_registry(waves.records, schema=dictionary).households
    table = table[table[AFTER].notna() & table["arm"].notna()]
    outcome = np.log(table[AFTER].astype("float64")).to_numpy()
    return feature_frame(table, dictionary)[FEATURES], table["arm"].astype(str).to_numpy(), outcome


def as_records(X: pd.DataFrame, arm: np.ndarray, outcome: np.ndarray, **more: object) -> Records:
    options = {"propensity": None, "cluster": None, "weight": None, "model": EffectModel()} | more
    return read_records(X, arm, outcome, **options)


def econml_averages(records: Records, W: np.ndarray, parts: object, **models: object) -> pd.DataFrame:
    """Return the average effect of each arm and its standard error by econml's linear doubly robust learner."""
    from econml.dr import LinearDRLearner

    learner = LinearDRLearner(cv=parts, min_propensity=CLIP, random_state=0, **models)
    learner.fit(records.outcome, records.arm, W=W)
    found = [learner.intercept__inference(code) for code in range(1, len(records.arms))]
    rows = [(float(one.point_estimate), float(one.stderr)) for one in found]
    return pd.DataFrame(rows, columns=["effect", "standard_error"])


@pytest.mark.parametrize("assignment", ["randomised", "confounded"])
def test_average_effects_and_their_errors_are_those_of_econml(assignment: str) -> None:
    X, arm, outcome = pilot(assignment, 6_000)
    ours = EffectModel(personal=False, trim=CLIP).fit(X, arm, outcome).average_effects_
    records = as_records(X, arm, outcome)
    strengths = {"C": [0.0001, 0.001, 0.01, 0.1, 1.0]}
    chance = GridSearchCV(LogisticRegression(max_iter=500), strengths, scoring="neg_log_loss")
    theirs = econml_averages(
        records, encoded(plain(records.X)), list(folds(records, 5, 0)),
        model_regression=RidgeCV(np.logspace(-1, 4, 11)), model_propensity=chance,
    )  # fmt: skip
    error = ours["standard_error"]
    assert ((ours["effect"] - theirs["effect"]).abs() < 0.5 * error).all()
    np.testing.assert_allclose(theirs["standard_error"], error, rtol=0.15)
    # Means of the arms, which neither library would take where arms were not drawn by lot.
    control = outcome[arm == "none"].mean()
    plain_gap = np.array([outcome[arm == name].mean() for name in ours["arm"]]) - control - ours["effect"]
    assert (np.abs(plain_gap / error).max() > 3) == (assignment == "confounded")


class Known(BaseEstimator):
    """A model that learns nothing: for the row numbers in the first column it looks up what it was given."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def fit(self, X: np.ndarray, y: np.ndarray) -> Known:
        self.n_features_in_, self.classes_ = X.shape[1], np.unique(y)
        return self

    def rows(self, X: np.ndarray) -> np.ndarray:
        return self.values[X[:, 0].astype(int)]


class KnownChance(ClassifierMixin, Known):
    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return self.rows(X)

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.classes_[self.rows(X).argmax(axis=1)]


class KnownOutcome(RegressorMixin, Known):
    """econml asks for each arm in turn, with its indicator in the last columns and none for the control."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        told = X[:, 1:]
        arm = np.where(told.any(axis=1), told.argmax(axis=1) + 1, 0)
        return self.rows(X)[np.arange(len(X)), arm]


def test_with_the_same_nuisances_the_scores_are_those_of_econml() -> None:
    X, arm, outcome = pilot("randomised", 1_500)
    names = ["none", *sorted(set(arm) - {"none"})]
    raw = np.random.default_rng(0).uniform(1, 3, (len(X), len(names)))
    given = pd.DataFrame(raw / raw.sum(axis=1, keepdims=True), columns=names, index=X.index)
    records = as_records(X, arm, outcome, propensity=given)
    ours = EffectModel(personal=False).fit(X, arm, outcome, propensity=given).average_effects_
    scores = doubly_robust(records, n_folds=5, seed=0, trim=CLIP)
    theirs = econml_averages(
        records, np.arange(len(X), dtype=float)[:, None], 2,
        model_regression=KnownOutcome(scores.expected), model_propensity=KnownChance(scores.chance),
    )  # fmt: skip
    assert records.arms == names
    np.testing.assert_allclose(ours[["effect", "standard_error"]], theirs, rtol=0, atol=1e-9)
    np.testing.assert_allclose((scores.value[:, 1:] - scores.value[:, [0]]).mean(axis=0), theirs["effect"], atol=1e-9)

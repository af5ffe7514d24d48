"""The classifier behaves as scikit-learn expects, explains itself exactly, and ignores the order of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import shap
from scipy.special import logit
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from graduation.errors import NotEnoughData
from graduation.risk import RiskClassifier
from graduation.risk.calibration import Calibration
from graduation.risk.encoding import TableEncoder

NOT_MEANT = {
    "check_sample_weight_equivalence_on_dense_data": "a row of weight 2 lies in one fold, its two copies in two: what "
    "the folds choose differs (given one group to both copies, they would not part)",
}


@pytest.mark.filterwarnings("ignore:too few cases", "ignore:invalid value encountered in cast")
@parametrize_with_checks([RiskClassifier(fast=True)], expected_failed_checks=lambda _: NOT_MEANT)
def test_scikit_learn_estimator_checks(estimator: RiskClassifier, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def survey() -> tuple[pd.DataFrame, pd.Series]:
    """A mixed-type table whose outcome depends on a number, a category and whether a value is missing."""
    rng = np.random.default_rng(5)
    n = 1_200
    X = pd.DataFrame(
        {
            "size": rng.integers(1, 9, n).astype(float),
            "floor": rng.choice(["earth", "cement", "tile"], n),
            "has_tv": pd.array(rng.integers(0, 2, n), dtype="boolean"),
            "noise": rng.normal(size=n),
        }
    )
    log_odds = -2.5 + 0.3 * X["size"] + 1.2 * (X["floor"] == "earth")
    X.loc[rng.random(n) < 0.1, ["size", "floor"]] = None
    return X, pd.Series((rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int))


def test_the_order_of_rows_changes_nothing(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    weight, groups = pd.Series(np.linspace(0.5, 2, len(y))), pd.Series(np.arange(len(y)) // 3)
    order = np.random.default_rng(1).permutation(len(y))
    one = RiskClassifier(fast=True).fit(X, y, weight, groups)
    other = RiskClassifier(fast=True).fit(X.iloc[order], y.iloc[order], weight.iloc[order], groups.iloc[order])
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_the_same_seed_gives_the_same_text_and_another_seed_another(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    texts = [RiskClassifier(fast=True, seed=seed).fit(X, y).to_parts()[1] for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]


def test_what_is_written_reads_back_the_same(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    model = RiskClassifier(fast=True).fit(X, y)
    again = RiskClassifier.from_parts(*model.to_parts())
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_contributions_add_up_to_the_calibrated_log_odds(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    model = RiskClassifier(fast=True).fit(X, y)
    values, base = model.contributions(X)
    np.testing.assert_allclose(values.sum(axis=1) + base, logit(model.predict_proba(X)[:, 1]), atol=1e-9)


@pytest.mark.filterwarnings("ignore:LightGBM binary classifier")
def test_contributions_are_those_of_shap(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    model = RiskClassifier().fit(X, y)
    ensemble, encoded = replace(model.ensemble_, calibration=Calibration()), model.encoder_.transform(X)
    assert min(ensemble.shares.values()) > 0
    trees = shap.TreeExplainer(ensemble.booster).shap_values(encoded)
    design = np.column_stack([term.values(encoded) for term in ensemble.linear.terms])
    linear = shap.LinearExplainer((ensemble.linear.coefficients.mean(axis=0), 0.0), np.zeros((1, design.shape[1])))
    theirs = trees.copy()
    for term, values in zip(ensemble.linear.terms, linear.shap_values(design).T, strict=True):
        theirs[:, term.column] += values
    np.testing.assert_allclose(ensemble.assess(encoded).contributions, theirs, atol=1e-9)


def test_a_calibration_that_bends_keeps_the_order_and_the_sum_of_contributions(
    survey: tuple[pd.DataFrame, pd.Series],
) -> None:
    X, y = survey
    model = RiskClassifier(fast=True).fit(X, y)
    straight = replace(model.ensemble_, calibration=Calibration())
    bent = replace(straight, calibration=Calibration("isotonic", ((-3.0, -1.0, 0.0), (-2.0, -1.5, 1.0))))
    encoded = model.encoder_.transform(X)
    before, told = straight.assess(encoded).contributions, bent.assess(encoded)
    after = told.contributions
    np.testing.assert_allclose(after.sum(axis=1) + told.base, bent.log_odds(encoded), atol=1e-9)
    np.testing.assert_array_equal(np.sign(after), np.sign(before))
    np.testing.assert_array_equal(np.argsort(after, axis=1), np.argsort(before, axis=1))


def test_it_ranks_and_calibrates_on_unseen_rows(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    risk = RiskClassifier().fit(X[:800], y[:800]).predict_proba(X[800:])[:, 1]
    truth = 0.3 * X["size"].fillna(4.5) + 1.2 * (X["floor"] == "earth")
    assert roc_auc_score(y[800:], risk) > roc_auc_score(y[800:], truth[800:]) - 0.05
    assert abs(risk.mean() - y[800:].mean()) < 0.05


def test_weights_count_as_copies(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    heavy = RiskClassifier(fast=True).fit(X, y, np.where(y == 1, 5.0, 1.0)).predict_proba(X)[:, 1]
    plain = RiskClassifier(fast=True).fit(X, y).predict_proba(X)[:, 1]
    assert heavy.mean() > plain.mean() + 0.1


def test_unseen_and_missing_categories_score_alike_and_are_counted(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    model = RiskClassifier(fast=True).fit(X, y)
    unseen, missing = X.head(5).assign(floor="gold"), X.head(5).assign(floor=None)
    np.testing.assert_array_equal(model.predict_proba(unseen), model.predict_proba(missing))
    assert model.encoder_.unseen(unseen) == {"floor": 5}
    assert model.encoder_.unseen(missing) == {}


@pytest.mark.parametrize("value", [0, 1])
def test_one_outcome_only_is_refused(survey: tuple[pd.DataFrame, pd.Series], value: int) -> None:
    X, y = survey
    with pytest.raises(NotEnoughData, match="only one class"):
        RiskClassifier().fit(X, np.full(len(y), value))


def test_few_cases_warn_that_risks_are_not_calibrated(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, _ = survey
    y = np.zeros(len(X))
    y[:3] = 1
    with pytest.warns(UserWarning, match="not calibrated and without an interval"):
        model = RiskClassifier().fit(X, y)
    assert model.ensemble_.booster is None
    assert np.isnan(model.predict_interval(X)).all()
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(3 / len(X), rel=0.05)


def test_encoder_sorts_levels_so_that_codes_do_not_depend_on_rows() -> None:
    table = pd.DataFrame({"floor": ["b", "a", None, "c"]})
    table = pd.concat([table, table])
    backwards = TableEncoder().fit(table.iloc[::-1]).levels_
    assert TableEncoder().fit(table).levels_ == backwards == {"floor": ["a", "b", "c"]}
    codes = TableEncoder().fit(table).transform(table)[:, 0]
    assert codes[[0, 1, 3]].tolist() == [1, 0, 2]
    assert np.isnan(codes[2])


def test_feature_names_with_json_characters_are_no_trouble(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    renamed = X.rename(columns={"size": 'size [m2] "big", {ok}: yes'})
    model = RiskClassifier(fast=True).fit(renamed, y)
    assert isinstance(model.ensemble_.booster, lgb.Booster)
    assert model.predict_proba(renamed).shape == (len(y), 2)


def test_a_number_never_missing_in_training_is_not_read_as_zero_later(survey: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = survey
    model = RiskClassifier(fast=True).fit(X, y)
    middle = X.head(5).assign(noise=X["noise"].median())
    np.testing.assert_array_equal(model.predict_proba(X.head(5).assign(noise=np.nan)), model.predict_proba(middle))

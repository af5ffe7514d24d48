"""Regressions from cross products, beside scikit-learn's slower ones."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Lasso, RidgeCV

from graduation.interventions.estimating.lasso import joint_lasso
from graduation.interventions.estimating.ridge import ridge

PENALTIES = np.logspace(-1, 4, 11)


@pytest.mark.parametrize(("n", "p"), [(200, 12), (60, 90)])
def test_ridge_is_that_of_scikit_learn(n: int, p: int) -> None:
    rng = np.random.default_rng(0)
    Z, weight = rng.normal(size=(n, p)), rng.uniform(0.5, 3, n)
    y = Z[:, 0] + rng.normal(size=n) + 3
    known = RidgeCV(alphas=PENALTIES, store_cv_results=True).fit(Z, y, sample_weight=weight)
    found, squares = ridge(Z, y, weight, PENALTIES, np.arange(n))
    np.testing.assert_allclose(found.predict(Z), known.predict(Z))
    best = known.cv_results_[:, PENALTIES.tolist().index(known.alpha_)]
    np.testing.assert_allclose(squares, best / weight)


def test_lasso_keeps_what_tells_for_all_outcomes_or_none() -> None:
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(600, 30))
    Z -= Z.mean(axis=0)
    Y = Z[:, :2] @ np.array([[0.8, 0.2], [0.0, 0.5]]) + rng.normal(size=(600, 2))
    Y -= Y.mean(axis=0)
    kept = joint_lasso(Z, Y, np.ones(600), np.arange(600)) != 0
    assert (kept[:, 0] == kept[:, 1]).all()
    assert kept[:2].all()
    assert kept.any(axis=1).sum() < 20
    noise = joint_lasso(Z, rng.normal(size=(600, 2)), np.ones(600), np.arange(600))
    assert np.abs(noise).max() < 0.1


def test_lasso_of_one_outcome_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    Z, weight = rng.normal(size=(400, 15)), rng.uniform(0.5, 3, 400)
    Z -= weight @ Z / weight.sum()
    y = Z[:, :3] @ [1.0, -0.5, 0.3] + rng.normal(size=400)
    y -= weight @ y / weight.sum()
    found = joint_lasso(Z, y[:, None], weight, np.arange(400))[:, 0]
    # At the optimum of some penalty, that penalty is the pull of every column that is kept.
    pull = (weight * (y - Z @ found)) @ Z / weight.sum()
    penalty = float(np.abs(pull).max())
    known = Lasso(alpha=penalty, fit_intercept=False, tol=1e-8).fit(Z, y, sample_weight=weight).coef_
    np.testing.assert_allclose(found, known, atol=0.01)


def test_copies_of_records_do_not_weaken_the_penalty_of_ridge() -> None:
    rng = np.random.default_rng(4)
    Z, household = rng.normal(size=(60, 40)), np.arange(60)
    y, weight = 0.3 * Z[:, 0] + rng.normal(size=60), np.ones(60)
    four = [np.repeat(one, 4, axis=0) for one in (Z, y, weight)]
    penalties = np.array([1.0, 1000.0])
    together, _ = ridge(*four, penalties, np.repeat(household, 4))
    apart, _ = ridge(*four, penalties, np.arange(240))
    strong, _ = ridge(*four, penalties[1:], np.arange(240))
    np.testing.assert_allclose(together.coef, strong.coef)
    assert np.abs(apart.coef).sum() > 2 * np.abs(strong.coef).sum()

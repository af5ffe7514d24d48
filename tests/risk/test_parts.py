"""The parts of a risk: a linear model that reads any column, trees that merge exactly, weights that stay sane."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from graduation.risk import RiskClassifier, boosting
from graduation.risk.blending import blend
from graduation.risk.folds import make_folds
from graduation.risk.linear import LinearPart, Term, fit_linear, make_terms
from graduation.risk.sample import Sample

N = 1_200


@pytest.fixture(scope="module")
def sample() -> Sample:
    rng = np.random.default_rng(0)
    encoded = rng.normal(size=(N, 4))
    encoded[:, 3] = rng.integers(0, 3, N)
    encoded[rng.random(N) < 0.2, 1] = np.nan
    y = (rng.random(N) < expit(-1 + encoded[:, 0] + (encoded[:, 3] == 2) + np.isnan(encoded[:, 1]))).astype(int)
    fold = make_folds(y, np.arange(N), 4)
    assert fold is not None
    return Sample(encoded, y, np.ones(N), fold, {3: 3})


def test_a_member_of_the_linear_part_is_scikit_learns_ridge(sample: Sample) -> None:
    terms = make_terms(sample.encoded, sample.levels, sample.weight)
    part, held_out, strength = fit_linear(sample, terms, signs={}, strengths=(0.1,))
    design, rows = np.column_stack([term.values(sample.encoded) for term in terms]), sample.fold != 0
    theirs = LogisticRegression(C=0.1, solver="newton-cholesky").fit(design[rows], sample.y[rows])
    np.testing.assert_allclose(part.coefficients[0], theirs.coef_[0], atol=1e-4)
    np.testing.assert_allclose(held_out[~rows], theirs.decision_function(design[~rows]), atol=1e-3)
    assert strength == 0.1


def test_terms_are_numbers_levels_and_what_is_missing(sample: Sample) -> None:
    terms = make_terms(sample.encoded, sample.levels, sample.weight)
    kinds = [(term.column, term.kind) for term in terms]
    assert kinds == [(0, "number"), (1, "number"), (1, "missing"), (2, "number"), *[(3, "level")] * 3]
    assert all(abs(term.values(sample.encoded).mean()) < 1e-12 for term in terms)


def test_money_is_read_on_a_logarithmic_scale() -> None:
    money = np.random.default_rng(0).lognormal(10, 1.5, (N, 1))
    (term,) = make_terms(money, {}, np.ones(N))
    assert term.log > 0
    closeness = [np.corrcoef(values, np.log(money[:, 0]))[0, 1] for values in (term.values(money), money[:, 0])]
    assert closeness[0] > 0.9 > closeness[1]
    (plain,) = make_terms(np.random.default_rng(0).normal(size=(N, 1)), {}, np.ones(N))
    assert plain.log == 0


def test_a_coefficient_against_its_direction_is_taken_out(sample: Sample) -> None:
    terms = make_terms(sample.encoded, sample.levels, sample.weight)
    part, *_ = fit_linear(sample, terms, signs={0: -1}, strengths=(1.0,))
    assert (part.coefficients[:, 0] == 0).all()
    free, *_ = fit_linear(sample, terms, signs={0: 1}, strengths=(1.0,))
    assert (free.coefficients[:, 0] > 0.5).all()


def test_the_linear_part_reads_back_and_adds_up(sample: Sample) -> None:
    part = LinearPart([Term(0, "number", scale=2.0)], np.array([[1.0], [3.0]]), np.array([0.0, 1.0]))
    again = LinearPart.from_json(part.to_json())
    amounts, base = again.contributions(sample.encoded)
    np.testing.assert_allclose(amounts.sum(axis=1) + base, part.member_margins(sample.encoded).mean(axis=0))
    assert base == 0.5


@pytest.mark.parametrize("rounds", [1, 30])
def test_merged_trees_are_the_blend_of_the_members_means(sample: Sample, rounds: int) -> None:
    data, shares = boosting.make_dataset(sample), {"bagged": 0.7, "randomised": 0.4}
    grown = {
        kind: boosting.fit_trees(
            data, sample, params={**boosting.COMMON, **settings}, most_rounds=rounds, rounds=rounds, tell=lambda _: None
        )
        for kind, settings in boosting.kinds_for(N, fast=False).items()
    }
    booster, spans = boosting.merge(grown, shares)
    expected = sum(
        share * np.mean([one.predict(sample.encoded, raw_score=True) for one in grown[kind].boosters], axis=0)
        for kind, share in shares.items()
    )
    np.testing.assert_allclose(boosting.predict(booster, sample.encoded), expected, atol=1e-12)
    parts = [boosting.predict(booster, sample.encoded, start, count) for _, start, count in spans]
    np.testing.assert_allclose(np.sum(parts, axis=0), expected, atol=1e-12)
    assert sum(count for *_, count in spans) == booster.num_trees()


def test_weights_go_to_the_part_that_knows(sample: Sample) -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=N)
    y = (rng.random(N) < expit(truth)).astype(int)
    _, (knows, guesses) = blend(np.stack([truth, rng.normal(size=N)]), y, np.ones(N))
    assert knows > 0.7
    assert guesses < 0.2
    _, (knows, guesses) = blend(np.stack([truth, truth]), y, np.ones(N))
    assert knows == pytest.approx(guesses)


def test_few_cases_leave_weights_near_their_prior() -> None:
    rng = np.random.default_rng(1)
    margins, y = rng.normal(size=(2, 12)), np.arange(12) % 2
    _, weights = blend(margins, y, np.ones(12), prior=(1.0, 0.0))
    np.testing.assert_allclose(weights, [1, 0], atol=0.15)


def test_no_group_is_in_two_folds() -> None:
    rng = np.random.default_rng(0)
    group, y = rng.integers(0, 60, 600), (rng.random(600) < 0.1).astype(int)
    fold = make_folds(y, group, 5)
    assert fold is not None
    assert pd.Series(fold).groupby(group).nunique().max() == 1
    assert make_folds(np.array([1, 1, 0, 0, 0, 0]), np.array([0, 0, 1, 2, 3, 4]), 5) is None


def test_directions_hold_for_the_whole_model() -> None:
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.normal(size=(1_500, 4)), columns=list("abcd"))
    y = (rng.random(1_500) < expit(-1 + X["a"] ** 2 - 0.5 * X["b"])).astype(int)
    model = RiskClassifier(directions={"a": 1, "b": 1, "c": -1}).fit(X, y)
    low = model.log_odds(X)
    for name, sign in (("a", 1), ("b", 1), ("c", -1)):
        assert (sign * (model.log_odds(X.assign(**{name: X[name] + 0.7})) - low) >= -1e-12).all()

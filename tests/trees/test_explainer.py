"""The engine gives LightGBM's own numbers: raw scores bit by bit, contributions within 1e-6."""

from __future__ import annotations

import re
from typing import Any

import numba
import numpy as np
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st

from graduation.errors import ModelError, UsageError
from graduation.trees import Explainer, Forest, TooLarge, cost, tables
from tests.trees.boosters import deep, fit, hard, table

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "binary": {"objective": "binary"},
    "many": {"num_leaves": 90, "rounds": 4, "max_cat_to_onehot": 1},
    "one-hot": {"max_cat_to_onehot": 100},
    "zero as missing": {"zero_as_missing": True},
    "no missing": {"use_missing": False},
    "stumps": {"num_leaves": 2},
    "monotone": {"monotone_constraints": [1, -1, 0, 1, 0, 0, 0, 0]},
    "no average": {"boost_from_average": False},
    "constant": {"min_data_in_leaf": 1_000, "rounds": 2},
    "extra": {"extra_trees": True, "feature_fraction": 0.5, "num_leaves": 16},
}


def explained(booster: Any, **options: Any) -> Explainer:
    return Explainer.of(Forest.from_text(booster.model_to_string()), **options)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("compiled", [True, False])
def test_it_is_lightgbm_to_the_last_digit(way: str, compiled: bool) -> None:
    booster = fit(table(), **WAYS[way])
    X = hard(table(200, seed=1), booster)
    engine = explained(booster, compiled=compiled)
    np.testing.assert_array_equal(engine.raw(X), booster.predict(X, raw_score=True))
    amounts, base = engine.contributions(X)
    expected = booster.predict(X, pred_contrib=True)
    np.testing.assert_allclose(amounts, expected[:, :-1], atol=1e-6)
    assert base == pytest.approx(expected[0, -1], abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1_000),
    leaves=st.integers(2, 60),
    depth=st.integers(1, 12),
    missing=st.sampled_from([0.0, 0.3]),
    zero=st.booleans(),
)
def test_any_forest_is_explained_as_lightgbm_does(
    seed: int, leaves: int, depth: int, missing: float, zero: bool
) -> None:
    X = table(150, seed=seed, missing=missing)
    booster = fit(X, rounds=3, seed=seed, num_leaves=leaves, max_depth=depth, zero_as_missing=zero)
    X = hard(X, booster)
    engine = explained(booster)
    np.testing.assert_array_equal(engine.raw(X), booster.predict(X, raw_score=True))
    np.testing.assert_allclose(engine.contributions(X)[0], booster.predict(X, pred_contrib=True)[:, :-1], atol=1e-6)


def test_it_agrees_with_shap() -> None:
    booster = fit(table())
    X = table(50, seed=2)
    amounts, base = explained(booster).contributions(X)
    other = shap.TreeExplainer(booster)
    np.testing.assert_allclose(amounts, other.shap_values(X), atol=1e-6)
    assert base == pytest.approx(float(np.ravel(other.expected_value)[0]), abs=1e-6)


@pytest.mark.parametrize("compiled", [True, False])
def test_leaves_too_deep_for_tables_are_integrated(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    monkeypatch.setattr(cost, "DEEPEST", (0,))
    monkeypatch.setattr(cost, "BITS", (8,))
    booster, X = deep()
    engine = explained(booster, compiled=compiled)
    assert engine.layout.deep.any()
    assert not engine.layout.deep.all()
    np.testing.assert_array_equal(engine.raw(X), booster.predict(X, raw_score=True))
    np.testing.assert_allclose(engine.contributions(X)[0], booster.predict(X, pred_contrib=True)[:, :-1], atol=1e-6)


@pytest.mark.parametrize("compiled", [True, False])
def test_amounts_are_as_exact_as_they_are_large(compiled: bool) -> None:
    X = table()
    booster = fit(X, learning_rate=0.05)
    large = re.sub(
        r"(?m)^leaf_value=(.*)$",
        lambda line: "leaf_value=" + " ".join(repr(float(value) * 1e6) for value in line[1].split()),
        booster.model_to_string(),
    )
    small, engine = explained(booster, compiled=compiled), Explainer.of(Forest.from_text(large), compiled=compiled)
    for one, size in ((small, 1.0), (engine, 1e6)):
        amounts, base = one.contributions(X)
        np.testing.assert_allclose(amounts.sum(axis=1) + base, one.raw(X), atol=1e-9 * size)
        np.testing.assert_allclose(amounts, booster.predict(X, pred_contrib=True)[:, :-1] * size, atol=1e-6 * size)


@pytest.mark.parametrize("compiled", [True, False])
def test_sums_that_fill_32_bits_are_carried_on(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    X = table()
    booster = fit(X, rounds=150, learning_rate=0.02)
    # Units so small that a few tables fill the sum of a feature.
    monkeypatch.setattr(tables, "TOLERANCE", 1e-11)
    engine = explained(booster, compiled=compiled)
    assert engine.tables.full.sum() > 10
    amounts, base = engine.contributions(X)
    np.testing.assert_allclose(amounts.sum(axis=1) + base, engine.raw(X), atol=1e-7)
    np.testing.assert_allclose(amounts, booster.predict(X, pred_contrib=True)[:, :-1], atol=1e-6)


def test_numpy_does_the_work_where_numba_shall_not(monkeypatch: pytest.MonkeyPatch) -> None:
    booster, X = fit(table(), rounds=2), table(50, seed=8)
    usual = explained(booster)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    engine = explained(booster)
    assert (usual.compiled, engine.compiled) == (True, False)
    assert engine.contributions(X)[0].tobytes() == usual.contributions(X)[0].tobytes()


def test_rows_threads_and_blocks_change_no_byte() -> None:
    booster = fit(table())
    X = table(9_000, seed=3)
    one, two = explained(booster), explained(booster, threads=2)
    amounts, _ = one.contributions(X)
    assert amounts.tobytes() == two.contributions(X)[0].tobytes()
    order = np.random.default_rng(0).permutation(len(X))
    assert amounts[order].tobytes() == one.contributions(X[order])[0].tobytes()
    assert one.contributions(X[17:18])[0].tobytes() == amounts[17].tobytes()
    assert one.contributions(X[:0])[0].shape == (0, 8)
    assert one.raw(X[:0]).shape == (0,)


def test_columns_may_come_one_by_one_with_codes_for_categories() -> None:
    booster = fit(table())
    X = table(100, seed=4)
    columns = [X[:, column] for column in range(8)]
    for category in (5, 6, 7):
        columns[category] = np.nan_to_num(X[:, category], nan=-1).astype(np.int16)
    engine = explained(booster)
    np.testing.assert_array_equal(engine.raw(columns), engine.raw(X))


def test_spans_of_trees_are_summed_in_the_same_pass() -> None:
    booster = fit(table(), rounds=9)
    X = table(100, seed=6)
    raw, sums = explained(booster).sums(X, [(0, 4), (6, 3)])
    np.testing.assert_array_equal(raw, booster.predict(X, raw_score=True))
    for row, (start, count) in zip(sums, [(0, 4), (6, 3)], strict=True):
        np.testing.assert_array_equal(
            row, booster.predict(X, raw_score=True, start_iteration=start, num_iteration=count)
        )


def test_what_would_take_too_much_memory_is_told_before() -> None:
    booster = fit(table(), num_leaves=31)
    with pytest.raises(TooLarge, match="let LightGBM itself explain"):
        explained(booster, memory=1_000)


def test_wrong_calls_are_refused() -> None:
    engine = explained(fit(table(), rounds=2))
    X = table(5)
    with pytest.raises(UsageError, match="7 columns; expected the 8"):
        engine.raw(X[:, :7])
    with pytest.raises(UsageError, match="spans apart"):
        engine.sums(X, [(0, 2), (1, 1)])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"linear_tree": True}, "linear models in the leaves"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "averaged"),
    ],
)
def test_boosters_of_another_kind_are_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Forest.from_text(fit(table(), rounds=2, **params).model_to_string())


def test_texts_that_are_no_booster_are_refused() -> None:
    text = fit(table(), rounds=2).model_to_string()
    with pytest.raises(ModelError, match="text without a version"):
        Forest.from_text("hello")
    with pytest.raises(ModelError, match="version v9"):
        Forest.from_text(text.replace("version=v4", "version=v9"))
    with pytest.raises(ModelError, match="several trees"):
        Forest.from_text(text.replace("num_tree_per_iteration=1", "num_tree_per_iteration=3"))
    with pytest.raises(ModelError, match="parts missing"):
        Forest.from_text(text.replace("\nthreshold=", "\nthreshold=1.0 ", 1))
    with pytest.raises(ModelError, match="no finite number"):
        Forest.from_text(re.sub(r"(?m)^leaf_value=\S+", "leaf_value=nan", text, count=1))

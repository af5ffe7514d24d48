"""Rules of thumb do what their names say, on the same rows as the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import roc_auc_score

import graduation
from graduation.risk import candidate_scores
from graduation.risk.candidates.quantile import LinearQuantile

Parts = tuple[graduation.Panel, graduation.Panel]
COLUMNS = [
    "logit", "scorecard", "neediest_first", "linear_pmt", "linear_pmt_areas", "quantile_pmt", "area_average",
    "state_now", "random",
]  # fmt: skip


@pytest.fixture(scope="module")
def parts(panel: graduation.Panel) -> Parts:
    return panel.split("household", seed=1)


@pytest.fixture(scope="module")
def scores(parts: Parts) -> pd.DataFrame:
    return candidate_scores(*parts)


def test_every_rule_has_a_column_and_ranks_all_test_households(scores: pd.DataFrame, parts: Parts) -> None:
    assert list(scores) == COLUMNS
    assert scores.index.equals(parts[1].outcome.index)
    assert scores.notna().all().all()


def test_means_tests_point_at_the_poor(scores: pd.DataFrame, parts: Parts) -> None:
    for name in ("linear_pmt", "linear_pmt_areas", "quantile_pmt"):
        assert roc_auc_score(parts[1].state, scores[name]) > 0.7


def test_a_means_test_without_areas_does_not_know_the_place(scores: pd.DataFrame, parts: Parts) -> None:
    train, test = parts
    moved = test.households.assign(kecamatan="321623", village="elsewhere")
    groups = test.groups.assign(kecamatan="321623", village="elsewhere")
    again = candidate_scores(train, replace(test, households=moved, groups=groups))
    same = ["linear_pmt", "quantile_pmt", "scorecard"]
    pd.testing.assert_frame_equal(again[same], scores[same])
    assert not np.allclose(again["linear_pmt_areas"], scores["linear_pmt_areas"])


def test_a_place_that_training_did_not_see_has_no_effect(parts: Parts) -> None:
    train, test = parts
    rows = []
    for name in ("nowhere", "never heard of"):
        places = test.groups.assign(kecamatan=name, village=name)
        rows.append(candidate_scores(train, replace(test, groups=places))["linear_pmt_areas"])
    pd.testing.assert_series_equal(rows[0], rows[1])


def test_without_welfare_the_means_test_is_of_the_state(parts: Parts, scores: pd.DataFrame) -> None:
    def blind(part: graduation.Panel) -> graduation.Panel:
        kept = {name: column for name, column in part.dictionary.columns.items() if column.role != "welfare"}
        return replace(part, dictionary=part.dictionary.model_copy(update={"columns": kept}))

    found = candidate_scores(*map(blind, parts))
    assert [name for name in found if name not in COLUMNS] == ["state_pmt"]
    assert {"linear_pmt", "linear_pmt_areas", "quantile_pmt", "neediest_first"}.isdisjoint(found)
    assert found["state_pmt"].between(0, 1).all()
    assert roc_auc_score(parts[1].state, found["state_pmt"]) > 0.7


def test_households_without_weight_have_no_influence(parts: Parts) -> None:
    train, test = parts
    silent = np.arange(len(train.outcome)) % 2 == 0
    changed = replace(train, outcome=(train.outcome.where(~silent, 1)), weight=train.weight.mask(silent, 0.0))
    found, wanted = candidate_scores(changed, test), candidate_scores(train.subset(~silent), test)
    pd.testing.assert_frame_equal(found, wanted)


def test_weights_count_as_copies_do() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = X @ [1.0, -2.0] + rng.normal(size=60)
    times = rng.integers(1, 4, 60)
    weighted = LinearQuantile(0.3).fit(X, y, sample_weight=times).predict(X)
    copied = LinearQuantile(0.3).fit(np.repeat(X, times, axis=0), np.repeat(y, times)).predict(X)
    assert weighted == pytest.approx(copied, abs=1e-3)
    assert np.abs(weighted - LinearQuantile(0.3).fit(X, y).predict(X)).max() > 0.01


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_the_quantile_regression_is_that_of_scikit_learn(quantile: float) -> None:
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.normal(size=(300, 3)), rng.integers(0, 2, 300)])
    y = X @ [1.0, 0.5, 0.0, -1.0] + rng.standard_t(3, size=300) * (1 + np.abs(X[:, 0]))
    weight = rng.uniform(0.2, 3, 300)
    ours = LinearQuantile(quantile).fit(X, y, sample_weight=weight).predict(X)
    theirs = QuantileRegressor(quantile=quantile, alpha=0, solver="highs").fit(X, y, sample_weight=weight).predict(X)
    assert ours == pytest.approx(theirs, abs=1e-3)
    assert np.average(y <= ours + 1e-6, weights=weight) == pytest.approx(quantile, abs=0.02)


def test_columns_that_add_up_to_the_constant_are_no_obstacle() -> None:
    half = np.tile([0.0, 1.0], 20)
    X = np.column_stack([half, 1 - half])
    y = np.where(half > 0, 5.0, 1.0) + np.tile([-1, -1, 0, 0, 1, 1, 2, 2], 5)
    found = LinearQuantile(0.4).fit(X, y).predict(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert found == pytest.approx([5.0, 1.0], abs=1e-2)


def test_a_registry_of_places_and_welfare_only_still_has_its_rules(parts: Parts) -> None:
    def bare(part: graduation.Panel) -> graduation.Panel:
        kept = {name: column for name, column in part.dictionary.columns.items() if column.role != "feature"}
        return replace(part, dictionary=part.dictionary.model_copy(update={"columns": kept}))

    found = candidate_scores(*map(bare, parts))
    assert list(found) == ["logit", "scorecard", "neediest_first", "area_average", "state_now", "random"]
    assert (found["scorecard"] == 0).all()


def test_a_ranking_that_the_registry_brings_along_is_compared_and_never_learned_from(parts: Parts) -> None:
    train, test = parts
    column = graduation.Dictionary.model_validate(
        test.dictionary.model_dump()
        | {"columns": test.dictionary.model_dump()["columns"]
           | {"decile": {"name": "decile", "type": "integer", "role": "score", "direction": "falls"}}}
    )  # fmt: skip
    decile = pd.Series(np.arange(len(test.outcome)) % 10 + 1.0, index=test.outcome.index)
    decile.iloc[0] = np.nan
    brought = [
        replace(part, dictionary=column, households=part.households.assign(decile=decile.reindex(part.outcome.index)))
        for part in (train, test)
    ]
    scores = candidate_scores(*brought)
    assert list(scores) == [*COLUMNS, "decile"]
    assert scores["decile"].iloc[0] == scores["decile"].min()  # not known: last
    known = scores["decile"].iloc[1:]
    assert (known == -decile.iloc[1:]).all()
    assert "decile" not in column.features
    pd.testing.assert_series_equal(scores["logit"], candidate_scores(train, test)["logit"])


def test_a_ranking_of_the_registry_hides_no_rule_of_ours(parts: Parts) -> None:
    train, test = parts
    column = {"name": "random", "type": "integer", "role": "score", "direction": "rises"}
    columns = test.dictionary.model_dump()["columns"] | {"random": column}
    dictionary = graduation.Dictionary.model_validate(test.dictionary.model_dump() | {"columns": columns})
    brought = [replace(one, dictionary=dictionary, households=one.households.assign(random=7)) for one in (train, test)]
    scores = candidate_scores(*brought)
    assert scores["random"].nunique() > 1
    assert (scores["random (registry)"] == 7).all()
    assert "random" not in dictionary.at_scoring().columns  # a model asks for no ranking

"""The engine's walk through the trees of a model tells what LightGBM tells."""

from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pytest

from graduation.errors import ModelError
from graduation.risk import Model
from graduation.risk.calibration import Calibration
from graduation.risk.ensemble import Ensemble
from graduation.schema import Registry
from graduation.trees import Explainer, TooLarge, parsing


@pytest.fixture(scope="module")
def ensemble(model: Model) -> Ensemble:
    return model.risk.classifiers_["pooled"].ensemble_


@pytest.fixture(scope="module")
def encoded(model: Model, registries: list[Registry]) -> np.ndarray:
    X, state = model.inputs(registries[1].households)
    return model.risk.classifiers_["pooled"].encoder_.transform(X.assign(is_extreme_poor_now=state))


def test_one_walk_equals_three_calls_of_lightgbm(ensemble: Ensemble, encoded: np.ndarray) -> None:
    told = ensemble.assess(encoded)
    assert np.array_equal(told.log_odds, ensemble.log_odds(encoded))
    np.testing.assert_allclose(told.error, ensemble.error(encoded), rtol=1e-12)
    np.testing.assert_allclose(told.contributions.sum(axis=1) + told.base, told.log_odds, atol=1e-6)


def test_a_row_alone_is_told_as_among_others_to_the_last_bit(ensemble: Ensemble, encoded: np.ndarray) -> None:
    for calibration in (Calibration("platt", ((0.1, 0.9),)), Calibration("beta", ((0.1, 0.8, 0.7),))):
        one = replace(ensemble, calibration=calibration)
        together = one.assess(encoded[:150])
        for row in range(150):
            alone = one.assess(encoded[row : row + 1])
            assert alone.log_odds.tobytes() == together.log_odds[row].tobytes()
            assert alone.contributions[0].tobytes() == together.contributions[row].tobytes()


def test_where_tables_do_not_fit_lightgbm_explains(
    ensemble: Ensemble, encoded: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Explainer:
        raise TooLarge(10**10, 10**9)

    told = ensemble.assess(encoded)
    with monkeypatch.context() as patch:
        patch.setattr(Explainer, "of", refuse)
        other = Ensemble.from_json(ensemble.to_json(), ensemble.booster.model_to_string())
        with pytest.warns(UserWarning, match="LightGBM explains"):
            slow = other.assess(encoded)
    assert np.array_equal(slow.log_odds, told.log_odds)
    np.testing.assert_allclose(slow.contributions, told.contributions, atol=1e-6)
    np.testing.assert_allclose(slow.error, told.error, rtol=1e-12)


def test_no_rows(ensemble: Ensemble, encoded: np.ndarray) -> None:
    told = ensemble.assess(encoded[:0])
    assert told.contributions.shape == (0, encoded.shape[1])
    assert np.isfinite(told.base)


def test_a_booster_that_the_engine_does_not_read_is_explained_by_lightgbm(
    ensemble: Ensemble, encoded: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ensemble.assess(encoded[:50])
    monkeypatch.setattr(parsing, "VERSIONS", ())
    other = Ensemble.from_json(ensemble.to_json(), ensemble.booster.model_to_string())
    with pytest.warns(UserWarning, match=r"version v\d.*LightGBM explains, slower"):
        slow = other.assess(encoded[:50])
    np.testing.assert_allclose(slow.contributions, told.contributions, atol=1e-6)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", [{"linear_tree": True}, {"objective": "multiclass", "num_class": 3}])
def test_what_lightgbm_does_not_explain_either_is_a_model_error(ensemble: Ensemble, kind: dict[str, Any]) -> None:
    X = np.random.default_rng(0).normal(size=(200, 4))
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, **kind}
    booster = lightgbm.train(params, lightgbm.Dataset(X, (X[:, 0] > 0).astype(int)), 2)
    assert replace(ensemble, booster=ensemble.booster).explainer is not None
    with pytest.raises(ModelError, match="Predict with LightGBM itself"):
        _ = replace(ensemble, booster=booster).explainer

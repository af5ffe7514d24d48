"""A model refuses what it cannot read, and keeps the promises of its dictionary."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import DataError, ModelError
from graduation.schema import Registry
from tests.conftest import ROOT

NEVER_LOWER = (
    "had_serious_illness", "has_chronic_illness", "has_severe_disability", "n_children_school_age",
    "n_children_out_of_school", "n_elderly",
)  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> graduation.Model:
    return graduation.load_model(ROOT / "models" / "sample")


@pytest.fixture(scope="module")
def latest(shipped: graduation.Model) -> Registry:
    return graduation.read_registry(ROOT / "data" / "sample" / "registry_2024.csv", schema=shipped.dictionary)


@pytest.mark.parametrize("name", NEVER_LOWER)
def test_health_disability_and_children_never_lower_a_priority(
    shipped: graduation.Model, latest: Registry, name: str
) -> None:
    is_number = shipped.dictionary.columns[name].type == "integer"
    without = latest.households.assign(**{name: 0.0 if is_number else pd.array([False] * len(latest.households))})
    having = latest.households.assign(**{name: 2.0 if is_number else pd.array([True] * len(latest.households))})
    change = shipped.predict_risk(having) - shipped.predict_risk(without)
    assert (change >= -1e-12).all()
    assert set(NEVER_LOWER) <= set(shipped.dictionary.features)


def test_every_declared_direction_holds(shipped: graduation.Model, latest: Registry) -> None:
    for name, column in shipped.dictionary.columns.items():
        if column.is_feature and column.direction and column.type in ("number", "integer"):
            more = latest.households.assign(**{name: latest.households[name] * 2 + 1})
            X, state = shipped.inputs(latest.households)
            grown = X.assign(**{name: shipped.inputs(more)[0][name]})
            change = shipped.risk.predict_risk(grown, state) - shipped.risk.predict_risk(X, state)
            sign = 1 if column.direction == "rises" else -1
            assert (sign * change[X[name].notna()] >= -1e-12).all(), name


def test_raw_codes_are_not_taken_for_accepted_households(shipped: graduation.Model) -> None:
    raw = pd.read_csv(ROOT / "data" / "sample" / "registry_2024.csv").drop_duplicates("household_id")
    with pytest.raises(DataError, match="not yes or no"):
        graduation.score(raw.set_index("household_id"), shipped)


def test_another_index_is_refused(shipped: graduation.Model, latest: Registry) -> None:
    with pytest.raises(ModelError, match="expected \\['household_id'\\], as read_registry gives them"):
        graduation.score(latest.households.reset_index(), shipped)


def test_repeated_and_no_households_are_refused(shipped: graduation.Model, latest: Registry) -> None:
    twice = pd.concat([latest.households.head(3), latest.households.head(1).assign(household_size=9.0)])
    with pytest.raises(DataError, match="duplicate household"):
        graduation.score(twice, shipped)
    with pytest.raises(DataError, match="no rows"):
        graduation.score(latest.households.head(0), shipped)


def test_accepted_households_score_as_their_registry_does(shipped: graduation.Model, latest: Registry) -> None:
    one = graduation.score(latest, shipped, reasons=0).table["risk"]
    other = graduation.score(latest.households.sample(frac=1, random_state=1), shipped, reasons=0).table["risk"]
    np.testing.assert_array_equal(one, other[one.index])


def test_categories_that_training_did_not_see_are_counted(shipped: graduation.Model, latest: Registry) -> None:
    free = shipped.dictionary.columns["kecamatan"].model_copy(update={"codes": {}})
    open_dictionary = shipped.dictionary.model_copy(
        update={"columns": {**shipped.dictionary.columns, "kecamatan": free}}
    )
    elsewhere = graduation.Model(shipped.risk, open_dictionary, shipped.card)
    moved = latest.households.head(20).assign(kecamatan="327501")
    scores = graduation.score(moved, elsewhere, reasons=0)
    assert scores.unseen == {"kecamatan": 20}
    assert "kecamatan (20)" in scores.summary()

"""Where households of training stand is told right, and nobody is told of by himself."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from graduation.risk import STATE_FEATURE, Reference, learn_reference, shown_numbers
from graduation.schema import Dictionary


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    draw = np.random.default_rng(1)
    floors = draw.choice(["1", "2", "3"], 5_000, p=[0.88, 0.117, 0.003])
    return pd.DataFrame(
        {
            "household_size": draw.poisson(3, 5_000) + 1.0,
            "floor": np.where(draw.random(5_000) < 0.1, None, floors),
            "has_tv": (draw.random(5_000) < 0.3).astype(float),
            "weight": draw.uniform(0.5, 2, 5_000),
        }
    )


@pytest.fixture(scope="module")
def dictionary(table: pd.DataFrame) -> Dictionary:
    columns = {
        "household_id": {"type": "text", "role": "id"}, "household_size": {"type": "integer"},
        "floor": {"type": "category"}, "has_tv": {"type": "boolean"},
    }  # fmt: skip
    named = {name: {"name": name, **column} for name, column in columns.items()}
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": named})


def learned(table: pd.DataFrame, dictionary: Dictionary) -> Reference:
    X = table[["household_size", "floor", "has_tv"]]
    return learn_reference(X, (table["household_size"] > 5).astype(float), table["weight"], dictionary)


def test_standing_is_a_count_of_households_to_a_point(table: pd.DataFrame, dictionary: Dictionary) -> None:
    found, size, weight = learned(table, dictionary), table["household_size"], table["weight"]
    for value in (0.0, 1.0, 3.0, 4.5, 7.0, 30.0):
        shares = [weight[rows].sum() / weight.sum() * 100 for rows in (size < value, size == value, size > value)]
        under, same, over = found.standing("household_size", value)
        assert max(shares[0] - 1.5, 0) <= under <= shares[0]
        assert max(shares[2] - 1.5, 0) <= over <= shares[2] + 1e-9
        assert abs(same - shares[1]) <= 1


def test_shares_are_weighted_and_rare_answers_are_not_told(table: pd.DataFrame, dictionary: Dictionary) -> None:
    found, weight = learned(table, dictionary), table["weight"]
    assert set(found.levels["floor"]) == {"1", "2"}
    assert found.levels["floor"]["2"] == pytest.approx(weight[table["floor"] == "2"].sum() / weight.sum(), abs=1e-4)
    assert found.missing == {"floor": pytest.approx(weight[table["floor"].isna()].sum() / weight.sum(), abs=1e-4)}
    assert set(found.levels[STATE_FEATURE]) == {"0", "1"}


def test_no_quantile_has_fewer_than_ten_households_beyond_it(table: pd.DataFrame, dictionary: Dictionary) -> None:
    few = table.head(205).assign(household_size=np.arange(205.0))
    found = learned(few.assign(weight=1.0), dictionary).numbers["household_size"]
    assert len(found) == 91
    assert min(found) >= 9
    assert max(found) <= 195
    reference = learned(few, dictionary)
    assert reference.standing("household_size", -1.0) == (0, 0, 95)
    assert reference.standing("household_size", 999.0) == (95, 0, 0)
    assert learned(table.head(15), dictionary).numbers == {}


def test_order_of_rows_changes_nothing_and_json_keeps_all(table: pd.DataFrame, dictionary: Dictionary) -> None:
    found = learned(table, dictionary)
    assert learned(table.sample(frac=1, random_state=2), dictionary) == found
    assert Reference.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    "change",
    [{"numbers": {"a": [2.0, 1.0, 3.0]}}, {"numbers": {"a": [1.0, 2.0]}}, {"missing": {"a": 2}},
     {"levels": {"a": {"1": -0.1}}}, {"numbers": {"a": [float("nan")]}}],
)  # fmt: skip
def test_what_is_no_reference_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"rising|between"):
        Reference.from_json({"numbers": {}, "levels": {}, "missing": {}, **change})


def test_shown_numbers_are_few_and_near() -> None:
    values = np.random.default_rng(3).lognormal(9, 4, 10_000)
    shown = shown_numbers(values)
    assert (np.abs(shown - values) <= np.maximum(0.0051 * values, 0)).mean() > 0.85
    assert (np.abs(shown - values) <= np.where(values >= 10_000, 0.0051 * values, 0.0501)).all()
    assert len(set(shown)) < 9_000
    assert shown_numbers(np.array([np.nan, 0.0, -23456.0, 2015.0]))[1:].tolist() == [0.0, -23500.0, 2015.0]
    np.testing.assert_array_equal(shown_numbers(shown), shown)

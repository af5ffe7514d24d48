"""Programme records become effects, and no record disappears without a word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import UsageError
from graduation.schema import Registry
from graduation.workflows import learn_effects, records_dictionary

AFTER = "consumption_after_monthly_idr"


@pytest.fixture(scope="module")
def records(waves: graduation.Waves) -> Registry:
    return graduation.read_registry(waves.records, schema=records_dictionary(waves.dictionary, after=AFTER))


def test_records_set_aside_are_counted_by_reason(records: Registry) -> None:
    table = records.households.copy()
    n = len(table)
    table[AFTER] = table[AFTER].astype("float64")
    table.iloc[:5, table.columns.get_loc("arm")] = None
    table.iloc[3:12, table.columns.get_loc(AFTER)] = np.nan
    table.iloc[12:14, table.columns.get_loc(AFTER)] = 0.0
    table.iloc[14:15, table.columns.get_loc("survey_weight")] = 0.0
    model = learn_effects(replace(records, households=table))
    counts = dict(zip(model.dropped_["reason"], model.dropped_["records"], strict=True))
    assert counts == {
        "no arm": 5, f"no {AFTER}": 7, f"{AFTER} of 0 or less": 2, "no survey_weight above 0": 1
    }  # fmt: skip
    assert model.n_records_ == n - 15
    assert f"from {n - 15:,} of {n:,} programme records" in model.notes()[0]
    assert "no arm, 5" in model.notes()[0]


def test_nothing_is_said_to_be_set_aside_where_nothing_is(records: Registry) -> None:
    model = learn_effects(records)
    assert model.dropped_.empty
    assert f"from {len(records.households):,} of {len(records.households):,} " in model.notes()[0]


def test_survey_weights_count_where_the_dictionary_has_them(records: Registry, waves: graduation.Waves) -> None:
    heavy = records.households["household_size"].astype(float) > 3
    weighted = records.households.assign(survey_weight=np.where(heavy, 50.0, 1.0))
    model, plain = learn_effects(replace(records, households=weighted)), learn_effects(records)
    assert model.is_weighted_
    assert not np.allclose(model.average_effects_["effect"], plain.average_effects_["effect"], atol=1e-3)
    scoring = records_dictionary(waves.dictionary.at_scoring(), after=AFTER)
    without = learn_effects(graduation.read_registry(waves.records, schema=scoring))
    assert not without.is_weighted_
    assert "without survey weights" in without.notes()[0]


def test_records_need_arm_and_welfare_afterwards(registries: list[Registry]) -> None:
    with pytest.raises(UsageError, match="read them with records_dictionary"):
        learn_effects(registries[0])


def test_the_records_are_not_changed(records: Registry) -> None:
    before = records.households.copy()
    learn_effects(records)
    pd.testing.assert_frame_equal(records.households, before)


def test_effects_on_log_welfare_say_so_and_differ_only_where_asked(records: Registry) -> None:
    model = learn_effects(records, personal=False)
    assert model.outcome_unit == "log_welfare"
    assert model.heterogeneity_.empty
    assert not model.is_personal_

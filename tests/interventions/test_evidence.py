"""Assumed and estimated effects put together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graduation.errors import UsageError
from graduation.interventions import Intervention, Programme, check_risk_unit, load_programme, recommend
from graduation.interventions.evidence import combine_effects
from graduation.risk.scores import Scores

from .conftest import effect_model

PROGRAMME = load_programme("bekasi_2024")


def test_prior_and_data_are_weighed_by_precision(households: pd.DataFrame, scores: Scores) -> None:
    found = recommend(households, scores, PROGRAMME, effects=effect_model(training=(-0.2, 0.05)))
    row = found.effects.set_index("arm").loc["training"]
    prior, data = 1 / 0.10**2, 1 / 0.05**2
    assert (row["assumed"], row["assumed_sd"], row["estimated"], row["standard_error"]) == (0.03, 0.10, -0.2, 0.05)
    assert row["used"] == pytest.approx((prior * 0.03 + data * -0.2) / (prior + data))
    assert row["high"] - row["used"] == pytest.approx(1.96 / np.sqrt(prior + data), rel=1e-4)
    assert row["used"] - row["low"] == pytest.approx(row["high"] - row["used"])
    columns = ["arm", "label", "cost_idr", "assumed", "assumed_sd", "estimated", "standard_error"]
    here = ["slope_error", "suits_here", "mean_here", "sd_here", "low_here", "high_here"]
    assert found.effects.columns.tolist() == [*columns, "used", "low", "high", "basis", *here]
    assert (found.effects["slope_error"] == 0).all()
    assert found.effects[here[1:]].isna().all(axis=None)


def test_what_is_used_says_its_basis(households: pd.DataFrame, scores: Scores) -> None:
    found = recommend(households, scores, PROGRAMME, effects=effect_model(training=(-0.2, 0.05)))
    per_arm = found.table.drop_duplicates("arm").set_index("arm")
    expected = dict.fromkeys(["none", *PROGRAMME.names], "assumed")
    assert per_arm["basis"].to_dict() == {**expected, "training": "assumed + estimated"}
    used = found.effects.set_index("arm")["used"]
    pd.testing.assert_series_equal(per_arm["effect_log_welfare"].drop("none"), used, check_names=False)
    assert (found.table.loc[found.table["arm"] == "training", "benefit"] <= 0).all()
    assert "training" not in set(found.frame()["best_arm"])


def test_noise_steers_little_and_precision_much(households: pd.DataFrame, scores: Scores) -> None:
    def used(error: float) -> float:
        found = recommend(households, scores, PROGRAMME, effects=effect_model(cash=(0.4, error)))
        return float(found.effects.set_index("arm").loc["cash", "used"])

    assert used(10.0) == pytest.approx(0.01, abs=1e-4)
    assert used(0.001) == pytest.approx(0.4, abs=1e-3)
    assert used(0.0) == 0.4


def test_an_effect_given_as_certain_stays_assumed_and_is_said_so(households: pd.DataFrame, scores: Scores) -> None:
    programme = Programme(
        name="p", version="1", welfare_residual_sd=0.46, welfare_residual_sd_source="made up",
        interventions=(Intervention(name="cash", cost_idr=1, effect=0.05),),
    )  # fmt: skip
    found = recommend(households, scores, programme, effects=effect_model(cash=(0.4, 0.01)))
    row = found.effects.iloc[0]
    assert (row["used"], row["low"], row["high"], row["basis"]) == (0.05, 0.05, 0.05, "assumed")
    assert row["estimated"] == 0.4
    assert "No effect_sd is given for 'cash'" in " ".join(found.notes())
    assert "Not told apart" not in " ".join(found.notes())


def test_notes_name_noise_absent_arms_and_records(households: pd.DataFrame, scores: Scores) -> None:
    model = effect_model(cash=(0.048, 0.03), training=(0.3, 0.01))
    text = " ".join(recommend(households, scores, PROGRAMME, effects=model).notes())
    assert "assumed + estimated for 'cash', 'skills training'" in text
    assert "assumed + estimated effect of cash 0.038\u00a0(-0.012\u00a0to\u00a00.088)" in text
    assert "effect of skills training 0" not in text
    assert "The records have nothing on 'business capital with mentoring', 'skills training and business" in text
    assert "cash assumed 0.010 (sd 0.050), estimated 0.048 (standard error 0.030), used 0.038" in text
    assert "from 180 of 200 programme records; set aside: no arm, 20" in text


def test_arms_that_the_programme_lacks_are_all_refused(households: pd.DataFrame, scores: Scores) -> None:
    model = effect_model(cash=(0.1, 0.1), Training=(0.1, 0.1), CAPITAL=(0.1, 0.1), seeds=(0.1, 0.1))
    with pytest.raises(UsageError) as caught:
        recommend(households, scores, PROGRAMME, effects=model)
    for words in ("'Training' (did you mean 'training'?)", "'CAPITAL' (did you mean 'capital'?)", "'seeds'"):
        assert words in str(caught.value)
    assert "'cash'" not in str(caught.value)


def test_another_unit_is_refused_and_both_units_are_named() -> None:
    model = effect_model(cash=(2.0, 1.0))
    assert combine_effects(PROGRAMME, model)["estimated"].iloc[0] == 2.0
    model.outcome_unit_ = "log_welfare"
    assert combine_effects(PROGRAMME, model)["estimated"].iloc[0] == 2.0
    model.outcome_unit_ = "percentage points of poverty"
    with pytest.raises(UsageError, match=r"'percentage points of poverty'.*'log_welfare'"):
        combine_effects(PROGRAMME, model)


def test_a_programme_in_another_unit_takes_estimates_in_it_and_has_no_risk() -> None:
    programme = Programme(
        name="p", version="1", welfare_residual_sd=0.46, welfare_residual_sd_source="made up",
        effect_unit="idr_monthly",
        interventions=(Intervention(name="cash", cost_idr=1, effect=50_000, effect_sd=20_000),),
    )  # fmt: skip
    model = effect_model(cash=(40_000.0, 20_000.0))
    with pytest.raises(UsageError, match=r"'log_welfare'.*'idr_monthly'"):
        combine_effects(programme, model)
    model.outcome_unit_ = "idr_monthly"
    assert combine_effects(programme, model)["used"].iloc[0] == pytest.approx(45_000)
    with pytest.raises(UsageError, match=r"'idr_monthly'.*risk"):
        check_risk_unit(programme)
    check_risk_unit(PROGRAMME)

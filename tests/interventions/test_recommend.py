from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from graduation.errors import DataError, UsageError
from graduation.interventions import EffectModel, load_programme, recommend, risk_after
from graduation.risk.scores import Scores

PROGRAMME = load_programme("bekasi_2024")


def rows_of(households: pd.DataFrame, scores: Scores, arm: str) -> pd.DataFrame:
    table = recommend(households, scores, PROGRAMME).table
    return table[table["arm"] == arm].set_index("household_id").loc[households.index]


def test_every_household_has_every_arm_once(households: pd.DataFrame, scores: Scores) -> None:
    table = recommend(households, scores, PROGRAMME).table
    assert len(table) == 5 * len(households)
    assert not table.duplicated(["household_id", "arm"]).any()
    none = table[table["arm"] == "none"]
    assert none["eligible"].all()
    assert (none[["cost_idr", "effect_log_welfare", "benefit"]] == 0).all().all()
    assert (table["eligible"] == (table["why_not"] == "")).all()


def test_the_rules_of_the_shipped_programme(households: pd.DataFrame, scores: Scores) -> None:
    able = (households["n_working_age"] >= 1) & ~households["has_severe_disability"]
    trainable = able & (households["head_age_years"] <= 55) & (households["head_education"] >= 2)
    assert rows_of(households, scores, "cash")["eligible"].all()
    pd.testing.assert_series_equal(rows_of(households, scores, "capital")["eligible"], able, check_names=False)
    pd.testing.assert_series_equal(rows_of(households, scores, "training")["eligible"], trainable, check_names=False)


def test_unknown_is_not_satisfied_and_says_verify(households: pd.DataFrame, scores: Scores) -> None:
    training = rows_of(households, scores, "training")
    unknown = households["head_age_years"].isna()
    assert unknown.any()
    assert not training.loc[unknown, "eligible"].any()
    assert training.loc[unknown, "why_not"].str.contains("head_age_years unknown: verify").all()


def test_reasons_in_indonesian(households: pd.DataFrame, scores: Scores) -> None:
    table = recommend(households, scores, PROGRAMME, language="id").table
    assert table["why_not"].str.contains("tidak ada anggota usia kerja").any()
    assert not table["why_not"].str.contains("no member of working age").any()


def test_a_column_that_is_not_there_is_refused_with_the_nearest(households: pd.DataFrame, scores: Scores) -> None:
    renamed = households.rename(columns={"n_working_age": "n_workingage"}).drop(columns="head_education")
    with pytest.raises(DataError) as caught:
        recommend(renamed, scores, PROGRAMME)
    assert "did you mean 'n_workingage'" in str(caught.value)
    assert len(caught.value.problems) == 2


def test_a_column_of_another_kind_is_refused(households: pd.DataFrame, scores: Scores) -> None:
    as_text = households.assign(head_education=households["head_education"].astype(str))
    with pytest.raises(DataError, match="head_education"):
        recommend(as_text, scores, PROGRAMME)


@pytest.mark.parametrize("kind", ["boolean", "Float64", "float64", "object"])
def test_yes_and_no_in_any_type(households: pd.DataFrame, scores: Scores, kind: str) -> None:
    other = households.assign(has_severe_disability=households["has_severe_disability"].astype(kind))
    expected = rows_of(households, scores, "capital")["eligible"]
    pd.testing.assert_series_equal(rows_of(other, scores, "capital")["eligible"], expected)


def test_the_formula_against_draws() -> None:
    welfare, sd, effect = np.random.default_rng(0).normal(0, 0.46, 400_000), 0.46, 0.2
    line = norm.ppf(0.3) * sd
    assert risk_after(np.array([0.3]), effect, sd)[0] == pytest.approx((welfare + effect < line).mean(), abs=0.003)


def test_risk_falls_with_the_effect_and_stays_a_probability() -> None:
    risk = np.array([0.0, 1e-9, 0.3, 1.0])
    after = [risk_after(risk, effect, 0.46) for effect in (-0.2, 0.0, 0.2, 0.4)]
    assert (np.diff(after, axis=0) <= 0).all()
    assert ((np.array(after) >= 0) & (np.array(after) <= 1)).all()
    np.testing.assert_allclose(after[1], risk)


def test_row_order_changes_nothing(households: pd.DataFrame, scores: Scores) -> None:
    key = ["household_id", "arm"]
    straight = recommend(households, scores, PROGRAMME)
    turned = recommend(households[::-1], Scores(scores.table.sample(frac=1, random_state=3), "test"), PROGRAMME)
    pd.testing.assert_frame_equal(
        straight.table.sort_values(key, ignore_index=True), turned.table.sort_values(key, ignore_index=True)
    )
    pd.testing.assert_frame_equal(straight.frame(), turned.frame())


def test_inputs_are_not_changed(households: pd.DataFrame, scores: Scores) -> None:
    before = households.copy(), scores.table.copy()
    recommend(households, scores, PROGRAMME)
    pd.testing.assert_frame_equal(households, before[0])
    pd.testing.assert_frame_equal(scores.table, before[1])


def test_a_scored_household_that_is_absent_is_refused(households: pd.DataFrame, scores: Scores) -> None:
    with pytest.raises(DataError, match="not in households"):
        recommend(households.iloc[5:], scores, PROGRAMME)
    with pytest.raises(DataError, match="repeat"):
        recommend(pd.concat([households, households]), scores, PROGRAMME)
    with pytest.raises(DataError, match="probability"):
        recommend(households, Scores(scores.table.assign(risk=2.0), "test"), PROGRAMME)


def test_best_arms_of_a_household(households: pd.DataFrame, scores: Scores) -> None:
    found = recommend(households, scores, PROGRAMME)
    frame = found.frame().set_index("household_id")
    table = found.table[found.table["eligible"]]
    best = table.loc[table.groupby("household_id")["benefit"].idxmax()].set_index("household_id")
    pd.testing.assert_series_equal(
        frame["best_arm"], best["arm"].reindex(frame.index), check_names=False, check_index_type=False
    )
    arms = found.suitable("H0001")
    assert arms["benefit"].is_monotonic_decreasing
    assert set(arms["arm"]) == set(table.loc[table["household_id"] == "H0001", "arm"]) - {"none"}
    with pytest.raises(UsageError, match="H9999"):
        found.suitable("H9999")


def test_notes_and_plot_state_the_basis(households: pd.DataFrame, scores: Scores) -> None:
    found = recommend(households, scores, PROGRAMME)
    assert "assumed for cash, training, capital, training_capital" in found.notes()[0]
    assert "estimated" not in found.notes()[0]
    widths = sorted(patch.get_width() for patch in found.plot().patches)
    assert widths == sorted(found.metrics().values())


def test_estimated_effects_replace_assumed_ones(households: pd.DataFrame, scores: Scores) -> None:
    model = EffectModel()
    model.average_effects_ = pd.DataFrame({"arm": ["training"], "effect": [-0.2], "low": [-0.3], "high": [-0.1]})
    found = recommend(households, scores, PROGRAMME, effects=model)
    per_arm = found.table.drop_duplicates("arm").set_index("arm")
    assert per_arm["basis"].to_dict() == {
        "none": "assumed",
        "cash": "assumed",
        "training": "estimated",
        "capital": "assumed",
        "training_capital": "assumed",
    }
    assert (found.table.loc[found.table["arm"] == "training", "benefit"] < 0).all()
    beside = found.shown().set_index("arm").loc["training"]
    assert (beside["assumed"], beside["estimated"], beside["low"], beside["used"]) == (0.03, -0.2, -0.3, -0.2)
    assert "training" not in set(found.frame()["best_arm"])
    model.average_effects_ = pd.DataFrame({"arm": ["course"], "effect": [0.2], "low": [0.1], "high": [0.3]})
    with pytest.raises(UsageError, match="same names"):
        recommend(households, scores, PROGRAMME, effects=model)

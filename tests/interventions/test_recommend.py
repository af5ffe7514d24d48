from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from graduation.errors import DataError, UsageError
from graduation.interventions import load_programme, recommend, risk_after
from graduation.risk.scores import Scores

PROGRAMME = load_programme("bekasi_2024")


def rows_of(households: pd.DataFrame, scores: Scores, arm: str) -> pd.DataFrame:
    table = recommend(households, scores, PROGRAMME).table
    return table[table["arm"] == arm].set_index("household_id").loc[households.index]


def test_every_household_has_every_arm_once(households: pd.DataFrame, scores: Scores) -> None:
    table = recommend(households, scores, PROGRAMME).table
    assert len(table) == (1 + len(PROGRAMME.names)) * len(households)
    assert not table.duplicated(["household_id", "arm"]).any()
    none = table[table["arm"] == "none"]
    assert none["eligible"].all()
    assert (none[["cost_idr", "effect_log_welfare", "benefit"]] == 0).all().all()
    assert (table["eligible"] == (table["why_not"] == "")).all()


def test_the_rules_of_the_shipped_programme(households: pd.DataFrame, scores: Scores) -> None:
    able = households["n_working_age"] >= 1 + households["has_severe_disability"].astype(int)
    trainable = able & households["head_age_years"].between(18, 55) & (households["head_education"] >= 2)
    able &= households["head_age_years"].between(18, 59) | (households["n_working_age"] >= 2)
    assert rows_of(households, scores, "cash")["eligible"].all()
    pd.testing.assert_series_equal(rows_of(households, scores, "capital")["eligible"], able, check_names=False)
    pd.testing.assert_series_equal(rows_of(households, scores, "training")["eligible"], trainable, check_names=False)


def test_a_severe_disability_alone_shuts_nobody_out(households: pd.DataFrame, scores: Scores) -> None:
    open_to_all = {"head_age_years": 30.0, "head_education": 4}
    adults = households.assign(**open_to_all, n_working_age=2, has_severe_disability=True)
    for arm in ("training", "capital", "training_capital"):
        assert rows_of(adults, scores, arm)["eligible"].all()
        alone = rows_of(adults.assign(n_working_age=1), scores, arm)
        assert not alone["eligible"].any()
        assert alone["why_not"].str.contains("no second member of working age").all()


def test_a_rule_about_some_households_says_what_to_verify(households: pd.DataFrame, scores: Scores) -> None:
    disability = households["has_severe_disability"].astype("boolean").mask(households.index == "H0000")
    few, many = (households.assign(n_working_age=n, has_severe_disability=disability) for n in (1, 2))
    few["head_age_years"] = 40.0
    row = rows_of(few, scores, "capital").loc["H0000"]
    assert not row["eligible"]
    assert row["why_not"] == "has_severe_disability unknown: verify"
    # Two members of working age satisfy the rule whatever the answer would be.
    assert rows_of(many, scores, "capital").loc["H0000", "eligible"]


def test_the_column_that_says_whom_a_rule_is_about_is_checked(households: pd.DataFrame, scores: Scores) -> None:
    renamed = households.rename(columns={"has_severe_disability": "has_severe_disabilty"})
    with pytest.raises(DataError, match="did you mean 'has_severe_disabilty'"):
        recommend(renamed, scores, PROGRAMME)
    as_text = households.assign(has_severe_disability="no")
    with pytest.raises(DataError, match="has_severe_disability"):
        recommend(as_text, scores, PROGRAMME)


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
    with pytest.raises(DataError, match="probability for 300 of 300 households, row 1 first"):
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
    with pytest.raises(UsageError, match="no such household"):
        found.suitable("H9999")


def test_arms_are_counted_and_looked_up_without_the_long_table(households: pd.DataFrame, scores: Scores) -> None:
    found = recommend(households, scores, PROGRAMME)
    shown = (found.frame(), found.shown(), found.suitable("H0001"), found.notes(), found.metrics())
    assert all(len(part) for part in shown)
    assert "table" not in vars(found)
    counted = found.table.groupby("arm")["eligible"].sum()
    assert found.metrics() == {f"suitable_{arm}": counted[arm] for arm in PROGRAMME.names}


def test_the_best_arm_per_rupiah(households: pd.DataFrame, scores: Scores) -> None:
    found = recommend(households, scores, PROGRAMME)
    table = found.table[found.table["eligible"] & (found.table["benefit"] > 0)]
    per = (table["benefit"] / table["cost_idr"] * 1e6).groupby(table["household_id"]).max()
    frame = found.frame().set_index("household_id")
    np.testing.assert_allclose(frame["benefit_per_million_idr"], per.reindex(frame.index).fillna(0.0))
    assert frame["best_arm_per_rupiah"].nunique() > 1


def test_an_arm_that_suits_needs_a_cost(households: pd.DataFrame, scores: Scores) -> None:
    offers = recommend(households, scores, PROGRAMME).offers
    cost = offers.cost.copy()
    suits = np.flatnonzero(offers.eligible[:, 2])
    cost[suits[0], 2], cost[~offers.eligible[:, 1], 1], cost[5, 0] = np.nan, np.nan, -1.0
    with pytest.raises(DataError) as caught:
        replace(offers, cost=cost)
    assert f"for 1 of {len(suits):,} households that 'capital' suits" in str(caught.value)
    assert len(caught.value.problems) == 2
    cost[suits[0], 2], cost[5, 0] = 1.0, 1.0
    assert np.isnan(replace(offers, cost=cost).cost).any()


def test_places_are_carried_by_name(households: pd.DataFrame, scores: Scores) -> None:
    assert recommend(households, scores, PROGRAMME).places.columns.empty
    named = scores.table.copy()
    named.insert(0, "kecamatan", households["kecamatan"].str.upper())
    places = recommend(households, Scores(named, "test"), PROGRAMME).places
    pd.testing.assert_frame_equal(places, households[["kecamatan"]].apply(lambda names: names.str.upper()))


def test_notes_and_plot_state_the_basis(households: pd.DataFrame, scores: Scores) -> None:
    found = recommend(households, scores, PROGRAMME)
    assert "assumed for 'cash', 'skills training', 'business capital with mentoring'," in found.notes()[0]
    assert "estimated" not in " ".join(found.notes())
    assert "assumed effect of cash 0.010\u00a0(-0.088\u00a0to\u00a00.108)" in found.notes()[2]
    widths = sorted(patch.get_width() for patch in found.plot().patches)
    assert widths == sorted(found.metrics().values())

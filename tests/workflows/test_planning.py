"""Scores, a programme and a budget become a plan that can be handed to each place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import graduation
from graduation.errors import UsageError
from graduation.features import feature_frame
from graduation.interventions.goal import Goal
from graduation.schema import Registry
from graduation.workflows import Plan, learn_effects, plan, records_dictionary

BUDGET = 100_000_000
AFTER = "consumption_after_monthly_idr"


@pytest.fixture(scope="module")
def scores(registries: list[Registry], model: graduation.Model) -> graduation.Scores:
    return graduation.score(registries[1], model, reasons=0, language="id")


@pytest.fixture(scope="module")
def records(waves: graduation.Waves) -> Registry:
    schema = records_dictionary(waves.dictionary, after=AFTER)
    return graduation.read_registry(waves.records, schema=schema)


@pytest.fixture(scope="module")
def made(registries: list[Registry], scores: graduation.Scores, records: Registry) -> Plan:
    programme = graduation.load_programme("bekasi_2024")
    return plan(registries[1], scores, programme, budget=BUDGET, effects=learn_effects(records), language="id")


def test_a_plan_speaks_the_language_asked_for(made: Plan) -> None:
    assert made.recommendations.language == "id"
    assert "bantuan tunai" in set(made.recommendations.effects["label"])
    assert "bantuan tunai" in set(made.allocation.totals["label"])
    assert made.allocation.table["why"].str.contains("anggaran|intervensi").all()


def test_a_plan_has_the_places_by_name(made: Plan, scores: graduation.Scores) -> None:
    places = list(scores.table.columns[: scores.table.columns.get_loc("pathway")])
    assert places
    table = made.allocation.table.set_index("household_id")
    assert table.columns[: len(places)].tolist() == places
    assert table[places].equals(scores.table.loc[table.index, places])


def test_a_plan_says_what_its_effects_rest_on(made: Plan, records: Registry) -> None:
    basis = made.allocation.totals.set_index("arm")["basis"]
    assert set(basis.drop("referral")) == {"assumed + estimated"}
    assert basis["referral"] == "assumed"
    text = " ".join(made.recommendations.notes())
    assert f"di antara {len(records.households):,} catatan program" in text
    assert made.allocation.benefit_low < made.allocation.benefit < made.allocation.benefit_high


def test_arms_are_called_alike_in_records_and_programme(
    registries: list[Registry], scores: graduation.Scores, records: Registry
) -> None:
    effects = learn_effects(records)
    effects.average_effects_ = effects.average_effects_.replace({"arm": {"training": "Training"}})
    with pytest.raises(UsageError, match=r"'Training' \(did you mean 'training'\?\)"):
        plan(registries[1], scores, graduation.load_programme("bekasi_2024"), budget=BUDGET, effects=effects)


def test_no_budget_is_an_empty_plan(registries: list[Registry], scores: graduation.Scores) -> None:
    found = plan(registries[1], scores, graduation.load_programme("bekasi_2024"), budget=0)
    assert found.allocation.spent == 0
    assert len(found.allocation.table) == len(scores.table)


@pytest.fixture(scope="module")
def young_gain(records: Registry) -> Registry:
    """The records as they would be if training had done far more for young heads."""
    table = records.households
    young = (table["head_age_years"].astype("float64") < 45) & (table["arm"] == "training")
    after = table[AFTER].astype("float64") * np.where(young, 2.5, 1.0)
    return replace(records, households=table.assign(**{AFTER: after}))


@pytest.fixture(scope="module")
def effects(young_gain: Registry) -> graduation.EffectModel:
    return learn_effects(young_gain)


def test_what_records_tell_apart_reaches_the_plan(
    registries: list[Registry], scores: graduation.Scores, effects: graduation.EffectModel
) -> None:
    programme = graduation.load_programme("bekasi_2024")
    found = plan(registries[1], scores, programme, budget=BUDGET, effects=effects)
    offers = found.recommendations.offers
    training = offers.effect[:, offers.arms.index("training")]
    households = registries[1].households.loc[offers.ids]
    deviation = effects.deviation(feature_frame(households, registries[1].dictionary))["training"]
    row = found.recommendations.effects.set_index("arm").loc["training"]
    share = row["assumed_sd"] ** 2 / (row["assumed_sd"] ** 2 + row["standard_error"] ** 2)
    np.testing.assert_allclose(training, row["used"] + deviation * share)
    young = households["head_age_years"].astype("float64").to_numpy() < 45
    assert training[young].mean() > training[~young].mean() + 0.2
    trained = found.allocation.table.query("arm == 'training'")["household_id"]
    age = households.loc[trained, "head_age_years"].astype("float64")
    assert len(age) > 10
    assert (age < 45).mean() > 0.9
    told = " ".join(found.recommendations.notes())
    assert f"The effect of {programme.arm('training').title()} differs between households: " in told


def test_a_registry_without_the_columns_of_the_records_is_refused(
    registries: list[Registry],
    scores: graduation.Scores,
    young_gain: Registry,
    effects: graduation.EffectModel,
) -> None:
    programme = graduation.load_programme("bekasi_2024")
    dictionary = registries[1].dictionary
    fewer = {name: column for name, column in dictionary.columns.items() if name != "roof_material"}
    registry = replace(registries[1], dictionary=dictionary.model_copy(update={"columns": fewer}))
    with pytest.raises(UsageError, match=r"features lack 1 of the columns.*roof_material.*personal=False"):
        plan(registry, scores, programme, budget=BUDGET, effects=effects)
    average = learn_effects(young_gain, personal=False)
    found = plan(registry, scores, programme, budget=0, effects=average).recommendations
    assert (np.ptp(found.offers.effect, axis=0) == 0).all()


def test_a_goal_reaches_the_recommendations(registries: list[Registry], scores: graduation.Scores) -> None:
    programme, goal = graduation.load_programme("bekasi_2024"), Goal(remain=2, need_weight=0.5)
    found = plan(registries[1], scores, programme, budget=0, goal=goal).recommendations
    plain = plan(registries[1], scores, programme, budget=0).recommendations
    assert found.goal == goal
    np.testing.assert_array_equal(found.offers.value, plain.with_goal(goal).offers.value)
    remain = (scores.table["pathway"] == "remain").to_numpy()
    np.testing.assert_array_equal(found.poor_now == 1, remain)
    assert plain.offers.value is plain.offers.benefit


def test_a_place_may_be_named_as_the_list_shows_it(registries: list[Registry], scores: graduation.Scores) -> None:
    programme, place = graduation.load_programme("bekasi_2024"), scores.table["kecamatan"].iloc[0]
    quotas = [graduation.Quota("kecamatan", str(place).upper(), 12)]
    made = plan(registries[1], scores, programme, budget=BUDGET, quotas=quotas)
    served = made.allocation.table.query("arm != 'none'")
    assert (served["kecamatan"] == place).sum() >= 12
    assert f"at least 12 where kecamatan is {place}" in made.allocation.limits["limit"].tolist()
    with pytest.raises(UsageError, match=r"at least 12 where kecamatan is Tambelan: .*Tambelang \(321604\)"):
        plan(registries[1], scores, programme, budget=BUDGET, quotas=[graduation.Quota("kecamatan", "Tambelan", 12)])

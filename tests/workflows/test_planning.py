"""Scores, a programme and a budget become a plan that can be handed to each place."""

from __future__ import annotations

import pytest

import graduation
from graduation.errors import UsageError
from graduation.schema import Registry
from graduation.workflows import Plan, learn_effects, plan, records_dictionary

BUDGET = 100_000_000


@pytest.fixture(scope="module")
def scores(registries: list[Registry], model: graduation.Model) -> graduation.Scores:
    return graduation.score(registries[1], model, reasons=0, language="id")


@pytest.fixture(scope="module")
def records(waves: graduation.Waves) -> Registry:
    schema = records_dictionary(waves.dictionary, after="consumption_after_monthly_idr")
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
    assert f"of {len(records.households):,} programme records" in text
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

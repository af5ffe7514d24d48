"""Levers are single changes for the better, asked of the model again, and promise nothing."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import graduation
from graduation.errors import UsageError
from graduation.explain import Levers, levers
from graduation.schema import Registry


@pytest.fixture(scope="module")
def found(model: graduation.Model, registries: list[Registry]) -> Levers:
    return levers(model, registries[1].households)


def test_only_what_is_actionable_is_moved_and_for_the_better(
    found: Levers, model: graduation.Model, registries: list[Registry]
) -> None:
    columns, households = model.dictionary.columns, registries[1].households
    assert len(found.table) > 20
    assert found.table["column"].nunique() >= 2
    assert all(columns[name].actionable and not columns[name].protected for name in found.table["column"])
    assert (found.table["risk"] - found.table["risk_then"] >= 0.01).all()
    toilets = found.table[found.table["column"] == "toilet"]
    assert set(toilets["value_then"]) <= {"Own"}
    assert (households.loc[toilets.index, "toilet"].astype(str) != "1").all()


def test_the_risk_then_is_that_of_a_household_with_the_other_answer(
    found: Levers, model: graduation.Model, registries: list[Registry]
) -> None:
    moved = found.table[found.table["column"] == "n_children_out_of_school"]
    assert len(moved) >= 1
    then = moved["value_then"].str.split().str[0].astype(int)
    changed = registries[1].households.loc[moved.index].assign(n_children_out_of_school=then)
    pd.testing.assert_series_equal(model.predict_risk(changed), moved["risk_then"], check_names=False, rtol=1e-9)


def test_a_lever_of_one_household_is_that_of_the_table_in_words_that_promise_nothing(
    found: Levers, model: graduation.Model, registries: list[Registry]
) -> None:
    household = found.table.index[0]
    alone = graduation.explain(model, registries[1]).levers(household, language="id").table
    assert alone["risk_then"].tolist() == pytest.approx(found.table.loc[[household], "risk_then"].tolist())
    assert alone["sentence"].str.contains("berisiko lebih rendah di data ini.*bukan janji").all()
    assert found.table["sentence"].str.contains("at lower risk in these data.*not a promise").all()
    assert "no promise" in found.summary()


def test_without_what_was_common_in_training_or_a_better_answer_there_is_no_lever(
    model: graduation.Model, registries: list[Registry]
) -> None:
    with pytest.raises(UsageError, match="train it anew"):
        levers(dataclasses.replace(model, reference=None), registries[1])
    columns = {name: one.model_copy(update={"actionable": False}) for name, one in model.dictionary.columns.items()}
    fixed = model.dictionary.model_copy(update={"columns": columns})
    none = levers(dataclasses.replace(model, dictionary=fixed), registries[1].households)
    assert none.frame().empty

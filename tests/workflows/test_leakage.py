"""What knows the outcome is flagged; what describes now, however well, is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.schema import Column, Registry
from graduation.workflows import check_leakage
from graduation.workflows.telltale import auc, auc_alone, codings, likeness
from tests.conftest import REAL_DATA, ROOT

EPH = REAL_DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet"


def with_column(panel: graduation.Panel, values: pd.Series | np.ndarray, **told: object) -> graduation.Panel:
    """Return the panel with one more feature, called `extra`."""
    column = Column.model_validate({"name": "extra", "type": "number", **told})
    wider = panel.dictionary.model_copy(update={"columns": {**panel.dictionary.columns, "extra": column}})
    return replace(panel, households=panel.households.assign(extra=values), dictionary=wider)


def noisy(panel: graduation.Panel, registries: list[Registry]) -> graduation.Panel:
    flipped = np.random.default_rng(0).random(len(panel.outcome)) < 0.1
    return with_column(panel, np.where(flipped, 1 - panel.outcome, panel.outcome))


def next_welfare(panel: graduation.Panel, registries: list[Registry]) -> graduation.Panel:
    later = registries[1].households["consumption_per_head_monthly_idr"]
    return with_column(panel, later.loc[panel.outcome.index])


def telling_number(panel: graduation.Panel, registries: list[Registry]) -> graduation.Panel:
    text = pd.Series([f"{number:06d}" for number in range(len(panel.outcome))], index=panel.outcome.index)
    return with_column(panel, text + np.where(panel.outcome == 1, "A", "B"), type="text")


def gaps(panel: graduation.Panel, registries: list[Registry]) -> graduation.Panel:
    return with_column(panel, pd.Series(5.0, index=panel.outcome.index).where(panel.outcome == 1))


@pytest.mark.parametrize("spoil", [noisy, next_welfare, telling_number, gaps])
def test_a_feature_that_knows_the_outcome_is_flagged(
    panel: graduation.Panel, registries: list[Registry], spoil: Callable[..., graduation.Panel]
) -> None:
    found = check_leakage(spoil(panel, registries))
    assert found.flagged == ["extra"]
    assert any("extra" in note and "WARNING" in note for note in found.notes())
    assert any("mark it `known" in note for note in found.notes())


def test_a_quick_model_loses_implausibly_much_without_what_leaks(
    panel: graduation.Panel, registries: list[Registry]
) -> None:
    table = check_leakage(next_welfare(panel, registries)).table
    removal = table[table["check"] == "removal"].set_index("feature")["flagged"]
    assert len(removal) == 3
    assert removal[removal].index.tolist() == ["extra"]


def test_what_describes_now_is_not_flagged(panel: graduation.Panel) -> None:
    found = check_leakage(panel)
    assert found.flagged == []
    assert list(found.frame()) == ["feature", "label", "check", "value", "threshold", "flagged"]
    assert set(found.table["check"]) == {"alone", "copy", "removal"}
    assert "No feature looks like a leak" in found.notes()[0]
    welfare_now = panel.households["consumption_per_head_monthly_idr"].astype("float64")
    assert check_leakage(with_column(panel, np.log(welfare_now))).flagged == []


def test_a_category_of_many_levels_or_noise_does_not_look_good_by_chance(panel: graduation.Panel) -> None:
    rng = np.random.default_rng(1)
    levels = pd.Series(rng.integers(0, 400, len(panel.outcome)), index=panel.outcome.index).astype("string")
    table = check_leakage(with_column(panel, levels, type="text")).table.set_index(["feature", "check"])
    assert table.loc[("extra", "alone"), "value"] < 0.6


def test_a_copy_of_what_is_known_only_later_is_flagged_whatever_it_says_of_the_outcome(
    panel: graduation.Panel,
) -> None:
    renamed = panel.households["verification"].map({str(code): f"finding {code}" for code in range(1, 6)})
    assert check_leakage(with_column(panel, renamed, type="text")).flagged == ["extra"]
    score = pd.Series(np.random.default_rng(2).random(len(renamed)), index=renamed.index)
    later = replace(panel, households=panel.households.assign(visit_score=score))
    column = Column(name="visit_score", type="number", known="later")
    wider = panel.dictionary.model_copy(update={"columns": {**panel.dictionary.columns, "visit_score": column}})
    assert check_leakage(with_column(replace(later, dictionary=wider), score.round(2))).flagged == ["extra"]


def test_the_order_of_rows_changes_no_figure(panel: graduation.Panel) -> None:
    order = np.random.default_rng(0).permutation(len(panel.outcome))
    parts = ("households", "outcome", "state", "weight", "groups")
    shuffled = replace(panel, **{name: getattr(panel, name).iloc[order] for name in parts})
    pd.testing.assert_frame_equal(check_leakage(panel).table, check_leakage(shuffled).table)


def test_too_few_cases_are_no_ground_for_a_flag(panel: graduation.Panel) -> None:
    few = panel.subset((panel.outcome == 0) | (np.arange(len(panel.outcome)) % 12 == 0))
    assert few.outcome.sum() < 20
    assert set(check_leakage(few).table["check"]) == {"copy"}


def test_training_names_what_leaks_and_drops_nothing(panel: graduation.Panel, registries: list[Registry]) -> None:
    run = graduation.train(next_welfare(panel, registries), by="household", refit=False, fast=True)
    assert run.leakage is not None
    assert run.leakage.flagged == ["extra"]
    assert "WARNING, possible leak: extra" in run.summary()
    assert "extra" in run.model.dictionary.features


def test_the_figures_behind_the_checks() -> None:
    outcome, ones = np.array([0, 0, 1, 1.0]), np.ones(4)
    assert auc(outcome, np.array([1, 2, 2, 3.0]), ones) == 0.875
    assert auc(outcome, np.array([1, 2, 2, 3.0]), np.array([1, 0, 1, 1.0])) == 1.0
    many = pd.Series(np.tile(["a", "b"], 50)), np.tile([0, 1.0], 50)
    fold = np.repeat(np.arange(5), 20)
    assert auc_alone(codings(many[0]), many[1], np.ones(100), fold) == 1.0
    assert auc_alone(codings(pd.Series(np.ones(100))), many[1], np.ones(100), fold) == 0.5
    half = np.arange(100) % 4 < 2
    assert likeness(many[0], pd.Series(np.tile(["x", "y"], 50)), half) == 1.0
    assert likeness(many[0], pd.Series(np.repeat(["x", "y"], 50)), half) == 0.0


@pytest.mark.skipif(not EPH.exists(), reason=f"no real data at {EPH}")
def test_income_now_on_a_real_panel_is_no_leak_and_income_later_is() -> None:
    table = pd.read_parquet(EPH)
    table = table[table["t"].between(8040, 8043)].sample(6000, random_state=0)
    schema = ROOT / "examples" / "argentina_eph" / "with_income.toml"
    panel = graduation.pair_waves(graduation.read_registry(table, schema=schema))
    assert check_leakage(panel).flagged == []
    later = table.assign(l_inc=table["poor_1"] + np.random.default_rng(0).normal(0, 0.1, len(table)))
    assert check_leakage(graduation.pair_waves(graduation.read_registry(later, schema=schema))).flagged == ["l_inc"]

"""Training is honest about what it held out, the same for the same seed, and beside what a planner would use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import NotEnoughData
from graduation.schema import Registry
from graduation.workflows.card import fingerprint
from graduation.workflows.scoring import rank_by_risk
from tests.test_panel import repeated_panel


def test_every_pathway_is_evaluated_apart_with_intervals(run: graduation.TrainingRun) -> None:
    assert set(run.by_pathway) == {"remain", "become"}
    figures = run.metrics()
    for part in ("all", "remain", "become"):
        assert figures[f"{part}_roc_auc_low"] <= figures[f"{part}_roc_auc"] <= figures[f"{part}_roc_auc_high"]
    sizes = [run.by_pathway[name].metrics()["n"] for name in run.by_pathway]
    assert sum(sizes) == run.params["n_test"]


def test_the_model_is_set_beside_simple_rules(run: graduation.TrainingRun) -> None:
    methods = list(run.candidates.frame()["method"])
    assert methods == [
        "model", "model_state_unknown", "logit", "scorecard", "neediest_first", "linear_pmt", "linear_pmt_areas",
        "quantile_pmt", "area_average", "state_now", "random",
    ]  # fmt: skip
    differences = run.candidates.table.query("metric == 'roc_auc' and method != 'model'")
    assert (differences["difference_low"] <= differences["difference_high"]).all()


def test_the_scorecard_is_that_of_the_pairs_the_model_was_fitted_on(
    panel: graduation.Panel, run: graduation.TrainingRun
) -> None:
    assert run.scorecard.facts["households"] == run.params["n_train"]
    learn, _ = panel.split("household", seed=1)
    pd.testing.assert_frame_equal(run.scorecard.frame(), graduation.fit_scorecard(learn, seed=1).frame())


def test_the_model_ranks_better_than_chance_and_than_area_averages(run: graduation.TrainingRun) -> None:
    table = run.candidates.frame().set_index("method")
    assert run.metrics()["all_roc_auc_low"] > 0.6
    assert table.loc["model", "roc_auc"] > table.loc["area_average", "roc_auc"] + 0.05


def test_same_seed_same_model_whatever_the_order_of_rows(panel: graduation.Panel, run: graduation.TrainingRun) -> None:
    order = np.random.default_rng(0).permutation(len(panel.outcome))
    parts = ("households", "outcome", "state", "weight", "groups")
    shuffled = replace(panel, **{name: getattr(panel, name).iloc[order] for name in parts})
    again = graduation.train(shuffled, by="household", refit=False, fast=True, seed=1)
    assert again.model.model_id == run.model.model_id
    assert again.metrics() == pytest.approx(run.metrics(), nan_ok=True)
    assert fingerprint(shuffled) == fingerprint(panel)


def test_refitting_uses_all_pairs_and_keeps_the_held_out_figures(
    panel: graduation.Panel, run: graduation.TrainingRun
) -> None:
    steps: list[str] = []
    refitted = graduation.train(panel, by="household", refit=True, fast=True, seed=1, progress=steps.append)
    assert refitted.metrics() == pytest.approx(run.metrics(), nan_ok=True)
    assert refitted.model.model_id != run.model.model_id
    assert any("final model on all" in step for step in steps)
    assert refitted.scorecard.facts["households"] == len(panel.outcome)


def test_one_outcome_only_is_refused(panel: graduation.Panel) -> None:
    with pytest.raises(NotEnoughData, match="one outcome only"):
        graduation.train(panel.subset(panel.outcome == 0))


def test_the_summary_names_the_split_the_pooled_pathways_and_the_denominators(run: graduation.TrainingRun) -> None:
    text = run.summary()
    assert "Held out by household" in text
    alone = [name for name in ("remain", "become") if name not in run.model.risk.classifiers_]
    assert f"The model pooled over both states alone serves {' and '.join(alone)}" in text
    assert "become" in alone
    assert "the mean range held the observed share in" in text
    assert "Exclusion error is a share of the extreme poor" in text
    assert {"pathway", "metric", "estimate", "low", "high", "of"} == set(run.frame())


def test_scores_rank_every_household_once_and_name_their_places(
    model: graduation.Model, registries: list[Registry]
) -> None:
    scores = graduation.score(registries[1], model, reasons=2)
    table = scores.table
    assert sorted(table["rank"]) == list(range(1, len(table) + 1))
    assert table.sort_values("rank")["risk"].is_monotonic_decreasing
    assert list(table.columns[-2:]) == ["reason_1", "reason_2"]
    assert table["kecamatan"].str.contains("Tambun Selatan").any()
    assert scores.frame().iloc[0]["rank"] == 1


def test_ties_are_broken_by_a_seeded_hash_never_by_the_order_of_rows() -> None:
    risk = pd.Series(0.3, index=[f"h{n}" for n in range(40)])
    one = pd.Series(rank_by_risk(risk, 0), index=risk.index)
    backwards = pd.Series(rank_by_risk(risk.iloc[::-1], 0), index=risk.index[::-1])
    pd.testing.assert_series_equal(one, backwards[one.index])
    assert one.tolist() != rank_by_risk(risk, 1).tolist()
    assert one.tolist() != list(range(1, 41))


def test_later_waves_may_lack_what_is_only_needed_to_learn(waves: graduation.Waves, model: graduation.Model) -> None:
    now = waves.tables[1].drop(columns=["survey_weight", "verification"])
    registry = graduation.read_registry(now, schema=model.dictionary)
    assert len(graduation.score(registry, model, reasons=0).table) == len(registry.households)


def test_a_split_by_time_says_how_many_households_training_saw_before() -> None:
    run = graduation.train(repeated_panel(), by="time", at=8, refit=False, fast=True)
    seen = run.params["n_test_households_also_in_training"]
    assert seen > 0
    assert f"{seen:,} are of households that training saw at an earlier time" in run.summary()


def test_what_the_dictionary_protects_is_evaluated_apart(run: graduation.TrainingRun) -> None:
    groups = set(run.evaluation.groups["group"])
    alone = {"kecamatan", "pathway", "is_head_female", "has_severe_disability", "n_elderly", "is_urban"}
    assert {name for name in groups if " x " not in name} == alone
    assert len(groups - alone) == 6  # each two of the last four, crossed
    assert set(run.missed.table["feature"]) <= set(run.model.dictionary.features)


def test_missing_welfare_does_not_stop_training(panel: graduation.Panel) -> None:
    poor_now = panel.households["consumption_per_head_monthly_idr"].mask(np.arange(len(panel.outcome)) % 9 == 0)
    holed = replace(panel, households=panel.households.assign(consumption_per_head_monthly_idr=poor_now))
    candidates = graduation.train(holed, by="household", refit=False, fast=True).candidates.frame()
    assert candidates["roc_auc"].notna().all()


def test_a_random_order_is_no_better_than_chance(run: graduation.TrainingRun) -> None:
    table = run.candidates.table.set_index(["method", "metric"])
    low, high = table.loc[("random", "roc_auc"), ["low", "high"]]
    assert low < 0.5 < high

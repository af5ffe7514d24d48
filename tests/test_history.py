"""Histories come from strictly earlier waves of the same household, and from nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import DataError, ModelError, UsageError
from graduation.panel import pair_waves, with_history
from graduation.schema import Dictionary, Registry, dictionary_from_json, validate
from tests.test_panel import repeated_panel

WELFARE = ("welfare_change_percent", "welfare_mean_before", "welfare_lowest_before")
HISTORY = ["waves_seen_before", "times_extreme_poor_before", "time_since_extreme_poor", *WELFARE, "shocks_before"]


@pytest.fixture
def dictionary(small_dictionary: Dictionary) -> Dictionary:
    columns = {name: column.model_copy() for name, column in small_dictionary.columns.items()}
    columns["welfare"] = columns["welfare"].model_copy(update={"feature": True})
    columns["had_flood"] = columns["has_tv"].model_copy(update={"name": "had_flood", "shock": True})
    return small_dictionary.model_copy(update={"columns": columns})


@pytest.fixture
def three(small_table: pd.DataFrame, dictionary: Dictionary) -> list[Registry]:
    """Line 100. Household c is not in the second wave, f is new in the third, e has no welfare in the first."""
    first = small_table.assign(had_flood=["1", "1", "2", "2", "2", "9"]).iloc[:5]
    second = small_table.assign(wave="2024", welfare=["150", "40", "9", "80", "90", "9"], had_flood=list("122222"))
    third = small_table.assign(wave="2026", welfare=["75", "", "130", "400", "90", "310"], had_flood="1")
    tables = [first, second.drop(index=[2, 5]), third]
    return [validate(table, dictionary, source=f"wave {number}") for number, table in enumerate(tables, 1)]


def test_the_history_of_a_hand_made_table(three: list[Registry]) -> None:
    found = with_history(three[2], three[0], three[1]).households[HISTORY]
    nan = np.nan
    expected = pd.DataFrame(
        [
            [2, 1, 3, -50, 100, 50, 2],  # 50 and 150, now 75
            [2, 2, 2, nan, 60, 40, 1],  # 80 and 40, now unknown
            [1, 0, nan, 100 * (130 / 120 - 1), 120, 120, 0],  # 120, then not seen, now 130
            [2, 1, 2, 300, 140, 80, 0],  # 200 and 80, now five times as much: capped
            [2, 1, 2, 0, 90, 90, 0],  # unknown and 90, now 90
            [0, nan, nan, nan, nan, nan, nan],  # never seen
        ],
        index=list("abcdef"), columns=HISTORY,
    )  # fmt: skip
    pd.testing.assert_frame_equal(found, expected, check_names=False, check_dtype=False, check_index_type=False)


def test_the_order_of_earlier_waves_and_of_rows_is_irrelevant(three: list[Registry]) -> None:
    one, other = with_history(three[2], three[0], three[1]), with_history(three[2], three[1], three[0])
    pd.testing.assert_frame_equal(one.households, other.households)
    turned = [Registry(r.households.iloc[::-1], r.rejected, r.counts, r.dictionary) for r in three]
    again = with_history(turned[2], *turned[:2]).households
    pd.testing.assert_frame_equal(one.households, again.loc[one.households.index])


def test_nothing_of_now_or_later_reaches_a_history(
    three: list[Registry], small_table: pd.DataFrame, dictionary: Dictionary
) -> None:
    other = validate(small_table.assign(wave="2026", welfare="1", had_flood="2"), dictionary)
    past = [name for name in HISTORY if name != "welfare_change_percent"]
    one, two = (with_history(now, *three[:2]).households[past] for now in (three[2], other))
    pd.testing.assert_frame_equal(one, two)
    panels = [pair_waves(three[0], three[1], last) for last in (three[2], other)]
    kept = panels[0].households.index.intersection(panels[1].households.index)
    assert len(kept) == 6
    pd.testing.assert_frame_equal(panels[0].households.loc[kept], panels[1].households.loc[kept])


def test_waves_that_are_not_earlier_or_given_twice_are_refused_all_at_once(
    three: list[Registry], small_dictionary: Dictionary, small_table: pd.DataFrame
) -> None:
    stranger = validate(small_table.assign(wave="2030"), small_dictionary, source="stranger")
    with pytest.raises(DataError, match="one dictionary for all waves") as caught:
        with_history(three[0], three[1], stranger)
    assert len(caught.value.problems) == 3
    with pytest.raises(DataError, match="4 households given twice"):
        with_history(three[2], three[1], three[1])
    with pytest.raises(UsageError, match="needs an earlier wave"):
        with_history(three[2])


def test_the_dictionary_names_the_histories_and_comes_back_without_them(three: list[Registry]) -> None:
    full, bare = with_history(three[2], three[0]).dictionary, three[2].dictionary
    assert full.history == HISTORY
    assert full.features[-len(HISTORY) :] == HISTORY
    assert full.without_history().fingerprint == bare.fingerprint
    assert dictionary_from_json(full.to_json()).fingerprint == full.fingerprint
    assert full.tells_state == ["welfare", "welfare_change_percent"]
    assert full.columns["times_extreme_poor_before"].direction == "rises"
    assert with_history(with_history(three[2], three[0]), three[0]).dictionary == full
    assert "shock" not in bare.at_scoring().to_json()
    assert full.at_scoring().columns["had_flood"].shock


def test_welfare_that_is_no_feature_gives_no_history_of_welfare(
    small_dictionary: Dictionary, small_table: pd.DataFrame
) -> None:
    waves = [validate(small_table.assign(wave=year), small_dictionary) for year in ("2023", "2024")]
    assert with_history(waves[1], waves[0]).dictionary.history == HISTORY[:3]


def test_rows_of_one_file_are_the_history_of_later_rows_only() -> None:
    panel = repeated_panel()
    registry = Registry(panel.households, pd.DataFrame({"row": []}), pd.DataFrame(), panel.dictionary)
    households = with_history(registry).households
    state = registry.households["poor"].astype(float)
    poor_before = state.groupby("household_id").cumsum() - state
    seen = households["waves_seen_before"]
    assert (seen == households.index.get_level_values("quarter")).all()
    pd.testing.assert_series_equal(
        households["times_extreme_poor_before"], poor_before.where(seen > 0), check_names=False
    )
    assert households["time_since_extreme_poor"].min() == 1


def test_three_waves_stack_with_the_history_before_each_pair(three: list[Registry]) -> None:
    panel = pair_waves(*three)
    assert panel.households.index.names == ["household_id", "wave"]
    assert panel.households.index.is_unique
    assert panel.groups["time"].tolist() == panel.households.index.get_level_values("wave").tolist()
    assert panel.outcome[("a", 2023)] == 0
    assert panel.outcome[("a", 2024)] == 1
    seen = panel.households["waves_seen_before"]
    assert (seen == panel.groups["time"] - 2023).all()
    assert "Pairs of 2 first waves; a household may be in several." in panel.notes()
    paired = panel.counts[panel.counts["group"] == "paired"].set_index("pair")["households"]
    assert paired.to_dict() == {"2023 to 2024": 3, "2024 to 2026": 3}


def test_a_split_of_stacked_pairs_by_time_trains_on_no_outcome_after_the_test_starts(
    waves_of_four: list[Registry],
) -> None:
    panel = pair_waves(*waves_of_four)
    for at in (2024, 2024.5, 2025):
        train, test = panel.split("time", at=at)
        assert panel.outcome_time is not None
        assert panel.outcome_time[train.outcome.index].max() <= at <= test.groups["time"].min()


@pytest.fixture(scope="module")
def waves_of_four() -> list[Registry]:
    waves = graduation.make_waves(700, waves=4, seed=2, scenario="bottom_20")
    return [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]


def test_waves_out_of_order_are_told_all_at_once(waves_of_four: list[Registry]) -> None:
    with pytest.raises(DataError) as caught:
        pair_waves(*waves_of_four[::-1])
    assert len(caught.value.problems) == 3


def test_a_model_with_histories_refuses_a_registry_without_and_scores_one_with(waves_of_four: list[Registry]) -> None:
    run = graduation.train(pair_waves(*waves_of_four[:3]), by="place", refit=False, fast=True)
    now = waves_of_four[2]
    with pytest.raises(ModelError, match=r"with_history\(registry, earlier\)"):
        graduation.score(now, run.model)
    with pytest.raises(ModelError, match=r"with_history\(registry, earlier\)"):
        graduation.score(now.households, run.model)
    full = with_history(now, *waves_of_four[:2])
    scores = graduation.score(full, run.model)
    assert scores.table["risk"].notna().all()
    assert scores.table.filter(like="reason").stack().str.contains("earlier waves").any()
    pd.testing.assert_series_equal(
        scores.table["risk"], graduation.score(full.households, run.model, reasons=0).table["risk"]
    )


def test_the_table_that_other_tools_read_carries_the_histories(waves_of_four: list[Registry]) -> None:
    run = graduation.train(pair_waves(*waves_of_four[:3]), by="place", refit=False, fast=True)
    full = with_history(waves_of_four[2], *waves_of_four[:2])
    again = validate(full.plain(), run.model.dictionary.plain())
    risk = graduation.score(full, run.model, reasons=0).table["risk"]
    assert again.n_rejected == 0
    pd.testing.assert_series_equal(
        graduation.score(again.households, run.model, reasons=0).table["risk"], risk, check_index_type=False
    )


def test_a_model_without_histories_refuses_them(model: graduation.Model, registries: list[Registry]) -> None:
    with pytest.raises(ModelError, match="before with_history"):
        graduation.score(with_history(registries[1], registries[0]), model)


def test_figures_that_no_history_reached_say_so(waves_of_four: list[Registry]) -> None:
    stacked = pair_waves(*waves_of_four[:3])
    assert (
        "No household of the training part has a history" in graduation.train(stacked, refit=False, fast=True).summary()
    )
    by_place = graduation.train(stacked, by="place", refit=False, fast=True)
    assert by_place.params["n_train_with_history"] > 0
    assert "No household of the training part" not in by_place.summary()


def test_a_household_of_unknown_state_is_scored_without_what_tells_the_state(waves_of_four: list[Registry]) -> None:
    run = graduation.train(pair_waves(*waves_of_four[:3]), by="place", refit=False, fast=True)
    blind = run.model.risk.classifiers_["unknown"]
    assert "welfare_mean_before" in blind.encoder_.columns_
    assert "welfare_change_percent" not in blind.encoder_.columns_

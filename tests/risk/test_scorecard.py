"""A scorecard is whole points that a person can add up, and says what a total means."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import graduation
from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.features import feature_frame
from graduation.risk.scorecard.items import make_item
from graduation.schema import Dictionary, Registry


@pytest.fixture(scope="module")
def parts(panel: graduation.Panel) -> tuple[graduation.Panel, graduation.Panel]:
    return panel.split("household", seed=1)


@pytest.fixture(scope="module")
def card(parts: tuple[graduation.Panel, graduation.Panel]) -> graduation.Scorecard:
    return graduation.fit_scorecard(parts[0])


def with_outcome(panel: graduation.Panel, outcome: object) -> graduation.Panel:
    return replace(panel, outcome=pd.Series(np.asarray(outcome, dtype=int), index=panel.outcome.index))


def test_points_are_whole_and_few_and_end_at_a_hundred(card: graduation.Scorecard, panel: graduation.Panel) -> None:
    table = card.frame()
    assert 1 <= table["item"].nunique() <= 10
    assert pd.api.types.is_integer_dtype(table["points"])
    assert (table.groupby("item")["points"].min() == 0).all()
    assert (table.groupby("item").size() <= 6).all()
    assert 95 <= card.most_points <= 100
    total = card.points(panel.households)
    assert pd.api.types.is_integer_dtype(total)
    assert total.between(0, card.most_points).all()


def test_fewer_questions_can_be_asked_for_but_not_more_than_ten(panel: graduation.Panel) -> None:
    assert len(graduation.fit_scorecard(panel, items=2).items) == 2
    for items in (0, 11):
        with pytest.raises(UsageError, match="from 1 to 10"):
            graduation.fit_scorecard(panel, items=items)


def test_the_lookup_covers_every_total_once_and_never_falls(
    card: graduation.Scorecard, parts: tuple[graduation.Panel, graduation.Panel]
) -> None:
    table = card.lookup
    assert table["points_from"].iloc[0] == 0
    assert table["points_to"].iloc[-1] == card.most_points
    assert (table["points_from"].iloc[1:].to_numpy() == table["points_to"].iloc[:-1].to_numpy() + 1).all()
    assert table["risk_percent"].is_monotonic_increasing
    assert table["risk_percent"].iloc[-1] > table["risk_percent"].iloc[0] + 10
    assert table["households"].sum() == len(parts[0].outcome)


def test_adding_the_printed_points_by_hand_gives_the_total_and_its_risk(
    card: graduation.Scorecard, panel: graduation.Panel
) -> None:
    households = panel.households.head(40)
    X, table = feature_frame(households, panel.dictionary), card.frame()
    totals = []
    for _, answers in X.iterrows():
        rows = [by_hand(part, answers[name], panel.dictionary) for name, part in table.groupby("feature")]
        totals.append(sum(int(row["points"]) for row in rows))
    assert card.points(households).tolist() == totals
    assert len(set(totals)) > 5
    for total, risk in zip(totals, card.risk(households), strict=True):
        inside = card.lookup["points_from"].le(total) & card.lookup["points_to"].ge(total)
        assert risk == pytest.approx(card.lookup.loc[inside, "risk_percent"].item() / 100)


def by_hand(rows: pd.DataFrame, value: Any, dictionary: Dictionary) -> pd.Series:
    """Find the row of an answer as a person reads it off the page: yes or no, a label, or a range."""
    column = dictionary.columns[rows["feature"].iloc[0]]
    if pd.isna(value):
        return rows[rows["if_not_known"]].iloc[0]
    numbers = {label.en: float(code) for code, label in column.codes.items() if code.isdigit()}
    for _, row in rows.iterrows():
        answer = str(row["answer"])
        if column.type == "boolean":
            fits = answer == ("yes" if value else "no")
        elif isinstance(value, str):
            fits = answer == column.codes[value].en
        else:
            first, _, last = answer.removesuffix(" or fewer").removesuffix(" or more").partition(" to ")
            low, high = (numbers[end] if numbers else float(end.replace(",", "")) for end in (first, last or first))
            fits = ("or fewer" in answer or value >= low) and ("or more" in answer or value <= high)
        if fits:
            return row
    return rows[rows["if_not_listed"]].iloc[0]


def test_the_order_of_rows_changes_nothing(panel: graduation.Panel) -> None:
    order = np.random.default_rng(0).permutation(len(panel.outcome))
    names = ("households", "outcome", "state", "weight", "groups")
    shuffled = replace(panel, **{name: getattr(panel, name).iloc[order] for name in names})
    one, other = (graduation.fit_scorecard(part) for part in (panel, shuffled))
    pd.testing.assert_frame_equal(one.frame(), other.frame())
    pd.testing.assert_frame_equal(one.lookup, other.lookup)


def test_missing_and_unseen_answers_score_as_printed(card: graduation.Scorecard, panel: graduation.Panel) -> None:
    asked = [item.feature for item in card.items]
    blank = panel.households.head(1).copy()
    blank[asked] = np.nan
    table = card.frame()
    assert card.points(blank).iloc[0] == table.loc[table["if_not_known"], "points"].sum()


def test_a_code_that_training_did_not_see_scores_as_the_answer_for_others(small_dictionary: Dictionary) -> None:
    values = pd.Series(["1"] * 60 + ["2"] * 38 + ["9"] + [None], name="floor", dtype=object)
    item = make_item(values, np.ones(100), small_dictionary)
    assert item is not None
    assert [label.en for label in item.answers] == ["Tile", "Earth", "another answer"]
    assert item.codes(pd.Series(["1", "2", "9", "unheard of", None], dtype=object)).tolist() == [0, 1, 2, 2, 0]


def test_not_known_is_an_answer_where_it_is_not_rare(small_dictionary: Dictionary) -> None:
    values = pd.Series([0.0] * 50 + [1.0] * 40 + [np.nan] * 10, name="has_tv")
    item = make_item(values, np.ones(100), small_dictionary)
    assert item is not None
    assert [label.id for label in item.answers] == ["tidak", "ya", "tidak diketahui"]
    assert item.codes(values.iloc[[0, 60, 95]]).tolist() == [0, 1, 2]


def test_a_household_without_weight_has_no_influence(panel: graduation.Panel) -> None:
    silent = np.arange(len(panel.outcome)) % 3 == 0
    changed = with_outcome(panel, np.where(silent, 1 - panel.outcome, panel.outcome))
    weightless = replace(changed, weight=panel.weight.mask(silent, 0.0))
    one, other = graduation.fit_scorecard(weightless), graduation.fit_scorecard(panel.subset(~silent))
    pd.testing.assert_frame_equal(one.frame(), other.frame())
    pd.testing.assert_frame_equal(one.lookup, other.lookup)


@pytest.mark.parametrize("seed", range(5))
def test_noise_gives_no_scorecard_and_a_flat_lookup(panel: graduation.Panel, seed: int) -> None:
    noise = np.random.default_rng(seed).random(len(panel.outcome)) < 0.1
    card = graduation.fit_scorecard(with_outcome(panel, noise))
    assert card.lookup["risk_percent"].max() - card.lookup["risk_percent"].min() < 1
    assert roc_auc_score(panel.outcome, card.points(panel.households)) == pytest.approx(0.5, abs=0.05)
    assert "No question told" in card.summary()
    assert "0 poin" in " ".join(card.notes("id"))


def test_what_is_protected_may_only_raise_a_total(panel: graduation.Panel) -> None:
    drawn = np.random.default_rng(0).random(len(panel.outcome))
    for name in ("has_severe_disability", "is_head_female"):
        has = (panel.households[name].astype("float64") > 0).to_numpy()
        safer = graduation.fit_scorecard(with_outcome(panel, ~has & (drawn < 0.5))).frame()
        assert name not in set(safer["feature"])
        poorer = graduation.fit_scorecard(with_outcome(panel, has | (drawn < 0.1))).frame()
        points = poorer[poorer["feature"] == name].set_index("answer")["points"]
        assert points["yes"] > points["no"]


def test_points_follow_the_directions_of_the_dictionary(panel: graduation.Panel) -> None:
    card = graduation.fit_scorecard(panel)
    followed = 0
    for item in card.items:
        sign = {"rises": 1, "falls": -1, None: 0}[panel.dictionary.columns[item.feature].direction]
        followed += sign != 0
        assert all(sign * (b - a) >= 0 for a, b in pairwise(item.points[: item.n_ordered]))
    assert followed >= 3


def test_places_welfare_and_free_text_are_not_asked(card: graduation.Scorecard, panel: graduation.Panel) -> None:
    asked = {panel.dictionary.columns[name].role for name in card.frame()["feature"]}
    assert asked == {"feature"}


def test_it_ranks_better_than_the_average_of_the_area(run: graduation.TrainingRun) -> None:
    auc = run.candidates.frame().set_index("method")["roc_auc"]
    assert auc["scorecard"] > auc["area_average"]


def test_only_the_columns_asked_for_are_needed_and_a_lacking_one_is_named(
    card: graduation.Scorecard, registries: list[Registry]
) -> None:
    asked = list(dict.fromkeys(item.feature for item in card.items))
    few = registries[1].households[asked]
    pd.testing.assert_series_equal(card.points(few), card.points(registries[1]))
    with pytest.raises(DataError, match=f"column '{asked[0]}'.*did you mean '{asked[0]}s'"):
        card.points(few.rename(columns={asked[0]: f"{asked[0]}s"}))


def test_one_outcome_only_is_refused(panel: graduation.Panel) -> None:
    with pytest.raises(NotEnoughData, match="one outcome only"):
        graduation.fit_scorecard(panel.subset(panel.outcome == 1))


def test_a_scorecard_shows_itself_in_both_languages(card: graduation.Scorecard) -> None:
    assert "yes" in set(card.frame("en")["answer"])
    assert "ya" in set(card.frame("id")["answer"])
    assert "risk_percent" in card.summary()
    assert "points_from" in card._repr_html_()
    bars = [bar for bar in card.plot().patches if hasattr(bar, "get_width")]
    assert [bar.get_width() for bar in bars][::-1] == pytest.approx(card.lookup["risk_percent"].tolist())


def test_ranges_have_like_sizes_and_a_common_value_stands_alone(small_dictionary: Dictionary) -> None:
    sizes = pd.Series([1.0] * 60 + [2.0] * 14 + [3.0] * 13 + [4.0] * 8 + [9.0] * 5, name="household_size")
    item = make_item(sizes, np.ones(100), small_dictionary)
    assert item is not None
    assert [label.en for label in item.answers] == ["1", "2", "3", "4 or more"]
    assert item.codes(pd.Series([1.0, 3.0, 4.0, 12.0])).tolist() == [0, 2, 3, 3]
    assert make_item(sizes * 0 + 1, np.ones(100), small_dictionary) is None
    assert make_item(sizes, np.where(sizes == 1, 1.0, 1e-4), small_dictionary) is None

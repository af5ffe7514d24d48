"""What an arm is worth to a household: the goal, and effects that differ between households."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graduation.errors import UsageError
from graduation.interventions import EffectModel, Offers, Programme, Recommendations, load_programme, recommend
from graduation.interventions.goal import CASES_AVERTED, Goal
from graduation.results import format_number
from graduation.risk.scores import Scores
from tests.interventions.conftest import effect_model

PROGRAMME = load_programme("bekasi_2024")
PER_HOUSEHOLD = ("ids", "risk", "rank", "eligible", "why_code", "cost", "effect", "risk_after", "benefit", "value")
GOALS = [
    Goal(need_weight=0.3), Goal(need_weight=1), Goal(welfare_share=1), Goal(welfare_share=0.4, need_weight=0.5),
    Goal(remain=3), Goal(remain=0, become=2, need_weight=0.7),
]  # fmt: skip


@pytest.fixture
def mixed(scores: Scores) -> Scores:
    """The scores with both pathways, and some households whose state is unknown."""
    n = len(scores.table)
    pathway = np.array(["remain", "become", "unknown"])[np.arange(n) % 3]
    chance = np.select([pathway == "remain", pathway == "become"], [1.0, 0.0], 0.25)
    return Scores(scores.table.assign(pathway=pathway, chance_poor_now=chance), "test")


@pytest.fixture
def offered(households: pd.DataFrame, mixed: Scores) -> Recommendations:
    return recommend(households, mixed, PROGRAMME)


def offers_of(benefit: list[list[float]], risk: list[float], effect: list[list[float]] | None = None) -> Offers:
    """Return offers to everybody with these benefits (n, k) and risks (n,)."""
    fall, before = np.array(benefit), np.array(risk)
    n, k = fall.shape
    return Offers(
        ids=pd.Index([f"h{number}" for number in range(n)]),
        arms=tuple(f"arm{number}" for number in range(k)),
        basis=("assumed",) * k,
        risk=before,
        rank=np.arange(n) + 1,
        eligible=np.ones((n, k), dtype=bool),
        why_code=np.zeros((n, k), dtype=int),
        why_texts=(np.array([""], dtype=object),) * k,
        cost=np.ones((n, k)),
        effect=fall if effect is None else np.array(effect),
        risk_after=before[:, None] - fall,
        benefit=fall,
        value=fall,
    )


def test_by_default_the_value_is_the_benefit_itself(offered: Recommendations) -> None:
    assert offered.offers.value is offered.offers.benefit
    assert offered.goal == CASES_AVERTED == Goal()
    again = offered.with_goal(Goal(need_weight=0.5)).with_goal(Goal())
    assert again.offers.value is offered.offers.benefit


def test_the_value_by_hand() -> None:
    # The third household has no arm that helps, and counts in neither mean.
    offers = offers_of([[0.1, 0.2], [0.05, -0.1], [-0.3, 0.0]], [0.4, 0.6, 0.9])
    value = Goal(need_weight=0.25).value(offers, None)
    G, R = (0.2 + 0.05) / 2, (0.4 + 0.6) / 2
    need = 0.25 * G / R * np.array([0.4, 0.6])
    expected = [[0.75 * 0.1 + need[0], 0.75 * 0.2 + need[0]], [0.75 * 0.05 + need[1], 0], [0, 0]]
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_a_mix_with_log_welfare_by_hand() -> None:
    offers = offers_of([[0.1, 0.2], [0.05, -0.1]], [0.4, 0.6], effect=[[1.0, 3.0], [2.0, -1.0]])
    scale = ((0.2 + 0.05) / 2) / ((3 + 2) / 2)
    whole = Goal(welfare_share=1).value(offers, None)
    np.testing.assert_allclose(whole, scale * np.array([[1, 3], [2, 0]]), rtol=1e-12)
    half = Goal(welfare_share=0.5).value(offers, None)
    np.testing.assert_allclose(half, (whole + np.maximum(offers.benefit, 0)) / 2, rtol=1e-12)


def test_with_full_weight_on_need_the_highest_risk_is_worth_most(offered: Recommendations) -> None:
    offers = offered.with_goal(Goal(need_weight=1)).offers
    suits = offers.helpful.any(axis=1)
    most = offers.value.max(axis=1)[suits]
    by_value, by_risk = np.argsort(-most, kind="stable"), np.argsort(-offers.risk[suits], kind="stable")
    np.testing.assert_array_equal(by_value, by_risk)
    # By default another order is best, and among the arms of one household the more helpful one stays ahead.
    assert (np.argsort(-offers.benefit.max(axis=1)[suits], kind="stable") != by_risk).any()
    np.testing.assert_array_equal(
        offers.value[suits].argmax(axis=1), np.where(offers.helpful, offers.benefit, -1)[suits].argmax(axis=1)
    )


@pytest.mark.parametrize("goal", GOALS, ids=str)
def test_nothing_that_harms_or_does_not_suit_is_worth_anything(
    households: pd.DataFrame, mixed: Scores, goal: Goal
) -> None:
    arms = [arm.model_copy(update={"effect": -0.1 if arm.name == "cash" else arm.effect}) for arm in
            PROGRAMME.interventions]  # fmt: skip
    harmful = PROGRAMME.model_copy(update={"interventions": tuple(arms)})
    offers = recommend(households, mixed, harmful, goal=goal).offers
    assert (offers.value[:, 0] == 0).all()
    assert (offers.value[~offers.helpful] == 0).all()
    assert (offers.value[offers.helpful] >= 0).all()
    assert (offers.value > 0).any()


def test_pathways_count_as_they_are_weighed(offered: Recommendations, mixed: Scores) -> None:
    offers = offered.with_goal(Goal(remain=3, become=0.5)).offers
    weight = mixed.table["pathway"].map({"remain": 3.0, "become": 0.5, "unknown": 0.25 * 3 + 0.75 * 0.5}).to_numpy()
    benefit = np.where(offers.helpful, offers.benefit, 0)
    np.testing.assert_allclose(offers.value, weight[:, None] * benefit, rtol=1e-12)
    alone = offered.with_goal(Goal(become=0)).offers.value
    assert (alone[mixed.table["pathway"] == "become"] == 0).all()
    assert (alone[mixed.table["pathway"] == "remain"] > 0).any()


def test_pathways_that_are_not_known_cannot_be_weighed(households: pd.DataFrame, mixed: Scores) -> None:
    unknown = Scores(mixed.table.drop(columns="chance_poor_now"), "test")
    with pytest.raises(UsageError, match="for 100 of 300 households the scores say"):
        recommend(households, unknown, PROGRAMME, goal=Goal(remain=2))
    with pytest.raises(UsageError, match="300 of 300 households"):
        recommend(households, Scores(mixed.table[["risk", "rank"]], "test"), PROGRAMME, goal=Goal(remain=2))
    assert recommend(households, unknown, PROGRAMME, goal=Goal(remain=2, become=2)).offers.value.any()


@pytest.mark.parametrize("goal", GOALS, ids=str)
def test_the_order_of_households_does_not_change_a_digit(households: pd.DataFrame, mixed: Scores, goal: Goal) -> None:
    turned = Scores(mixed.table.sample(frac=1, random_state=3), "test")
    found, again = (recommend(households, given, PROGRAMME, goal=goal).offers for given in (mixed, turned))
    np.testing.assert_array_equal(again.value[again.ids.get_indexer(found.ids)], found.value)


def test_another_goal_is_valued_without_asking_again_whom_arms_suit(offered: Recommendations) -> None:
    other = offered.with_goal(Goal(need_weight=0.5))
    assert other.offers.eligible is offered.offers.eligible
    assert other.offers.benefit is offered.offers.benefit
    assert (other.offers.value != offered.offers.value).any()
    # Benefit, and what is told of it, stays the fall of the risk.
    pd.testing.assert_frame_equal(other.frame(), offered.frame())


def test_all_that_is_wrong_with_a_goal_is_told() -> None:
    with pytest.raises(UsageError) as caught:
        Goal(remain=-1, become=float("nan"), welfare_share=1.5, need_weight=True)
    for name in ("remain is -1", "become is nan", "welfare_share is 1.5", "need_weight is True"):
        assert name in str(caught.value)
    with pytest.raises(UsageError, match="nobody counts"):
        Goal(remain=0, become=0)


def test_the_goal_is_told_in_both_languages(households: pd.DataFrame, mixed: Scores) -> None:
    goal = Goal(remain=2, welfare_share=0.25, need_weight=0.4)
    english = " ".join(recommend(households, mixed, PROGRAMME, goal=goal).notes())
    assert "75% fewer households in extreme poverty" in english
    assert "25% more log welfare" in english
    assert "need weight 0.4" in english
    assert "counts 2, one that may become so 1" in english
    assert "scale of expected cases" in english
    indonesian = " ".join(recommend(households, mixed, PROGRAMME, goal=goal, language="id").notes())
    assert "bobot kebutuhan 0,4" in indonesian
    assert "Goal" not in indonesian
    assert "Value" not in " ".join(CASES_AVERTED.notes())


def test_nobody_to_help_is_worth_nothing() -> None:
    offers = offers_of([[-0.1], [-0.2]], [0.4, 0.6])
    assert (Goal(need_weight=0.5, welfare_share=0.5).value(offers, None) == 0).all()
    empty = replace(offers, **{name: getattr(offers, name)[:0] for name in PER_HOUSEHOLD})
    assert Goal(need_weight=0.5, welfare_share=0.5).value(empty, None).shape == (0, 1)


@pytest.fixture(scope="module")
def personal() -> EffectModel:
    """A model of records in which training helps the young only and cash helps all alike."""
    rng = np.random.default_rng(0)
    n = 900
    X = pd.DataFrame({"head_age_years": rng.uniform(20, 85, n), "n_working_age": rng.integers(0, 5, n)})
    arm = rng.choice(["none", "cash", "training"], n)
    young = X["head_age_years"] < 45
    outcome = 0.1 * (arm == "cash") + 0.8 * (young & (arm == "training")) + rng.normal(0, 0.3, n)
    return EffectModel(n_folds=3).fit(X, arm, outcome, propensity=dict.fromkeys(["none", "cash", "training"], 1 / 3))


def test_effects_differ_as_far_as_the_records_tell(
    households: pd.DataFrame, scores: Scores, personal: EffectModel
) -> None:
    assert personal.is_personal_
    found = recommend(households, scores, PROGRAMME, effects=personal)
    offers, effects = found.offers, found.effects.set_index("arm")
    used, prior = effects["used"], effects["assumed_sd"] ** 2
    share = prior / (prior + effects["standard_error"] ** 2)
    deviation = personal.deviation(households.loc[offers.ids])
    for number, arm in enumerate(offers.arms):
        own = deviation[arm] * share[arm] if arm in deviation else 0.0
        np.testing.assert_allclose(offers.effect[:, number], used[arm] + own)
    assert np.ptp(offers.effect[:, 2:], axis=0).max() == 0
    training, age = offers.effect[:, 1], households["head_age_years"].to_numpy()
    assert training[age < 40].mean() > training[age > 50].mean() + 0.3
    # The benefit follows: by the same formula, with the household's own effect.
    np.testing.assert_array_equal(offers.benefit, offers.risk[:, None] - offers.risk_after)
    equal = Scores(scores.table.assign(risk=0.2), "test")
    same_risk = recommend(households, equal, PROGRAMME, effects=personal).offers.benefit[:, 1]
    assert same_risk[age < 40].min() > same_risk[age > 60].max()
    told, own = " ".join(found.notes()), training[offers.eligible[:, 1]]
    mean, sd, low, high = map(format_number, (own.mean(), own.std(), own.min(), own.max()))
    average = f"{format_number(used['training'])} is the average over the programme's records"
    assert f"The effect of skills training differs between households: {average}; over the {len(own)}" in told
    assert f"the mean is {mean} (standard deviation {sd}), from {low} to {high}." in told
    assert "The other arms have one average effect for every household." in told
    assert "Each arm has one average" not in told
    slope = personal.heterogeneity_.set_index("arm").loc["training"]
    assert effects["slope_error"]["training"] == slope["standard_error"] / slope["used_slope"] > 0
    assert effects["slope_error"].drop("training").eq(0).all()
    shown = found.shown().set_index("arm")
    assert shown.loc["training", "holds_for"] == "average over the programme's records"
    assert shown.loc["training", "mean_here"] == f"{mean} (sd {sd})"
    assert set(shown["holds_for"].drop("training")) == {"every household"}
    assert set(shown["mean_here"].drop("training")) == {"-"}


def test_features_apart_from_the_households(households: pd.DataFrame, scores: Scores, personal: EffectModel) -> None:
    renamed = {"head_age_years": "age"}
    programme = _without_rules(PROGRAMME)
    bare = households.rename(columns=renamed)
    with pytest.raises(UsageError, match=r"households lack 1 of the columns.*head_age_years.*features=") as caught:
        recommend(bare, scores, programme, effects=personal)
    assert "feature_frame" in str(caught.value)
    features = households[["n_working_age", "head_age_years"]].sample(frac=1, random_state=1)
    given = recommend(bare, scores, programme, effects=personal, features=features)
    own = recommend(households, scores, programme, effects=personal)
    np.testing.assert_array_equal(given.offers.effect, own.offers.effect)
    with pytest.raises(UsageError, match="features lack 1 of the columns"):
        recommend(households, scores, programme, effects=personal, features=features[["n_working_age"]])
    with pytest.raises(UsageError, match="features lack 10 of 300 scored households; give one row"):
        recommend(households, scores, programme, effects=personal, features=features.iloc[10:])
    with pytest.raises(UsageError, match="repeat a household"):
        recommend(households, scores, programme, effects=personal, features=pd.concat([features, features]))


def test_everybody_has_the_average_where_nothing_is_told_apart(households: pd.DataFrame, scores: Scores) -> None:
    plain = effect_model(cash=(0.05, 0.02), training=(0.1, 0.03))
    found = recommend(households, scores, PROGRAMME, effects=plain)
    assert (np.ptp(found.offers.effect, axis=0) == 0).all()
    # A view of one row: a million households cost nothing.
    assert found.offers.effect.strides[0] == 0
    assert found.notes()[1].startswith("Each arm has one average effect for every household;")
    assert "holds_for" not in found.shown()


def test_records_do_not_tell_apart_what_they_cannot_change(
    households: pd.DataFrame, scores: Scores, personal: EffectModel
) -> None:
    arms = tuple(arm.model_copy(update={"effect_sd": 0.0}) for arm in PROGRAMME.interventions)
    certain = PROGRAMME.model_copy(update={"interventions": arms})
    effect = recommend(households, scores, certain, effects=personal).offers.effect
    np.testing.assert_array_equal(effect, np.tile([arm.effect for arm in arms], (len(households), 1)))


def test_personal_effects_do_not_depend_on_the_order(
    households: pd.DataFrame, scores: Scores, personal: EffectModel
) -> None:
    turned = Scores(scores.table.sample(frac=1, random_state=3), "test")
    found, again = (recommend(households, given, PROGRAMME, effects=personal).offers for given in (scores, turned))
    np.testing.assert_array_equal(again.effect[again.ids.get_indexer(found.ids)], found.effect)


def _without_rules(programme: Programme) -> Programme:
    arms: list[Any] = [arm.model_copy(update={"rules": ()}) for arm in programme.interventions]
    return programme.model_copy(update={"interventions": tuple(arms)})

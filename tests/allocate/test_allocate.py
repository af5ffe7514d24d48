from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from graduation.allocate import Allocation, Capacity, Quota, allocate
from graduation.allocate.phrases import TEXT
from graduation.errors import UsageError
from graduation.interventions import Recommendations, load_programme, recommend
from graduation.risk.scores import Scores

from .conftest import made, registry

BUDGET = 300e6


@pytest.fixture(scope="module")
def plan(offers: Recommendations) -> Allocation:
    return allocate(offers, budget=BUDGET)


def test_one_row_per_household_within_the_budget(plan: Allocation, offers: Recommendations) -> None:
    assert sorted(plan.table["household_id"]) == sorted(offers.households.index)
    assert 0.9 * BUDGET < plan.table["cost_idr"].sum() <= BUDGET
    assert plan.spent == plan.table["cost_idr"].sum()
    assert plan.table["rank"].is_monotonic_increasing


def test_only_suitable_arms_are_given(plan: Allocation, offers: Recommendations) -> None:
    both = plan.table.merge(offers.table, on=["household_id", "arm"], suffixes=("", "_offer"), validate="1:1")
    assert len(both) == len(plan.table)
    assert both["eligible"].all()
    for column in ("cost_idr", "benefit", "risk_after"):
        np.testing.assert_allclose(both[column], both[f"{column}_offer"])


def test_figures_agree(plan: Allocation) -> None:
    assert plan.totals["benefit"].sum() == pytest.approx(plan.table["benefit"].sum())
    assert plan.totals["share"].sum() == pytest.approx(1)
    assert 0 <= plan.gap < 0.01
    assert plan.benefit <= plan.bound
    figures = plan.metrics()
    assert figures["benefit"] == plan.benefit
    assert figures["households_served"] == (plan.table["arm"] != "none").sum()
    assert f"{int(figures['households_served']):,} of 600" in plan.notes()[0]
    assert sum(patch.get_width() for patch in plan.plot().patches) == pytest.approx(plan.spent / 1e6)


def test_no_reference_is_better(plan: Allocation) -> None:
    others = plan.references.iloc[1:]
    assert others["kind"].tolist() == ["single_arm", "neediest_first", "random"]
    assert (others["benefit"] <= plan.benefit + 1e-9).all()
    assert (others["cost_idr"] <= BUDGET).all()
    assert others["benefit"].iloc[2] < 0.8 * plan.benefit


def test_shadow_price_is_the_worth_of_more_money(offers: Recommendations) -> None:
    low, high = (allocate(offers, budget=budget) for budget in (BUDGET, BUDGET + 50e6))
    assert 50 * high.shadow_price * 0.98 <= high.bound - low.bound <= 50 * low.shadow_price * 1.02


def test_a_richer_budget_is_never_worse_step_by_step(offers: Recommendations) -> None:
    benefits = [allocate(offers, budget=budget).benefit for budget in np.linspace(20e6, 1_500e6, 4)]
    assert (np.diff(benefits) > 0).all()


def test_capacities_hold_and_have_a_price(offers: Recommendations, plan: Allocation) -> None:
    taken = int((plan.table["arm"] == "capital").sum())
    caps = [Capacity("capital", taken // 2), Capacity("cash", 3, place="Babelan", column="kecamatan")]
    found = allocate(offers, budget=BUDGET, capacities=caps)
    place = offers.households["kecamatan"].reindex(found.table["household_id"]).to_numpy()
    assert (found.table["arm"] == "capital").sum() <= taken // 2
    assert ((found.table["arm"] == "cash") & (place == "Babelan")).sum() <= 3
    assert found.benefit < plan.benefit
    assert found.limits.set_index("limit").loc[f"at most {taken // 2} in capital", "shadow_price"] > 0


def test_quotas_are_kept_and_cost_something(offers: Recommendations, plan: Allocation) -> None:
    disabled = offers.households["has_severe_disability"]
    before = int(disabled.reindex(plan.table.loc[plan.table["arm"] != "none", "household_id"]).sum())
    found = allocate(offers, budget=BUDGET, quotas=[Quota("has_severe_disability", True, before + 15)])
    served = found.table.loc[found.table["arm"] != "none", "household_id"]
    assert disabled.reindex(served).sum() >= before + 15
    assert found.benefit <= plan.benefit
    assert found.limits["shadow_price"].iloc[-1] > 0


def test_quotas_that_cannot_be_met_are_named(offers: Recommendations) -> None:
    fine, greedy = Quota("kecamatan", "Cibitung", 2), Quota("kecamatan", "Babelan", 150)
    with pytest.raises(UsageError, match=r"Babelan': they need at least Rp 236,250,000") as caught:
        allocate(offers, budget=BUDGET / 10, quotas=[fine, greedy])
    assert "Cibitung" not in str(caught.value)
    with pytest.raises(UsageError, match="suits only"):
        allocate(offers, budget=BUDGET, quotas=[Quota("kecamatan", "Babelan", 599)])


@pytest.mark.parametrize("budget", [-1, float("nan"), float("inf"), "much"])
def test_a_budget_is_an_amount(offers: Recommendations, budget: float) -> None:
    with pytest.raises(UsageError, match="budget is"):
        allocate(offers, budget=budget)


@pytest.mark.parametrize("n", [600, 9_000])
def test_a_budget_of_nothing_is_an_empty_plan(n: int) -> None:
    found = allocate(recommend(*registry(n), load_programme("bekasi_2024")), budget=0)
    assert len(found.table) == n
    assert (found.table["arm"] == "none").all()
    assert (found.spent, found.benefit, found.benefit_low, found.benefit_high) == (0, 0, 0, 0)
    assert "so the plan is empty" in found.notes()[0]
    assert "last Rp 1 million" not in " ".join(found.notes())
    assert np.isnan(found.shadow_price)
    assert found.table["why"].str.startswith("no money").all()
    assert found.plot().patches


def test_a_budget_of_nothing_meets_no_quota(offers: Recommendations) -> None:
    with pytest.raises(UsageError, match="within the budget suits only 0"):
        allocate(offers, budget=0, quotas=[Quota("kecamatan", "Babelan", 1)])


def test_an_arm_beyond_the_whole_budget_is_not_called_unsuitable() -> None:
    cost, benefit = np.array([[1.0], [9.0]]), np.array([[0.1], [0.1]])
    offers = made(cost, benefit, np.ones((2, 1), dtype=bool), ["A"] * 2)
    why = allocate(offers, budget=5).table.set_index("household_id")["why"]
    assert why["h1"] == "no money: the whole budget is below the cost of every arm that suits"


def test_a_budget_below_the_cheapest_arm(offers: Recommendations) -> None:
    with pytest.raises(UsageError, match=r"cheapest suitable arm \(cash, Rp 1,575,000"):
        allocate(offers, budget=300)


def test_names_in_limits_are_checked_all_at_once(offers: Recommendations) -> None:
    with pytest.raises(UsageError) as caught:
        allocate(
            offers,
            budget=BUDGET,
            capacities=[Capacity("trainin", 5)],
            quotas=[Quota("kecamatn", "Babelan", 1), Quota("kecamatan", "Babelann", 1)],
        )
    for hint in ("did you mean 'training'", "did you mean 'kecamatan'", "did you mean 'Babelan'"):
        assert hint in str(caught.value)


@pytest.mark.parametrize("count", [-1, 1.5, float("nan")])
def test_limits_are_whole_numbers(count: int) -> None:
    with pytest.raises(UsageError, match="whole number"):
        Capacity("cash", count)
    with pytest.raises(UsageError, match="whole number"):
        Quota("kecamatan", "Babelan", count)


def test_every_household_is_told_why(plan: Allocation, offers: Recommendations) -> None:
    why = plan.table.set_index("household_id")["why"]
    given = plan.table.set_index("household_id")["arm"] != "none"
    assert why[given].str.contains("in the budget at rank").all()
    assert why[~given].str.startswith("no money left").all()


def test_other_reasons() -> None:
    ones = np.ones((3, 1))
    eligible = np.array([[True], [True], [False]])
    offers = made(ones, ones * 0.1, eligible, ["A"] * 3)
    why_code, texts = np.array([[0], [0], [1]]), (np.array(["", "too old"], dtype=object),)
    offers = replace(offers, offers=replace(offers.offers, why_code=why_code, why_texts=texts))
    why = allocate(offers, budget=3, capacities=[Capacity("arm0", 1)]).table.set_index("household_id")["why"]
    assert sorted(text.split(":")[0] for text in why[["h0", "h1"]]) == ["arm0", "no place left"]
    assert why["h2"] == "no suitable arm: too old"
    useless = made(ones, -ones * 0.1, np.ones((3, 1), dtype=bool), ["A"] * 3)
    assert allocate(useless, budget=3).table["why"].str.contains("no arm is expected").all()


def test_reasons_in_indonesian() -> None:
    offers = recommend(*registry(50), load_programme("bekasi_2024"), language="id")
    why = allocate(offers, budget=50e6).table["why"]
    assert why.str.contains("anggaran").all()


def test_labels_follow_the_language() -> None:
    found = allocate(recommend(*registry(50), load_programme("bekasi_2024"), language="id"), budget=50e6)
    assert found.totals["label"].tolist()[:2] == ["bantuan tunai", "pelatihan keterampilan"]
    assert found.references["policy"].iloc[0] == "rencana ini"
    assert found.references["policy"].iloc[1].startswith("satu intervensi terbaik")
    assert TEXT["en"].keys() == TEXT["id"].keys()


def test_equals_are_told_apart_by_a_seeded_hash() -> None:
    households, scores = registry(200)
    same = households.assign(n_working_age=1, head_age_years=30, head_education=3, has_severe_disability=False)
    level = Scores(scores.table.assign(risk=0.1), "test")
    offers = recommend(same, level, load_programme("bekasi_2024"))
    turned = recommend(same[::-1], Scores(level.table[::-1], "test"), load_programme("bekasi_2024"))

    def served(which: Recommendations, seed: int) -> list[str]:
        table = allocate(which, budget=80e6, seed=seed).table
        return table.loc[table["arm"] != "none", "household_id"].tolist()

    assert served(offers, 0) == served(turned, 0)
    assert served(offers, 0) != served(offers, 1)
    assert served(offers, 0) != sorted(same.index)[: len(served(offers, 0))]


def test_money_lasts_for_the_first_of_equals_in_hash_order() -> None:
    offers = made(np.ones((40, 1)), np.full((40, 1), 0.1), np.ones((40, 1), dtype=bool), ["A"] * 40)
    few, many = (allocate(offers, budget=budget).table for budget in (10, 20))
    first = set(few.loc[few["arm"] != "none", "household_id"])
    assert first < set(many.loc[many["arm"] != "none", "household_id"])


def test_the_solver_says_nothing(capfd: pytest.CaptureFixture[str], offers: Recommendations) -> None:
    for budget in (180e6,):
        allocate(offers, budget=budget)
    assert capfd.readouterr().out == ""


def test_nothing_is_changed(offers: Recommendations) -> None:
    before = offers.table.copy()
    allocate(offers, budget=BUDGET)
    pd.testing.assert_frame_equal(offers.table, before)

"""Shares, what limits cost, and plans that cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graduation.allocate import Capacity, Quota, Share, allocate, pricing, solve
from graduation.allocate.limits import matches
from graduation.errors import UsageError
from graduation.interventions import Recommendations

from .conftest import made

BUDGET = 300e6


def alike(places: str, arms: int = 1, cost: float = 1.0) -> Recommendations:
    shape = (len(places), arms)
    return made(np.full(shape, cost), np.full(shape, 0.1), np.ones(shape, dtype=bool), list(places))


def cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for whole households briefly: these tests are about the relaxation."""
    for name, value in (("CORES", (40, 40, 600)), ("NODES", 1), ("FEW_NODES", 1)):
        monkeypatch.setattr(solve, name, value)


def test_a_share_of_those_served(offers: Recommendations) -> None:
    disabled = offers.households["has_severe_disability"]
    free = allocate(offers, budget=BUDGET)
    found = allocate(offers, budget=BUDGET, shares=[Share("has_severe_disability", True, 0.4)])
    of = [disabled[plan.table.loc[plan.table["arm"] != "none", "household_id"]].mean() for plan in (free, found)]
    assert of[0] < 0.4 <= of[1]
    row = found.limits.iloc[-1]
    assert row["limit"] == "at least 40% of those served where has_severe_disability is True"
    assert row["kind"] == "share"
    assert row["used"] == pytest.approx(of[1])
    assert 0 < row["cost_of_limit"] == pytest.approx(free.bound - found.bound)
    assert found.table["why"].str.contains("would leave others short of a limit").any()
    assert "Each limit costs the plan, in cases" in " ".join(found.notes())


def test_the_share_price_is_that_of_a_hundredth(offers: Recommendations, monkeypatch: pytest.MonkeyPatch) -> None:
    cheaply(monkeypatch)
    low, high = (
        allocate(offers, budget=BUDGET, shares=[Share("has_severe_disability", True, part)]) for part in (0.4, 0.41)
    )
    lost = low.bound - high.bound
    assert 0.9 * low.limits["shadow_price"].iloc[-1] <= lost <= 1.1 * high.limits["shadow_price"].iloc[-1]


@pytest.mark.parametrize("small", [100, 4_000])
def test_what_a_limit_costs(small: int, offers: Recommendations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "SMALL", small)
    cheaply(monkeypatch)
    limits = {"capacities": [Capacity("capital", 2)], "shares": [Share("has_severe_disability", True, 0.3)]}
    quotas = [Quota("kecamatan", "Babelan", 60), Quota("kecamatan", "Cibitung", 1)]
    plan = allocate(offers, budget=BUDGET, quotas=quotas, **limits)
    found = plan.limits.set_index("limit")["cost_of_limit"]
    without = allocate(offers, budget=BUDGET, quotas=quotas[1:], **limits)
    assert found[str(quotas[0])] == pytest.approx(without.bound - plan.bound, rel=1e-3)
    assert found[str(quotas[0])] > 0.01
    assert found[str(quotas[1])] == 0
    assert found[["budget", "at most 2 in capital"]].isna().all()


def test_of_a_large_problem_the_dearest_limits_are_solved_without(
    offers: Recommendations, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheaply(monkeypatch)
    for name in ("SMALL", "LARGE"):
        monkeypatch.setattr(solve, name, 100)
    monkeypatch.setattr(pricing, "LARGE", 100)
    monkeypatch.setattr(pricing, "RESOLVED", 1)
    quotas = [Quota("kecamatan", "Babelan", 45), Quota("kecamatan", "Cibitung", 65)]
    found = allocate(offers, budget=BUDGET, quotas=quotas).limits
    assert (found["shadow_price"] > 0).all()
    assert found["cost_of_limit"].notna().tolist() == [False, False, True]


def test_limits_speak_the_language(offers: Recommendations) -> None:
    indonesian = replace(offers, language="id")
    caps, shares = [Capacity("cash", 9, place="Babelan", column="kecamatan")], [Share("kecamatan", "Babelan", 0.2)]
    named = allocate(indonesian, budget=BUDGET, capacities=caps, shares=shares).limits["limit"].tolist()
    assert named[1] == "paling banyak 9 dalam cash dengan kecamatan Babelan"
    assert named[2] == "paling sedikit 20% dari yang dilayani dengan kecamatan Babelan"


@pytest.mark.parametrize("part", [-0.1, 1.1, 30, float("nan")])
def test_a_share_is_a_fraction(part: float) -> None:
    with pytest.raises(UsageError, match="from 0 to 1"):
        Share("kecamatan", "Babelan", part)


def test_all_faults_at_once(offers: Recommendations) -> None:
    with pytest.raises(UsageError) as caught:
        allocate(offers, budget=300, shares=[Share("kecamatn", "Babelan", 0.1)], capacities=[Capacity("csh", 1)])
    for told in ("below the cheapest suitable arm", "did you mean 'kecamatan'", "did you mean 'cash'"):
        assert told in str(caught.value)


def test_quotas_that_the_budget_cannot_meet_together() -> None:
    offers = alike("A" * 10 + "B" * 10 + "C" * 10)
    quotas = [Quota("place", "A", 6), Quota("place", "C", 1), Quota("place", "B", 6)]
    with pytest.raises(UsageError) as caught:
        allocate(offers, budget=11, quotas=quotas)
    assert str(caught.value).startswith(
        "the budget of Rp 11 cannot meet 'at least 6 where place is A' and 'at least 6 where place is B' together: "
        "they need at least Rp 12."
    )
    assert (allocate(offers, budget=13, quotas=quotas).table["arm"] != "none").sum() == 13


def test_a_capacity_that_shuts_a_quota_out() -> None:
    with pytest.raises(UsageError) as caught:
        allocate(alike("AAAAABBBBB"), budget=100, capacities=[Capacity("arm0", 3)], quotas=[Quota("place", "A", 5)])
    assert "no budget can meet 'at least 5 where place is A' under 'at most 3 in arm0'" in str(caught.value)


def test_a_share_that_shuts_a_quota_out() -> None:
    quotas, shares = [Quota("place", "B", 5), Quota("place", "C", 1)], [Share("place", "A", 0.9)]
    with pytest.raises(UsageError) as caught:
        allocate(alike("AABBBBBC"), budget=100, quotas=quotas, shares=shares)
    assert "'at least 5 where place is B' and 'at least 90% of those served" in str(caught.value)
    assert "place is C" not in str(caught.value)


def test_whole_households_that_nearly_could() -> None:
    offers = made(np.array([[2.0], [3.0]]), np.full((2, 1), 0.1), np.ones((2, 1), dtype=bool), ["A", "B"])
    thirds = [Share("place", "A", 0.4), Share("place", "B", 0.4)]
    with pytest.raises(UsageError, match="with whole households"):
        allocate(offers, budget=4, quotas=[Quota("place", "A", 1)], shares=thirds)
    # Where all cost the same, money comes in whole households.
    with pytest.raises(UsageError, match="they need at least Rp 6"):
        allocate(alike("AB", cost=3.0), budget=5, quotas=[Quota("place", "A", 1)], shares=thirds)


def test_conflicts_on_the_large_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "SMALL", 10)
    quotas = [Quota("place", place, 30) for place in "ABC"]
    with pytest.raises(UsageError, match="they need at least Rp 90"):
        allocate(alike("A" * 40 + "B" * 40 + "C" * 40), budget=80, quotas=quotas)


@given(
    st.lists(st.integers(1, 9), min_size=6, max_size=12),
    st.integers(9, 30),
    st.integers(0, 4),
    st.lists(st.integers(1, 4), min_size=3, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_every_limit_that_is_named_is_needed_for_the_conflict(
    costs: list[int], budget: int, most: int, least: list[int]
) -> None:
    places = [("A", "B", "C")[number % 3] for number in range(len(costs))]
    assume(all(places.count(place) >= count for place, count in zip("ABC", least, strict=True)))
    cost = np.array(costs, dtype=float)[:, None]
    offers = made(cost, np.full(cost.shape, 0.1), np.ones(cost.shape, dtype=bool), places)
    quotas = [Quota("place", place, count) for place, count in zip("ABC", least, strict=True)]
    caps = [Capacity("arm0", most)]
    # One arm and one cost each: the cheapest households of each place settle what can be.
    need = [sorted(c for c, p in zip(costs, places, strict=True) if p == place) for place in "ABC"]
    spend = {str(quota): sum(need[i][: quota.minimum]) for i, quota in enumerate(quotas)}
    if sum(spend.values()) <= budget and sum(least) <= most:
        assert allocate(offers, budget=budget, quotas=quotas, capacities=caps).benefit > 0
        return
    with pytest.raises(UsageError) as caught:
        allocate(offers, budget=budget, quotas=quotas, capacities=caps)
    told = str(caught.value)
    named = [quota for quota in quotas if f"'{quota}'" in told]
    one_less = [[other for other in named if other is not quota] for quota in named]
    if told.startswith("no budget"):
        assert sum(quota.minimum for quota in named) > most
        assert all(sum(quota.minimum for quota in rest) <= most for rest in one_less)
    else:
        assert f"need at least Rp {sum(spend[str(quota)] for quota in named):,}." in told
        assert sum(spend[str(quota)] for quota in named) > budget
        assert all(sum(spend[str(quota)] for quota in rest) <= budget for rest in one_less)


def test_missing_and_odd_values_of_a_column() -> None:
    offers = alike("ABCD")
    column = pd.Series([1.0, np.nan, 2.0, 1.0], index=offers.households.index)
    offers = replace(offers, households=offers.households.assign(desa=column))
    found = allocate(offers, budget=2, quotas=[Quota("desa", 1, 2), Quota("place", "A", 1)])
    assert sorted(found.table.loc[found.table["arm"] != "none", "household_id"]) == ["h0", "h3"]


def test_levels_typed_as_text_are_found_among_numbers() -> None:
    assert matches(pd.Index([1, 2, 4]), "4").tolist() == [False, False, True]
    assert matches(pd.Index([True, False]), "1").tolist() == [True, False]
    assert not matches(pd.Index([1, 2]), "many").any()
    assert matches(pd.Index(["04", "4"]), "4").tolist() == [False, True]


def test_a_programme_may_have_capacities_of_its_own(offers: Recommendations) -> None:
    arms = tuple(
        arm.model_copy(update={"capacity": 7 if arm.name in ("training", "referral") else None})
        for arm in offers.programme.interventions
    )
    given = replace(offers, programme=offers.programme.model_copy(update={"interventions": arms}))
    plain, found = allocate(offers, budget=BUDGET), allocate(given, budget=BUDGET)
    trained = [made.totals.set_index("arm")["households"]["training"] for made in (plain, found)]
    assert trained[0] > 7 == trained[1]
    # The arm "referral" suits nobody here, so nothing is said of it.
    assert found.limits["limit"].tolist() == ["budget", "at most 7 in training (programme bekasi_2024)"]
    price = found.limits["shadow_price"].iloc[1]
    assert f"at most 7 in training (programme bekasi_2024) {price:.4f}" in " ".join(found.notes())
    assert price > 0
    placed = allocate(given, budget=BUDGET, capacities=[Capacity("training", 2, "Babelan", "kecamatan")]).limits
    assert len(placed) == 3
    freed = allocate(given, budget=BUDGET, capacities=[Capacity("training", 600)])
    assert freed.totals["households"].tolist() == plain.totals["households"].tolist()
    assert freed.limits["limit"].tolist() == ["budget", "at most 600 in training"]

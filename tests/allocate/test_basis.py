"""What the benefit of an allocation rests on, how far it may be off, and where its households live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from graduation.allocate import Allocation, allocate
from graduation.interventions import Recommendations, load_programme, recommend, risk_after
from graduation.risk.scores import Scores

from ..interventions.conftest import effect_model
from .conftest import made, registry

PROGRAMME = load_programme("bekasi_2024")


@pytest.fixture(scope="module")
def learnt() -> Recommendations:
    return recommend(*registry(600), PROGRAMME, effects=effect_model(capital=(0.12, 0.02), cash=(0.0, 0.03)))


@pytest.fixture(scope="module")
def plan(learnt: Recommendations) -> Allocation:
    return allocate(learnt, budget=300e6)


def test_every_row_and_every_arm_says_its_basis(plan: Allocation) -> None:
    expected = {"cash": "assumed + estimated", "capital": "assumed + estimated", "none": ""}
    found = plan.table.drop_duplicates("arm").set_index("arm")["basis"].to_dict()
    assert found == {arm: expected.get(arm, "assumed") for arm in found}
    assert {"capital", "none"} < set(found)
    assert plan.totals.set_index("arm")["basis"]["training"] == "assumed"
    text = " ".join(plan.notes())
    assert "assumed + estimated for 'cash', 'business capital with mentoring'; assumed for 'skills training'," in text
    assert "assumed + estimated effect of cash" in text
    assert "effect of business" not in text


def test_the_range_is_that_of_all_effects_together(learnt: Recommendations, plan: Allocation) -> None:
    given = plan.table[plan.table["arm"] != "none"]
    arms = learnt.effects.set_index("arm")
    for end, found in (("low", plan.benefit_low), ("high", plan.benefit_high)):
        effect = arms[end].reindex(given["arm"]).to_numpy()
        after = risk_after(given["risk"].to_numpy(), effect, PROGRAMME.welfare_residual_sd)
        assert found == pytest.approx((given["risk"] - after).sum())
        assert plan.metrics()[f"benefit_{end}"] == found
    assert plan.benefit_low < plan.benefit < plan.benefit_high
    assert plan.totals["benefit_low"].sum() == pytest.approx(plan.benefit_low)
    assert "Between " in plan.notes()[1]
    assert "a range, not a confidence interval" in plan.notes()[1]


def test_the_doubt_of_differences_between_households_is_in_the_range(learnt: Recommendations) -> None:
    """By hand: one error moved at a time, both put together in quadrature."""
    offers, number = learnt.offers, learnt.offers.arms.index("capital")
    effect = offers.effect.copy()
    own = np.linspace(-0.05, 0.15, len(offers.ids))
    effect[:, number] += own
    after = risk_after(offers.risk[:, None], effect, PROGRAMME.welfare_residual_sd)
    benefit = offers.risk[:, None] - after
    told = replace(offers, effect=effect, risk_after=after, benefit=benefit, value=benefit)
    differs = learnt.effects["arm"] == "capital"
    some = learnt.effects.assign(slope_error=np.where(differs, 0.3, 0.0))
    plain, wide = (allocate(replace(learnt, offers=told, effects=e), budget=300e6) for e in (learnt.effects, some))
    given = wide.table.query("arm == 'capital'").set_index("household_id")
    mine = pd.Series(own, index=offers.ids).loc[given.index].to_numpy()
    row = some[differs].iloc[0]

    def averted(average: float, slope: float) -> float:
        moved = norm.ppf(given["risk"]) - (row["used"] + average + mine * (1 + slope)) / PROGRAMME.welfare_residual_sd
        return float((given["risk"] - norm.cdf(moved)).sum())

    reach = (row["high"] - row["used"], norm.ppf(0.975) * 0.3)
    moves = np.array([[averted(s * reach[0], 0.0), averted(0.0, s * reach[1])] for s in (-1, 1)]) - averted(0, 0)
    found = wide.totals.set_index("arm").loc["capital"]
    assert len(given) > 10
    assert found["benefit_low"] == pytest.approx(found["benefit"] - np.sqrt((moves.min(axis=0) ** 2).sum()))
    assert found["benefit_high"] == pytest.approx(found["benefit"] + np.sqrt((moves.max(axis=0) ** 2).sum()))
    assert wide.benefit_low < plain.benefit_low < plain.benefit_high < wide.benefit_high
    assert "and of the differences between households" in wide.notes()[1]
    assert "differences between households" not in plain.notes()[1]


def test_certain_effects_have_no_range(learnt: Recommendations) -> None:
    effects = learnt.effects.assign(low=learnt.effects["used"], high=learnt.effects["used"])
    found = allocate(replace(learnt, effects=effects), budget=300e6)
    assert found.benefit_low == pytest.approx(found.benefit)
    assert found.benefit_high == pytest.approx(found.benefit)


def test_without_effects_there_is_no_range_and_no_claim_of_one() -> None:
    offers = made(np.ones((3, 1)), np.full((3, 1), 0.1), np.ones((3, 1), dtype=bool), ["A"] * 3)
    found = allocate(offers, budget=2)
    assert np.isnan(found.benefit_low)
    assert np.isnan(found.benefit_high)
    assert "Between" not in " ".join(found.notes())
    assert found.totals["basis"].tolist() == ["assumed"]
    assert len(offers.shown()) == 1


def test_places_stand_right_after_the_household() -> None:
    households, scores = registry(60)
    plain = allocate(recommend(households, scores, PROGRAMME), budget=50e6).table
    assert plain.columns[1] == "arm"
    named = scores.table.copy()
    named.insert(0, "kecamatan", households["kecamatan"].str.upper())
    named.insert(1, "desa", "D" + households.index.astype(str))
    table = allocate(recommend(households, Scores(named, "test"), PROGRAMME), budget=50e6).table
    assert table.columns[:4].tolist() == ["household_id", "kecamatan", "desa", "arm"]
    assert (table["desa"] == "D" + table["household_id"]).all()
    wanted = households["kecamatan"].str.upper().reindex(table["household_id"]).tolist()
    assert table["kecamatan"].tolist() == wanted
    assert table.drop(columns=["kecamatan", "desa"]).equals(plain)

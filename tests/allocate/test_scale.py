"""The path for many households: its bound against the whole linear programme, and its limits by independent counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
from scipy.optimize import linprog

from graduation.allocate import Allocation, Capacity, Quota, Share, allocate, solve
from graduation.interventions import Recommendations, load_programme, recommend, risk_after
from graduation.risk.scores import Scores

from .conftest import registry

PLACES = ("Babelan", "Cibitung", "Tarumajaya")


def varied(n: int) -> Recommendations:
    """Return recommendations in which costs and effects differ by household."""
    suited = recommend(*registry(n), load_programme("bekasi_2024"))
    rng, offers = np.random.default_rng(5), suited.offers
    effect = offers.effect * rng.lognormal(0, 0.5, offers.effect.shape)
    after = risk_after(offers.risk[:, None], effect, suited.programme.welfare_residual_sd)
    benefit = offers.risk[:, None] - after
    cost = np.round(offers.cost * rng.uniform(0.9, 1.4, (n, 1)), -3)
    changed = replace(offers, cost=cost, effect=effect, risk_after=after, benefit=benefit, value=benefit)
    return replace(suited, offers=changed)


def all_limits(n: int) -> dict[str, Any]:
    return {
        "capacities": [Capacity("capital", n // 200, place=place, column="kecamatan") for place in PLACES],
        "quotas": [Quota("kecamatan", place, n // 40) for place in PLACES],
        "shares": [Share("has_severe_disability", True, 0.2)],
    }


def whole_relaxation(offers: Recommendations, budget: float, limits: dict[str, Any]) -> float:
    """Return the optimum of the linear programme with a column for each household and arm."""
    table = offers.table[offers.table["eligible"] & (offers.table["benefit"] > 0)].reset_index(drop=True)
    homes = offers.households.loc[table["household_id"]].reset_index(drop=True)
    rows, upper = [table["cost_idr"].to_numpy() / 1e6], [budget / 1e6]
    for cap in limits["capacities"]:
        rows.append(((table["arm"] == cap.arm) & (homes[cap.column] == cap.place)).to_numpy(dtype=float))
        upper.append(cap.maximum)
    for quota in limits["quotas"]:
        rows.append(-(homes[quota.column] == quota.level).to_numpy(dtype=float))
        upper.append(-quota.minimum)
    for share in limits["shares"]:
        rows.append(share.minimum - (homes[share.column] == share.level).to_numpy(dtype=float))
        upper.append(0)
    code = pd.factorize(table["household_id"])[0]
    once = sparse.csr_matrix((np.ones(len(code)), (code, np.arange(len(code)))))
    matrix = sparse.vstack([once, sparse.csr_matrix(np.array(rows))])
    bounds = np.concatenate([np.ones(once.shape[0]), upper])
    found = linprog(-table["benefit"].to_numpy() * 1e3, A_ub=matrix, b_ub=bounds, method="highs")
    return float(-found.fun / 1e3)


def check_limits(found: Allocation, offers: Recommendations, limits: dict[str, Any]) -> None:
    served = found.table[found.table["arm"] != "none"].set_index("household_id")
    assert served.index.is_unique
    assert served["cost_idr"].sum() <= found.budget
    homes = offers.households.loc[served.index]
    both = Counter(zip(homes["kecamatan"], served["arm"], strict=True))
    assert all(both[cap.place, cap.arm] <= cap.maximum for cap in limits["capacities"])
    assert all((homes["kecamatan"] == quota.level).sum() >= quota.minimum for quota in limits["quotas"])
    assert all((homes[share.column] == share.level).mean() >= share.minimum for share in limits["shares"])


@pytest.fixture(scope="module")
def offers() -> Recommendations:
    return varied(2_000)


@pytest.fixture(scope="module")
def best(offers: Recommendations) -> float:
    return whole_relaxation(offers, 8e8, all_limits(2_000))


@pytest.mark.parametrize(("small", "large"), [(200, 4_000), (200, 1_000), (4_000, 9_000)])
def test_the_bound_is_that_of_the_whole_relaxation(
    small: int, large: int, offers: Recommendations, best: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SMALL", small), ("LARGE", large), ("FEW_NODES", 1), ("NODES", 1)):
        monkeypatch.setattr(solve, name, value)
    limits = all_limits(2_000)
    found = allocate(offers, budget=8e8, **limits)
    assert found.bound == pytest.approx(best, rel=1e-6)
    assert found.bound >= best * (1 - 1e-9)
    assert found.gap < 1e-3
    check_limits(found, offers, limits)


def test_twenty_thousand_households_with_all_limits() -> None:
    n = 20_000
    offers, limits = varied(n), all_limits(n)
    found = allocate(offers, budget=n * 4e5, **limits)
    assert found.gap <= 1e-4
    assert found.benefit <= found.bound
    check_limits(found, offers, limits)
    single = found.references.set_index("kind")["benefit"]
    assert single.drop("allocation").max() < found.benefit
    assert "table" not in vars(offers)


@pytest.mark.parametrize("small", [500, 4_000])
def test_thousands_alike_at_the_margin(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calibrated risks have plateaus; the budget may end, and a quota begin, in the middle of one."""
    monkeypatch.setattr(solve, "SMALL", small)
    monkeypatch.setattr(solve, "CORES", (5, 10, 20))
    households, scores = registry(3_000)
    same = households.assign(n_working_age=1, head_age_years=30, head_education=3, has_severe_disability=False)
    level = Scores(scores.table.assign(risk=np.where(np.arange(3_000) < 300, 0.2, 0.1)), "test")
    offers = recommend(same, level, load_programme("bekasi_2024"))
    limits = {**all_limits(3_000), "shares": [], "quotas": [Quota("kecamatan", place, 400) for place in PLACES]}
    budget = 3_000 * 1e6 + 123
    found = allocate(offers, budget=budget, **limits)
    assert found.bound == pytest.approx(whole_relaxation(offers, budget, limits), rel=1e-6)
    assert found.gap < 1e-3
    check_limits(found, offers, limits)


def test_equals_on_the_large_path_are_told_apart_by_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "SMALL", 50)
    households, scores = registry(400)
    same = households.assign(n_working_age=1, head_age_years=30, head_education=3, has_severe_disability=False)
    level = Scores(scores.table.assign(risk=0.1), "test")
    offers = recommend(same, level, load_programme("bekasi_2024"))
    turned = recommend(same[::-1], Scores(level.table[::-1], "test"), load_programme("bekasi_2024"))
    straight, other, reseeded = (
        allocate(which, budget=80e6, seed=seed).table for which, seed in ((offers, 0), (turned, 0), (offers, 1))
    )
    pd.testing.assert_frame_equal(straight, other)
    assert set(straight.loc[straight["arm"] != "none", "household_id"]) != set(
        reseeded.loc[reseeded["arm"] != "none", "household_id"]
    )

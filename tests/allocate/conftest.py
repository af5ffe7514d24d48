from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from graduation.interventions import Intervention, Offers, Programme, Recommendations, load_programme, recommend
from graduation.risk.scores import Scores


def registry(n: int, seed: int = 0) -> tuple[pd.DataFrame, Scores]:
    rng = np.random.default_rng(seed)
    index = pd.Index([f"H{number:06d}" for number in range(n)], name="household_id")
    households = pd.DataFrame(
        {
            "n_working_age": rng.integers(0, 5, n),
            "head_age_years": rng.integers(20, 80, n),
            "head_education": rng.integers(0, 6, n),
            "has_severe_disability": rng.random(n) < 0.1,
            "kecamatan": rng.choice(["Babelan", "Cibitung", "Tarumajaya"], n),
        },
        index=index,
    )
    risk = pd.Series(rng.beta(0.6, 6, n), index=index)
    rank = risk.rank(ascending=False, method="first").astype(int)
    return households, Scores(pd.DataFrame({"pathway": "become", "risk": risk, "rank": rank}), "test")


@pytest.fixture(scope="session")
def offers() -> Recommendations:
    return recommend(*registry(600), load_programme("bekasi_2024"))


def made(cost: np.ndarray, benefit: np.ndarray, eligible: np.ndarray, place: list[str]) -> Recommendations:
    """Return recommendations with these (households, arms) tables: benefits need not come from a formula."""
    n, k = benefit.shape
    ids = pd.Index([f"h{number}" for number in range(n)], name="household_id")
    names = [f"arm{number}" for number in range(k)]
    arms = tuple(Intervention(name=name, cost_idr=1, effect=0.1) for name in names)
    programme = Programme(
        name="made", version="1", welfare_residual_sd=1, welfare_residual_sd_source="made up", interventions=arms
    )
    risk = np.linspace(0.9, 0.5, n)
    offers = Offers(
        ids=ids,
        arms=tuple(names),
        basis=("assumed",) * k,
        risk=risk,
        rank=np.arange(n) + 1,
        eligible=eligible,
        why_code=np.zeros((n, k), dtype=int),
        why_texts=(np.array([""], dtype=object),) * k,
        cost=cost,
        effect=np.full((n, k), 0.1),
        risk_after=risk[:, None] - benefit,
        benefit=benefit,
        value=benefit,
    )
    return Recommendations(offers, pd.DataFrame({"place": place}, index=ids), programme, pd.DataFrame())


def turned(given: Recommendations, order: list[int]) -> Recommendations:
    """Return the same recommendations with their households in another order."""
    offers = given.offers
    arrays = ("risk", "rank", "eligible", "why_code", "cost", "effect", "risk_after", "benefit", "value")
    moved = {name: getattr(offers, name)[order] for name in arrays}
    return replace(given, offers=replace(offers, ids=offers.ids[order], **moved), households=given.households[::-1])

"""No message of the main entry points shows the id of a household, which may be a number of identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from graduation.allocate import Capacity, Quota, Share, allocate
from graduation.errors import GraduationError
from graduation.interventions import Goal, PilotTarget, Recommendations, design_pilot, load_programme, recommend
from graduation.risk.scores import Scores

PROGRAMME = load_programme("bekasi_2024")
Call = Callable[[pd.DataFrame, Scores], object]


@pytest.fixture
def numbered(households: pd.DataFrame, scores: Scores) -> tuple[pd.DataFrame, Scores]:
    """The same households, with ids that look like numbers of identity."""
    ids = pd.Index([f"321690{number:010d}" for number in range(len(households))], name="household_id")
    return households.set_axis(ids), replace(scores, table=scores.table.set_axis(ids))


def suited(households: pd.DataFrame, scores: Scores) -> Recommendations:
    return recommend(households, scores, PROGRAMME)


def without_costs(found: Recommendations) -> object:
    return replace(found.offers, cost=np.full_like(found.offers.cost, np.nan))


def pilot(households: pd.DataFrame, **more: object) -> object:
    return design_pilot(households, arms=["cash"], target=PilotTarget(1.0), **more)  # type: ignore[arg-type]


MISTAKES: dict[str, Call] = {
    "not in households": lambda table, scores: suited(table[5:], scores),
    "not a probability": lambda table, scores: suited(table, Scores(scores.table.assign(risk=2.0), "test")),
    "households repeat": lambda table, scores: suited(pd.concat([table, table]), scores),
    "neither the pathway": lambda table, scores: recommend(
        table, Scores(scores.table.drop(columns="pathway"), "test"), PROGRAMME, goal=Goal(remain=2)
    ),
    "no cost": lambda table, scores: without_costs(suited(table, scores)),
    "no such household": lambda table, scores: suited(table, scores).suitable(table.index[0] + "0"),
    "the budget of Rp 2,000,000": lambda table, scores: allocate(
        suited(table, scores), budget=2e6, quotas=[Quota("kecamatan", "Babelan", 9)]
    ),
    "no household there": lambda table, scores: allocate(
        suited(table, scores), budget=9e9, quotas=[Quota("kecamatan", "Setu", 1)]
    ),
    "under 'at most 0 in cash": lambda table, scores: allocate(
        suited(table, scores),
        budget=9e9,
        capacities=[Capacity("cash", 0, "Babelan", "kecamatan")],
        quotas=[Quota("kecamatan", "Babelan", 90)],
        shares=[Share("kecamatan", "Cibitung", 0.9)],
    ),
    "2 households stand twice": lambda table, _: pilot(pd.concat([table, table[:2]])),
    "clusters lie in several strata": lambda table, _: pilot(
        table.assign(own=table.index.repeat(2)[: len(table)]), cluster="own", strata=["kecamatan"]
    ),
    "20 households to draw from": lambda table, _: pilot(table[:20]),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_error_shows_an_id(mistake: str, numbered: tuple[pd.DataFrame, Scores]) -> None:
    with pytest.raises(GraduationError) as refused:
        MISTAKES[mistake](*numbered)
    assert mistake in str(refused.value)
    assert "321690" not in str(refused.value)


def test_no_note_shows_an_id(numbered: tuple[pd.DataFrame, Scores]) -> None:
    found = suited(*numbered)
    plan, trial = allocate(found, budget=1e8), pilot(numbered[0])
    assert plan.table["household_id"].str.startswith("321690").all()
    told = [*found.notes(), *plan.notes(), *trial.notes(), *plan.table["why"]]  # type: ignore[attr-defined]
    assert "321690" not in " ".join(told)

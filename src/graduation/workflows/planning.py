"""Ranked households, a programme and a budget become a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from graduation.allocate import Allocation, Capacity, Quota, allocate
from graduation.interventions import EffectModel, Programme, Recommendations, recommend
from graduation.risk import Scores
from graduation.schema import Registry


@dataclass(frozen=True)
class Plan:
    """What suits each household, and what the budget pays for."""

    recommendations: Recommendations
    allocation: Allocation


def plan(
    registry: Registry,
    scores: Scores,
    programme: Programme,
    *,
    budget: float,
    effects: EffectModel | None = None,
    quotas: Sequence[Quota] = (),
    capacities: Sequence[Capacity] = (),
    seed: int = 0,
) -> Plan:
    """Recommend interventions for scored households and spend a budget on them.

    Parameters
    ----------
    registry : Registry
        The households that were scored.
    scores : Scores
    programme : Programme
    budget : float
        In the programme's currency.
    effects : EffectModel, optional
        Estimated effects; without it the programme's assumed effects are used, and said to be assumed.
    quotas, capacities, seed
        As in `allocate`.
    """
    households: pd.DataFrame = registry.households.loc[scores.table.index]
    suited = recommend(households, scores, programme, effects=effects)
    return Plan(suited, allocate(suited, budget=budget, quotas=quotas, capacities=capacities, seed=seed))

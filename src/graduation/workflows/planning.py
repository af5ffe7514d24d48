"""Ranked households, a programme and a budget become a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from graduation.allocate import Allocation, Capacity, Quota, Share, allocate, by_code
from graduation.features import feature_frame
from graduation.interventions import EffectModel, Programme, Recommendations, recommend
from graduation.interventions.goal import CASES_AVERTED, Goal
from graduation.risk import Scores
from graduation.schema import Language, Registry


@dataclass(frozen=True)
class Plan:
    """What suits each household, and what the budget pays for."""

    recommendations: Recommendations
    allocation: Allocation


# The options of `recommend` and of `allocate` together.
def plan(  # noqa: PLR0913
    registry: Registry,
    scores: Scores,
    programme: Programme,
    *,
    budget: float,
    effects: EffectModel | None = None,
    quotas: Sequence[Quota] = (),
    capacities: Sequence[Capacity] = (),
    shares: Sequence[Share] = (),
    goal: Goal = CASES_AVERTED,
    seed: int = 0,
    language: Language = "en",
) -> Plan:
    """Recommend interventions for scored households and spend a budget on them.

    Parameters
    ----------
    registry : Registry
        The households that were scored.
    scores : Scores
    programme : Programme
    budget : float
        In the programme's currency; 0 gives an empty plan.
    effects : EffectModel, optional
        Estimated effects, combined with the programme's assumed ones by their precision; without it the assumed
        effects are used, and said to be assumed. Where they differ between households, as records of `learn_effects`
        may show, each household's features are made of the registry as they were of the records.
    goal : Goal
        What the plan makes as large as possible; by default the expected number of cases averted.
    quotas, capacities, shares
        As in `allocate`; a place or group may also be named by its label in the registry's dictionary.
    seed : int
        As in `allocate`.
    language : {"en", "id"}
        Of labels and reasons.

    Raises
    ------
    UsageError
        When the budget, a limit or an arm of `effects` does not fit the programme and the households, or when effects
        differ between households by columns that the registry lacks.
    DataError
        When a rule of the programme reads a column that the households lack.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> run = graduation.train(graduation.pair_waves(*registries), refit=False, fast=True)
    >>> scores = graduation.score(registries[1], run.model, reasons=0)
    >>> made = plan(registries[1], scores, graduation.load_programme("bekasi_2024"), budget=50_000_000)
    >>> made.allocation.spent <= 50_000_000, made.allocation.totals["basis"].unique().tolist()
    (True, ['assumed'])
    """
    households: pd.DataFrame = registry.households.loc[scores.table.index]
    is_personal = effects is not None and effects.is_personal_
    features = feature_frame(households, registry.dictionary) if is_personal else None
    suited = recommend(households, scores, programme, effects=effects, features=features, goal=goal, language=language)
    named = by_code([*quotas, *capacities, *shares], registry.dictionary)
    spent = allocate(
        suited,
        budget=budget,
        quotas=[limit for limit in named if isinstance(limit, Quota)],
        capacities=[limit for limit in named if isinstance(limit, Capacity)],
        shares=[limit for limit in named if isinstance(limit, Share)],
        seed=seed,
    )
    return Plan(suited, spent)

"""Effects of each arm on each household: the average that is used, and how far the records tell households apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.errors import UsageError, nearest
from graduation.interventions.estimating.effects import EffectModel
from graduation.interventions.evidence import COMBINED
from graduation.interventions.offers import Offers

SPREAD = ["suits_here", "mean_here", "sd_here", "low_here", "high_here"]


def household_effects(
    known: pd.DataFrame, effects: EffectModel | None, features: pd.DataFrame | None, scored: pd.DataFrame
) -> np.ndarray:
    """Return the effect of each arm on each scored household (n, arms), a view of one row where all have the average.

    `known` is what `combine_effects` gives. The deviation of a household is added for arms whose effect is estimated;
    what records cannot change, an assumption given as certain, they cannot tell apart either.
    """
    average = np.broadcast_to(known["used"].to_numpy(dtype=float), (len(scored), len(known)))
    if effects is None or not effects.is_personal_:
        return average
    deviation = effects.deviation(_features_of(effects, features, scored))
    own = deviation.reindex(columns=known["arm"].tolist(), fill_value=0.0).to_numpy(dtype=float)
    # As much as the records count beside the assumption for the average, they count for the differences.
    prior, noise = known["assumed_sd"] ** 2, known["standard_error"] ** 2
    share = (prior / (prior + noise)).where(known["basis"] == COMBINED, 0.0)
    return np.asarray(average + own * share.to_numpy(dtype=float))


def _features_of(effects: EffectModel, features: pd.DataFrame | None, scored: pd.DataFrame) -> pd.DataFrame:
    """Return the features of the scored households, in their order; refuse what the model cannot read."""
    table = scored if features is None else features
    absent = [name for name in effects.features_ if name not in table.columns]
    if absent:
        given = "households lack" if features is None else "features lack"
        hint = nearest(absent[0], map(str, table.columns))
        raise UsageError(
            f"effects differ between households, and {given} {len(absent)} of the columns that they are told from: "
            f"{', '.join(absent)}. " + (f"For '{absent[0]}': {hint}. " if hint else "") + "Give recommend(..., "
            "features=...) what `feature_frame` makes of the registry with its dictionary, or "
            "learn the effects with personal=False"
        )
    if not table.index.is_unique:
        raise UsageError("features repeat a household; give one row per household_id")
    unknown = ~scored.index.isin(table.index)
    if unknown.any():
        raise UsageError(
            f"features lack {int(unknown.sum()):,} of {len(scored):,} scored households; give one row per scored "
            "household, indexed by household_id"
        )
    return table.loc[scored.index, effects.features_]


def with_spread(known: pd.DataFrame, effects: EffectModel | None, offers: Offers) -> pd.DataFrame:
    """Return `known` with how far the effect of each arm differs between the households that it suits.

    Columns: `slope_error`, the standard error of the differences as a share of them (of the slope, before shrinkage,
    over the slope that is used; 0 where none differ), and, missing where every such household has the average,
    `suits_here`, `mean_here`, `sd_here`, `low_here` and `high_here` over the scored households that the arm suits.
    """
    rows = [_spread(offers.effect[offers.eligible[:, arm], arm], used) for arm, used in enumerate(known["used"])]
    spread = pd.DataFrame(rows, index=known.index, columns=SPREAD, dtype=float)
    errors = {} if effects is None or not effects.is_personal_ else _slope_errors(effects)
    differs = spread["mean_here"].notna()
    return known.assign(slope_error=known["arm"].map(errors).where(differs, 0.0).astype(float), **spread)


def _slope_errors(effects: EffectModel) -> dict[str, float]:
    table = effects.heterogeneity_[effects.heterogeneity_["used_slope"] > 0]
    return dict(zip(table["arm"], table["standard_error"] / table["used_slope"], strict=True))


def _spread(effect: np.ndarray, used: float) -> tuple[float, ...]:
    """Return the figures `SPREAD` of the effects of an arm (m,), nan where all are what is `used`."""
    if not (effect != used).any():
        return (np.nan,) * len(SPREAD)
    # Sorted, so that the order of the households does not show in the last digit.
    own = np.sort(effect)
    return len(own), own.mean(), own.std(), own[0], own[-1]

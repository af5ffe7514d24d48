"""Effects of each arm on each household: the average that is used, and how far the records tell households apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.errors import UsageError, nearest
from graduation.interventions.estimating.effects import EffectModel
from graduation.interventions.evidence import COMBINED
from graduation.interventions.offers import Offers
from graduation.results import format_number
from graduation.schema import Language

TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "same": "Every household is given the average effect of each arm.",
        "differ": "Effects differ between households, on log welfare: {arms}. Other arms: the average for everybody.",
        "arm": "{arm} {low} to {high} (standard deviation {sd})",
    },
    "id": {
        "same": "Setiap keluarga memakai efek rata-rata tiap intervensi.",
        "differ": "Efek berbeda antarkeluarga, pada log kesejahteraan: {arms}. Intervensi lain: rata-rata untuk semua.",
        "arm": "{arm} {low} sampai {high} (simpangan baku {sd})",
    },
}


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
            f"features lack {int(unknown.sum()):,} of {len(scored):,} scored households, '{scored.index[unknown][0]}' "
            "first; give one row per scored household, indexed by household_id"
        )
    return table.loc[scored.index, effects.features_]


def spread_notes(offers: Offers, titles: dict[str, str], language: Language = "en") -> list[str]:
    """Return for which arms effects differ between the scored households and how far, or that none does."""
    text, told = TEXT[language], []
    for number, arm in enumerate(offers.arms):
        effect = offers.effect[:, number]
        if len(effect) and np.ptp(effect) > 0:
            low, high, sd = map(format_number, (effect.min(), effect.max(), effect.std()))
            told.append(text["arm"].format(arm=titles[arm], low=low, high=high, sd=sd))
    return [text["differ"].format(arms="; ".join(told)) if told else text["same"]]

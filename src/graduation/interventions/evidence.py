"""What is assumed of each arm beside what records say of it, and the effect that follows from both."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from graduation.errors import UsageError, nearest
from graduation.interventions.estimating.effects import EffectModel
from graduation.interventions.programme import LOG_WELFARE, Programme
from graduation.schema import Language

ASSUMED, COMBINED = "assumed", "assumed + estimated"
REACH = float(ndtri(0.975))


def combine_effects(programme: Programme, effects: EffectModel | None, language: Language = "en") -> pd.DataFrame:
    """Return one row per arm: what is assumed, what was estimated, and what is used with its 95 % interval.

    Assumed and estimated effects are weighed by their precision, as prior and data of a normal-normal model, so that
    a noisy estimate moves a plan little. An arm without an estimate, or whose assumption is given as certain
    (`effect_sd` 0), keeps the assumed effect.

    Raises
    ------
    UsageError
        When the estimates have arms that the programme lacks, or another unit than its effects.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, section 2.5.
    """
    arms, titles = programme.interventions, programme.titles(language)
    table = pd.DataFrame(
        {
            "arm": programme.names,
            "label": [titles[name] for name in programme.names],
            "cost_idr": [arm.cost_idr for arm in arms],
            "assumed": [arm.effect for arm in arms],
            "assumed_sd": [arm.effect_sd for arm in arms],
        }
    ).join(_estimates(programme, effects), on="arm")
    prior, noise = table["assumed_sd"] ** 2, table["standard_error"] ** 2
    is_combined = (prior > 0) & noise.notna()
    share = (prior / (prior + noise)).where(is_combined, 0.0)
    used = (1 - share) * table["assumed"] + share * table["estimated"].fillna(0.0)
    reach = REACH * np.sqrt(prior * (1 - share))
    basis = np.where(is_combined, COMBINED, ASSUMED)
    return table.assign(used=used, low=used - reach, high=used + reach, basis=basis)


def _estimates(programme: Programme, effects: EffectModel | None) -> pd.DataFrame:
    """Return `estimated` and `standard_error` by arm; refuse arms that the programme does not have."""
    if effects is None:
        return pd.DataFrame({"estimated": np.nan, "standard_error": np.nan}, index=programme.names)
    unit = str(getattr(effects, "outcome_unit_", LOG_WELFARE))
    if unit != programme.effect_unit:
        raise UsageError(
            f"the effects were estimated in '{unit}', and programme '{programme.name}' assumes its effects in "
            f"'{programme.effect_unit}': the two cannot be weighed together. Estimate them from an outcome in "
            f"'{programme.effect_unit}', or write the programme's effects and its effect_unit in '{unit}'"
        )
    averages = effects.average_effects_.set_index("arm")
    faults = []
    for arm in averages.index.difference(programme.names, sort=False):
        hint = nearest(arm, programme.names) or nearest(arm.lower(), programme.names)
        faults.append(f"'{arm}'" + (f" ({hint})" if hint else ""))
    if faults:
        raise UsageError(
            f"the records have arms that programme '{programme.name}' lacks: {', '.join(faults)}. The programme has "
            f"{', '.join(programme.names)}; give the same names to the same arms, or leave out records of other arms"
        )
    return averages.rename(columns={"effect": "estimated"})[["estimated", "standard_error"]]


def check_risk_unit(programme: Programme) -> None:
    """Raise UsageError when effects are in a unit from which no fall of the risk follows."""
    if programme.effect_unit != LOG_WELFARE:
        raise UsageError(
            f"programme '{programme.name}' has effects in '{programme.effect_unit}', and a fall of the risk follows "
            f"only from effects in '{LOG_WELFARE}': write them on log consumption per head, where 0.06 is about 6 %"
        )

"""Past programme records become effects per arm."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.errors import UsageError
from graduation.features import feature_frame
from graduation.interventions import EffectModel
from graduation.schema import Column, Dictionary, Registry

ARM_COLUMN = "arm"


def records_dictionary(dictionary: Dictionary, *, after: str, arm: str = ARM_COLUMN) -> Dictionary:
    """Return the dictionary of a programme's records: the registry's, with the arm taken and welfare afterwards.

    Survey weights are read when `dictionary` has a column with that role, as the full dictionary of a registry may. The
    dictionary of a model (`Model.dictionary`, `Dictionary.at_scoring`) has none: records read with it all count the
    same, and `EffectModel.notes` says so.

    Parameters
    ----------
    dictionary : Dictionary
        The full dictionary of the registry, by preference.
    after : str
        Column with welfare at the next wave, in the unit of the registry's welfare.
    arm : str
        Column with the arm taken; "none" is the comparison.
    """
    extra = {
        arm: Column(name=arm, type="category", role="programme"),
        after: Column(name=after, type="number", role="outcome", known="later", minimum=0),
    }
    bare = dictionary.without_history()
    kept = {name: column for name, column in bare.columns.items() if column.role != "outcome"}
    return dictionary.model_copy(update={"columns": kept | extra})


def learn_effects(records: Registry, *, arm: str = ARM_COLUMN, personal: bool = True, seed: int = 0) -> EffectModel:
    """Return the effect of each arm on log welfare at the next wave: averages, and what differs between households.

    Records of the same place, the smallest that the dictionary has, are kept together in folds and standard errors.

    Each record counts by its survey weight where the dictionary has one. Records without an arm, without welfare
    afterwards or without a weight are set aside and counted in `EffectModel.dropped_`; `EffectModel.notes` says so.

    Parameters
    ----------
    records : Registry
        Households of a past programme, read with `records_dictionary`.
    arm : str
    personal : bool
        Whether to look for differences between households. What is planned for then needs the columns of the records
        where there are such differences; without it everybody has the average.
    seed : int

    Raises
    ------
    NotEnoughData
        When an arm has too few records; the message says how many would do.
    UsageError
        When the records have no arm or no welfare afterwards.
    """
    dictionary, households = records.dictionary, records.households
    after, weight = dictionary.one("outcome"), dictionary.one("weight")
    if after is None or arm not in households:
        raise UsageError("programme records need the arm and the welfare afterwards: read them with records_dictionary")
    weight = weight if weight in households else None
    reason = _set_aside(households, after=after, arm=arm, weight=weight)
    known, places = households[reason == ""], dictionary.role("place")
    model = EffectModel(seed=seed, personal=personal, outcome_unit="log_welfare").fit(
        feature_frame(known, dictionary),
        known[arm].astype(str),
        np.log(known[after].astype("float64")),
        cluster=known[places[-1]].astype(str) if places else None,
        weight=None if weight is None else known[weight].astype("float64"),
    )
    counts = reason[reason != ""].value_counts()
    model.dropped_ = pd.DataFrame({"reason": counts.index.astype("str"), "records": counts.to_numpy()})
    return model


def _set_aside(households: pd.DataFrame, *, after: str, arm: str, weight: str | None) -> pd.Series:
    """Return why each record cannot be used: its first fault, or an empty text."""
    welfare = households[after].astype("float64")
    faults = {
        f"no {arm}": households[arm].isna(),
        f"no {after}": welfare.isna(),
        f"{after} of 0 or less": welfare <= 0,
    }
    if weight is not None:
        faults[f"no {weight} above 0"] = ~(households[weight].astype("float64") > 0)
    reason = np.select([fault.to_numpy(dtype=bool) for fault in faults.values()], list(faults), default="")
    return pd.Series(reason, index=households.index, dtype="str")

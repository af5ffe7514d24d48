"""Past programme records become effects per arm."""

from __future__ import annotations

import numpy as np

from graduation.errors import UsageError
from graduation.features import feature_frame
from graduation.interventions import EffectModel
from graduation.schema import Column, Dictionary, Registry

ARM_COLUMN = "arm"


def records_dictionary(dictionary: Dictionary, *, after: str, arm: str = ARM_COLUMN) -> Dictionary:
    """Return the dictionary of a programme's records: the registry's, with the arm taken and welfare afterwards.

    Parameters
    ----------
    dictionary : Dictionary
    after : str
        Column with welfare at the next wave, in the unit of the registry's welfare.
    arm : str
        Column with the arm taken; "none" is the comparison.
    """
    extra = {
        arm: Column(name=arm, type="category", role="programme"),
        after: Column(name=after, type="number", role="outcome", known="later", minimum=0),
    }
    kept = {name: column for name, column in dictionary.columns.items() if column.role != "outcome"}
    return dictionary.model_copy(update={"columns": kept | extra})


def learn_effects(records: Registry, *, arm: str = ARM_COLUMN, seed: int = 0) -> EffectModel:
    """Return the average effect of each arm on log welfare at the next wave.

    Parameters
    ----------
    records : Registry
        Households of a past programme, read with `records_dictionary`.
    arm : str
    seed : int

    Raises
    ------
    NotEnoughData
        When an arm has too few records; the message says how many would do.
    """
    dictionary = records.dictionary
    after = dictionary.one("outcome")
    if after is None or arm not in records.households:
        raise UsageError("programme records need the arm and the welfare afterwards: read them with records_dictionary")
    known = records.households[(records.households[after] > 0) & records.households[arm].notna()]
    places = dictionary.role("place")
    return EffectModel(seed=seed).fit(
        feature_frame(known, dictionary),
        known[arm].astype(str),
        np.log(known[after].astype("float64")),
        cluster=known[places[-1]].astype(str) if places else None,
    )

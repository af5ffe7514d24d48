"""Past programme records become effects per arm."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from graduation.errors import UsageError, nearest
from graduation.features import feature_frame
from graduation.interventions import Chances, EffectModel, chance_table, named_chances
from graduation.schema import Column, Dictionary, Registry

ARM_COLUMN = "arm"


def records_dictionary(
    dictionary: Dictionary,
    *,
    after: str,
    arm: str = ARM_COLUMN,
    chances: Iterable[str] = (),
    cluster: str | None = None,
) -> Dictionary:
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
    chances : iterable of str
        Columns with the known chance of an arm, 0 to 1, where a lot was drawn; those that the file lacks are left out.
    cluster : str, optional
        Column whose records are to be kept together, where the registry's dictionary does not have it.
    """
    extra = {
        arm: Column(name=arm, type="category", role="programme"),
        after: Column(name=after, type="number", role="outcome", known="later", minimum=0),
    }
    for name in chances:
        extra[name] = Column(name=name, type="number", role="programme", required=False, minimum=0, maximum=1)
    if cluster is not None and cluster not in dictionary.columns:
        extra[cluster] = Column(name=cluster, type="category", role="programme", required=False)
    bare = dictionary.without_history()
    kept = {name: column for name, column in bare.columns.items() if column.role != "outcome"}
    return dictionary.model_copy(update={"columns": kept | extra})


def learn_effects(
    records: Registry,
    *,
    arm: str = ARM_COLUMN,
    chances: Chances | None = None,
    cluster: str | None = None,
    personal: bool = True,
    seed: int = 0,
) -> EffectModel:
    """Return the effect of each arm on log welfare at the next wave: averages, and what differs between households.

    Records of the same cluster are kept together in folds and standard errors.

    Each record counts by its survey weight where the dictionary has one. Records without an arm, without welfare
    afterwards, without a weight, or without a chance or cluster that is asked for are set aside and counted in
    `EffectModel.dropped_`; `EffectModel.notes` says so.

    Parameters
    ----------
    records : Registry
        Households of a past programme, read with `records_dictionary`.
    arm : str
    chances : mapping of arm to float or str, optional
        Where arms were drawn by lot, the chance of every arm, the control too: a number that holds for all records, or
        the column that has it for each. By default the columns `chance_<arm>`, which a `design_pilot` writes; where the
        records have none, chances are estimated. The chance of the arm that was taken is not enough.
    cluster : str, optional
        What the lot was drawn for, or what shares its luck, such as a village. By default the smallest place that the
        dictionary has; without places the household, where one has several records.
    personal : bool
        Whether to look for differences between households. What is planned for then needs the columns of the records
        where there are such differences; without it everybody has the average.
    seed : int

    Raises
    ------
    NotEnoughData
        When an arm has too few records; the message says how many would do.
    DataError
        When chances are not probabilities that add up to 1.
    UsageError
        When the records have no arm or no welfare afterwards, lack the cluster, or lack the chance of an arm.
    """
    dictionary, households = records.dictionary, records.households
    after, weight = dictionary.one("outcome"), dictionary.one("weight")
    if after is None or arm not in households:
        raise UsageError("programme records need the arm and the welfare afterwards: read them with records_dictionary")
    weight = weight if weight in households else None
    given = named_chances(households, sorted(households[arm].dropna().astype(str).unique()), chances)
    group = _clusters(records, cluster)
    wanted = {name: households[name] for name in given.values() if isinstance(name, str)}
    if cluster is not None and group is not None:
        wanted[cluster] = group
    reason = _set_aside(households, after=after, arm=arm, weight=weight, wanted=wanted)
    known = households[reason == ""]
    model = EffectModel(seed=seed, personal=personal, outcome_unit="log_welfare").fit(
        feature_frame(known, dictionary),
        known[arm].astype(str),
        np.log(known[after].astype("float64")),
        propensity=chance_table(known, given) if given else None,
        cluster=None if group is None else group[reason == ""].astype(str),
        weight=None if weight is None else known[weight].astype("float64"),
    )
    counts = reason[reason != ""].value_counts()
    model.dropped_ = pd.DataFrame({"reason": counts.index.astype("str"), "records": counts.to_numpy()})
    return model


def _clusters(records: Registry, cluster: str | None) -> pd.Series | None:
    """Return the cluster of each record (n,): the one asked for, else the smallest place, else a repeated household."""
    dictionary, households = records.dictionary, records.households
    if cluster is None:
        places = [name for name in dictionary.role("place") if name in households]
        cluster = places[-1] if places else dictionary.id if dictionary.repeats else None
    if cluster is None:
        return None
    if cluster in households and households[cluster].notna().any():
        return households[cluster]
    if cluster in households.index.names:
        return pd.Series(households.index.get_level_values(cluster), index=households.index)
    names = {*map(str, households.index.names), *map(str, households)} - {cluster}
    hint = nearest(cluster, sorted(names)) or "name it in records_dictionary(..., cluster=...)"
    raise UsageError(f"the records have no column '{cluster}' to keep together; {hint}")


def _set_aside(
    households: pd.DataFrame, *, after: str, arm: str, weight: str | None, wanted: dict[str, pd.Series]
) -> pd.Series:
    """Return why each record cannot be used: its first fault, or an empty text."""
    welfare = households[after].astype("float64")
    faults = {
        f"no {arm}": households[arm].isna(),
        f"no {after}": welfare.isna(),
        f"{after} of 0 or less": welfare <= 0,
    }
    if weight is not None:
        faults[f"no {weight} above 0"] = ~(households[weight].astype("float64") > 0)
    faults |= {f"no {name}": values.isna() for name, values in wanted.items()}
    reason = np.select([fault.to_numpy(dtype=bool) for fault in faults.values()], list(faults), default="")
    return pd.Series(reason, index=households.index, dtype="str")

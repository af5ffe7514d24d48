"""Who is in a trial and who gets which arm: drawn by lot within strata, by a hash of the id and a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graduation.errors import DataError, NotEnoughData, Problem, nearest
from graduation.panel import hash_labels

EVERYBODY = "all"


def read_units(
    households: pd.DataFrame, strata: Sequence[str], cluster: str | None, covariates: Sequence[str]
) -> pd.DataFrame:
    """Return `unit` and `stratum` of each household, as text; refuse what cannot be drawn from, all at once."""
    named = [*strata, *([cluster] if cluster else [])]
    problems = [
        Problem("no such column", "a column of households", nearest(name, map(str, households)) or "Add it.", name)
        for name in dict.fromkeys([*named, *covariates])
        if name not in households
    ]
    ids = households.index.astype(str)
    if ids.has_duplicates:
        found = f"{ids[ids.duplicated()].nunique():,} households stand twice"
        problems.append(Problem(found, "unique ids as the index", "Keep one row each."))
    for name in named:
        unknown = int(households[name].isna().sum()) if name in households else 0
        if unknown:
            problems.append(Problem(f"unknown for {unknown:,} households", "a value for each", "Fill it in.", name))
    if problems:
        raise DataError("households of the pilot", problems)
    joined = households[list(strata)].astype(str).agg(" · ".join, axis=1) if strata else EVERYBODY
    unit = households[cluster].astype(str) if cluster else ids
    units = pd.DataFrame({"unit": unit, "stratum": joined}, index=households.index)
    _refuse_split(units, str(cluster))
    return units


def _refuse_split(units: pd.DataFrame, cluster: str) -> None:
    places = units.groupby("unit")["stratum"].nunique()
    split = places[places > 1]
    if len(split):
        remedy = "Use strata that are the same for all households of a cluster."
        found = f"{len(split):,} of {len(places):,} clusters lie in several strata"
        raise DataError("households of the pilot", [Problem(found, "each in one", remedy, cluster)])


def quotas(units: pd.DataFrame, wanted: int) -> pd.DataFrame:
    """Return units in the population and in the trial by stratum, in proportion, `wanted` in all.

    What is left after whole numbers goes to the largest remainders, of equal ones to the first by name.
    """
    found = units.drop_duplicates("unit")["stratum"].value_counts().sort_index()
    share = found.to_numpy() / found.sum() * wanted
    inside = np.floor(share).astype(np.int64)
    # A remainder a rounding error below another is its equal.
    order = np.argsort(-np.round(share - inside, 9), kind="stable")
    inside[order[: wanted - int(inside.sum())]] += 1
    return pd.DataFrame({"stratum": found.index, "units": found.to_numpy(), "in_pilot": inside})


def refuse_small_strata(table: pd.DataFrame, n_arms: int) -> None:
    """Refuse strata that do not give every arm two clusters: nothing could tell luck of a cluster from an effect."""
    small = table[table["in_pilot"] < 2 * n_arms]
    if len(small):
        told = ", ".join(f"{row.stratum} ({row.in_pilot})" for row in small.head(10).itertuples())
        raise NotEnoughData(
            f"clusters in the pilot in {len(small):,} of {len(table):,} strata: {told}",
            expected=f"{2 * n_arms} or more, two for each of {n_arms} arms",
            remedy="Join strata, use fewer, or ask for a smaller effect so that more clusters are drawn.",
            source="households of the pilot",
        )


def draw(units: pd.DataFrame, table: pd.DataFrame, arms: Sequence[str], seed: int) -> pd.Series:
    """Return the arm of each unit in the trial, indexed by unit.

    Within strata, units stand in the order of a seeded hash; the first are in the trial. Arms are dealt in turn, in an
    order drawn by the seed, through one stratum after the other: their numbers differ by at most one in each stratum
    and in all, and every unit has the same chance of every arm.
    """
    one = units.drop_duplicates("unit")
    place = one["stratum"].map(pd.Series(hash_labels(pd.Index(table["stratum"]), seed), index=table["stratum"]))
    lot = hash_labels(pd.Index(one["unit"]), seed)
    one = one.iloc[np.lexsort((one["unit"], lot, one["stratum"], place))]
    inside = one["stratum"].map(table.set_index("stratum")["in_pilot"])
    one = one[(one.groupby("stratum").cumcount() < inside).to_numpy()]
    dealt = np.random.default_rng(seed).permutation(sorted(arms))
    return pd.Series(dealt[np.arange(len(one)) % len(arms)], index=pd.Index(one["unit"]), name="arm")


def balance(households: pd.DataFrame, arm: pd.Series, control: str, covariates: Sequence[str]) -> pd.DataFrame:
    """Return the standardised difference of each covariate between each arm and the control.

    References
    ----------
    Imbens & Rubin (2015), Causal Inference, section 14.2.
    """
    rows = []
    for name, values in _numbers(households.loc[arm.index, list(covariates)]).items():
        spread = values.groupby(arm.to_numpy()).var().mean() ** 0.5
        means = values.groupby(arm.to_numpy()).mean()
        gap = (means - means[control]) / (spread if spread > 0 else np.nan)
        rows += [
            {"covariate": name, "arm": other, "difference": gap[other]} for other in means.index if other != control
        ]
    return pd.DataFrame(rows, columns=["covariate", "arm", "difference"])


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return numbers as they are, a flag for those unknown, and one column per value of anything else."""
    parts = {}
    for name, values in table.items():
        if pd.api.types.is_numeric_dtype(values):
            parts[f"{name}"] = values.astype("float64")
        else:
            levels = pd.get_dummies(values.astype("object"), dtype=float)
            parts |= {f"{name} {level}": levels[level] for level in levels}
        if values.isna().any():
            parts[f"{name} unknown"] = values.isna().astype(float)
    return pd.DataFrame(parts, index=table.index)

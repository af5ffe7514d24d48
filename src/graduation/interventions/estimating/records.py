"""Records of a past programme, checked and put in an order of their own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from graduation.errors import DataError, NotEnoughData, Problem, UsageError, nearest

# A difference in log welfare that a planner would want to see, found four times in five at the 5 % level; of an outcome
# that varies far more, in money say, a share of its standard deviation.
WORTH_SEEING, WORTH_SHARE, POWER_AND_LEVEL = 0.10, 0.10, 2.8
# With fewer, neither folds nor standard errors mean anything.
FEWEST_CLUSTERS = 5
MANY_CLUSTERS = 300


class Settings(Protocol):
    """What of the model the checks read."""

    n_folds: int
    control: str
    min_records: int


@dataclass(frozen=True)
class Records:
    """Aligned arrays of n records; `arm` codes `arms`, whose first is the control.

    `weight` has a mean of 1: penalties are chosen beside it, so that the unit of survey weights must not count.
    `order` are the positions that the records had when they were given.
    """

    order: np.ndarray
    X: pd.DataFrame
    arm: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray
    propensity: np.ndarray | None
    arms: list[str]


def read_records(
    X: pd.DataFrame, arm: Any, outcome: Any, *, propensity: Any, cluster: Any, weight: Any, model: Settings
) -> Records:
    """Check the records and sort them by their content, so that the order of the file changes nothing."""
    table = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
    _check_order(X, {"arm": arm, "outcome": outcome, "cluster": cluster, "weight": weight})
    columns = {
        "arm": np.asarray(arm, dtype=object),
        "outcome": np.asarray(outcome, dtype=float),
        "weight": np.ones(len(table)) if weight is None else np.asarray(weight, dtype=float),
        "cluster": np.arange(len(table)) if cluster is None else np.asarray(cluster, dtype=object),
    }
    _check(table, columns, X)
    arms = _arms(columns["arm"], model.control)
    known = None if propensity is None else _known(propensity, arms, table.index)
    codes = np.array([arms.index(str(name)) for name in columns["arm"]])
    _check_thin(codes, arms, columns, clustered=cluster is not None, model=model)
    _check_possible(known, codes)
    weights = columns["weight"] * (len(table) / math.fsum(columns["weight"]))
    content = pd.DataFrame({"outcome": columns["outcome"], "weight": weights.round(9), "arm": codes})
    if cluster is not None:
        content["cluster"] = columns["cluster"].astype(str)
    features = table.reset_index(drop=True).set_axis([f"x{number}" for number in range(table.shape[1])], axis=1)
    hashed = pd.util.hash_pandas_object(pd.concat([content, features], axis=1), index=False).to_numpy()
    order = np.argsort(hashed, kind="stable")
    group = np.arange(len(table)) if cluster is None else pd.factorize(columns["cluster"][order].astype(str))[0]
    return Records(
        order=order,
        X=table.iloc[order],
        arm=codes[order],
        outcome=columns["outcome"][order],
        weight=weights[order],
        cluster=group,
        propensity=None if known is None else known[order],
        arms=arms,
    )


def folds(records: Records, n_folds: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to fit on and rows held out; clusters are whole and arms spread evenly."""
    n_folds = min(n_folds, *(len(np.unique(records.cluster[records.arm == code])) for code in range(len(records.arms))))
    part = _part(records, n_folds, seed)
    for number in range(n_folds):
        train, test = np.flatnonzero(part != number), np.flatnonzero(part == number)
        missing = set(range(len(records.arms))) - set(np.unique(records.arm[train]))
        if missing:
            raise NotEnoughData(
                f"arm '{records.arms[missing.pop()]}' lies in one fold only",
                expected=f"an arm in at least {n_folds} clusters",
                remedy="Use fewer folds or records of more clusters.",
                source="programme records",
            )
        yield train, test


def seeds(seed: int, n_splits: int) -> list[int]:
    """Return a seed for each of several splits."""
    return [int(drawn) for drawn in np.random.SeedSequence(seed).generate_state(n_splits)]


def _part(records: Records, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold (n,) of each record.

    A few clusters are placed one by one, so that each fold has its share of every arm. Where there are many, luck sees
    to that, and placing them would take longer than all the fits.
    """
    _, first, whose = np.unique(records.cluster, return_index=True, return_inverse=True)
    settings: dict[str, Any] = {"n_splits": n_folds, "shuffle": True, "random_state": seed}
    if len(first) > MANY_CLUSTERS:
        return _numbered(StratifiedKFold(**settings).split(first, records.arm[first]), len(first))[whose]
    return _numbered(StratifiedGroupKFold(**settings).split(whose, records.arm, whose), len(whose))


def _numbered(parts: Iterable[tuple[np.ndarray, np.ndarray]], n: int) -> np.ndarray:
    """Return the number of the part that holds each of n rows out."""
    part = np.empty(n, dtype=np.int64)
    for number, (_, test) in enumerate(parts):
        part[test] = number
    return part


def _check_order(X: Any, given: Mapping[str, Any]) -> None:
    """Refuse columns of another order, where their indexes tell: they would be taken for those of other records."""
    moved = [
        name
        for name, values in given.items()
        if isinstance(X, pd.DataFrame) and isinstance(values, pd.Series)
        if len(values) == len(X) and not values.index.equals(X.index)
    ]
    if moved:
        raise UsageError(f"{', '.join(moved)} and X have different indexes; give the same records in the same order")


def _check(table: pd.DataFrame, columns: Mapping[str, np.ndarray], X: Any) -> None:
    n = len(X)
    lengths = {name: len(values) for name, values in columns.items() if len(values) != n}
    if lengths:
        told = ", ".join(f"{name} has {length:,}" for name, length in lengths.items())
        raise UsageError(f"X has {n:,} records and {told}; give one value per record, in the same order")
    problems = []
    for name, values in columns.items():
        unknown = int(pd.isna(values).sum())
        if unknown:
            remedy = "Set these records aside and report how many, or weight the others for them."
            problems.append(Problem(f"unknown for {unknown:,} of {n:,} records", "a value for each", remedy, name))
    finite = not problems and all(np.isfinite(columns[name]).all() for name in ("outcome", "weight"))
    if not problems and not (finite and (columns["weight"] > 0).all()):
        found = "outcome or weight infinite, or weight not positive"
        problems.append(Problem(found, "finite, positive", "Correct these records."))
    problems.extend(_infinite(table))
    if problems:
        raise DataError("programme records", problems)
    if table.shape[1] == 0:
        raise UsageError("X has no columns: give what was known of the records before the programme")


def _arms(arm: np.ndarray, control: str) -> list[str]:
    names = sorted({str(name) for name in arm})
    if control not in names:
        hint = nearest(control, names) or f"arms are: {', '.join(names)}"
        raise UsageError(f"no record has the control arm '{control}'; {hint}; set EffectModel(control=...)")
    if len(names) < 2:
        raise NotEnoughData(
            f"all {len(arm):,} records have the arm '{control}'",
            expected="one more arm",
            remedy="Add records of households that got something.",
            source="programme records",
        )
    return [control, *(name for name in names if name != control)]


def _known(propensity: Any, arms: list[str], index: pd.Index) -> np.ndarray:
    """Return known probabilities (n, arms) in the order of `arms`."""
    if not isinstance(propensity, pd.DataFrame | Mapping):
        raise UsageError(
            "propensity must give the probability of every arm for every record (a table with one column per arm, or "
            "a mapping of arm to probability); the probability of the arm that was taken is not enough"
        )
    absent = [name for name in arms if name not in propensity]
    if absent:
        raise UsageError(f"propensity lacks the arm '{absent[0]}'; {nearest(absent[0], map(str, propensity))}")
    if isinstance(propensity, pd.DataFrame) and not propensity.index.equals(index):
        raise UsageError("propensity and X have different indexes; give the same records in the same order")
    try:
        chance = np.column_stack([np.broadcast_to(np.asarray(propensity[name], float), len(index)) for name in arms])
    except ValueError as error:
        raise UsageError(f"propensity does not give one probability per record: {error}") from None
    if not ((chance >= 0).all() and np.abs(chance.sum(axis=1) - 1).max() < 1e-6):
        raise UsageError("propensity must be 0 or more and add up to 1 over the arms of every record")
    return chance


def _infinite(table: pd.DataFrame) -> list[Problem]:
    """Return the features that are infinite for some records."""
    numbers = table.select_dtypes("number").astype("float64")
    remedy = "Correct these records, or make the value missing."
    return [
        Problem("infinite for some records", "finite numbers", remedy, str(name))
        for name, values in numbers.items()
        if np.isinf(values.to_numpy(na_value=np.nan)).any()
    ]


def _check_possible(known: np.ndarray | None, codes: np.ndarray) -> None:
    """Refuse records that took an arm which, by their known probabilities, they could not get."""
    wrong = 0 if known is None else int((known[np.arange(len(codes)), codes] <= 0).sum())
    if wrong:
        found, wanted = f"{wrong:,} records took an arm whose given probability is 0", "above 0 for the arm taken"
        remedy = "Check that the columns of propensity are those of the arms, and its rows those of the records."
        raise DataError("programme records", [Problem(found, wanted, remedy, "propensity")])


def _check_thin(
    codes: np.ndarray, arms: list[str], columns: Mapping[str, np.ndarray], *, clustered: bool, model: Settings
) -> None:
    problems, fewest = [], min(model.n_folds, FEWEST_CLUSTERS)
    spread = float(np.std(columns["outcome"]))
    worth = max(WORTH_SEEING, WORTH_SHARE * spread)
    wanted = int(np.ceil(2 * (POWER_AND_LEVEL * spread / worth) ** 2))
    for code, name in enumerate(arms):
        rows = codes == code
        places = len(set(columns["cluster"][rows].tolist()))
        if rows.sum() < model.min_records or (clustered and places < fewest):
            found = f"arm '{name}' has {int(rows.sum()):,} records" + (f" in {places:,} clusters" if clustered else "")
            expected = f"at least {model.min_records:,} records" + (f" in {fewest} clusters" if clustered else "")
            remedy = f"About {max(wanted, model.min_records):,} per arm would show an effect of {worth:.3g}."
            problems.append((found, expected, remedy))
    if problems:
        found, expected, remedy = (" and ".join(dict.fromkeys(parts)) for parts in zip(*problems, strict=True))
        raise NotEnoughData(found, expected=expected, remedy=remedy, source="programme records")

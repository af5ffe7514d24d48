"""Read outcome, scores, weights, sampling units and groups; tell every problem at once; put rows in canonical order."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.evaluate.columns import SOURCE, Columns, Floats, Integers, columns_of, levels_of
from graduation.evaluate.draws import Design

if TYPE_CHECKING:
    Groups: TypeAlias = Mapping[Any, npt.ArrayLike] | pd.DataFrame | pd.Series[Any]
    Scores: TypeAlias = Mapping[Any, npt.ArrayLike] | pd.DataFrame

MISSING = "(missing)"
AMOUNT = "amounts of 0 or more"
UNIT_OF = {"cluster": "sampling unit", "strata": "stratum"}


@dataclass(frozen=True)
class GroupColumn:
    """One group column as codes of its levels; a missing value is a level of its own, never dropped."""

    name: str
    levels: tuple[str, ...]
    codes: Integers


@dataclass(frozen=True)
class Sample:
    """Households sorted by scores, outcome, weight, sampling unit and groups, so that row order never matters."""

    outcome: Floats
    scores: dict[str, Floats]
    amounts: dict[str, Floats]
    weight: Floats
    design: Design
    groups: tuple[GroupColumn, ...]
    remarks: tuple[str, ...]

    def reweighted(self, counts: Floats) -> Floats:
        """Return weights (replicates, households) for how often each sampling unit counts (replicates, units)."""
        return np.asarray(np.take(counts, self.design.unit, axis=1) * self.weight)


# All that a sample is made of, and what it may lack.
def read_sample(  # noqa: PLR0913
    outcome: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
    *,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    groups: Groups | None = None,
    amounts: Mapping[str, npt.ArrayLike] | None = None,
    probabilities: bool = False,
    one_outcome: bool = False,
) -> Sample:
    """Return the checked sample in canonical order, or raise with every problem of the data.

    `amounts` are further numbers of each household, 0 or more. With `one_outcome`, all households may have the same.
    """
    columns = Columns.of(outcome)
    truth = _read_outcome(columns, outcome)
    low, high, words = (0.0, 1.0, "probabilities in [0, 1]") if probabilities else (-math.inf, math.inf, "numbers")
    read = {name: columns.numbers(name, values, low, high, words) for name, values in scores.items()}
    more = {name: columns.numbers(name, values, 0, math.inf, AMOUNT) for name, values in (amounts or {}).items()}
    weights = np.ones(columns.size) if weight is None else _read_weight(columns, weight)
    units = None if cluster is None else _read_codes(columns, "cluster", cluster)
    layers = None if strata is None else _read_codes(columns, "strata", strata)
    parts = [_read_group(columns, name, values) for name, values in named_groups(groups).items()]
    if columns.problems or truth is None or weights is None:
        raise DataError(SOURCE, columns.problems)
    sample = Sample(
        outcome=truth,
        scores={name: values for name, values in read.items() if values is not None},
        amounts={name: values for name, values in more.items() if values is not None},
        weight=weights,
        design=Design.of(columns.size, units, layers),
        groups=tuple(part for part in parts if part is not None),
        remarks=_remarks(columns, weights),
    )
    ordered = _canonical(sample, units, layers)
    if not one_outcome:
        _need_both(ordered.outcome)
    return ordered


def _remarks(columns: Columns, weight: Floats) -> tuple[str, ...]:
    ignored = int((weight == 0).sum())
    left_out = [f"{ignored:,} households with weight 0 count for nothing and are left out."] if ignored else []
    return *left_out, *[f"'{name}' was put in order by its index." for name in columns.reordered]


def _canonical(sample: Sample, units: Integers | None, layers: Integers | None) -> Sample:
    """Sort rows by everything that is known of them, so that rows left in a tie are interchangeable."""
    labels = [group.codes for group in sorted(sample.groups, key=lambda group: group.name)]
    design = [codes for codes in (units, layers) if codes is not None]
    more = [sample.amounts[name] for name in sorted(sample.amounts)]
    ranks = [-sample.scores[name] for name in sorted(sample.scores)]
    order = np.lexsort([*labels, *design, *more, sample.weight, sample.outcome, *reversed(ranks)])
    order = order[sample.weight[order] > 0]
    drawn = [None if codes is None else codes[order] for codes in (units, layers)]
    return replace(
        sample,
        outcome=sample.outcome[order],
        scores={name: values[order] for name, values in sample.scores.items()},
        amounts={name: values[order] for name, values in sample.amounts.items()},
        weight=sample.weight[order],
        design=Design.of(len(order), *drawn),
        groups=tuple(replace(group, codes=group.codes[order]) for group in sample.groups),
    )


def _need_both(outcome: Floats) -> None:
    positives = int(outcome.sum())
    if 0 < positives < len(outcome):
        return
    seen = "extreme poor" if positives else "not extreme poor"
    raise NotEnoughData(
        f"all {len(outcome):,} households are {seen}",
        expected="both outcomes, 0 and 1",
        remedy="Evaluate on more households, or on a wave where both occur.",
        source=SOURCE,
    )


def _read_outcome(columns: Columns, values: npt.ArrayLike) -> Floats | None:
    outcome = columns.numbers("outcome", values, 0, 1, "0 or 1")
    if outcome is not None:
        between = (outcome > 0) & (outcome < 1)
        columns.flag("outcome", pd.Series(outcome), between, "0 or 1", "Pass the observed state, not a share.")
    return outcome


def _read_weight(columns: Columns, values: npt.ArrayLike) -> Floats | None:
    expected = "positive numbers"
    weight = columns.numbers("weight", values, 0, math.inf, expected)
    if weight is not None and not weight.any():
        columns.add("weight", "all weights are 0", expected, "Pass the survey weights, or leave them out.")
    return weight


def _read_codes(columns: Columns, name: str, values: npt.ArrayLike) -> Integers:
    series = columns.read(name, values)
    if series is None:
        return np.zeros(columns.size, dtype=np.intp)
    missing = series.isna().to_numpy(dtype=bool)
    columns.flag(name, series, missing, f"a {UNIT_OF[name]} for every household", f"Name the {UNIT_OF[name]} of each.")
    return levels_of(series.astype(object))[0]


def _read_group(columns: Columns, name: Hashable, values: npt.ArrayLike) -> GroupColumn | None:
    series = columns.read(str(name), values)
    if series is None:
        return None
    codes, levels = levels_of(series)
    names = [str(level) for level in levels] + [MISSING]
    unique = list(dict.fromkeys(names[code] for code in np.unique(codes)))
    position = np.array([unique.index(text) if text in unique else -1 for text in names], dtype=np.intp)
    return GroupColumn(str(name), tuple(unique), position[codes])


def named_groups(groups: Groups | None) -> dict[Any, Any]:
    """Return group columns by name."""
    if groups is None:
        return {}
    if isinstance(groups, pd.Series):
        return {"group" if groups.name is None else groups.name: groups}
    named = columns_of("groups", groups)
    if len({str(name) for name in named}) < len(named):
        raise UsageError("groups has two columns of one name; give each its own")
    return named


def check_seed(seed: int) -> None:
    """Refuse a seed that is no whole number."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise UsageError(f"seed is {seed!r}; expected a whole number, 0 or more")

"""The table of all groups: figures, differences to the rest, and what to beware of in each cell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from graduation.evaluate.bygroup import METRICS
from graduation.evaluate.columns import Floats
from graduation.evaluate.draws import Design, intervals
from graduation.evaluate.inputs import GroupColumn, Sample

SMALL_HOUSEHOLDS = 30
SMALL_POSITIVES = 5
LOW_COVERAGE = 0.8
COLUMNS = [
    "group", "level", "metric", "estimate", "low", "high", "difference", "difference_low", "difference_high",
    "households", "note",
]  # fmt: skip
UNDEFINED = {
    "prevalence": "no households",
    "roc_auc": "one outcome only in this group",
    "exclusion_error": "no extreme poor in this group",
    "inclusion_error": "nobody of this group on the list",
    "false_positive_rate": "all of this group are extreme poor",
    "share_listed": "no households",
    "share_of_list": "nobody on the list",
    "coverage_ratio": "no extreme poor in this group, or none on the list",
    "calibration_gap": "no households",
}


def group_table(sample: Sample, points: list[Floats], draws: list[Floats]) -> pd.DataFrame:
    """Return one row per group, level and metric.

    `points` (2, levels, metrics) and `draws` (replicates, 2, levels, metrics) hold the levels and, second, their rest.
    """
    parts = [_column_rows(sample, *part) for part in zip(sample.groups, points, draws, strict=True)]
    return pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)


def _column_rows(sample: Sample, group: GroupColumn, point: Floats, draws: Floats) -> Iterator[list[object]]:
    households = np.bincount(group.codes, minlength=len(group.levels))
    positives = np.bincount(group.codes, weights=sample.outcome, minlength=len(group.levels)).astype(int)
    bounds = _bounds(point[0], draws[:, 0], sample.design)
    difference = point[0] - point[1]
    gap_bounds = _bounds(difference, draws[:, 0] - draws[:, 1], sample.design)
    undefined = np.isnan(draws[:, 0]).sum(axis=0)
    for i, level in enumerate(group.levels):
        size = size_note(int(households[i]), int(positives[i]))
        for j, metric in enumerate(METRICS):
            figures = [point[0][i, j], *bounds[:, i, j], difference[i, j], *gap_bounds[:, i, j]]
            note = _note(metric, float(point[0][i, j]), float(bounds[1, i, j]), int(undefined[i, j]), len(draws))
            rest = "" if len(group.levels) > 1 else "no rest: one level only"
            text = "; ".join(part for part in (size, note, rest) if part)
            yield [group.name, level, metric, *map(float, figures), int(households[i]), text]


def _bounds(estimate: Floats, draws: Floats, design: Design) -> Floats:
    """Return both ends of the interval (2, ...), none where there is no estimate."""
    return np.where(np.isnan(estimate), np.nan, np.stack(intervals(draws, design)))


def size_note(households: int, positives: int, called: str = "extreme poor") -> str:
    """Mark a level of too few households, or of too few of those who are looked for."""
    small = households < SMALL_HOUSEHOLDS or positives < SMALL_POSITIVES
    return f"small: {households} households, {positives} {called}" if small else ""


def interval_note(undefined: int, draws: int) -> str:
    """Say how many draws an interval leaves out, or why there is none."""
    if draws == 0:
        return "no interval: one sampling unit only"
    if undefined > draws / 2:
        return f"no interval: undefined in {undefined:,} of {draws:,} draws"
    return f"interval leaves out {undefined:,} of {draws:,} draws" if undefined else ""


def _note(metric: str, estimate: float, high: float, undefined: int, draws: int) -> str:
    if np.isnan(estimate):
        return f"undefined: {UNDEFINED[metric]}"
    notes = []
    if metric == "coverage_ratio" and estimate < LOW_COVERAGE:
        chance = "" if high < LOW_COVERAGE else " (may be chance)"
        notes.append(f"covered under {LOW_COVERAGE}{chance}")
    return "; ".join(part for part in [*notes, interval_note(undefined, draws)] if part)

"""The same list seen by group: who is missed, who is listed, how far each group is covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.evaluate.columns import Floats, Integers
from graduation.evaluate.draws import REPLICATES, intervals
from graduation.evaluate.inputs import GroupColumn, Sample
from graduation.evaluate.ranking import Blocks, Cut, Ranking, ratio

SMALL_HOUSEHOLDS = 30
SMALL_POSITIVES = 5
LOW_COVERAGE = 0.8
METRICS = ("prevalence", "roc_auc", "exclusion_error", "inclusion_error", "coverage_ratio")
COLUMNS = ["group", "level", "metric", "estimate", "low", "high", "households", "note"]
UNDEFINED = {
    "prevalence": "no households",
    "roc_auc": "one outcome only in this group",
    "exclusion_error": "no extreme poor in this group",
    "inclusion_error": "nobody of this group on the list",
    "coverage_ratio": "no extreme poor in this group, or none on the list",
}


@dataclass(frozen=True)
class Layout:
    """Households sorted by level, ranked within each, in blocks of one level and one score."""

    order: Integers
    starts: Integers  # of blocks, in households
    block: Integers  # the block of the overall ranking each belongs to
    levels: Integers  # of levels, in blocks
    level: Integers  # the level of each block
    outcome: Floats

    @classmethod
    def of(cls, group: GroupColumn, ranking: Ranking) -> Layout:
        """Lay out one group column; the sample must already stand in the order of `ranking`."""
        households = len(group.codes)
        overall = np.searchsorted(ranking.starts, np.arange(households), side="right") - 1
        order = np.argsort(group.codes, kind="stable")
        codes, blocks = group.codes[order], overall[order]
        new_level = np.r_[True, codes[1:] != codes[:-1]]
        starts = np.flatnonzero(new_level | np.r_[True, blocks[1:] != blocks[:-1]])
        level = codes[starts]
        levels = np.flatnonzero(new_level[starts])
        return cls(order, starts, blocks[starts], levels, level, ranking.outcome[order])


def by_level(layout: Layout, weights: Floats, blocks: Blocks, cut: Cut) -> Floats:
    """Return the metrics (replicates, levels, metrics) of one group column, at the cut of the overall list."""
    ranked = np.take(weights, layout.order, axis=1)
    total = np.add.reduceat(ranked, layout.starts, axis=1)
    poor = np.add.reduceat(ranked * layout.outcome, layout.starts, axis=1)
    at_cut = cut.block[:, None]
    listed = np.where(layout.block == at_cut, cut.part[:, None], layout.block < at_cut)
    everybody, all_poor, on_list, reached = (
        np.add.reduceat(part, layout.levels, axis=1) for part in (total, poor, total * listed, poor * listed)
    )
    covered = ratio(reached, all_poor)
    overall = ratio(cut.poor, blocks.all_poor)[:, None]
    columns = [
        ratio(all_poor, everybody),
        _auc(layout, poor, total, all_poor),
        np.clip(1 - covered, 0, 1),
        np.clip(1 - ratio(reached, on_list), 0, 1),
        np.divide(covered, overall, out=np.full_like(covered, np.nan), where=overall > 0),
    ]
    return np.stack(columns, axis=2)


def _auc(layout: Layout, poor: Floats, total: Floats, all_poor: Floats) -> Floats:
    others = total - poor
    running = np.cumsum(others, axis=1)
    before = (running - others)[:, layout.levels]  # what the levels before this one hold
    above = running - others / 2 - np.take(before, layout.level, axis=1)
    misplaced = np.add.reduceat(poor * above, layout.levels, axis=1)
    all_others = np.add.reduceat(others, layout.levels, axis=1)
    pairs = np.where((all_poor > 0) & (all_others > 0), all_poor * all_others, 0.0)
    return np.clip(1 - ratio(misplaced, pairs), 0, 1)


def group_table(sample: Sample, points: list[Floats], draws: list[Floats]) -> pd.DataFrame:
    """Return one row per group, level and metric, with the interval, the households behind it and what to beware of."""
    parts = [_column_rows(sample, *part) for part in zip(sample.groups, points, draws, strict=True)]
    return pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)


def _column_rows(sample: Sample, group: GroupColumn, point: Floats, draws: Floats) -> list[list[object]]:
    households = np.bincount(group.codes, minlength=len(group.levels))
    positives = np.bincount(group.codes, weights=sample.outcome, minlength=len(group.levels)).astype(int)
    low, high = intervals(draws)
    undefined = np.isnan(draws).sum(axis=0)
    rows: list[list[object]] = []
    for i, level in enumerate(group.levels):
        size = _size_note(int(households[i]), int(positives[i]))
        for j, metric in enumerate(METRICS):
            estimate = float(point[i, j])
            note = _note(metric, estimate, int(undefined[i, j]), len(draws))
            defined = not np.isnan(estimate)
            bounds = (float(low[i, j]), float(high[i, j])) if defined else (np.nan, np.nan)
            text = "; ".join(part for part in (size, note) if part)
            rows.append([group.name, level, metric, estimate, *bounds, int(households[i]), text])
    return rows


def _size_note(households: int, positives: int) -> str:
    small = households < SMALL_HOUSEHOLDS or positives < SMALL_POSITIVES
    return f"small: {households} households, {positives} extreme poor" if small else ""


def _note(metric: str, estimate: float, undefined: int, draws: int) -> str:
    if np.isnan(estimate):
        return f"undefined: {UNDEFINED[metric]}"
    notes = []
    if metric == "coverage_ratio" and estimate < LOW_COVERAGE:
        notes.append(f"covered under {LOW_COVERAGE} of the overall share")
    if draws == 0:
        notes.append("no interval: one sampling unit only")
    elif undefined > REPLICATES / 2:
        notes.append(f"no interval: undefined in {undefined} of {draws} draws")
    elif undefined:
        notes.append(f"interval leaves out {undefined} of {draws} draws")
    return "; ".join(notes)

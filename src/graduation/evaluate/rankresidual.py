"""Who is ranked too rich: rank by score less rank by truth, by group, beside all the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from graduation.evaluate.bygroup import ROUNDING
from graduation.evaluate.columns import Floats
from graduation.evaluate.draws import bootstrap, intervals
from graduation.evaluate.grouptable import interval_note, size_note
from graduation.evaluate.inputs import GroupColumn, Sample
from graduation.evaluate.ranking import Ranking, ratio
from graduation.evaluate.schemes import WELFARE

COLUMNS = [
    "method", "group", "level", "rank_residual", "low", "high", "difference", "difference_low", "difference_high",
    "households", "note",
]  # fmt: skip


def residual_table(sample: Sample, methods: Iterable[str], seed: int) -> pd.DataFrame:
    """Return one row per method, group and level: the mean rank residual, and its difference to the rest."""
    names = list(methods)
    if not sample.groups:
        return pd.DataFrame(columns=COLUMNS)
    truth = Ranking.of(-sample.amounts[WELFARE], sample.outcome)
    rankings = [Ranking.of(sample.scores[name], sample.outcome) for name in names]
    members = np.concatenate([_members(group) for group in sample.groups], axis=1)

    def measure(weights: Floats) -> Floats:
        true = _mean_ranks(truth, weights, members)
        return np.stack([_mean_ranks(ranking, weights, members) - true for ranking in rankings], axis=2)

    point = measure(sample.weight[None])
    parts = bootstrap(sample.design, seed, lambda counts: measure(sample.reweighted(counts)))
    spread = np.concatenate(parts) if parts else point[:0]
    return pd.DataFrame(_rows(sample, names, point[0], spread), columns=COLUMNS)


def midranks(ranking: Ranking, weights: Floats) -> Floats:
    """Return ranks in [0, 1] (replicates, households), 0 the poorest; who is tied stands in the middle of the tie."""
    blocks = ranking.blocks(weights)
    middle = (blocks.total_above - blocks.total / 2) / blocks.everybody[:, None]
    ranks: Floats = np.take(middle, ranking.block_of, axis=1)
    return ranking.unranked(ranks)


def _members(group: GroupColumn) -> Floats:
    belongs: Floats = (group.codes[:, None] == np.arange(len(group.levels))).astype(np.float64)
    return belongs


def _mean_ranks(ranking: Ranking, weights: Floats, members: Floats) -> Floats:
    """Return the mean rank of each level and of its rest (replicates, 2, levels)."""
    ranks = weights * midranks(ranking, weights)
    inside, weight = ranks @ members, weights @ members
    everybody = weights.sum(axis=1, keepdims=True)
    left = everybody - weight
    # What is left of a whole after its parts may be rounding: then there is no rest.
    rest = np.where(left < ROUNDING * everybody, 0.0, left)
    outside = ranks.sum(axis=1, keepdims=True) - inside
    return np.stack([ratio(inside, weight), ratio(outside, rest)], axis=1)


def _rows(sample: Sample, methods: list[str], point: Floats, spread: Floats) -> Iterator[list[object]]:
    """Give the rows of `point` (2, methods, levels) and of `spread` (replicates, 2, methods, levels)."""
    own, rest = point
    difference = own - rest
    design = sample.design
    bounds = [*intervals(spread[:, 0], design), difference, *intervals(spread[:, 0] - spread[:, 1], design)]
    figures = np.stack([own, *(np.where(np.isnan(own), np.nan, bound) for bound in bounds)], axis=2)
    levels = [(group, code) for group in sample.groups for code in range(len(group.levels))]
    for i, method in enumerate(methods):
        for j, (group, code) in enumerate(levels):
            among = group.codes == code
            households, poor = int(among.sum()), int(sample.outcome[among].sum())
            undefined = int(np.isnan(spread[:, 0, i, j]).sum())
            notes = [size_note(households, poor, "under the line"), interval_note(undefined, len(spread))]
            text = "; ".join(note for note in notes if note)
            yield [method, group.name, group.levels[code], *figures[i, j].tolist(), households, text]

"""The same list seen by group: who is missed, who is listed, how far each group is covered, beside all the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graduation.evaluate.columns import Floats
from graduation.evaluate.inputs import GroupColumn
from graduation.evaluate.kernel import CROSSING, level_sums
from graduation.evaluate.ranking import Blocks, Cut, Ranking, ratio, share_of

METRICS = (
    "prevalence",
    "roc_auc",
    "exclusion_error",
    "inclusion_error",
    "false_positive_rate",
    "share_listed",
    "share_of_list",
    "coverage_ratio",
    "calibration_gap",
)
# What is left of a whole after its parts, and is smaller than this part of it, is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Part:
    """Sums over the households of a part of the population (replicates, levels)."""

    poor: Floats
    others: Floats
    poor_listed: Floats
    others_listed: Floats
    expected: Floats  # weight x risk
    misplaced: Floats  # pairs of a poor household and another above it, within the part

    def rest(self, whole: Part) -> Part:
        """Return all who are in `whole` and not in this part."""
        names = list(self.__dataclass_fields__)
        return Part(**{name: _without(getattr(whole, name), getattr(self, name)) for name in names})


def _without(whole: Floats, part: Floats) -> Floats:
    left = whole - part
    return np.where(left < ROUNDING * np.abs(whole), 0.0, left)


def by_level(group: GroupColumn, ranking: Ranking, weights: Floats, blocks: Blocks, cut: Cut) -> tuple[Floats, Floats]:
    """Return the metrics (replicates, levels, metrics) of each level and of all the rest, at the cut of one list.

    The sample must already stand in the order of `ranking`.
    """
    ends = np.r_[ranking.starts, len(ranking.outcome)]
    levels = len(group.levels)
    sums = level_sums(weights, ranking.outcome, ranking.scores, ends, group.codes, levels, cut.block, cut.part)
    part = Part(*np.moveaxis(sums[:, :, :CROSSING], 2, 0))
    others_above = blocks.total_above - blocks.poor_above - (blocks.total - blocks.poor) / 2
    misplaced = np.einsum("rb,rb->r", blocks.poor, others_above)[:, None]
    all_levels = sums[:, :, :CROSSING].sum(axis=1, keepdims=True)
    whole = replace(Part(*np.moveaxis(all_levels, 2, 0)), misplaced=misplaced)
    # Pairs of one household inside the level and one outside belong to neither side.
    not_crossing = replace(whole, misplaced=whole.misplaced - sums[:, :, CROSSING])
    return _figures(part, whole), _figures(part.rest(not_crossing), whole)


def _figures(part: Part, whole: Part) -> Floats:
    """Return the metrics in the order of `METRICS`."""
    everybody, on_list = part.poor + part.others, part.poor_listed + part.others_listed
    covered = share_of(part.poor_listed, part.poor)
    overall = ratio(whole.poor_listed, whole.poor)
    pairs = np.where((part.poor > 0) & (part.others > 0), part.poor * part.others, 0.0)
    columns = [
        share_of(part.poor, everybody),
        1 - share_of(part.misplaced, pairs),
        1 - covered,
        1 - share_of(part.poor_listed, on_list),
        share_of(part.others_listed, part.others),
        share_of(on_list, everybody),
        np.where(everybody > 0, share_of(on_list, whole.poor_listed + whole.others_listed), np.nan),
        np.divide(covered, overall, out=np.full_like(covered, np.nan), where=overall > 0),
        ratio(part.expected, everybody) - ratio(part.poor, everybody),
    ]
    return np.stack(columns, axis=2)

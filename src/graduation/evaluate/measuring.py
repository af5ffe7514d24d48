"""All metrics of `evaluate` for many weightings of the same ranked households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from graduation.evaluate import calibration
from graduation.evaluate.bygroup import by_level
from graduation.evaluate.columns import Floats, Integers
from graduation.evaluate.draws import bootstrap
from graduation.evaluate.inputs import Sample
from graduation.evaluate.quota import ListSize
from graduation.evaluate.ranking import (
    Ranking,
    average_precision,
    cut_list,
    list_metrics,
    ratio,
    reached,
    roc_auc,
    share_of,
)

CURVE_POINTS = 100
SHARES = np.linspace(1 / CURVE_POINTS, 1, CURVE_POINTS)


@dataclass(frozen=True)
class Plan:
    """What all replicates share: order, length of the list, bins, groups and a first calibration line."""

    sample: Sample
    size: ListSize
    ranking: Ranking
    bins: Integers
    line: Floats

    @classmethod
    def of(cls, sample: Sample, size: ListSize) -> Plan:
        """Rank the households by risk once."""
        ranking = Ranking.of(sample.scores["risk"], sample.outcome, sample.amounts)
        blocks = ranking.blocks(sample.weight[None])
        line = calibration.calibration_line(blocks, ranking.scores)
        return cls(sample, size, ranking, calibration.equal_mass_bins(blocks), line)


# Figures of some weightings by name, replicates first: a number each, or one for each bin, list share or group.
Figures: TypeAlias = dict[str, Floats]
MEAN_RISK, OBSERVED, REACHED = "mean risk by bin", "observed share by bin", "share of the extreme poor by list share"


def group_key(number: int) -> str:
    """Return under which name the figures of a group column stand: (replicates, 2, levels, metrics)."""
    return f"group column {number}"


def measure_all(plan: Plan, seed: int) -> tuple[Figures, Figures]:
    """Return the figures of the data, and those of all replicates."""
    sample = plan.sample
    point = measure(plan, sample.weight[None])
    parts = bootstrap(sample.design, seed, lambda counts: measure(plan, sample.reweighted(counts)))
    if not parts:
        return point, {name: values[:0] for name, values in point.items()}
    return point, {name: np.concatenate([part[name] for part in parts]) for name in point}


def measure(plan: Plan, weights: Floats) -> Figures:
    """Return all figures for weights (replicates, households) in the order of the sample."""
    risk = plan.ranking.scores
    blocks = plan.ranking.blocks(weights)
    cut = cut_list(blocks, plan.size)
    bins = calibration.binned(blocks, risk, plan.bins)
    intercept, slope = calibration.calibration_line(blocks, risk, plan.line)
    prevalence = ratio(blocks.all_poor, blocks.everybody)
    groups = [np.stack(by_level(group, plan.ranking, weights, blocks, cut), axis=1) for group in plan.sample.groups]
    return {
        "prevalence": prevalence,
        "poverty_rate_error": ratio(blocks.total @ risk, blocks.everybody) - prevalence,
        "roc_auc": roc_auc(blocks),
        "average_precision": average_precision(blocks),
        "list_share": share_of(cut.listed, blocks.everybody),
        **list_metrics(blocks, cut),
        **calibration.scores(blocks, risk),
        "ece": calibration.expected_calibration_error(bins),
        "calibration_intercept": intercept,
        "calibration_slope": slope,
        MEAN_RISK: bins[1],
        OBSERVED: bins[2],
        REACHED: reached(blocks, SHARES),
        **{group_key(number): values for number, values in enumerate(groups)},
    }

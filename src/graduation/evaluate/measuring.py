"""All metrics of `evaluate` for many weightings of the same ranked households, and the tables made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.evaluate import calibration
from graduation.evaluate.bygroup import Layout, by_level
from graduation.evaluate.columns import Floats, Integers
from graduation.evaluate.draws import intervals
from graduation.evaluate.inputs import Sample
from graduation.evaluate.ranking import Blocks, Ranking, average_precision, cut_list, list_metrics, ratio, roc_auc

OF = {
    "n": "households, not weighted",
    "n_positive": "households observed extreme poor, not weighted",
    "prevalence": "share of the weighted population who are extreme poor",
    "roc_auc": "chance that an extreme poor household ranks above another; ties count 1/2",
    "average_precision": "precision averaged over the extreme poor; a random order gives the prevalence",
    "brier": "mean squared distance between risk and outcome",
    "log_loss": "mean surprise, natural logarithm; risk clipped at 1e-6",
    "ece": "mean distance between risk and observed share, bins of equal weight; noise alone makes it positive",
    "calibration_intercept": "logistic line of outcome on logit risk; 0 with slope 1 = calibrated",
    "calibration_slope": "logistic line of outcome on logit risk; under 1 = risks too extreme",
    "exclusion_error": "share of the extreme poor who are missed",
    "inclusion_error": "share of the list who are not extreme poor",
    "targeting_differential": "share of the extreme poor listed minus share of the others listed",
    "precision": "share of the list who are extreme poor, expected when ties at the cut are broken at random",
    "precision_worst": "share of the list who are extreme poor, unluckiest tie-break",
    "precision_best": "share of the list who are extreme poor, luckiest tie-break",
}
COUNTS = ("n", "n_positive")


@dataclass(frozen=True)
class Plan:
    """What all replicates share: the order, the bins, the groups and a first calibration line."""

    sample: Sample
    quota: float | None
    ranking: Ranking
    blocks: Blocks
    bins: Integers
    layouts: tuple[Layout, ...]
    line: Floats

    @classmethod
    def of(cls, sample: Sample, quota: float | None) -> Plan:
        """Rank the households by risk once."""
        ranking = Ranking.of(sample.scores["risk"], sample.outcome)
        blocks = ranking.blocks(sample.weight[None])
        layouts = tuple(Layout.of(group, ranking) for group in sample.groups)
        line = calibration.calibration_line(blocks, ranking.scores)
        return cls(sample, quota, ranking, blocks, calibration.equal_mass_bins(blocks), layouts, line)


@dataclass(frozen=True)
class Measured:
    """Figures of some weightings: by metric (replicates,), by bin (replicates, bins), by group column."""

    overall: dict[str, Floats]
    mean_risk: Floats
    observed: Floats
    groups: list[Floats]


def measure(plan: Plan, weights: Floats) -> Measured:
    """Return all figures for weights (replicates, households) in the order of the sample."""
    risk = plan.ranking.scores
    blocks = plan.ranking.blocks(weights)
    cut = cut_list(blocks, plan.quota)
    bins = calibration.binned(blocks, risk, plan.bins)
    intercept, slope = calibration.calibration_line(blocks, risk, plan.line)
    overall = {
        "prevalence": ratio(blocks.all_poor, blocks.everybody),
        "roc_auc": roc_auc(blocks),
        "average_precision": average_precision(blocks),
        **calibration.scores(blocks, risk),
        "ece": calibration.expected_calibration_error(bins),
        "calibration_intercept": intercept,
        "calibration_slope": slope,
        **list_metrics(blocks, cut),
    }
    groups = [by_level(layout, weights, blocks, cut) for layout in plan.layouts]
    return Measured(overall, bins[1], bins[2], groups)


def join(parts: list[Measured], point: Measured) -> Measured:
    """Put the replicates of all parts together; without parts, nothing of the shape of `point`."""
    if not parts:
        none = {name: values[:0] for name, values in point.overall.items()}
        return Measured(none, point.mean_risk[:0], point.observed[:0], [values[:0] for values in point.groups])
    return Measured(
        {name: np.concatenate([part.overall[name] for part in parts]) for name in point.overall},
        np.concatenate([part.mean_risk for part in parts]),
        np.concatenate([part.observed for part in parts]),
        [np.concatenate([part.groups[i] for part in parts]) for i in range(len(point.groups))],
    )


def overall_table(plan: Plan, point: Measured, spread: Measured) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return one row per metric, and in how many draws a metric defined in the data was not."""
    outcome = plan.sample.outcome
    counts = {"n": float(len(outcome)), "n_positive": float(outcome.sum())}
    estimates = {name: float(values[0]) for name, values in point.overall.items()}
    low, high = intervals(np.stack(list(spread.overall.values()), axis=1))
    rows: list[tuple[str, float, float, float, str]] = [(k, v, np.nan, np.nan, OF[k]) for k, v in counts.items()]
    undefined = {}
    for i, (name, estimate) in enumerate(estimates.items()):
        defined = not np.isnan(estimate)
        bounds = (float(low[i]), float(high[i])) if defined else (np.nan, np.nan)
        rows.append((name, estimate, *bounds, OF[name]))
        missing = int(np.isnan(spread.overall[name]).sum())
        if defined and missing:
            undefined[name] = missing
    return pd.DataFrame(rows, columns=["metric", "estimate", "low", "high", "of"]), undefined


def calibration_table(plan: Plan, point: Measured, spread: Measured) -> pd.DataFrame:
    """Return mean risk and observed share by bin, lowest risk first."""
    low, high = intervals(spread.observed)
    edges = np.r_[plan.ranking.starts[plan.bins], len(plan.sample.outcome)]
    table = pd.DataFrame(
        {
            "mean_risk": point.mean_risk[0],
            "observed_share": point.observed[0],
            "low": low,
            "high": high,
            "households": np.diff(edges),
        }
    )
    return table.iloc[::-1].reset_index(drop=True)

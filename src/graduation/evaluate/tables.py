"""Figures and their replicates become tidy tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.evaluate import calibration
from graduation.evaluate.columns import Floats
from graduation.evaluate.draws import Design, intervals
from graduation.evaluate.inputs import GroupColumn
from graduation.evaluate.measuring import MEAN_RISK, OBSERVED, REACHED, SHARES, Figures, Plan
from graduation.evaluate.ranking import cut_at_shares, listed_by_share, share_of
from graduation.evaluate.words import OF

COVERAGE_SHARES = SHARES[4::5]
COVERAGE_COLUMNS = ["group", "level", "list_share", "coverage"]


def overall_table(plan: Plan, point: Figures, spread: Figures) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return one row per metric, and in how many draws a metric defined in the data was not."""
    outcome = plan.sample.outcome
    chance = calibration.error_by_chance(plan.ranking, plan.sample.weight, plan.bins)
    alone = {"n": len(outcome), "n_positive": outcome.sum(), "ece_by_chance": chance}
    figures: dict[str, tuple[float, float, float]] = {}
    undefined = {}
    for name in OF:
        if name in alone:
            figures[name] = (alone[name], np.nan, np.nan)
        elif name in point:
            figures[name] = _with_bounds(point[name][0], spread[name], plan.sample.design)
            missing = int(np.isnan(spread[name]).sum())
            if missing and not np.isnan(point[name][0]):
                undefined[name] = missing
    figures["ece"] = _without_noise(*figures["ece"], chance, spread["ece"])
    rows = [(name, *map(float, values), OF[name]) for name, values in figures.items()]
    return pd.DataFrame(rows, columns=["metric", "estimate", "low", "high", "of"]), undefined


def _with_bounds(estimate: float, draws: Floats, design: Design) -> tuple[float, float, float]:
    if np.isnan(estimate):
        return estimate, np.nan, np.nan
    low, high = intervals(draws[:, None], design)
    return estimate, low[0], high[0]


def _without_noise(
    estimate: float, low: float, high: float, chance: float, draws: Floats
) -> tuple[float, float, float]:
    """Return the calibration error with an interval that noise does not push up.

    Drawing adds noise, which is taken off both ends; the estimate holds noise of its own, up to all that chance alone
    would make, which is taken off the lower end.
    """
    if not len(draws):
        return estimate, low, high
    added = float(np.nanmean(draws)) - estimate
    return estimate, max(low - added - chance, 0.0), max(high - added, 0.0)


def calibration_table(plan: Plan, point: Figures, spread: Figures) -> pd.DataFrame:
    """Return mean risk and observed share by bin, lowest risk first."""
    low, high = intervals(spread[OBSERVED], plan.sample.design)
    edges = np.r_[plan.ranking.starts[plan.bins], len(plan.sample.outcome)]
    table = pd.DataFrame(
        {
            "mean_risk": point[MEAN_RISK][0],
            "observed_share": point[OBSERVED][0],
            "low": low,
            "high": high,
            "households": np.diff(edges),
        }
    )
    return table.iloc[::-1].reset_index(drop=True)


def curve_table(plan: Plan, spread: Figures) -> pd.DataFrame:
    """Return the errors of lists of every length, with intervals and with the bounds that ties leave."""
    blocks = plan.ranking.blocks(plan.sample.weight[None])
    exclusion_low, exclusion_high = intervals(1 - spread[REACHED], plan.sample.design)
    precision = np.clip(spread[REACHED] * spread["prevalence"][:, None] / SHARES, 0, 1)
    inclusion_low, inclusion_high = intervals(1 - precision, plan.sample.design)
    found = cut_at_shares(blocks, SHARES)
    return pd.DataFrame(
        {
            "list_share": SHARES,
            "households": SHARES * plan.sample.weight.sum(),
            "exclusion_error": found["exclusion_error"],
            "exclusion_low": exclusion_low,
            "exclusion_high": exclusion_high,
            "inclusion_error": found["inclusion_error"],
            "inclusion_low": inclusion_low,
            "inclusion_high": inclusion_high,
            **{name: found[name] for name in ("precision", "precision_worst", "precision_best")},
            **{name: found[name] for name in ("recall", "recall_worst", "recall_best")},
        }
    )


def coverage_table(plan: Plan) -> pd.DataFrame:
    """Return the share of each group's extreme poor on the one list, for lists of every length."""
    poor = plan.sample.weight * plan.sample.outcome
    listed = listed_by_share(plan.ranking, plan.sample.weight, COVERAGE_SHARES)
    parts = [
        pd.DataFrame({"group": group.name, "level": level, "list_share": COVERAGE_SHARES, "coverage": covered})
        for group in plan.sample.groups
        for level, covered in zip(group.levels, _covered(group, poor, listed), strict=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COVERAGE_COLUMNS)


def _covered(group: GroupColumn, poor: Floats, listed: Floats) -> Floats:
    """Return the share of each level's extreme poor who are listed (levels, shares)."""
    levels = len(group.levels)
    reached = [np.bincount(group.codes, poor * chance, minlength=levels) for chance in listed]
    there = np.bincount(group.codes, poor, minlength=levels)
    return share_of(np.stack(reached, axis=1), np.repeat(there[:, None], len(listed), axis=1))

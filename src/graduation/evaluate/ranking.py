"""Ranking metrics on blocks of tied scores, for many weightings of the same households at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graduation.evaluate.columns import Floats, Integers


@dataclass(frozen=True)
class Ranking:
    """Households from the highest score to the lowest, in blocks of equal scores."""

    order: Integers | None  # None where the households already stand in this order
    starts: Integers
    scores: Floats  # one per block
    outcome: Floats  # one per household, ranked

    @classmethod
    def of(cls, score: Floats, outcome: Floats) -> Ranking:
        """Rank households by `score`; households already ranked are left as they stand."""
        order = np.argsort(-score, kind="stable")
        ranked = score[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        stands = bool((order == np.arange(len(order))).all())
        return cls(None if stands else order, starts, ranked[starts], outcome[order])

    def blocks(self, weights: Floats) -> Blocks:
        """Sum weights (replicates, households) within blocks."""
        ranked = weights if self.order is None else np.take(weights, self.order, axis=1)
        poor, total = ranked * self.outcome, ranked
        if len(self.starts) < ranked.shape[1]:
            poor, total = (np.add.reduceat(part, self.starts, axis=1) for part in (poor, total))
        return Blocks(poor, total, np.cumsum(poor, axis=1), np.cumsum(total, axis=1))


@dataclass(frozen=True)
class Blocks:
    """Weights of the extreme poor and of all households by block (replicates, blocks), and their running sums."""

    poor: Floats
    total: Floats
    poor_above: Floats  # this block included
    total_above: Floats

    @property
    def all_poor(self) -> Floats:
        return self.poor_above[:, -1]

    @property
    def everybody(self) -> Floats:
        return self.total_above[:, -1]


@dataclass(frozen=True)
class Cut:
    """Where a list of a given weight ends: whole blocks before `block`, the share `part` of the households in it."""

    listed: Floats
    block: Integers
    part: Floats
    poor: Floats  # expected weight of the extreme poor on the list
    poor_most: Floats
    poor_least: Floats


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Divide, with NaN where the denominator is empty."""
    result: Floats = np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)
    return result


def roc_auc(blocks: Blocks) -> Floats:
    """Return the weighted chance that an extreme poor household ranks above another; ties count 1/2."""
    others = blocks.everybody - blocks.all_poor
    others_above = blocks.total_above - blocks.poor_above - 0.5 * (blocks.total - blocks.poor)
    misplaced = np.einsum("rb,rb->r", blocks.poor, others_above)
    return 1 - _share(misplaced, np.where(blocks.all_poor > 0, blocks.all_poor * others, 0.0))


def average_precision(blocks: Blocks) -> Floats:
    """Return the weighted precision averaged over the extreme poor, one step per block of ties."""
    found = np.divide(blocks.poor_above, blocks.total_above, out=np.zeros_like(blocks.poor), where=blocks.poor > 0)
    return _share(np.einsum("rb,rb->r", blocks.poor, found), blocks.all_poor)


def cut_list(blocks: Blocks, quota: float | None) -> Cut:
    """Cut the ranking at `quota` of the weight, or at the weight of the extreme poor.

    Tied households at the cut share what is left of the list in proportion to their weights: the expected value under
    a random tie-break. `poor_most` and `poor_least` are what the luckiest and the unluckiest tie-break would give.
    """
    listed = blocks.all_poor if quota is None else quota * blocks.everybody
    rows = np.arange(len(listed))
    block = np.minimum((blocks.total_above < listed[:, None]).sum(axis=1), blocks.total.shape[1] - 1)
    tied, tied_poor = blocks.total[rows, block], blocks.poor[rows, block]
    before = blocks.poor_above[rows, block] - tied_poor
    left = np.clip(listed - (blocks.total_above[rows, block] - tied), 0, tied)
    part = np.divide(left, tied, out=np.zeros_like(left), where=tied > 0)
    return Cut(
        listed=listed,
        block=block,
        part=part,
        poor=before + part * tied_poor,
        poor_most=before + np.minimum(left, tied_poor),
        poor_least=before + np.maximum(0, left - (tied - tied_poor)),
    )


def list_metrics(blocks: Blocks, cut: Cut) -> dict[str, Floats]:
    """Return the errors of the list and its precision with both bounds."""
    others = blocks.everybody - blocks.all_poor
    covered = _share(cut.poor, blocks.all_poor)
    precision = _share(cut.poor, cut.listed)
    return {
        "exclusion_error": 1 - covered,
        "inclusion_error": 1 - precision,
        "targeting_differential": covered - _share(cut.listed - cut.poor, others),
        "precision": precision,
        "precision_worst": _share(cut.poor_least, cut.listed),
        "precision_best": _share(cut.poor_most, cut.listed),
    }


def _share(top: Floats, bottom: Floats) -> Floats:
    """Divide a part by its whole; rounding must not carry a share out of [0, 1]."""
    return np.clip(ratio(top, bottom), 0, 1)


def error_curve(blocks: Blocks, points: int) -> dict[str, Floats]:
    """Return exclusion and inclusion error at `points` list shares up to 1, ties shared as in `cut_list`."""
    shares = np.linspace(1 / points, 1, points)
    everybody, poor = blocks.everybody[0], blocks.all_poor[0]
    reached = np.interp(shares * everybody, np.r_[0, blocks.total_above[0]], np.r_[0, blocks.poor_above[0]])
    return {
        "list_share": shares,
        "exclusion_error": np.clip(1 - reached / poor, 0, 1),
        "inclusion_error": np.clip(1 - reached / (shares * everybody), 0, 1),
    }

"""Ranking metrics on blocks of tied scores, for many weightings of the same households at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graduation.evaluate.columns import Floats, Integers
from graduation.evaluate.quota import COST, ListSize


@dataclass(frozen=True)
class Ranking:
    """Households from the highest score to the lowest, in blocks of equal scores."""

    order: Integers | None  # None where the households already stand in this order
    starts: Integers
    scores: Floats  # one per block
    outcome: Floats  # one per household, ranked
    cost: Floats | None = None  # one per household, ranked, where the list is as long as a budget pays for

    @classmethod
    def of(cls, score: Floats, outcome: Floats, amounts: dict[str, Floats] | None = None) -> Ranking:
        """Rank households by `score`; households already ranked are left as they stand."""
        order = np.argsort(-score, kind="stable")
        ranked = score[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        stands = bool((order == np.arange(len(order))).all())
        cost = (amounts or {}).get(COST)
        return cls(
            None if stands else order, starts, ranked[starts], outcome[order], None if cost is None else cost[order]
        )

    def blocks(self, weights: Floats) -> Blocks:
        """Sum weights (replicates, households) within blocks."""
        ranked = weights if self.order is None else np.take(weights, self.order, axis=1)
        poor, total = self._summed(ranked * self.outcome), self._summed(ranked)
        spent = total if self.cost is None else self._summed(ranked * self.cost)
        return Blocks(poor, total, np.cumsum(poor, axis=1), np.cumsum(total, axis=1), spent)

    def _summed(self, values: Floats) -> Floats:
        if len(self.starts) == values.shape[1]:
            return values
        return np.add.reduceat(values, self.starts, axis=1)

    def unranked(self, values: Floats) -> Floats:
        """Put values of ranked households (..., households) back into the order of the sample."""
        if self.order is None:
            return values
        back: Floats = np.empty_like(values)
        back[..., self.order] = values
        return back

    @property
    def block_of(self) -> Integers:
        """Return the block of each ranked household."""
        return np.searchsorted(self.starts, np.arange(len(self.outcome)), side="right") - 1


@dataclass(frozen=True)
class Blocks:
    """Weights of the extreme poor and of all households by block (replicates, blocks), and their running sums."""

    poor: Floats
    total: Floats
    poor_above: Floats  # this block included
    total_above: Floats
    spent: Floats  # what the list is counted in: weight, or money where costs differ

    @property
    def all_poor(self) -> Floats:
        return self.poor_above[:, -1]

    @property
    def everybody(self) -> Floats:
        return self.total_above[:, -1]


@dataclass(frozen=True)
class Cut:
    """Where a list ends: whole blocks before `block`, the share `part` of the households in it."""

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


def share_of(top: Floats, bottom: Floats) -> Floats:
    """Divide a part by its whole; rounding must not carry a share out of [0, 1]."""
    return np.clip(ratio(top, bottom), 0, 1)


def roc_auc(blocks: Blocks) -> Floats:
    """Return the weighted chance that an extreme poor household ranks above another; ties count 1/2."""
    others = blocks.everybody - blocks.all_poor
    others_above = blocks.total_above - blocks.poor_above - 0.5 * (blocks.total - blocks.poor)
    misplaced = np.einsum("rb,rb->r", blocks.poor, others_above)
    return 1 - share_of(misplaced, np.where(blocks.all_poor > 0, blocks.all_poor * others, 0.0))


def average_precision(blocks: Blocks) -> Floats:
    """Return the weighted precision averaged over the extreme poor, one step per block of ties."""
    found = np.divide(blocks.poor_above, blocks.total_above, out=np.zeros_like(blocks.poor), where=blocks.poor > 0)
    return share_of(np.einsum("rb,rb->r", blocks.poor, found), blocks.all_poor)


def cut_list(blocks: Blocks, size: ListSize) -> Cut:
    """Cut the ranking where the list is full.

    Tied households at the cut share what is left of the list in proportion to their weights: the expected value under
    a random tie-break. `poor_most` and `poor_least` are what the luckiest and the unluckiest tie-break would give.
    """
    money = size.kind == "budget"
    along = np.cumsum(blocks.spent, axis=1) if money else blocks.total_above
    limit = np.minimum(size.limit(blocks), along[:, -1])
    rows = np.arange(len(limit))
    # Who costs nothing is listed even when the money is spent.
    whole = along <= limit[:, None] if money else along < limit[:, None]
    block = np.minimum(whole.sum(axis=1), along.shape[1] - 1)
    tied, tied_poor = blocks.total[rows, block], blocks.poor[rows, block]
    at_cut = blocks.spent[rows, block] if money else tied
    left = np.clip(limit - (along[rows, block] - at_cut), 0, at_cut)
    part = np.divide(left, at_cut, out=np.full_like(left, float(money)), where=at_cut > 0)
    before = blocks.poor_above[rows, block] - tied_poor
    tied_listed = part * tied
    # How many of the tied a sum of money reaches depends on whom it reaches first.
    unbounded = money & (part > 0) & (part < 1)
    return Cut(
        listed=blocks.total_above[rows, block] - tied + tied_listed,
        block=block,
        part=part,
        poor=before + part * tied_poor,
        poor_most=np.where(unbounded, np.nan, before + np.minimum(tied_listed, tied_poor)),
        poor_least=np.where(unbounded, np.nan, before + np.maximum(0, tied_listed - (tied - tied_poor))),
    )


def listed_share(block: Integers, cut: Cut) -> Floats:
    """Return the chance to be on the list (replicates, ...) of who is in these blocks: 1, 0, or that of the ties."""
    at_cut, part = cut.block[:, None], cut.part[:, None]
    listed: Floats = np.where(block == at_cut, part, (block < at_cut).astype(np.float64))
    return listed


def list_metrics(blocks: Blocks, cut: Cut) -> dict[str, Floats]:
    """Return the errors of the list, its precision and its recall, the latter two with both bounds."""
    others = blocks.everybody - blocks.all_poor
    covered = share_of(cut.poor, blocks.all_poor)
    precision = share_of(cut.poor, cut.listed)
    wrongly = share_of(cut.listed - cut.poor, others)
    return {
        "exclusion_error": 1 - covered,
        "inclusion_error": 1 - precision,
        "false_positive_rate": wrongly,
        "targeting_differential": covered - wrongly,
        "precision": precision,
        "precision_worst": share_of(cut.poor_least, cut.listed),
        "precision_best": share_of(cut.poor_most, cut.listed),
        "recall": covered,
        "recall_worst": share_of(cut.poor_least, blocks.all_poor),
        "recall_best": share_of(cut.poor_most, blocks.all_poor),
    }


def reached(blocks: Blocks, shares: Floats) -> Floats:
    """Return the share of the extreme poor on lists of these shares of the weight (replicates, shares)."""
    return np.stack([_reached(*row, shares) for row in zip(blocks.total_above, blocks.poor_above, strict=True)])


def _reached(total_above: Floats, poor_above: Floats, shares: Floats) -> Floats:
    everybody, poor = total_above[-1], poor_above[-1]
    if poor <= 0:
        return np.full(len(shares), np.nan)
    # Ties at a cut share what is left of the list: a straight line between the ends of their block.
    found = np.interp(shares * everybody, np.r_[0, total_above], np.r_[0, poor_above])
    share: Floats = np.clip(found / poor, 0, 1)
    return share


def cut_at_shares(blocks: Blocks, shares: Floats) -> dict[str, Floats]:
    """Return the metrics of lists of several shares of the weight of one replicate."""
    cuts = [list_metrics(blocks, cut_list(blocks, ListSize("share", share))) for share in shares]
    return {name: np.concatenate([found[name] for found in cuts]) for name in cuts[0]}


def listed_by_share(ranking: Ranking, weight: Floats, shares: Floats) -> Floats:
    """Return the chance of each household, in the order of the sample, to be on lists of these shares."""
    blocks = ranking.blocks(weight[None])
    cuts = [cut_list(blocks, ListSize("share", share)) for share in shares]
    return ranking.unranked(np.concatenate([listed_share(ranking.block_of, cut) for cut in cuts]))

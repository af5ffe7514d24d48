"""What schemes do to poverty and welfare, and what that is worth in money, for many weightings of the same people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from graduation.evaluate.columns import Floats
from graduation.evaluate.inputs import Sample
from graduation.evaluate.listsums import ListSums
from graduation.evaluate.poverty import transfer_to_all
from graduation.evaluate.quota import ListSize
from graduation.evaluate.ranking import Ranking, cut_list, listed_share, ratio
from graduation.evaluate.schemes import ALPHAS, SAME, WELFARE, People, Scheme

Bools: TypeAlias = npt.NDArray[np.bool_]

FGT = tuple(f"fgt{alpha}_{when}" for when in ("before", "after", "reduction") for alpha in ALPHAS)
MONEY = ("money_equivalent", "money_multiple")
OPTIMUM = ("optimal_share", "optimal_money_equivalent", "optimal_money_multiple")
METRICS = ("cgh_ratio", *FGT, "welfare", *MONEY, *OPTIMUM)
MONEY_EQUIVALENTS = [METRICS.index("money_equivalent"), METRICS.index("optimal_money_equivalent")]
# Each transfer of the grid is this much larger than the one before; the grid goes far beyond what the data show.
STEP, BEYOND, FURTHEST = 1.15, 100.0, 1e6

# From weights (replicates, households) and levels of equal consumption (replicates, n): the uniform transfers that
# lead there. Levels of consumption are nearly straight in the transfer, where sums of utility span many magnitudes.
Equal: TypeAlias = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Worth:
    """Schemes on the same people, with all that no weighting changes worked out once."""

    people: People
    households: float  # sum of the weights of the data
    budget: float
    poorest: float | None  # None: the headcount share, of each draw its own
    schemes: tuple[Scheme, ...]
    utility: tuple[ListSums, ...]  # of each scheme, after the transfer, for lists of each length
    relief: tuple[ListSums, ...]  # of each scheme, the three of FGT for the list asked for
    richness: Ranking  # the poorest first
    alike: tuple[Bools, ...]  # of each scheme, who is tied with the same households as by welfare

    @classmethod
    def of(cls, sample: Sample, people: People, schemes: list[Scheme], budget: float, poorest: float | None) -> Worth:
        richness = Ranking.of(-sample.amounts[WELFARE], sample.outcome)
        return cls(
            people=people,
            households=float(sample.weight.sum()),
            budget=budget,
            poorest=poorest,
            schemes=tuple(schemes),
            utility=tuple(utility_sums(people, scheme) for scheme in schemes),
            relief=tuple(_relief_sums(people, scheme) for scheme in schemes),
            richness=richness,
            alike=tuple(_tied_alike(richness, scheme.ranking) for scheme in schemes),
        )

    def measure(self, weights: Floats, equal: Equal) -> Floats:
        """Return all metrics (replicates, schemes, metrics); draws are scaled to the population of the data."""
        scaled = weights * (self.households / weights.sum(axis=1))[:, None]
        persons = scaled @ self.people.members
        utility = [part.sums(scaled) for part in self.utility]
        welfare = np.stack([part[:, scheme.chosen] for part, scheme in zip(utility, self.schemes, strict=True)], axis=1)
        best_share, best_level = self._best(scaled, persons, utility)
        levels = np.concatenate([self.people.equal_consumption(persons, welfare), best_level], axis=1)
        money, best_money = np.split(equal(scaled, levels) * self.households, 2, axis=1)
        found = [
            self._reaching_poorest(scaled),
            *np.moveaxis(self._poverty(scaled, persons), 2, 0),
            welfare,
            money,
            money / self.budget,
            best_share,
            best_money,
            best_money / self.budget,
        ]
        return np.stack(found, axis=2)

    def _best(self, weights: Floats, persons: Floats, utility: list[Floats]) -> tuple[Floats, Floats]:
        """Return the list share of the highest welfare, of equals the shortest, and its level (replicates, schemes)."""
        before = self.people.equal_consumption(persons, (weights @ self.people.utility(0.0))[:, None])
        shares, best = [], []
        for scheme, part in zip(self.schemes, utility, strict=True):
            levels = self.people.equal_consumption(persons, part)
            best.append(levels.max(axis=1))
            as_good = levels - before >= (1 - SAME) * (best[-1][:, None] - before)
            shares.append(scheme.shares[np.argmax(as_good, axis=1)])
        found = np.stack(shares, axis=1)
        # At rho 0 money is worth the same to everybody: no list is better than another.
        return (found if self.people.rho > 0 else np.full_like(found, np.nan)), np.stack(best, axis=1)

    def _poverty(self, weights: Floats, persons: Floats) -> Floats:
        """Return FGT before, after and the reduction (replicates, schemes, 9) as means over everybody."""
        everybody = persons[:, None, None]
        each = np.stack([self.people.poverty(alpha, 0.0) for alpha in ALPHAS], axis=1)
        before = (weights @ each)[:, None, :] / everybody
        reduction = np.stack([part.sums(weights) for part in self.relief], axis=1) / everybody
        # Where all are lifted, what is left of the difference is rounding.
        after = np.maximum(before - reduction, 0.0)
        return np.concatenate([np.broadcast_to(before, after.shape), after, reduction], axis=2)

    def _reaching_poorest(self, weights: Floats) -> Floats:
        """Return the CGH ratio (replicates, schemes)."""
        persons = weights * self.people.members
        size = ListSize("poor") if self.poorest is None else ListSize("share", self.poorest)
        blocks = self.richness.blocks(persons)
        poorest = ratio(size.limit(blocks), blocks.everybody)
        among = self.richness.unranked(listed_share(self.richness.block_of, cut_list(blocks, size)))
        found = []
        for scheme, alike in zip(self.schemes, self.alike, strict=True):
            listed = _listed(scheme.ranking, weights, scheme.share)
            # Where both cuts go through the same households, the poorest part of them is listed first.
            both = np.where(alike, np.minimum(among, listed), among * listed)
            reached = np.einsum("rh,rh->r", weights, both)
            found.append(ratio(reached / (scheme.share * self.households), poorest))
        return np.stack(found, axis=1)


def utility_sums(people: People, scheme: Scheme) -> ListSums:
    """Return the utility of all after the transfer, ready to be summed for lists of each length."""
    paid = np.stack([people.utility(benefit) for benefit in scheme.benefits], axis=1)
    return ListSums.of(scheme.ranking, paid, people.utility(0.0), scheme.shares)


def _relief_sums(people: People, scheme: Scheme) -> ListSums:
    relief = np.stack([people.relief(alpha, scheme.benefit) for alpha in ALPHAS], axis=1)
    return ListSums.of(scheme.ranking, relief, np.zeros(len(relief)), np.repeat(scheme.share, len(ALPHAS)))


def _tied_alike(one: Ranking, other: Ranking) -> Bools:
    """Tell which households, in the order of the sample, are tied with the same households in both rankings."""
    blocks = [ranking.unranked(ranking.block_of.astype(np.float64)).astype(np.intp) for ranking in (one, other)]
    first, second = (np.bincount(block)[block] for block in blocks)
    pairs = blocks[0] * (int(blocks[1].max()) + 1) + blocks[1]
    _, place, count = np.unique(pairs, return_inverse=True, return_counts=True)
    together = count[place]
    alike: Bools = (together == first) & (together == second)
    return alike


def _listed(ranking: Ranking, weights: Floats, share: float) -> Floats:
    """Return the chance of each household, in the order of the sample, to be on the list (replicates, households)."""
    cut = cut_list(ranking.blocks(weights), ListSize("share", share))
    return ranking.unranked(listed_share(ranking.block_of, cut))


def exact(people: People, start: float) -> Equal:
    """Return the way to find uniform transfers of equal worth by root finding."""

    def equal(weights: Floats, levels: Floats) -> Floats:
        rows = []
        for weight, targets in zip(weights, levels, strict=True):
            level_of = _level_by_transfer(people, weight)
            rows.append([transfer_to_all(level_of, float(target), start) for target in targets])
        return np.array(rows)

    return equal


def _level_by_transfer(people: People, weight: Floats) -> Callable[[float], float]:
    persons = (weight @ people.members).reshape(1)

    def level_of(paid: float) -> float:
        return people.equal_consumption(persons, (weight @ people.utility(paid)).reshape(1, 1)).item()

    return level_of


def from_grid(people: People, start: float, around: Floats) -> Equal:
    """Return the way to read uniform transfers of equal worth off a grid that reaches far `around` those of the data.

    `start` is one point of the grid. Beyond the grid there is no answer but NaN.
    """
    known = around[np.isfinite(around)] / start
    reach = np.clip([known.min(initial=1) / BEYOND, known.max(initial=1) * BEYOND], 1 / FURTHEST, FURTHEST)
    first, last = np.log(reach) / np.log(STEP)
    transfers = np.r_[0.0, start * STEP ** np.arange(np.floor(first), np.ceil(last) + 1)]
    utility = np.stack([people.utility(transfer) for transfer in transfers], axis=1)

    def equal(weights: Floats, levels: Floats) -> Floats:
        rows = zip(people.equal_consumption(weights @ people.members, weights @ utility), levels, strict=True)
        return np.stack([_read_off(transfers, reached, wanted) for reached, wanted in rows])

    return equal


def _read_off(transfers: Floats, reached: Floats, wanted: Floats) -> Floats:
    """Interpolate the transfer that leads to each wanted level, staying monotone; NaN outside, and where none rises."""
    rising = np.r_[True, reached[1:] > np.maximum.accumulate(reached)[:-1]]
    if rising.sum() < 2:
        return np.full(len(wanted), np.nan)
    found: Floats = PchipInterpolator(reached[rising], transfers[rising], extrapolate=False)(wanted)
    return found

"""What schemes do to poverty and welfare, and what that is worth in money, for many weightings of the same people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.interpolate import PchipInterpolator

from graduation.evaluate.columns import Floats
from graduation.evaluate.inputs import Sample
from graduation.evaluate.listsums import ListSums
from graduation.evaluate.poverty import transfer_to_all
from graduation.evaluate.quota import ListSize
from graduation.evaluate.ranking import Ranking, cut_list, listed_share
from graduation.evaluate.schemes import ALPHAS, SAME, WELFARE, People, Scheme

FGT = tuple(f"fgt{alpha}_{when}" for when in ("before", "after", "reduction") for alpha in ALPHAS)
MONEY = ("money_equivalent", "money_multiple")
OPTIMUM = ("optimal_share", "optimal_money_equivalent", "optimal_money_multiple")
METRICS = ("cgh_ratio", *FGT, "welfare", *MONEY, *OPTIMUM)
MONEY_EQUIVALENTS = [METRICS.index("money_equivalent"), METRICS.index("optimal_money_equivalent")]
# Each transfer of the grid is this much larger than the one before; the grid goes far beyond what the data show.
STEP, BEYOND = 1.15, 100.0

# From weights (replicates, households) and gains in utility (replicates, n): the uniform transfers of equal gain.
Equal: TypeAlias = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Worth:
    """Schemes on the same people, with all that no weighting changes worked out once."""

    people: People
    households: float  # sum of the weights of the data
    budget: float
    poorest: float
    schemes: tuple[Scheme, ...]
    sums: tuple[ListSums, ...]  # per scheme: utility gained at each length, then the three reliefs at the chosen one
    richness: Ranking  # the poorest first

    @classmethod
    def of(cls, sample: Sample, people: People, schemes: list[Scheme], budget: float, poorest: float) -> Worth:
        return cls(
            people=people,
            households=float(sample.weight.sum()),
            budget=budget,
            poorest=poorest,
            schemes=tuple(schemes),
            sums=tuple(_sums_of(people, scheme) for scheme in schemes),
            richness=Ranking.of(-sample.amounts[WELFARE], sample.outcome),
        )

    def measure(self, weights: Floats, equal: Equal) -> Floats:
        """Return all metrics (replicates, schemes, metrics); draws are scaled to the population of the data."""
        scaled = weights * (self.households / weights.sum(axis=1))[:, None]
        sums = [part.sums(scaled) for part in self.sums]
        gains = np.stack([part[:, scheme.chosen] for part, scheme in zip(sums, self.schemes, strict=True)], axis=1)
        best_share, best_gains = self._best(sums)
        found = [
            self._reaching_poorest(scaled)[..., None],
            self._poverty(scaled, np.stack([part[:, -len(ALPHAS) :] for part in sums], axis=1)),
            ((scaled @ self.people.utility(0.0))[:, None] + gains)[..., None],
            self._money(equal, scaled, gains),
            best_share[..., None],
            self._money(equal, scaled, best_gains),
        ]
        return np.concatenate(found, axis=2)

    def _best(self, sums: list[Floats]) -> tuple[Floats, Floats]:
        """Return the list share of the highest welfare, and its gain (replicates, schemes); of equals the shortest."""
        shares, most = [], []
        for scheme, part in zip(self.schemes, sums, strict=True):
            gains = part[:, : len(scheme.shares)]
            most.append(gains.max(axis=1))
            shares.append(scheme.shares[np.argmax(gains >= (1 - SAME) * most[-1][:, None], axis=1)])
        found = np.stack(shares, axis=1)
        # At rho 0 money is worth the same to everybody: no list is better than another.
        return (found if self.people.rho > 0 else np.full_like(found, np.nan)), np.stack(most, axis=1)

    def _money(self, equal: Equal, weights: Floats, gains: Floats) -> Floats:
        total = equal(weights, gains) * self.households
        return np.stack([total, total / self.budget], axis=2)

    def _poverty(self, weights: Floats, relief: Floats) -> Floats:
        """Return FGT before, after and the reduction (replicates, schemes, 9) as means over everybody."""
        everybody = (weights @ self.people.members)[:, None, None]
        each = np.stack([self.people.poverty(alpha, 0.0) for alpha in ALPHAS], axis=1)
        before = (weights @ each)[:, None, :] / everybody
        reduction = relief / everybody
        # Where all are lifted, what is left of the difference is rounding.
        after = np.maximum(before - reduction, 0.0)
        return np.concatenate([np.broadcast_to(before, after.shape), after, reduction], axis=2)

    def _reaching_poorest(self, weights: Floats) -> Floats:
        """Return the CGH ratio (replicates, schemes)."""
        persons = weights * self.people.members
        weight_of_poorest = weights * _listed(self.richness, persons, self.poorest)
        found = []
        for scheme in self.schemes:
            reached = np.einsum("rh,rh->r", weight_of_poorest, _listed(scheme.ranking, weights, scheme.share))
            found.append(reached / (scheme.share * self.households) / self.poorest)
        return np.stack(found, axis=1)


def _sums_of(people: People, scheme: Scheme) -> ListSums:
    gains = [people.gain(benefit) for benefit in scheme.benefits]
    relief = [people.relief(alpha, scheme.benefit) for alpha in ALPHAS]
    lengths = np.r_[scheme.shares, np.repeat(scheme.share, len(ALPHAS))]
    return ListSums.of(scheme.ranking, np.stack([*gains, *relief], axis=1), lengths)


def _listed(ranking: Ranking, weights: Floats, share: float) -> Floats:
    """Return the chance of each household, in the order of the sample, to be on the list (replicates, households)."""
    cut = cut_list(ranking.blocks(weights), ListSize("share", share))
    return ranking.unranked(listed_share(ranking.block_of, cut))


def exact(people: People, start: float) -> Equal:
    """Return the way to find uniform transfers of equal worth by root finding."""
    before = people.utility(0.0)

    def equal(weights: Floats, gains: Floats) -> Floats:
        rows = []
        for weight, targets in zip(weights, gains, strict=True):
            gain_of = lambda paid, weight=weight: float(weight @ (people.utility(paid) - before))  # noqa: E731
            rows.append([transfer_to_all(gain_of, float(target), start) for target in targets])
        return np.array(rows)

    return equal


def from_grid(people: People, start: float, around: Floats) -> Equal:
    """Return the way to read uniform transfers of equal worth off a grid that reaches far `around` those of the data.

    `start` is one point of the grid. Beyond the grid there is no answer but NaN.
    """
    ends = np.log([np.nanmin(around) / BEYOND / start, np.nanmax(around) * BEYOND / start]) / np.log(STEP)
    transfers = start * STEP ** np.arange(np.floor(min(ends[0], 0)), np.ceil(max(ends[1], 0)) + 1)
    gains = np.stack([people.gain(transfer) for transfer in transfers], axis=1)

    def equal(weights: Floats, targets: Floats) -> Floats:
        rows = zip(weights @ gains, targets, strict=True)
        return np.stack([_read_off(transfers, gained, wanted) for gained, wanted in rows])

    return equal


def _read_off(transfers: Floats, gained: Floats, wanted: Floats) -> Floats:
    """Interpolate between logarithms, where the curve is nearly straight; it stays monotone."""
    # High up, utility is so flat that two transfers may gain the same.
    rising = np.flatnonzero(np.r_[True, gained[1:] > np.maximum.accumulate(gained)[:-1]])
    curve = PchipInterpolator(np.log(gained[rising]), np.log(transfers[rising]), extrapolate=False)
    found: Floats = np.exp(curve(np.log(wanted)))
    return found

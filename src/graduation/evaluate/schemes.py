"""Who is paid, in which order and how much, by each method and reference; and what a payment changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graduation.evaluate.columns import Floats
from graduation.evaluate.inputs import Sample
from graduation.evaluate.poverty import crra_utility, equal_consumption, shortfall
from graduation.evaluate.ranking import Ranking

if TYPE_CHECKING:
    from graduation.evaluate.transfer import Transfer

WELFARE, SIZE = "welfare", "size"
UNIVERSAL, PERFECT, RANDOM = "universal", "perfect", "random"
REFERENCES = (UNIVERSAL, PERFECT, RANDOM)
ALPHAS = (0, 1, 2)
# Closer where lists are short, because there the benefit of each changes fastest with the length.
LIST_SHARES = np.r_[0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, np.arange(0.2, 1.01, 0.05)].round(3)
# Lengths of a list closer than this are one, and gains closer than this part of them are equal.
SAME = 1e-9


@dataclass(frozen=True)
class People:
    """Households with their members: what they live on before the transfer, and what a payment changes.

    Everything is per household and summed over its members, ready for the weights of households.
    """

    welfare: Floats  # per member
    members: Floats
    line: float
    rho: float

    def living_on(self, paid: float) -> Floats:
        """Return welfare per member when each household is paid this."""
        return self.welfare + paid / self.members

    def utility(self, paid: float) -> Floats:
        return self.members * crra_utility(self.living_on(paid), self.rho)

    def equal_consumption(self, persons: Floats, utility: Floats) -> Floats:
        """Return what each of so many `persons` would need for this sum of utility (replicates, n), were all alike."""
        return equal_consumption(utility / persons[:, None], self.rho)

    def poverty(self, alpha: int, paid: float) -> Floats:
        return self.members * shortfall(self.living_on(paid), self.line, alpha)

    def relief(self, alpha: int, paid: float) -> Floats:
        """Return the poverty that a payment takes away."""
        return self.poverty(alpha, 0.0) - self.poverty(alpha, paid)


@dataclass(frozen=True)
class Scheme:
    """One way to spend the budget, for lists of several lengths."""

    name: str
    ranking: Ranking
    shares: Floats  # of the weighted households on the list, ascending
    benefits: Floats  # of each listed household, at each length
    chosen: int  # the place of the length asked for
    screened: bool  # whether part of the budget goes into screening

    @property
    def share(self) -> float:
        return float(self.shares[self.chosen])

    @property
    def benefit(self) -> float:
        return float(self.benefits[self.chosen])


def schemes_of(sample: Sample, methods: Iterable[str], transfer: Transfer, share: float) -> list[Scheme]:
    """Return the methods, then the references; only who is ranked by what is learned of households costs screening."""
    each = transfer.budget / float(sample.weight.sum())
    shares = np.sort(np.r_[LIST_SHARES[np.abs(LIST_SHARES - share) > SAME], share])
    nothing_known = np.zeros(len(sample.weight))
    screened = {name: sample.scores[name] for name in methods} | {PERFECT: -sample.amounts[WELFARE]}

    def scheme(name: str, score: Floats, lengths: Floats, cost: float | None = None) -> Scheme:
        benefits = (each - (cost or 0.0)) / lengths
        chosen = int(np.argmin(np.abs(lengths - share)))
        return Scheme(name, Ranking.of(score, sample.outcome), lengths, benefits, chosen, cost is not None)

    found = {name: scheme(name, score, shares, transfer.screening_cost) for name, score in screened.items()}
    found[UNIVERSAL] = scheme(UNIVERSAL, nothing_known, np.ones(1))
    found[RANDOM] = scheme(RANDOM, nothing_known, shares)
    return [found[name] for name in (*methods, *REFERENCES)]

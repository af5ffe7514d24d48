"""Which concepts are a household's reasons: the strongest, in an order that the file does not decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graduation.errors import UsageError
from graduation.explain.concepts import Concept

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int16]
NOBODY = -1
# A concept's sum of rounding errors is no reason; nor would it be one of such a size.
LEAST = 1e-6
# Rows that are ranked at once: what they need stays near the processor.
BLOCK = 8_192


@dataclass(frozen=True)
class Ranked:
    """The reasons of households, strongest first.

    Attributes
    ----------
    concept : ndarray of int, shape (n, k)
        Index of the concept, -1 where a household has fewer reasons.
    contribution : ndarray of float, shape (n, k)
        Of the concept to the log-odds of risk; NaN where there is no reason.
    told : ndarray of int, shape (n, k)
        Index of the feature that tells the reason: that with the largest part in it; -1 where there is none.
    """

    concept: Places
    contribution: Floats
    told: Places


class Ranking:
    """Sums contributions of features to concepts and picks the strongest.

    Parameters
    ----------
    features : sequence of str
    concepts : sequence of Concept
        Each feature in one of them.
    top : int
        Reasons per household.
    both : bool
        Also what lowers the risk; by default only what raises it.

    Attributes
    ----------
    concept_of : ndarray of int, shape (p,)
        The concept of each feature.
    """

    def __init__(
        self, features: Sequence[str], concepts: Sequence[Concept], *, top: int = 5, both: bool = False
    ) -> None:
        if top < 0:
            raise UsageError(f"top is {top}; expected 0 or more reasons")
        place = {name: position for position, name in enumerate(features)}
        self.members = [np.array([place[name] for name in concept.features]) for concept in concepts]
        self.first = np.array([members[0] for members in self.members], dtype=np.int16)
        self.concept_of = np.empty(len(place), dtype=np.int16)
        for number, members in enumerate(self.members):
            self.concept_of[members] = number
        self.top, self.both = min(top, len(concepts)), both

    def sums(self, contributions: Floats) -> Floats:
        """Return contributions of concepts (n, c) from those of features (n, p), 0 where one is not used."""
        found = np.take(contributions, self.first, axis=1)
        for concept, members in enumerate(self.members):
            for feature in members[1:]:
                found[:, concept] += contributions[:, feature]
        return found

    def __call__(self, contributions: Floats) -> Ranked:
        """Return the reasons of contributions (n, p), whose features a household's pathway does not use being 0.

        Equally strong ones keep the order of the concepts. Rows do not look at one another.
        """
        shape = (len(contributions), self.top)
        ranked = Ranked(np.empty(shape, np.int16), np.empty(shape), np.empty(shape, np.int16))
        for start in range(0, len(contributions), BLOCK):
            rows = slice(start, start + BLOCK)
            self._rank(contributions[rows], ranked.concept[rows], ranked.contribution[rows], ranked.told[rows])
        return ranked

    def told_by(self, concept: Places, contribution: Floats, contributions: Floats | None = None) -> Places:
        """Return the feature (n, k) that tells each reason: its strongest, or its first where parts are not known."""
        told = self.first[concept]
        if contributions is not None:
            for number, members in enumerate(self.members):
                if len(members) > 1:
                    rows, places = np.nonzero(concept == number)
                    parts = contributions[rows[:, None], members] * np.sign(contribution[rows, places])[:, None]
                    told[rows, places] = members[parts.argmax(axis=1)]
        told[concept == NOBODY] = NOBODY
        return np.asarray(told)

    def _rank(self, contributions: Floats, concept: Places, contribution: Floats, told: Places) -> None:
        sums = self.sums(contributions)
        strength = np.abs(sums) if self.both else sums.copy()
        row = np.arange(len(sums))
        for place in range(self.top):
            found = strength.argmax(axis=1)
            weak = strength[row, found] <= LEAST
            concept[:, place] = np.where(weak, NOBODY, found)
            contribution[:, place] = np.where(weak, np.nan, sums[row, found])
            strength[row, found] = -np.inf
        told[:] = self.told_by(concept, contribution, contributions)

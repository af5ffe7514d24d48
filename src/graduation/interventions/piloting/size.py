"""How many households or villages a trial needs, and what it can show with those it has."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import nctdtr, ndtri, stdtrit

from graduation.errors import UsageError


@dataclass(frozen=True)
class PilotTarget:
    """What a trial should be able to show.

    Attributes
    ----------
    smallest_effect : float
        The smallest difference between an arm and the control that would matter, in units of the outcome.
    outcome_sd : float, optional
        Standard deviation of the outcome between households; without it, `smallest_effect` is in standard deviations.
    power : float
        Chance to find that effect of an arm.
    level : float
        Chance to find any effect where there is none, over all arms together.
    icc : float
        Share of the variance of the outcome that lies between clusters.
    attrition : float
        Share of households whose outcome will not be known.
    r2 : float
        Share of the variance of the outcome that is known from before the trial.
    outcome : str
        What is measured, for the plan.
    """

    smallest_effect: float
    outcome_sd: float | None = None
    power: float = 0.8
    level: float = 0.05
    icc: float = 0.0
    attrition: float = 0.0
    r2: float = 0.0
    outcome: str = "log welfare"

    def __post_init__(self) -> None:
        """Refuse figures that cannot be, all at once."""
        checks = {
            "smallest_effect and outcome_sd above 0": self.smallest_effect > 0 and self.sd > 0,
            "level between 0 and 0.5": 0 < self.level < 0.5,
            "power between level and 1": self.level < self.power < 1,
            "icc from 0 to 1": 0 <= self.icc <= 1,
            "attrition from 0 to below 1": 0 <= self.attrition < 1,
            "r2 from 0 to below 1": 0 <= self.r2 < 1,
        }
        wrong = [wanted for wanted, holds in checks.items() if not holds]
        if wrong:
            raise UsageError(f"PilotTarget needs {'; '.join(wrong)}; icc, attrition and r2 are shares")

    @property
    def sd(self) -> float:
        """Standard deviation of the outcome, 1 where effects are in standard deviations."""
        return 1.0 if self.outcome_sd is None else self.outcome_sd


@dataclass(frozen=True)
class Design:
    """What a comparison of one of `n_arms` arms with the control rests on: units of mean `size` that vary by `cv`."""

    target: PilotTarget
    n_arms: int
    size: float = 1.0
    cv: float = 0.0

    @property
    def inflation(self) -> float:
        """Factor by which clusters enlarge the variance.

        References
        ----------
        Eldridge, Ashby & Kerry (2006), International Journal of Epidemiology 35, for clusters of unequal size.
        """
        kept = self.size * (1 - self.target.attrition)
        return 1 + max((1 + self.cv**2) * kept - 1, 0) * self.target.icc

    def error(self, units: int) -> float:
        """Return the standard error of a difference between two arms of so many units each."""
        target, kept = self.target, units * self.size * (1 - self.target.attrition)
        return target.sd * math.sqrt(2 * (1 - target.r2) * self.inflation / kept)

    def power(self, units: int, effect: float) -> float:
        """Return the chance that a two-sided t-test, its level shared by the arms, finds an effect."""
        freedom = 2 * units - 2
        cut = float(stdtrit(freedom, 1 - self.target.level / (2 * self.n_arms)))
        missed = float(nctdtr(freedom, effect / self.error(units), cut))
        # Effects past some 36 standard errors underflow to nan: they are not missed.
        return 1.0 if math.isnan(missed) else 1 - missed

    def units(self) -> int:
        """Return the smallest number of units per arm that has the power wanted."""
        target = self.target
        # Twice the target in a normal approximation is past the answer, or is doubled until it is.
        reach = float(ndtri(1 - target.level / (2 * self.n_arms)) + ndtri(target.power))
        high = max(2, math.ceil(2 * (reach * self.error(1) / target.smallest_effect) ** 2))
        while self.power(high, target.smallest_effect) < target.power:
            high *= 2
        low = 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(middle, target.smallest_effect) >= target.power else (middle, high)
        return high

    def detectable(self, units: int) -> float:
        """Return the smallest effect found with the power wanted, rounded up to three digits.

        References
        ----------
        Bloom (1995), Minimum detectable effects, Evaluation Review 19.
        """
        error = self.error(units)
        exact = brentq(lambda effect: self.power(units, effect) - self.target.power, 0, 1_000 * error)
        place = 10.0 ** (math.floor(math.log10(exact)) - 2)
        return float(f"{np.ceil(exact / place + 1e-6) * place:.6g}")

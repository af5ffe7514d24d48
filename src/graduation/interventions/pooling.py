"""Effects of several studies put together, with how far a further place may differ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq


class Pooled(NamedTuple):
    """Mean of random effects, its standard error, and the standard deviation of true effects between places."""

    mean: float
    standard_error: float
    between_sd: float


def random_effects(effects: np.ndarray, sds: np.ndarray) -> Pooled:
    """Return the random-effects mean of `effects` (k,) with standard errors `sds` (k,), all above 0.

    The variance between studies is that of Paule and Mandel: the one at which the weighted sum of squares about the
    mean equals its expectation, k - 1; 0 where the studies differ no more than their errors say.

    References
    ----------
    Paule & Mandel (1982), Journal of Research of the National Bureau of Standards 87; recommended by Veroniki et al.
    (2016), Research Synthesis Methods 7.

    Examples
    --------
    >>> [round(figure, 3) for figure in random_effects(np.array([0.1, 0.1]), np.array([0.05, 0.05]))]
    [0.1, 0.035, 0.0]
    >>> round(random_effects(np.array([0.0, 0.2]), np.array([0.01, 0.01])).between_sd, 3)
    0.141
    """
    effects, variances = np.asarray(effects, dtype=float), np.asarray(sds, dtype=float) ** 2

    def mean(between: float) -> tuple[float, float]:
        weights = 1 / (variances + between)
        return float(weights @ effects / weights.sum()), float(1 / weights.sum())

    def excess(between: float) -> float:
        centre = mean(between)[0]
        return float(((effects - centre) ** 2 / (variances + between)).sum()) - (len(effects) - 1)

    between = 0.0
    if len(effects) > 1 and excess(0.0) > 0:
        # About any centre, the sum of squares over k - 1 is as large as the variance between can be.
        between = float(brentq(excess, 0.0, float(((effects - effects.mean()) ** 2).sum()) + variances.max()))
    centre, variance = mean(between)
    return Pooled(centre, float(np.sqrt(variance)), float(np.sqrt(between)))

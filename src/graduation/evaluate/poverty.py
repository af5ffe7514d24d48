"""Poverty and welfare in plain numbers: FGT, CRRA utility, the CGH ratio, the uniform transfer of equal worth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from graduation.errors import UsageError
from graduation.evaluate.columns import Floats

# Who is lifted to within this part of the line stands on it: what is missing is rounding.
AT_LINE = 1e-9
# So near to rho 1 powers lose their digits, and the logarithm is as good.
NEAR_LOG = 1e-8
MOST_DOUBLINGS = 200


def shortfall(welfare: npt.ArrayLike, line: float, alpha: float) -> Floats:
    """Return ((line - welfare) / line) ** alpha of each who is under the line, 0 of all others."""
    gap = (line - np.asarray(welfare, dtype=np.float64)) / line
    under = gap > AT_LINE
    return np.where(under, np.where(under, gap, 1.0) ** alpha, 0.0)


def fgt(welfare: npt.ArrayLike, line: float, alpha: float, weight: npt.ArrayLike | None = None) -> float:
    """Return the poverty measure of Foster, Greer & Thorbecke (1984), Econometrica 52(3).

    The weighted mean over everybody, poor or not: 0 is the headcount share, 1 the mean gap as a share of the line, 2
    the mean squared gap. It is no total of money.

    Examples
    --------
    >>> fgt([2, 5, 10, 20], line=10, alpha=0), fgt([2, 5, 10, 20], line=10, alpha=1)
    (0.5, 0.325)
    """
    if not line > 0 or not alpha >= 0:
        raise UsageError(f"line is {line!r} and alpha {alpha!r}; expected a line above 0 and an alpha of 0 or more")
    lives_on = _amounts("welfare", welfare)
    weights = np.ones(len(lives_on)) if weight is None else _amounts("weight", weight, len(lives_on))
    return float(np.average(shortfall(lives_on, line, alpha), weights=weights))


def _amounts(name: str, values: npt.ArrayLike, size: int | None = None) -> Floats:
    """Return finite numbers of 0 or more, not all 0 where they are to be divided by, or say what is wrong."""
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers) or (size is not None and len(numbers) != size):
        expected = "one number per household" if size is None else f"{size:,} numbers, one per household"
        raise UsageError(f"{name} has the shape {numbers.shape}; expected {expected}")
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))  # NaN is no amount either
    if wrong.any():
        first = numbers[wrong][0]
        raise UsageError(
            f"{int(wrong.sum()):,} values of {name} refused, the first {first}; expected numbers of 0 or more"
        )
    if size is not None and not numbers.any():
        raise UsageError(f"all values of {name} are 0; expected some above 0")
    return numbers


def is_unbounded_at_0(rho: float) -> bool:
    """Return whether utility falls without bound as consumption falls to 0: from rho 1 on."""
    return rho > 1 - NEAR_LOG


def crra_utility(y: npt.ArrayLike, rho: float) -> Floats:
    """Return y ** (1 - rho) / (1 - rho), or log(y) at rho 1: the higher rho, the more a gain of the poorest counts.

    Examples
    --------
    >>> crra_utility([1, 2], rho=3).tolist()
    [-0.5, -0.125]
    """
    consumption = np.asarray(y, dtype=np.float64)
    unbounded = is_unbounded_at_0(rho)
    # Written so that NaN is refused too.
    if not rho >= 0 or not (consumption > 0 if unbounded else consumption >= 0).all():
        least = "above 0" if unbounded else "of 0 or more"
        raise UsageError(f"utility at rho {rho!r} is defined for consumption {least} and a rho of 0 or more")
    if abs(rho - 1) < NEAR_LOG:
        return np.log(consumption)
    utility: Floats = consumption ** (1 - rho) / (1 - rho)
    return utility


def equal_consumption(utility: npt.ArrayLike, rho: float) -> Floats:
    """Return the consumption that has this utility: of a mean utility, what all would need to be as well off alike.

    Examples
    --------
    >>> equal_consumption([-0.5, -0.125], rho=3).tolist()
    [1.0, 2.0]
    """
    mean = np.asarray(utility, dtype=np.float64)
    if abs(rho - 1) < NEAR_LOG:
        return np.exp(mean)
    consumption: Floats = ((1 - rho) * mean) ** (1 / (1 - rho))
    return consumption


def cgh_ratio(
    welfare: npt.ArrayLike, benefit: npt.ArrayLike, poorest: float, weight: npt.ArrayLike | None = None
) -> float:
    """Return the share of benefits that reaches the poorest, over their share of the population.

    1 is neutral, 1 / `poorest` the most there can be. `benefit` is per unit of `weight`, so per person where persons
    are counted. Who stands at the end of the poorest on equal welfare counts in part (Coady, Grosh & Hoddinott 2004).

    Examples
    --------
    >>> cgh_ratio([1, 2, 3, 4], benefit=[5, 0, 5, 0], poorest=0.25)
    2.0
    """
    if not 0 < poorest < 1:
        raise UsageError(f"poorest is {poorest!r}; expected a share between 0 and 1, such as 0.2")
    level, place = np.unique(_amounts("welfare", welfare), return_inverse=True)
    each = np.ones(len(place)) if weight is None else _amounts("weight", weight, len(place))
    people = np.bincount(place, each, len(level))
    paid = np.bincount(place, each * _amounts("benefit", benefit, len(place)), len(level))
    before = np.cumsum(people) - people
    left = np.clip(poorest * people.sum() - before, 0, people)
    among = np.divide(left, people, out=np.zeros_like(left), where=people > 0)
    return float(among @ paid / paid.sum() / poorest)


def transfer_to_all(level_of: Callable[[float], float], target: float, start: float) -> float:
    """Return the uniform transfer c at which ``level_of(c)`` is `target`; NaN where there is none above 0.

    `level_of` must rise with the transfer; `start` is any transfer above 0 to begin the search at.
    """
    if level_of(0.0) >= target:
        return float("nan")
    high = start
    for _ in range(MOST_DOUBLINGS):
        if level_of(high) >= target:
            found = brentq(lambda c: level_of(c) - target, 0.0, high, xtol=1e-14 * high, rtol=1e-13, maxiter=500)
            return float(found)
        high *= 2
    return float("nan")

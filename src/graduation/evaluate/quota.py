"""How long the list is: a share of the population, a number, what a budget pays for, or as many as are extreme poor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from graduation.errors import UsageError
from graduation.evaluate.columns import Floats
from graduation.results import format_count

if TYPE_CHECKING:
    from graduation.evaluate.ranking import Blocks

COST = "cost"


@dataclass(frozen=True, eq=False)
class Budget:
    """A list as long as a budget pays for, from the highest risk down.

    Attributes
    ----------
    amount : float
        Money for the whole list, more than 0.
    cost : float or array-like, shape (n_households,)
        What one household on the list costs, or each of them, in the same currency; 0 or more. A household with weight
        w costs w times as much.

    Examples
    --------
    >>> from graduation import evaluate
    >>> found = evaluate([1, 0, 1, 0, 0], [0.9, 0.8, 0.6, 0.3, 0.1], quota=Budget(3_000_000, cost=1_500_000))
    >>> found.quota
    0.4
    """

    amount: float
    cost: float | npt.ArrayLike

    def __post_init__(self) -> None:
        if not _is_number(self.amount) or not 0 < self.amount < np.inf:
            raise UsageError(f"the amount of a budget is {self.amount!r}; expected money, more than 0")
        if _is_number(self.cost) and not 0 < float(self.cost) < np.inf:  # type: ignore[arg-type]
            raise UsageError(f"the cost of a household is {self.cost!r}; expected money, more than 0")


Quota: TypeAlias = float | int | Budget | None


@dataclass(frozen=True)
class ListSize:
    """A checked quota: of `kind` "poor", "share", "number" or "budget"; a budget counts a column of costs."""

    kind: str
    amount: float = np.nan
    budget: float | None = None  # the money behind a number

    @classmethod
    def of(cls, quota: Quota) -> ListSize:
        """Read a quota: None, a share as a float, a number of households as an int, or a `Budget`."""
        if quota is None:
            return cls("poor")
        if isinstance(quota, Budget):
            if _is_number(quota.cost):
                return cls("number", float(quota.amount) / float(quota.cost), float(quota.amount))  # type: ignore[arg-type]
            return cls("budget", float(quota.amount))
        if isinstance(quota, int | np.integer) and not isinstance(quota, bool) and quota > 0:
            return cls("number", float(quota))
        if isinstance(quota, float | np.floating) and 0 < quota <= 1:
            return cls("share", float(quota))
        raise UsageError(
            f"quota is {quota!r}; expected a share of the weighted population in (0, 1] as a float, a number of "
            "households as an int, a Budget, or None for as many as are extreme poor"
        )

    def refuse_excess(self, everybody: float, quota: Quota) -> None:
        """Refuse a number of households that there are not; a budget may pay for more than all."""
        if self.kind == "number" and not isinstance(quota, Budget) and self.amount > everybody * (1 + 1e-9):
            raise UsageError(
                f"quota is {format_count(self.amount)} households, over 100 % of the {format_count(everybody)} there "
                "are (the sum of the weights); give a smaller number, or a share"
            )

    def words(self) -> str:
        """Return what the length of the list follows from."""
        if self.budget is not None:
            return f"{format_count(self.amount)} households, what {format_count(self.budget)} pays for"
        return {
            "poor": "as large as the number of extreme poor, so both errors are equal",
            "share": f"{100 * self.amount:.1f} % as asked",
            "number": f"{format_count(self.amount)} households, in units of the weights",
            "budget": f"what {format_count(self.amount)} pays for",
        }[self.kind]

    def limit(self, blocks: Blocks) -> Floats:
        """Return what the list may hold in each replicate: weight, or money where costs differ."""
        if self.kind == "poor":
            return blocks.all_poor
        if self.kind == "share":
            return self.amount * blocks.everybody
        return np.full(len(blocks.everybody), self.amount)


def costs_of(quota: Quota) -> dict[str, npt.ArrayLike]:
    """Return the column of costs where each household has its own."""
    return {} if not isinstance(quota, Budget) or _is_number(quota.cost) else {COST: quota.cost}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)

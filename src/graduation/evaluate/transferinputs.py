"""Read welfare, scores and household sizes of a transfer; refuse what poverty and utility are not defined for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sized
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.evaluate.columns import SOURCE, Columns, Floats, named_scores
from graduation.evaluate.inputs import AMOUNT, Sample, read_sample
from graduation.evaluate.poverty import crra_utility, is_unbounded_at_0, shortfall
from graduation.evaluate.schemes import REFERENCES, SIZE, WELFARE, People
from graduation.results import format_count

if TYPE_CHECKING:
    from graduation.evaluate.inputs import Groups, Scores
    from graduation.evaluate.transfer import Transfer


def read_methods(scores: npt.ArrayLike | Scores) -> dict[str, npt.ArrayLike]:
    """Return score columns by name; one array alone is called "score"."""
    if not isinstance(scores, Mapping | pd.DataFrame):
        return {"score": scores}
    methods = named_scores(scores)
    taken = [name for name in methods if name in REFERENCES]
    if taken:
        raise UsageError(f"scores has a column '{taken[0]}', the name of a reference that is always added; rename it")
    return methods


def read_people(
    welfare: npt.ArrayLike,
    methods: dict[str, npt.ArrayLike],
    transfer: Transfer,
    size: npt.ArrayLike | None,
    **columns: npt.ArrayLike | Groups | None,
) -> tuple[Sample, People]:
    """Return the checked sample, its outcome under the line or not, and the people in it."""
    amounts = {WELFARE: welfare} | ({} if size is None else {SIZE: size})
    sample = read_sample(_under(welfare, transfer.line), methods, amounts=amounts, one_outcome=True, **columns)  # type: ignore[arg-type]
    _refuse_screening(transfer, float(sample.weight.sum()))
    members = sample.amounts.get(SIZE, np.ones(len(sample.weight)))
    problems = [*_problems_of_size(members), *_problems_of_utility(sample.amounts[WELFARE], transfer.rho)]
    if problems:
        raise DataError(SOURCE, problems)
    return sample, People(sample.amounts[WELFARE], members, transfer.line, transfer.rho)


def _refuse_screening(transfer: Transfer, households: float) -> None:
    """Refuse a budget that screening uses up."""
    cost = transfer.screening_cost * households
    if cost >= transfer.budget:
        raise UsageError(
            f"screening {format_count(households)} households (the sum of the weights) costs {format_count(cost)}, "
            f"and the budget is {format_count(transfer.budget)}: nothing is left to pay out; expected a budget for as "
            "many households as the weights sum to, in the period of welfare"
        )


def _under(welfare: npt.ArrayLike, line: float) -> npt.ArrayLike:
    """Return 1 under the line, else 0; values that are no welfare are refused later, with all other problems."""
    if not isinstance(welfare, Sized):
        raise UsageError(f"welfare is {welfare!r}; pass one value per household, such as a Series or an array")
    values = Columns.of(welfare).numbers(WELFARE, welfare, 0, math.inf, AMOUNT)
    if values is None:
        return np.zeros(len(welfare))
    under: Floats = shortfall(values, line, 0)
    index = getattr(welfare, "index", None)
    return pd.Series(under, index=index) if isinstance(index, pd.Index) else under


def _problems_of_size(members: Floats) -> list[Problem]:
    empty = int((members <= 0).sum())
    if not empty:
        return []
    remedy = "Correct the sizes, or set these households aside."
    return [Problem(f"{empty:,} households with no members", "a size above 0", remedy, SIZE)]


def _problems_of_utility(welfare: Floats, rho: float) -> list[Problem]:
    nothing = int((welfare <= 0).sum())
    if nothing and is_unbounded_at_0(rho):
        return [
            Problem(
                f"{nothing:,} households with welfare 0, whose utility at rho {rho:g} has no bound",
                "welfare above 0 at a rho of 1 or more",
                "Find out if 0 means not measured; set them aside, give a lowest welfare you can defend, or take a rho "
                "under 1.",
                WELFARE,
            )
        ]
    with np.errstate(over="ignore", under="ignore"):
        utility = crra_utility(welfare, rho)
    if np.isfinite(utility).all() and (rho <= 1 or (utility < 0).all()):
        return []
    return [
        Problem(
            f"utility at rho {rho:g} is beyond what the machine can hold",
            "welfare and rho of a size that can be reckoned with",
            "Take a lower rho, or a larger unit of money.",
            WELFARE,
        )
    ]

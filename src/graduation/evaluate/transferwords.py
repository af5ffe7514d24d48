"""The words of a transfer: what each figure is, what the references are, and what the reader must bear in mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from graduation.evaluate.columns import Floats
from graduation.evaluate.inputs import Sample
from graduation.evaluate.schemes import SIZE, WELFARE
from graduation.evaluate.worth import METRICS, Worth
from graduation.results import format_count

if TYPE_CHECKING:
    from graduation.evaluate.transfer import Transfer

# Welfare this small a part of the line carries most of the sum at a high rho, whether true or mismeasured.
HARDLY_ANYTHING = 0.05
SHOWN = {
    "cgh_ratio": "reach of the poorest (CGH)",
    "fgt0_after": "headcount after",
    "fgt1_after": "poverty gap after",
    "money_multiple": "worth in untargeted budgets",
    "optimal_share": "best share listed",
}
REFERENCES_ARE = (
    "References: 'universal' pays the same budget to every household alike, without screening; 'perfect' pays the "
    "poorest first by measured welfare and bears the screening cost; 'random' is a lottery as long as the list, in "
    "expectation and without screening."
)
SHARED = (
    "A large household shares its benefit among more members: 'perfect' is not the highest welfare there can be, and "
    "'universal' need not have a CGH ratio of 1."
)
TIES = (
    "Ties at the cut: a tied household is paid in full with the chance that is left, so its poverty and utility are "
    "those of being paid or not, averaged; nobody gets a part of a benefit."
)
LIMITS = (
    "Welfare is measured once and nobody changes behaviour: the benefit is consumed in full, prices stay, and error in "
    "measured welfare flatters 'perfect'."
)
OPTIMUM = (
    "The best share is the one with the highest welfare among fixed lengths of the list and the one asked for; it is "
    "chosen on the same households, so the worth there is a little too high."
)
NO_OPTIMUM = "At rho 0 money is worth the same to everybody: no share is better than another."
DRAWS = (
    "In every draw the list share and the benefits are those of the data, and the weights sum to "
    "the same number of households. Differences are method minus the other, from the same draws."
)


def remarks_of(sample: Sample, transfer: Transfer, worth: Worth, table: pd.DataFrame) -> list[str]:
    """Return units and denominators, the list, the references and the limits."""
    before = float(table.loc[table["metric"] == "fgt0_before", "estimate"].iloc[0])
    persons = SIZE in sample.amounts
    counted = "persons (weight x size)" if persons else "households by their weights"
    return [
        f"{len(sample.outcome):,} households, {int(sample.outcome.sum()):,} under the line of "
        f"{format_count(transfer.line)}; welfare, line and money are in one unit and period.",
        f"Headcount, gap and severity (FGT 0, 1, 2) count {counted} and are means over everybody: before the transfer "
        f"{100 * before:.1f} % are poor.",
        *_money(transfer, worth, ", shared among its members" if persons else ""),
        _poorest(transfer.poorest, before),
        OPTIMUM if transfer.rho > 0 else NO_OPTIMUM,
        REFERENCES_ARE,
        *([SHARED] if persons else []),
        TIES,
        LIMITS,
        *_warning(sample, transfer),
        DRAWS,
    ]


def _money(transfer: Transfer, worth: Worth, shared: str) -> list[str]:
    first, budget, used = worth.schemes[0], transfer.budget, transfer.screening_cost * worth.households
    return [
        f"Budget {format_count(budget)}, of which screening {format_count(used)} ({100 * used / budget:.1f} %).",
        f"List: {100 * first.share:.1f} % of {format_count(worth.households)} households, "
        f"{format_count(first.benefit)} for each on it{shared}.",
        f"Worth: the untargeted budget, the same for every household, that gives equal welfare (CRRA, rho "
        f"{transfer.rho:g}); 1 untargeted budget is {format_count(budget)}.",
    ]


def _poorest(share: float | None, headcount: float) -> str:
    """Say who the poorest are that the CGH ratio is about."""
    drawn = " (the headcount share, of each draw its own)" if share is None else ""
    poorest = headcount if share is None else share
    return (
        f"CGH ratio: share of the benefits that reaches the poorest {100 * poorest:.1f} %{drawn}, over that share; "
        "1 is neutral."
    )


def _warning(sample: Sample, transfer: Transfer) -> list[str]:
    few = int((sample.amounts[WELFARE] < HARDLY_ANYTHING * transfer.line).sum())
    if transfer.rho <= 1 or not few:
        return []
    return [
        f"{few:,} households live on less than {100 * HARDLY_ANYTHING:.0f} % of the line; at rho {transfer.rho:g} they "
        "carry most of welfare and its money equivalent: check how they were measured."
    ]


def undefined_of(methods: list[str], spread: Floats) -> dict[str, int]:
    """Return in how many draws each figure of a method has no value, where it has one in others."""
    counts = np.isnan(spread).sum(axis=0)
    cells = [(i, j) for i in range(len(methods)) for j in range(len(METRICS)) if 0 < counts[i, j] < len(spread)]
    return {f"{methods[i]}, {METRICS[j]}": int(counts[i, j]) for i, j in cells}

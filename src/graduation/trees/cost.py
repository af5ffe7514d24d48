"""What tables would take, told before they are built."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graduation.errors import ModelError, UsageError
from graduation.trees.layout import COST_OF_BIT, COST_OF_GROUP, Layout, lay_out
from graduation.trees.parsing import Forest, Integers

MEMORY = 512 << 20
# More bits a table leave the processor's nearest memory; fewer make many more tables. By measurement.
BITS = (12, 11, 10, 9, 8)
# A leaf alone may have a table of more bits: without one it is integrated for every row.
DEEPEST = (16, 14, 13, 12, 0)
AMOUNT, NUMBER = 4, 8
# Of an integrated leaf, for each pair of a feature and a node of the quadrature, beside a look-up. By measurement.
COST_OF_FACTOR = 0.3


class TooLarge(ModelError):
    """The tables of a forest would not fit in the memory they may take."""

    def __init__(self, needed: int, memory: int) -> None:
        super().__init__(
            f"tables of {needed / 1e6:,.0f} MB; expected at most {memory / 1e6:,.0f}. Allow more memory, or let "
            "LightGBM itself explain (pred_contrib)."
        )


def table_bytes(layout: Layout, terms: int) -> int:
    """Return the bytes of a layout's tables while they are built, and of leaves too deep for one, of so many terms."""
    kept, depth = ~layout.deep, np.diff(layout.bits)
    size = 2.0 ** depth[kept]
    tables = np.diff(layout.features)[kept] * size
    # Those of one size are made as numbers before they become amounts.
    most = np.bincount(depth[kept], tables).max(initial=0.0)
    # Each of half as many nodes as features has four numbers for each feature.
    deep = 2.0 * depth[~kept] ** 2 * np.minimum(terms, 2.0 ** depth[~kept])
    return int(AMOUNT * tables.sum() + NUMBER * (size.sum() + most + deep.sum()))


def work(layout: Layout, terms: int) -> float:
    """Return what a row costs, in look-ups; deep leaves are integrated for so many terms."""
    deep, depth = layout.deep, np.diff(layout.bits)
    looked_up = np.diff(layout.features) + COST_OF_GROUP + COST_OF_BIT * depth
    integrated = COST_OF_FACTOR * depth.astype(np.float64) ** 2 * np.minimum(terms, 2.0 ** np.minimum(depth, 62))
    return float(np.where(deep, integrated, looked_up).sum())


def affordable(forest: Forest, row: Integers, memory: int, background: int | None = None) -> Layout:
    """Return the layout of least work whose tables fit, against so many background rows or without any.

    Raises
    ------
    TooLarge
        When none fits.
    """
    if background == 0:
        raise UsageError("a background without rows; expected at least one")
    terms, least = background or 1, np.inf
    best: tuple[float, Layout] | None = None
    for bits in BITS:
        layout = lay_out(forest, row, bits)
        for deepest in DEEPEST:
            one = replace(layout, deep=np.diff(layout.bits) > max(bits, deepest))
            needed = table_bytes(one, terms)
            least = min(least, needed)
            if needed <= memory and (best is None or work(one, terms) < best[0]):
                best = work(one, terms), one
        if best is not None and not best[1].deep.any():
            # Smaller tables would only make more work.
            break
    if best is None:
        raise TooLarge(int(least), memory)
    return best[1]

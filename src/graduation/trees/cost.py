"""What tables would take, told before they are built."""

from __future__ import annotations

import numpy as np

from graduation.errors import ModelError, UsageError
from graduation.trees.layout import Layout, lay_out
from graduation.trees.parsing import Forest, Integers

MEMORY = 512 << 20
# More bits a table leave the processor's nearest memory; fewer make many more tables. By measurement.
BITS = (12, 11, 10, 9, 8)
# Against a background, a leaf without a table costs every row as much as the background has patterns: there, large
# tables are worth it while they fit.
DEEPEST = (16, 14, 13, 12, 0)
AMOUNT, NUMBER = 4, 8


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


def affordable(forest: Forest, row: Integers, memory: int, background: int | None = None) -> Layout:
    """Return the layout with the largest tables that fit, against so many background rows or without any.

    Raises
    ------
    TooLarge
        When none fits.
    """
    if background == 0:
        raise UsageError("a background without rows; expected at least one")
    for bits in BITS:
        for deepest in DEEPEST:
            layout = lay_out(forest, row, bits, deepest)
            needed = table_bytes(layout, background or 1)
            if needed <= memory:
                return layout
    raise TooLarge(needed, memory)

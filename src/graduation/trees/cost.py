"""What tables would take, told before they are built."""

from __future__ import annotations

import numpy as np

from graduation.errors import ModelError, UsageError
from graduation.trees.layout import Layout, lay_out
from graduation.trees.parsing import Forest, Integers

MEMORY = 512 << 20
# More bits a table leave the processor's nearest memory; fewer make many more tables. By measurement.
BITS = (11, 10, 9, 8)
NUMBER = 8


class TooLarge(ModelError):
    """The tables of a forest would not fit in the memory they may take."""

    def __init__(self, needed: int, memory: int) -> None:
        super().__init__(
            f"tables of {needed / 1e6:,.0f} MB; expected at most {memory / 1e6:,.0f}. Allow more memory, or let "
            "LightGBM itself explain (pred_contrib)."
        )


def table_bytes(layout: Layout) -> int:
    """Return the bytes of a layout's tables while they are built, in double precision."""
    kept = ~layout.deep
    size = np.int64(1) << np.diff(layout.bits)[kept]
    quadrature = 2 * (np.diff(layout.bits)[layout.deep] ** 2).sum()
    return int(NUMBER * ((size * (np.diff(layout.features)[kept] + 1)).sum() + quadrature))


def affordable(forest: Forest, row: Integers, memory: int) -> Layout:
    """Return the layout with the largest tables that fit.

    Raises
    ------
    TooLarge
        When none fits.
    """
    for bits in BITS:
        layout = lay_out(forest, row, bits)
        needed = table_bytes(layout)
        if needed <= memory:
            return layout
    raise TooLarge(needed, memory)


def refuse_background(layout: Layout, background: int, memory: int) -> None:
    """Refuse a background without rows, or one whose patterns, kept for leaves too deep for tables, would not fit."""
    if background == 0:
        raise UsageError("a background without rows; expected at least one")
    depth = np.diff(layout.bits)[layout.deep]
    needed = int(NUMBER * 2 * (depth**2 * np.minimum(background, 2.0**depth)).sum()) + table_bytes(layout)
    if needed > memory:
        raise TooLarge(needed, memory)

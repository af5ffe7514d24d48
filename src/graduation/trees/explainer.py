"""Scores and reasons of a booster: those of LightGBM to the last digits, many times faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numba
import numpy as np

from graduation.errors import UsageError
from graduation.trees import deep, kernel, plain
from graduation.trees.binning import Binning, Codes, Columns, search
from graduation.trees.cost import MEMORY, affordable
from graduation.trees.interventional import Background
from graduation.trees.kernel import Program
from graduation.trees.layout import Layout, starts
from graduation.trees.parsing import Floats, Forest, Integers
from graduation.trees.tables import PathDependent, Source, Tables, build

# Tables are read once a block: many rows share the reading, and what they are added to still stays near.
BLOCK = 16_384


@dataclass(frozen=True)
class Walk:
    """All that one walk through the trees tells.

    Attributes
    ----------
    raw : ndarray of shape (n,)
    sums : ndarray of shape (n_spans, n)
    amounts : ndarray of shape (n, n_features)
        Contributions, column after column in memory: a row's sum and the base are its raw score.
    base : float
    """

    raw: Floats
    sums: Floats
    amounts: Floats
    base: float


@dataclass(frozen=True)
class Explainer:
    """A forest made ready to score and explain rows.

    Attributes
    ----------
    forest : Forest
    binning : Binning
    layout : Layout
    program : Program
    tables : Tables
    base : float
        What contributions start from: the raw score of an average training row, or of the background rows.
    threads : int
        The result is the same for any number.
    compiled : bool
        Whether numba's kernel does the work, or numpy.
    """

    forest: Forest
    binning: Binning
    layout: Layout
    program: Program
    tables: Tables
    base: float
    threads: int = 1
    compiled: bool = True

    @classmethod
    def of(
        cls,
        forest: Forest,
        *,
        background: Columns | None = None,
        threads: int = 1,
        compiled: bool | None = None,
        memory: int = MEMORY,
    ) -> Explainer:
        """Build the tables of a forest.

        Parameters
        ----------
        forest : Forest
        background : matrix (m, n_features) or sequence of columns, optional
            With it, contributions are interventional, against these rows; without, path-dependent as LightGBM's.
        threads : int
        compiled : bool, optional
            By default numba's kernel does the work, or numpy where ``NUMBA_DISABLE_JIT`` is set.
        memory : int
            Most bytes of tables.

        Raises
        ------
        TooLarge
            When the tables would take more memory.
        """
        compiled = not numba.config.DISABLE_JIT if compiled is None else compiled
        binning = Binning.of(forest)
        codes = None if background is None else binning.codes(background, kernel.search if compiled else search)
        layout = affordable(forest, binning.splits.row, memory, None if codes is None else codes.shape[1])
        averages = _averages(forest)
        # What all leaves of a tree share contributes nothing, but would take digits.
        differences = forest.leaf_value - np.repeat(averages, forest.n_leaves)
        if codes is None:
            source: Source = PathDependent(layout.pairs, differences)
            base = float(averages.sum())
        else:
            source = Background.of(layout, differences, binning.splits, codes)
            base = 0.0
        tables = build(layout, forest.leaf_value, source, kernel.add if compiled else plain.add)
        program = _program(forest, binning, layout, tables, deep.factors_of(layout, forest.leaf_value, source))
        made = cls(forest, binning, layout, program, tables, base, threads, compiled)
        return made if background is None else replace(made, base=float(made.raw(background).mean()))

    def raw(self, columns: Columns) -> Floats:
        """Return raw scores (n,), equal to `Booster.predict(raw_score=True)` bit by bit."""
        return self.sums(columns, [])[0]

    def sums(self, columns: Columns, spans: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """Return raw scores (n,) and those of spans of trees alone (n_spans, n); a span is its first tree and count."""
        size = self.binning.size(columns)
        raw, sums = np.zeros(size), np.zeros((len(spans), size))
        span = self._span_of_tree(spans)

        def work(rows: slice, codes: Codes) -> None:
            self._walk(codes, span, raw[rows], sums[:, rows], np.zeros((0, codes.shape[1])))

        self._each(work, columns)
        return raw, sums

    def contributions(self, columns: Columns) -> tuple[Floats, float]:
        """Return contributions (n, n_features) and the base value; a row's sum and the base are its raw score."""
        return self.walk(columns).amounts, self.base

    def walk(self, columns: Columns, spans: Sequence[Sequence[int]] = ()) -> Walk:
        """Return raw scores, those of spans of trees alone and contributions, in one pass."""
        rows, features = self.binning.size(columns), self.forest.n_features
        found = Walk(np.zeros(rows), np.zeros((len(spans), rows)), np.zeros((features, rows)).T, self.base)
        span = self._span_of_tree(spans)

        def work(part: slice, codes: Codes) -> None:
            amounts = np.zeros(codes.shape)
            self._walk(codes, span, found.raw[part], found.sums[:, part], amounts)
            found.amounts[part, self.binning.used] = amounts.T

        self._each(work, columns)
        return found

    def _walk(self, codes: Codes, span: Integers, raw: Floats, sums: Floats, amounts: Floats) -> None:
        walk = kernel.walk if self.compiled else plain.walk
        # The compiled kernel knows arrays of one layout only.
        own = np.zeros(sums.shape)
        walk(self.program, codes, span, raw, own, amounts)
        sums[:] = own

    def _each(self, work: Callable[[slice, Codes], None], columns: Columns) -> None:
        rows = self.binning.size(columns)
        blocks = [slice(start, min(start + BLOCK, rows)) for start in range(0, rows, BLOCK)]

        def one(block: slice) -> None:
            part = columns[block] if isinstance(columns, np.ndarray) else [column[block] for column in columns]
            work(block, self.binning.codes(part, kernel.search if self.compiled else search))

        if self.threads == 1 or len(blocks) < 2:
            for block in blocks:
                one(block)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(one, blocks))

    def _span_of_tree(self, spans: Sequence[Sequence[int]]) -> Integers:
        span = np.full(self.forest.n_trees, -1)
        for number, (first, count) in enumerate(spans):
            if first < 0 or first + count > len(span) or (span[first : first + count] >= 0).any():
                raise UsageError(f"a span of {count} trees from {first}; expected spans apart among {len(span)} trees")
            span[first : first + count] = number
        return span


def _averages(forest: Forest) -> Floats:
    """Return the value of each tree to an average training row; their sum is LightGBM's base value."""
    rows = np.ones(forest.n_trees)
    grown = forest.n_leaves > 1
    rows[grown] = forest.node_count[forest.first_node[:-1][grown]]
    # The row count of a tree of one leaf may not be told, and does not matter.
    count = np.where(np.repeat(grown, forest.n_leaves), forest.leaf_count, 1.0)
    return np.add.reduceat(forest.leaf_value * count, forest.first_leaf[:-1]) / rows


def _program(
    forest: Forest, binning: Binning, layout: Layout, tables: Tables, leaves: tuple[Floats, Integers, Floats]
) -> Program:
    splits = binning.splits
    first_node, first_leaf = forest.first_node, forest.first_leaf[:-1]
    tree_of_question = np.repeat(layout.tree, np.diff(layout.questions[layout.bits]))
    deep_value, first_factor, factors = leaves
    return Program(
        splits.row, splits.shift, splits.limit, splits.start, splits.small, splits.table.astype(np.uint8) * kernel.ALL,
        first_node, starts(layout.tree, forest.n_trees), layout.bits, layout.questions,
        layout.node - first_node[tree_of_question], layout.inverted.astype(np.uint8) * kernel.ALL,
        layout.features, layout.feature, tables.amounts, tables.first_amount, tables.unit, tables.full,
        tables.first_value, tables.values,
        np.where(forest.n_leaves == 1, forest.leaf_value[first_leaf], 0.0), deep_value, first_factor, factors,
    )  # fmt: skip

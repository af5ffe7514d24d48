"""Pairs as LightGBM reads them, on the disk: blocks of one part, fold and state, so that members read whole files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graduation.batch.learning.pairs import Drawn, Pairs, Split, refuse_few
from graduation.features import feature_frame
from graduation.panel import Panel
from graduation.risk import ColumnCounts, TableEncoder, last_columns, told_elsewhere, with_state


@dataclass(frozen=True)
class Block:
    """Some pairs of one part that are held out with one fold and have one state now."""

    folder: Path
    part: int
    fold: int
    state: int
    rows: int
    cases: int
    weight: float

    def path(self, what: str) -> Path:
        """Return the file of features (rows, p), outcomes (rows,) or weights (rows,)."""
        return self.folder / f"{self.part:05d}-{self.fold}-{self.state}.{what}.npy"


@dataclass(frozen=True)
class Learned:
    """What a second walk tells: how columns are coded, and fair samples of the pairs to learn from and held out."""

    encoder: TableEncoder
    learn: Panel
    test: Panel


def learn_columns(pairs: Pairs, split: Split, *, n_train: int, n_test: int, sample: int) -> Learned:
    """Learn how columns are coded from all training rows, and draw the samples.

    Raises
    ------
    NotEnoughData
        When there are too few to hold any out.
    """
    counts = ColumnCounts()
    learn, test = (Drawn(sample, n, split.seed + 2) for n in (n_train, n_test))
    for panel in pairs:
        tests = split.tests(panel)
        test.add(panel.subset(tests))
        train = _counted(panel.subset(~tests))
        learn.add(train)
        if len(train.outcome):
            counts.add(ColumnCounts.of(_features(train)))
    drawn, held_out = learn.panel(), test.panel()
    refuse_few(drawn, held_out, split)
    table = _features(drawn)
    last = last_columns(table, drawn.dictionary.tells_state)
    return Learned(counts.encoder(table, last), drawn, held_out)


def write_blocks(pairs: Pairs, split: Split, encoder: TableEncoder, folder: Path) -> list[Block]:
    """Write the training pairs as matrices of 32-bit numbers, and return their blocks in a fixed order.

    Half as wide as in memory, which changes no branch of a tree: LightGBM cuts half-way between two values that occur.
    """
    folder.mkdir()
    blocks: list[Block] = []
    for number, panel in enumerate(pairs):
        train = _counted(panel.subset(~split.tests(panel)))
        if not len(train.outcome):
            continue
        with told_elsewhere():
            encoded = encoder.transform(_features(train)).astype(np.float32)
        fold, state = split.folds(train), train.state.to_numpy()
        for key in sorted(set(zip(fold.tolist(), state.tolist(), strict=True))):
            rows = (fold == key[0]) & (state == key[1])
            weight = train.weight.to_numpy()[rows]
            outcome = train.outcome.to_numpy()[rows].astype(np.int8)
            block = Block(folder, number, *key, len(outcome), int(outcome.sum()), float(np.sort(weight).sum()))
            np.save(block.path("features"), encoded[rows], allow_pickle=False)
            np.save(block.path("outcome"), outcome, allow_pickle=False)
            np.save(block.path("weight"), weight.astype(np.float32), allow_pickle=False)
            blocks.append(block)
    return blocks


def mean_weight(blocks: Iterable[Block]) -> float:
    """Return the mean weight of the pairs of some blocks."""
    rows, total = zip(*((block.rows, block.weight) for block in blocks), strict=True)
    return float(sum(total) / sum(rows))


def _counted(panel: Panel) -> Panel:
    """Return the rows that have a weight."""
    return panel.subset(panel.weight > 0)


def _features(panel: Panel) -> pd.DataFrame:
    return with_state(feature_frame(panel.households, panel.dictionary), panel.state.to_numpy())

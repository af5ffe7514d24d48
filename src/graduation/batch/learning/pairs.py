"""Two waves on the disk become pairs, part by part: what `pair_waves` gives, without ever holding all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.batch.learning.waves import SEED, Wave, part_of
from graduation.errors import DataError, NotEnoughData
from graduation.panel import Panel, disorder, drawn_labels, hash_labels, hash_rows, pair_part, refuse_no_pairs

ROWS_OF_A_PART = 65_536
# Each worker is to have some, and the parts are the same for any number of workers.
LEAST_PARTS = 4
# Each part reads a piece of every chunk.
MOST_PARTS = 512
WHOLE = 2.0**64
SET_ASIDE = "set aside when the first wave was checked"


@dataclass(frozen=True)
class Pairs:
    """Households of two waves, paired part by part; a household is in one part only, each part in the order of ids."""

    before: Wave
    after: Wave
    rejected_after: np.ndarray

    @classmethod
    def of(cls, before: Wave, after: Wave) -> Pairs:
        """Return the pairs of two waves.

        Raises
        ------
        DataError
            When the waves are in the wrong order.
        """
        time = before.reader.dictionary.one("time")
        if time is not None and before.times and after.times:
            problems = disorder(time, before.times[1], after.times[0])
            if problems:
                raise DataError(f"{before.source} and {after.source}", problems)
        return cls(before, after, after.rejected_ids())

    @property
    def n_parts(self) -> int:
        wanted = -(-self.before.n_households // ROWS_OF_A_PART)
        return int(np.clip(wanted, LEAST_PARTS, MOST_PARTS))

    def __iter__(self) -> Iterator[Panel]:
        for number in range(self.n_parts):
            first, second = (wave.part(number, self.n_parts) for wave in (self.before, self.after))
            set_aside = first.index[np.isin(hash_labels(first.index, SEED), self.rejected_after)]
            yield pair_part(self.before.registry(first), self.after.registry(second, set_aside))


@dataclass(frozen=True)
class Split:
    """Which pairs are held out, and which fold each of the others is in; by the hash of its smallest place, or its own.

    Attributes
    ----------
    by : {"place", "household"}
    held_out : Index or float
        The places held out, or the share of the households.
    n_folds, seed : int
    """

    by: str
    held_out: pd.Index | float
    n_folds: int
    seed: int

    def tests(self, panel: Panel) -> np.ndarray:
        """Return the mask (n,) of the rows held out."""
        if isinstance(self.held_out, float):
            return hash_rows(panel.cluster, self.seed) < self.held_out * WHOLE
        return panel.cluster.isin(self.held_out).to_numpy()

    def folds(self, panel: Panel) -> np.ndarray:
        """Return the fold (n,) of each row; no place, and no household, is in two."""
        return part_of(hash_rows(panel.cluster, self.seed + 1), self.n_folds)


@dataclass(frozen=True)
class Counted:
    """What a first walk through the pairs tells.

    Attributes
    ----------
    counts : DataFrame
        As `Panel.counts`.
    split : Split
    n_pairs, n_train, n_test : int
    """

    counts: pd.DataFrame
    split: Split
    n_pairs: int
    n_test: int

    @property
    def n_train(self) -> int:
        return self.n_pairs - self.n_test


def count_pairs(pairs: Pairs, *, share: float, n_folds: int, seed: int) -> Counted:
    """Count the pairs and draw those held out: the same as `Panel.split` where there are places.

    Raises
    ------
    NotEnoughData
        When the waves share no household with a known state.
    """
    sizes: Counter[str] = Counter()
    found: list[pd.Series] = []
    tested, total, by_place = 0, 0, False
    by_household = Split("household", share, n_folds, seed)
    for panel in pairs:
        found.append(panel.counts.set_index("group")["households"])
        total += len(panel.outcome)
        by_place = panel.cluster.name != "household"
        if by_place:
            sizes.update(panel.cluster.tolist())
        else:
            tested += int(by_household.tests(panel).sum())
    refuse_no_pairs(total, pairs.before.source)
    counts = pd.concat(found, axis=1).sum(axis=1)
    counts[SET_ASIDE] = pairs.before.rejected.n_rows
    split = by_household
    if by_place:
        drawn = drawn_labels(pd.Series(sizes), share * total, seed)
        split, tested = Split("place", drawn, n_folds, seed), sum(sizes[place] for place in drawn)
    return Counted(counts.rename("households").rename_axis("group").reset_index(), split, total, tested)


class Drawn:
    """A fair sample of pairs, drawn by the hash of the household, in the order of that hash: no order of files."""

    def __init__(self, n_wanted: int, n_all: int, seed: int) -> None:
        self._below = min(n_wanted / max(n_all, 1), 1.0) * WHOLE
        self._seed = seed
        self._panels: list[Panel] = []

    def add(self, panel: Panel) -> None:
        self._panels.append(panel.subset(hash_labels(panel.outcome.index, self._seed) < self._below))

    def panel(self) -> Panel:
        """Return the sample, labels as text as `read_registry` gives them."""
        parts = ("households", "outcome", "state", "weight", "groups")
        whole = {name: pd.concat([getattr(one, name) for one in self._panels]) for name in parts}
        labels = whole["households"].select_dtypes(["category", "object"]).columns
        whole["households"] = whole["households"].astype(dict.fromkeys(labels, "string"))
        order = np.argsort(hash_labels(whole["outcome"].index, self._seed), kind="stable")
        first = self._panels[0]
        return Panel(
            **{name: table.iloc[order] for name, table in whole.items()}, counts=first.counts,
            dictionary=first.dictionary,
        )  # fmt: skip


def refuse_few(learn: Panel, test: Panel, split: Split) -> None:
    """Raise when a fold would have nothing to hold out, or nothing to learn from.

    Raises
    ------
    NotEnoughData
    """
    fold, y = split.folds(learn), learn.outcome.to_numpy()
    parts = [y[fold != number] for number in range(split.n_folds)]
    whole = all(len(np.unique(part)) == 2 and len(part) < len(y) for part in parts)
    if not whole or test.outcome.nunique() < 2:
        raise NotEnoughData(
            f"{len(y):,} pairs to learn from and {len(test.outcome):,} held out, parted by {split.by}, do not show "
            f"both outcomes in each of {split.n_folds} folds",
            expected="both outcomes in all parts",
            remedy="Train in memory: `graduation train` without --engine dask.",
        )

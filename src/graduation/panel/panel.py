"""Households with what became of them, split so that nothing of the test is known in training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd

from graduation.errors import NotEnoughData, UsageError, nearest
from graduation.panel.hashing import in_hashed_share
from graduation.panel.states import pathway_of
from graduation.results import Result
from graduation.schema import Dictionary

SplitBy = Literal["time", "place", "household", "row"]
HONEST = ("time", "place", "household")


@dataclass(frozen=True)
class Panel(Result):
    """Households at one wave with what became of them at the next.

    Attributes
    ----------
    households : DataFrame
        What was known at the first wave, indexed by household (and time where households repeat or pairs are stacked).
    outcome : Series of int
        1 where the household was extreme poor at the next wave.
    state : Series of int
        1 where it was extreme poor at the first wave.
    weight : Series of float
        Survey weight (1 where the registry has none).
    groups : DataFrame
        `household`, `time` and one column per place, from the largest to the smallest.
    counts : DataFrame
        How many households were paired, lost, new or without a known state.
    dictionary : Dictionary
    outcome_time : Series of float, optional
        When the outcome was seen, in units of the time column; without it, `dictionary.horizon` after the first wave.
    """

    households: pd.DataFrame
    outcome: pd.Series
    state: pd.Series
    weight: pd.Series
    groups: pd.DataFrame
    counts: pd.DataFrame
    dictionary: Dictionary
    outcome_time: pd.Series | None = None
    title = "Panel"

    def frame(self) -> pd.DataFrame:
        return self.counts

    def notes(self) -> list[str]:
        remained, became = int(self.outcome[self.state == 1].sum()), int(self.outcome[self.state == 0].sum())
        times, several = self.groups["time"].nunique(), not self.groups["household"].is_unique
        stacked = [f"Pairs of {times:,} first waves; a household may be in several."] if several else []
        return [
            f"{len(self.outcome):,} pairs: of {int(self.state.sum()):,} extreme poor {remained:,} remained, "
            f"of {int((1 - self.state).sum()):,} others {became:,} became extreme poor. Unit: "
            f"{self.dictionary.unit}. Line: {self.dictionary.line or 'as the state column of the source'}.",
            *stacked,
            "Counts of rows, not weighted. Only those with a known state in both waves can teach; those lost in "
            "between may differ.",
        ]

    @property
    def pathway(self) -> pd.Series:
        """Return "remain" for the extreme poor of the first wave and "become" for all others."""
        return pathway_of(self.state)

    @property
    def cluster(self) -> pd.Series:
        """Return the sampling unit: the smallest place, or the household where there is no place."""
        return self.groups.iloc[:, -1] if self._has_places else self.groups["household"]

    @property
    def _has_places(self) -> bool:
        return len(self.groups.columns) > 2

    def subset(self, keep: pd.Series | np.ndarray) -> Panel:
        """Return the panel of the rows where `keep` is true."""
        rows = np.asarray(keep, dtype=bool)
        parts = ("households", "outcome", "state", "weight", "groups")
        return replace(self, **{name: getattr(self, name)[rows] for name in parts})

    def known_by(self, time: float) -> Panel:
        """Return the rows whose outcome had been seen by `time`: all that a model of that time could learn from."""
        return self.subset(self._outcome_known() <= time)

    def split(
        self,
        by: SplitBy | None = None,
        *,
        share: float = 0.25,
        at: float | None = None,
        seed: int = 0,
        allow_row_split: bool = False,
    ) -> tuple[Panel, Panel]:
        """Return a training and a test panel: no time, no place or no household is in both.

        Parameters
        ----------
        by : {"time", "place", "household", "row"}, optional
            By default time where the panel holds several, else the smallest place, else the household.
            By time, a training row must have shown its outcome by `at`; rows between the two are left out. A
            household may then be in both at different times, as it is when a model is used on the registry it
            learned from. By row, households and places would be in both: refused unless each row is a household of
            its own and there is no place.
        share : float
            Share of rows (of times, for time) to test on.
        at : float, optional
            First time of the test, in units of the time column; by default what `share` implies.
        seed : int
            Seeds the hash by which places and households are drawn, so that row order never matters.
        allow_row_split : bool
            Split by row all the same, to show how far it flatters.
        """
        by = self.chosen_split(by)
        if not 0 < share < 1:
            raise UsageError(f"share is {share}; expected a number between 0 and 1")
        if by == "time":
            return self._split_by_time(share, at)
        if by == "row" and not allow_row_split:
            raise UsageError(self._why_not_by_row())
        row = pd.Series(self.outcome.index.map(str), index=self.outcome.index)
        units = {"place": self.cluster, "household": self.groups["household"], "row": row}
        test = in_hashed_share(units[by], share, seed)
        return self._checked(self.subset(~test), self.subset(test), by)

    def default_split(self) -> SplitBy:
        """Return the strictest split the panel allows: time, else place, else household."""
        time = self.groups["time"]
        if time.nunique() > 1 and bool((self._outcome_known() <= time.max()).any()):
            return "time"
        return "place" if self._has_places else "household"

    def chosen_split(self, by: str | None) -> SplitBy:
        """Return the split asked for, or the default; a row that is a household of its own is called that."""
        if by is None:
            return self.default_split()
        if by not in get_args(SplitBy):
            raise UsageError(f"cannot split by '{by}'; expected time, place or household. {nearest(by, HONEST)}")
        alone = self.groups["household"].is_unique and not self._has_places
        return "household" if by == "row" and alone else cast("SplitBy", by)

    def _why_not_by_row(self) -> str:
        """Say how many rows a split by row would show on both sides."""
        units = [self.groups["household"], *([self.cluster] if self._has_places else [])]
        counts = [f"{int(unit.duplicated(keep=False).sum()):,} share their {unit.name}" for unit in units]
        return (
            f"a split by row is refused: of {len(self.outcome):,} rows {' and '.join(counts)} with another row, so the "
            "test would hold what training has seen; on a real survey, random folds over persons instead of "
            "households turned a macro-F1 of .41 into a false .83. Split by time, place or household; to do it all the "
            "same, give allow_row_split=True (--allow-row-split)"
        )

    def _outcome_known(self) -> pd.Series:
        """Return when each row's outcome was seen, in the order of the rows."""
        time = self.groups["time"]
        if self.outcome_time is None:
            return time + self.dictionary.horizon
        return self.outcome_time.reindex(time.index)

    def _split_by_time(self, share: float, at: float | None) -> tuple[Panel, Panel]:
        time = self.groups["time"]
        if time.isna().any() or time.nunique() < 2:
            raise UsageError("a split by time needs at least two first waves; split by 'place' or 'household'")
        start = at if at is not None else float(np.sort(time.unique())[int((1 - share) * time.nunique())])
        return self._checked(self.known_by(start), self.subset(time >= start), "time")

    @staticmethod
    def _checked(train: Panel, test: Panel, by: str) -> tuple[Panel, Panel]:
        for name, part in (("training", train), ("test", test)):
            if part.outcome.nunique() < 2:
                raise NotEnoughData(
                    f"the {name} part of the split by {by} has {len(part.outcome):,} rows and one outcome only",
                    expected="both outcomes in both parts",
                    remedy="Use more data, another share or another split.",
                    source="panel",
                )
        return train, test

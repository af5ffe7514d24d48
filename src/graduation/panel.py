"""Two waves become households with an outcome, split so that nothing of the test is known in training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from graduation.errors import DataError, NotEnoughData, Problem, UsageError, nearest
from graduation.results import Result
from graduation.schema import Dictionary, Registry

SplitBy = Literal["time", "place", "household"]
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Panel(Result):
    """Households at one wave with what became of them at the next.

    Attributes
    ----------
    households : DataFrame
        What was known at the first wave, indexed by household (and time where households repeat).
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
    """

    households: pd.DataFrame
    outcome: pd.Series
    state: pd.Series
    weight: pd.Series
    groups: pd.DataFrame
    counts: pd.DataFrame
    dictionary: Dictionary
    title = "Panel"

    def frame(self) -> pd.DataFrame:
        return self.counts

    def notes(self) -> list[str]:
        remained, became = int(self.outcome[self.state == 1].sum()), int(self.outcome[self.state == 0].sum())
        return [
            f"{len(self.outcome):,} pairs: of {int(self.state.sum()):,} extreme poor {remained:,} remained, "
            f"of {int((1 - self.state).sum()):,} others {became:,} became extreme poor. Unit: "
            f"{self.dictionary.unit}. Line: {self.dictionary.line or 'as the state column of the source'}.",
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
        return self.groups.iloc[:, -1] if len(self.groups.columns) > 2 else self.groups["household"]

    def subset(self, keep: pd.Series | np.ndarray) -> Panel:
        """Return the panel of the rows where `keep` is true."""
        rows = np.asarray(keep, dtype=bool)
        parts = ("households", "outcome", "state", "weight", "groups")
        return replace(self, **{name: getattr(self, name)[rows] for name in parts})

    def split(
        self, by: SplitBy | None = None, *, share: float = 0.25, at: float | None = None, seed: int = 0
    ) -> tuple[Panel, Panel]:
        """Return a training and a test panel: no time, no place or no household is in both.

        Parameters
        ----------
        by : {"time", "place", "household"}, optional
            By default time where the panel holds several, else the smallest place, else the household.
            By time, a training row must have shown its outcome by `at`; rows between the two are left out. A
            household may then be in both at different times, as it is when a model is used on the registry it
            learned from.
        share : float
            Share of rows (of times, for time) to test on.
        at : float, optional
            First time of the test, in units of the time column; by default what `share` implies.
        seed : int
            Seeds the hash by which places and households are drawn, so that row order never matters.
        """
        by = by or self.default_split()
        if by not in get_args(SplitBy):
            raise UsageError(
                f"cannot split by '{by}'; expected time, place or household. {nearest(by, get_args(SplitBy))}"
            )
        if not 0 < share < 1:
            raise UsageError(f"share is {share}; expected a number between 0 and 1")
        if by == "time":
            return self._split_by_time(share, at)
        unit = self.cluster if by == "place" else self.groups["household"]
        test = in_hashed_share(unit, share, seed)
        return self._checked(self.subset(~test), self.subset(test), by)

    def default_split(self) -> SplitBy:
        """Return the strictest split the panel allows: time, else place, else household."""
        if self.groups["time"].nunique() > 1:
            return "time"
        return "place" if len(self.groups.columns) > 2 else "household"

    def _split_by_time(self, share: float, at: float | None) -> tuple[Panel, Panel]:
        time = self.groups["time"]
        if time.isna().any() or time.nunique() < 2:
            raise UsageError("a split by time needs at least two first waves; split by 'place' or 'household'")
        start = at if at is not None else float(np.sort(time.unique())[int((1 - share) * time.nunique())])
        known = time + self.dictionary.horizon <= start
        return self._checked(self.subset(known), self.subset(time >= start), "time")

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


def pathway_of(state: pd.Series) -> pd.Series:
    """Name the pathway of each household from its state now: "remain", "become" or, without a state, "unknown"."""
    return state.map({1: "remain", 0: "become"}).fillna(UNKNOWN).rename("pathway")


def extreme_poor(households: pd.DataFrame, dictionary: Dictionary) -> pd.Series:
    """Return 1.0 for extreme poor, 0.0 for not, NaN where unknown: the state column, or welfare under the line."""
    state, welfare = dictionary.one("state"), dictionary.one("welfare")
    if state is not None:
        return households[state].astype("float64").rename("state")
    if welfare is None or dictionary.line is None:
        raise UsageError(f"dictionary '{dictionary.name}' has neither a state column nor welfare with a line")
    below = (households[welfare] < dictionary.line.monthly).astype("float64")
    return below.where(households[welfare].notna()).rename("state")


def pair_waves(before: Registry, after: Registry | None = None) -> Panel:
    """Pair each household with its own next wave.

    Parameters
    ----------
    before : Registry
        The first wave; or, where the dictionary names an outcome column, households already paired.
    after : Registry, optional
        The next wave, read with the same dictionary.

    Raises
    ------
    DataError
        When the waves are in the wrong order, use two dictionaries, or share no household.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(500, seed=1)
    >>> before, after = (graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables)
    >>> panel = graduation.pair_waves(before, after)
    >>> sorted(panel.pathway.unique())
    ['become', 'remain']
    """
    dictionary = before.dictionary
    outcome = _own_outcome(before) if after is None else _next_state(before, after)
    state = extreme_poor(before.households, dictionary)
    paired = before.households.index[outcome.reindex(before.households.index).notna() & state.notna()]
    if paired.empty:
        raise NotEnoughData(
            "no household has a known state in both waves",
            expected="the same household ids in both",
            remedy="Check that ids are written alike in both files.",
            source=before.source,
        )
    households = before.households.loc[paired]
    return Panel(
        households=households,
        outcome=outcome.loc[paired].astype(int).rename("outcome"),
        state=state.loc[paired].astype(int),
        weight=_weight(households, dictionary),
        groups=_groups(households, dictionary),
        counts=_counts(before, after, outcome, len(paired)),
        dictionary=dictionary,
    )


def _own_outcome(registry: Registry) -> pd.Series:
    column = registry.dictionary.one("outcome")
    if column is None:
        raise UsageError("one registry alone needs a column with the role 'outcome'; or give the next wave as well")
    return registry.households[column].astype("float64")


def _next_state(before: Registry, after: Registry) -> pd.Series:
    problems = []
    if before.dictionary.fingerprint != after.dictionary.fingerprint:
        found = f"read with dictionary {after.dictionary.name}, the first wave with {before.dictionary.name}"
        problems.append(Problem(found, "one dictionary for both", "Read both waves with the same dictionary."))
    time = before.dictionary.one("time")
    if time is not None and not before.households[time].max() < after.households[time].min():
        found = f"{time} {before.households[time].max()} is not before {after.households[time].min()}"
        problems.append(Problem(found, "the earlier wave first", "Swap the two files.", time))
    if problems:
        raise DataError(f"{before.source} and {after.source}", problems)
    return extreme_poor(after.households, after.dictionary)


def _weight(households: pd.DataFrame, dictionary: Dictionary) -> pd.Series:
    column = dictionary.one("weight")
    known = column is not None and column in households
    values = households[column].astype("float64") if known else pd.Series(1.0, index=households.index)
    return values.rename("weight")


def _groups(households: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    flat = households.reset_index()
    time = dictionary.one("time")
    groups = {"household": flat[dictionary.id].astype(str), "time": flat[time] if time else np.nan}
    places = {name: flat[name].astype(str) for name in dictionary.role("place") if name in flat}
    return pd.DataFrame({**groups, **places}).set_axis(households.index)


def _counts(before: Registry, after: Registry | None, outcome: pd.Series, n: int) -> pd.DataFrame:
    ids = before.households.index
    rows = {"set aside when the first wave was checked": before.n_rejected, "in the first wave": len(ids), "paired": n}
    lost = int((~ids.isin(outcome.index)).sum())
    if after is not None:
        set_aside = int((ids[~ids.isin(outcome.index)].isin(after.rejected[after.dictionary.id])).sum())
        rows |= {
            "in the next wave": len(outcome),
            "lost: not in the next wave": lost - set_aside,
            "lost: set aside when the next wave was checked": set_aside,
            "new: only in the next wave": int((~outcome.index.isin(ids)).sum()),
        }
    rows["without a known state in one of the waves"] = len(ids) - lost - n
    return pd.DataFrame({"households": rows}).rename_axis("group").reset_index()


def in_hashed_share(labels: pd.Series, share: float, seed: int) -> np.ndarray:
    """Return a mask of whole labels holding about `share` of the rows, drawn by a seeded hash of the label."""
    sizes = labels.value_counts()
    order = np.argsort(hash_labels(sizes.index, seed), kind="stable")
    before_each = sizes.iloc[order].cumsum() - sizes.iloc[order]
    drawn = before_each.index[before_each < share * len(labels)]
    return labels.isin(drawn).to_numpy()


def hash_labels(labels: pd.Index, seed: int) -> np.ndarray:
    """Return one 64-bit number per label: the same for the same label and seed, in any order, on any machine."""
    keyed = pd.Index([f"{seed}:{label}" for label in labels], dtype=object)
    return np.asarray(pd.util.hash_array(keyed.to_numpy(), categorize=False))

"""Who is missed: the extreme poor who are not on the list, beside those who are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation import plots
from graduation.evaluate.columns import Floats, Integers
from graduation.evaluate.draws import Design, bootstrap, intervals, sentences
from graduation.evaluate.inputs import Sample, check_seed, read_sample
from graduation.evaluate.naming import in_words
from graduation.evaluate.quota import ListSize, costs_of
from graduation.evaluate.ranking import Ranking, cut_list, listed_share, ratio
from graduation.evaluate.traits import MOST_LEVELS, Traits, content_of, read_traits
from graduation.results import Result, with_interval
from graduation.schema import Dictionary, Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graduation.evaluate.quota import Quota

SMALL = 30
# Under these names each row of the profile is found again after sorting; the content of a row comes before its place.
PLACE, CONTENT = "households", "households, content"
COLUMNS = ["feature", "level", "missed", "reached", "difference", "low", "high", "standardised", "extreme_poor"]
WORDS = {
    "en": {"what": "what", "missed": "missed", "reached": "on the list", "gap": "difference"},
    "id": {"what": "ciri", "missed": "terlewat", "reached": "dalam daftar", "gap": "selisih"},
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class MissedProfile(Result):
    """What `who_is_missed` found.

    Attributes
    ----------
    table : DataFrame
        feature, level (empty for the mean of a number), missed, reached, difference, low, high, standardised,
        extreme_poor: among the extreme poor who are missed and among those on the list, the weighted share with this
        level, or the mean; the difference with its interval, and in standard deviations among all extreme poor, the
        largest first. `extreme_poor` counts those with this level, or with a known number.
    dictionary : Dictionary, optional
        Gives features and levels their words.
    remarks : tuple of str
    """

    table: pd.DataFrame
    dictionary: Dictionary | None
    remarks: tuple[str, ...]
    title = "Who is missed"

    def frame(self) -> pd.DataFrame:
        return self.table.copy()

    def profile(self, language: Language = "en", rows: int = 15) -> pd.DataFrame:
        """Return the largest differences in the words of the dictionary."""
        words = WORDS[language]
        top = self.table.head(rows)
        gaps = [with_interval(*gap) for gap in top[["difference", "low", "high"]].to_numpy()]
        columns = {words["what"]: self._labels(top, language), words["missed"]: top["missed"]}
        return pd.DataFrame(columns | {words["reached"]: top["reached"], words["gap"]: gaps}).reset_index(drop=True)

    def shown(self) -> pd.DataFrame:
        return self.profile()

    def notes(self) -> list[str]:
        """Return what is compared, how many there are on each side, and how the intervals were made."""
        return list(self.remarks)

    def plot(self, ax: Axes | None = None, language: Language = "en") -> Axes:
        """Draw the largest differences in standard deviations; to the right is more frequent among the missed."""
        top = self.table.head(12)
        table = pd.DataFrame({"label": self._labels(top, language), "value": top["standardised"]})
        ax = plots.bars(table, label="label", value="value", ax=ax)
        ax.set_xlabel("missed minus reached,\nin standard deviations")
        return ax

    def _labels(self, rows: pd.DataFrame, language: Language) -> list[str]:
        pairs = zip(rows["feature"], rows["level"], strict=True)
        return [in_words(feature, level, self.dictionary, language) for feature, level in pairs]


# The options of `evaluate`, and the words for what is found.
def who_is_missed(  # noqa: PLR0913
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    households: pd.DataFrame,
    *,
    quota: Quota = None,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    dictionary: Dictionary | None = None,
    seed: int = 0,
) -> MissedProfile:
    """Describe the extreme poor who are not on the list (false negatives) beside those who are (true positives).

    Parameters
    ----------
    outcome, risk, quota, weight, cluster, strata, seed
        As in `evaluate`; `risk` may be any score, higher = poorer.
    households : DataFrame
        What to describe them by, one row per household: numbers by their mean, everything else by the share of each
        level. Missing values are a level of their own. Columns with more than 30 levels are left out and named.
    dictionary : Dictionary, optional
        Only its features are described, in its words.

    Returns
    -------
    MissedProfile
        `.table` has a row per feature and level, the largest standardised difference first.

    Raises
    ------
    DataError
        Values are refused; every problem is told at once.
    NotEnoughData
        No households, or one outcome only.
    UsageError
        `quota` or `seed` is wrong, or `households` is no table.

    Notes
    -----
    A tied household at the cut counts to both sides, by its chance to be listed. Many features are compared at once: of
    20 differences that are nothing, one lies outside its 95 % interval.

    Examples
    --------
    >>> import pandas as pd
    >>> homes = pd.DataFrame({"floor": ["earth", "tile", "tile", "earth"], "members": [6, 3, 2, 5]})
    >>> found = who_is_missed([1, 1, 1, 0], [0.9, 0.2, 0.1, 0.5], homes, quota=1)
    >>> found.table.set_index(["feature", "level"])[["missed", "reached"]].loc[("floor", "earth")].tolist()
    [0.0, 1.0]
    """
    check_seed(seed)
    size = ListSize.of(quota)
    traits, left_out = read_traits(households, dictionary)
    rows = {PLACE: pd.Series(np.arange(len(households)), index=households.index), CONTENT: content_of(households)}
    sample = read_sample(
        outcome, {"risk": risk}, weight=weight, cluster=cluster, strata=strata, amounts=costs_of(quota) | rows
    )
    size.refuse_excess(float(sample.weight.sum()), quota)
    compared = _Compared.of(sample, size, traits)
    point = compared.means(sample.weight[None])
    parts = bootstrap(sample.design, seed, lambda counts: compared.means(sample.reweighted(counts)))
    spread = np.concatenate(parts) if parts else point[:0]
    table = _table(traits, compared, point[0], spread, sample.design)
    chance = compared.listed(sample.weight[None])[0]
    remarks = (*_remarks(chance, size, left_out), *sample.remarks, *sentences(sample.design, seed, {}))
    return MissedProfile(table, dictionary, remarks)


@dataclass(frozen=True)
class _Compared:
    """The extreme poor of a sample with their traits, and where each stands in the ranking."""

    ranking: Ranking
    size: ListSize
    poor: Integers  # their places in the sample
    block: Integers
    weight: Floats
    values: Floats
    known: Floats

    @classmethod
    def of(cls, sample: Sample, size: ListSize, traits: Traits) -> _Compared:
        ranking = Ranking.of(sample.scores["risk"], sample.outcome, sample.amounts)
        poor = np.flatnonzero(sample.outcome > 0)
        rows = sample.amounts[PLACE].astype(np.intp)[poor]
        # The sample stands in the order of its only score.
        return cls(
            ranking, size, poor, ranking.block_of[poor], sample.weight[poor], traits.values[rows], traits.known[rows]
        )

    def listed(self, weights: Floats) -> Floats:
        """Return the chance of each extreme poor household to be on the list (replicates, extreme poor)."""
        return listed_share(self.block, cut_list(self.ranking.blocks(weights), self.size))

    def means(self, weights: Floats) -> Floats:
        """Return the mean of each trait among the missed and among the reached (replicates, 2, traits)."""
        listed, weight = self.listed(weights), weights[:, self.poor]
        sides = [weight * (1 - listed), weight * listed]
        return np.stack([ratio(side @ self.values, side @ self.known) for side in sides], axis=1)

    def deviation(self) -> Floats:
        """Return the standard deviation of each trait among all extreme poor."""
        total = self.weight @ self.known
        mean = ratio(self.weight @ self.values, total)
        squares = self.weight @ (self.known * (self.values - np.nan_to_num(mean)) ** 2)
        return np.sqrt(ratio(squares, total))


def _table(traits: Traits, compared: _Compared, point: Floats, spread: Floats, design: Design) -> pd.DataFrame:
    missed, reached = point
    difference, deviation = missed - reached, compared.deviation()
    low, high = intervals(spread[:, 0] - spread[:, 1], design)
    undefined = np.isnan(difference)
    number = np.array([level == "" for _, level in traits.names])
    counts = np.where(number, compared.known.sum(axis=0), (compared.values > 0).sum(axis=0))
    table = pd.DataFrame(
        {
            "feature": [feature for feature, _ in traits.names],
            "level": [level for _, level in traits.names],
            "missed": missed,
            "reached": reached,
            "difference": difference,
            "low": np.where(undefined, np.nan, low),
            "high": np.where(undefined, np.nan, high),
            "standardised": ratio(difference, deviation),
            "extreme_poor": counts.astype(int),
        }
    )
    strongest_first = table["standardised"].abs().sort_values(ascending=False, kind="stable", na_position="last")
    return table.loc[strongest_first.index].reset_index(drop=True)


def _remarks(chance: Floats, size: ListSize, left_out: list[str]) -> list[str]:
    reached, all_poor = float(chance.sum()), len(chance)
    notes = [
        f"Of {all_poor:,} extreme poor households {all_poor - reached:,.0f} are missed and {reached:,.0f} are on the "
        f"list ({size.words()}); shares and means are weighted.",
        "Many features are compared at once: of 20 differences that are nothing, about one lies outside its interval.",
    ]
    if min(reached, all_poor - reached) < SMALL:
        notes.append(f"Fewer than {SMALL} on one side: read no single difference.")
    if left_out:
        notes.append(f"Left out, more than {MOST_LEVELS} levels: {', '.join(left_out)}.")
    return notes

"""Each household is paired with its own next wave; of several waves, each pair carries what came before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from graduation.errors import DataError, NotEnoughData, Problem, UsageError
from graduation.panel.history import add_history
from graduation.panel.panel import Panel
from graduation.panel.states import extreme_poor
from graduation.schema import Dictionary, Registry

# Level of the index of stacked pairs where the dictionary has no time column: 0 for the first wave.
WAVE_NUMBER = "wave_number"


def pair_waves(*waves: Registry) -> Panel:
    """Pair each household with its own next wave.

    Parameters
    ----------
    *waves : Registry
        Two waves, oldest first, read with the same dictionary. Or three and more: each is paired with the next and the
        pairs are stacked, indexed by household and time; each row carries the history of its household before it (see
        `with_history`). Or one alone: households already paired, where the dictionary names an outcome column.

    Raises
    ------
    DataError
        When waves are in the wrong order, use two dictionaries, or share no household.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(500, waves=3, seed=1)
    >>> first, second, third = (graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables)
    >>> panel = graduation.pair_waves(first, second)
    >>> sorted(panel.pathway.unique())
    ['become', 'remain']
    >>> stacked = graduation.pair_waves(first, second, third)
    >>> stacked.households.groupby("wave")["waves_seen_before"].max().to_dict()
    {2023: 0.0, 2024: 1.0}
    """
    if not waves:
        raise UsageError("no waves to pair; give two or more, or one with an outcome column")
    _refuse_disorder(waves)
    if len(waves) == 1:
        return _pair(waves[0], None)
    if len(waves) == 2:
        return _pair(*waves)
    with_past = [add_history(wave, waves[:number]) for number, wave in enumerate(waves[:-1])]
    pairs = [_pair(before, after) for before, after in zip(with_past, waves[1:], strict=True)]
    return _stacked([_timed(pair, number) for number, pair in enumerate(pairs)])


def _refuse_disorder(waves: Sequence[Registry]) -> None:
    """Tell all that is wrong with the order or the dictionaries of the waves."""
    problems = [problem for before, after in pairwise(waves) for problem in _faults(before, after)]
    if problems:
        raise DataError(" and ".join(one.source for one in waves), problems)


def _faults(before: Registry, after: Registry) -> list[Problem]:
    problems = []
    own, next_own = (one.dictionary.without_history().fingerprint for one in (before, after))
    if own != next_own:
        found = f"read with dictionary {after.dictionary.name}, the wave before with {before.dictionary.name}"
        problems.append(Problem(found, "one dictionary for both", "Read all waves with the same dictionary."))
    time = before.dictionary.one("time")
    if time in after.dictionary.columns:
        problems += disorder(time, _times(before).max(), _times(after).min())
    return problems


def disorder(time: str, last: float, first: float) -> list[Problem]:
    """Tell when the last time of a wave is not before the first of the next."""
    if last < first:
        return []
    return [Problem(f"{time} {last:g} is not before {first:g}", "the earlier wave first", "Swap the two files.", time)]


def _times(registry: Registry) -> pd.Series:
    return registry.households.reset_index()[registry.dictionary.role("time")[0]]


def _pair(before: Registry, after: Registry | None) -> Panel:
    pair = pair_part(before, after)
    refuse_no_pairs(len(pair.outcome), before.source)
    return pair


def refuse_no_pairs(n: int, source: str) -> None:
    """Raise when two waves share no household with a known state.

    Raises
    ------
    NotEnoughData
    """
    if n == 0:
        raise NotEnoughData(
            "no household has a known state in both waves",
            expected="the same household ids in both",
            remedy="Check that ids are written alike in both files.",
            source=source,
        )


def pair_part(before: Registry, after: Registry | None) -> Panel:
    """Pair two waves, or some households of each, which may have none in common."""
    dictionary = before.dictionary
    outcome = _own_outcome(before) if after is None else extreme_poor(after.households, after.dictionary)
    state = extreme_poor(before.households, dictionary)
    paired = before.households.index[outcome.reindex(before.households.index).notna() & state.notna()]
    households = before.households.loc[paired]
    return Panel(
        households=households,
        outcome=outcome.loc[paired].astype(int).rename("outcome"),
        state=state.loc[paired].astype(int),
        weight=_weight(households, dictionary),
        groups=_groups(households, dictionary),
        counts=_counts(before, after, outcome, len(paired)),
        dictionary=dictionary,
        outcome_time=_outcome_time(after, paired),
    )


def _own_outcome(registry: Registry) -> pd.Series:
    column = registry.dictionary.one("outcome")
    if column is None:
        raise UsageError("one registry alone needs a column with the role 'outcome'; or give the next wave as well")
    return registry.households[column].astype("float64")


def _outcome_time(after: Registry | None, paired: pd.Index) -> pd.Series | None:
    """Return when the next wave showed the outcome, where waves have a time; else the horizon tells it."""
    if after is None or not after.dictionary.role("time"):
        return None
    return _times(after).set_axis(after.households.index).loc[paired].astype("float64").rename("outcome_time")


def _timed(pair: Panel, number: int) -> Panel:
    """Return a pair indexed by household and time, so that a household may be in several pairs."""
    time = pair.dictionary.one("time")
    level = time or WAVE_NUMBER
    values = pair.groups["time"] if time else pd.Series(number, index=pair.outcome.index)
    index = pd.MultiIndex.from_arrays([pair.outcome.index, values], names=[pair.dictionary.id, level])
    when = pair.outcome_time if time else values + 1
    what = f"{values.min()} to {when.max():g}" if when is not None else str(number)
    return Panel(
        households=pair.households.drop(columns=[level], errors="ignore").set_axis(index),
        outcome=pair.outcome.set_axis(index),
        state=pair.state.set_axis(index),
        weight=pair.weight.set_axis(index),
        groups=pair.groups.assign(time=values).set_axis(index),
        counts=pair.counts.assign(pair=what)[["pair", "group", "households"]],
        dictionary=pair.dictionary,
        outcome_time=None if when is None else when.astype("float64").rename("outcome_time").set_axis(index),
    )


def _stacked(pairs: list[Panel]) -> Panel:
    parts = ("households", "outcome", "state", "weight", "groups", "outcome_time")
    stacked = {name: pd.concat([getattr(pair, name) for pair in pairs]) for name in parts}
    counts = pd.concat([pair.counts for pair in pairs], ignore_index=True)
    return Panel(**stacked, counts=counts, dictionary=pairs[0].dictionary)


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

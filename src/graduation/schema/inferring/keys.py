"""Which column names a household, and which says when: together they make a row unique."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from graduation.schema.cells import cell_text
from graduation.schema.inferring import hints
from graduation.schema.inferring.guess import Guess

# A raw registry has some copies and some clashes.
NEARLY_UNIQUE = 0.97
MANY_IDS = 0.1
MOST_TIMES = 400
MOST_TRIED = 6
FIRST_YEAR, LAST_YEAR = 1950, 2100


@dataclass(frozen=True)
class Keys:
    """The id and the time that were found; `repeats` says that a household has several rows.

    `advice` says what to do where no column alone, or with a time, makes a row unique.
    """

    id: str | None
    time: str | None = None
    repeats: bool = False
    advice: str = ""
    other_times: tuple[str, ...] = ()


def find_keys(table: pd.DataFrame, guesses: list[Guess]) -> Keys:
    """Return what makes rows unique: one column, or one and a time; and the other columns that say when."""
    times = _time_candidates(guesses)
    keys = _find(table, guesses, times)
    return replace(keys, other_times=tuple(guess.name for guess in times if guess.name not in (keys.id, keys.time)))


def _find(table: pd.DataFrame, guesses: list[Guess], times: list[Guess]) -> Keys:
    ids = _id_candidates(guesses)
    best = max(ids, key=lambda guess: _liking(guess), default=None)
    alone = best if best is not None and best.seen.unique_share >= NEARLY_UNIQUE else None
    if alone is not None and alone.seen.n_distinct >= alone.seen.n_filled:
        return Keys(alone.name, times[0].name if times else None)
    pairs = {pair: _unique_share(table, pair) for pair in product(ids[:MOST_TRIED], times[:MOST_TRIED])}
    floor = max(NEARLY_UNIQUE, alone.seen.unique_share + 1e-9 if alone is not None else 0)
    good = {pair: share for pair, share in pairs.items() if share >= floor}
    if good:
        key, time = max(good, key=lambda pair: good[pair])
        return Keys(key.name, time.name, repeats=True)
    if alone is not None:
        return Keys(alone.name, times[0].name if times else None)
    return Keys(None, times[0].name if times else None, advice=_advice(table, guesses, ids))


def _id_candidates(guesses: list[Guess]) -> list[Guess]:
    """Return columns that might name households, the likeliest first."""
    fitting = [guess for guess in guesses if _might_be_id(guess)]
    return sorted(fitting, key=_liking, reverse=True)


def _might_be_id(guess: Guess) -> bool:
    seen = guess.seen
    named = hints.hints(seen.name, hints.ID)
    if seen.unique_share < MANY_IDS or seen.n_distinct < 2 or seen.missing_share > 1 - NEARLY_UNIQUE:
        return False
    code_like = guess.type in ("text", "category") and not seen.odd and not _has_blanks(guess)
    counted_on = guess.type == "integer" and (named or _counts_rows(guess))
    return (code_like or counted_on) and not _named_person(guess)


def _named_person(guess: Guess) -> bool:
    return guess.role != "identity" and hints.hints(guess.name, hints.IDENTITY)


def _has_blanks(guess: Guess) -> bool:
    return bool(pd.Series(guess.seen.texts[:1000], dtype="string").str.contains(" ").mean() > 1 - NEARLY_UNIQUE)


def _counts_rows(guess: Guess) -> bool:
    """Whether whole numbers run through all rows without a gap."""
    values, _ = guess.seen.spectrum
    return guess.seen.unique_share == 1 and bool(values[-1] - values[0] + 1 == len(values))


def _liking(guess: Guess) -> tuple[bool, bool, bool, bool, int]:
    """Unique first, a number of a person last, then by name, then texts, then the more distinct."""
    seen = guess.seen
    return (
        seen.unique_share >= NEARLY_UNIQUE, guess.role != "identity", hints.hints(seen.name, hints.ID),
        guess.type == "text", seen.n_distinct,
    )  # fmt: skip


def _time_candidates(guesses: list[Guess]) -> list[Guess]:
    """Return columns that might say when, the ones with more moments first."""
    named = [guess for guess in guesses if hints.hints(guess.name, hints.TIME, against=hints.NOT_TIME)]
    fitting = [guess for guess in named if _might_be_time(guess)]
    return sorted(fitting, key=lambda guess: (is_year(guess), guess.seen.n_distinct), reverse=True)


def _might_be_time(guess: Guess) -> bool:
    seen = guess.seen
    return (
        guess.type != "boolean"
        and seen.is_whole
        and not seen.n_slips
        and not guess.missing
        and 0 < seen.n_distinct <= MOST_TIMES
    )


def is_year(guess: Guess) -> bool:
    """Whether all numbers of a column could be years."""
    values, _ = guess.seen.spectrum
    return bool(values[0] >= FIRST_YEAR and values[-1] <= LAST_YEAR)


def _unique_share(table: pd.DataFrame, pair: tuple[Guess, ...]) -> float:
    keys = [pd.factorize(cell_text(table.iloc[:, guess.seen.place]))[0].astype(np.int64) for guess in pair]
    joined = keys[0]
    for key in keys[1:]:
        joined = joined * (int(key.max()) + 2) + key
    return len(np.unique(joined)) / max(len(joined), 1)


def _advice(table: pd.DataFrame, guesses: list[Guess], ids: list[Guess]) -> str:
    """Say what to do where no id was found, with the two columns that together are unique if there are such."""
    others = [guess for guess in guesses if guess.seen.is_whole and 1 < guess.seen.n_distinct <= MOST_TIMES]
    for first in ids[:2]:
        for other in others[: 2 * MOST_TRIED]:
            if other.name != first.name and _unique_share(table, (first, other)) >= NEARLY_UNIQUE:
                return (
                    f"No column alone makes a row unique, but {first.name} and {other.name} together do. Are rows "
                    f"persons? Then keep one row per household; else write both into one column and make it the id."
                )
    return (
        "No column makes a row unique. Add a column that names each household to the file (the number the survey "
        "gives it, or the number of the row), and take the # from the lines below."
    )

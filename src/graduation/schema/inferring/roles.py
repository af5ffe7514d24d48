"""What each column is for: told from keys, names and values; a doubt becomes something to check, never a feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from graduation.schema.inferring import hints
from graduation.schema.inferring.guess import Guess
from graduation.schema.inferring.keys import Keys, is_year
from graduation.schema.inferring.kinds import LONG_NUMBER, MOST_PLACES
from graduation.schema.inferring.persons import may_be_place

MOST_MISSING_WEIGHTS = 0.05
MANY_AMOUNTS = 100
FEWEST_FOR_A_COPY = 10
RANKED = ("category", "integer", "number")

Guesses = dict[str, Guess]


def assign_roles(table: pd.DataFrame, guesses: list[Guess], keys: Keys) -> Guesses:
    """Return the guesses with roles, in the order of the table."""
    by_name = {guess.name: _one_role(guess) for guess in guesses}
    by_name = _with_keys(by_name, keys)
    steps: tuple[Callable[[Guesses], Guesses], ...] = (copies_of(table), the_weight, the_welfare)
    for step in steps:
        by_name = step(by_name)
    return by_name


def _one_role(guess: Guess) -> Guess:
    """Return the role that one column has whatever the others are."""
    rules = (names_a_person, running_number, a_place, a_programme, asked_afterwards, a_ranking)
    return next((found for rule in rules if (found := rule(guess)) is not None), guess)


def names_a_person(guess: Guess) -> Guess | None:
    """A name, an address, a telephone, where someone lives; or long numbers that nobody shares."""
    seen = guess.seen
    if guess.role == "identity":
        return guess
    strong = (*hints.IDENTITY, *hints.AT_HOME)
    by_name = hints.hints(seen.name, strong) or (guess.type == "text" and hints.hints(seen.name, hints.PERSONS))
    values, _ = seen.spectrum
    long = seen.is_whole and len(values) > 1 and values[-1] >= 10 ** (LONG_NUMBER - 1) and seen.unique_share > 0.5
    if not seen.n_filled or not by_name or may_be_place(seen.name) or not (guess.type == "text" or long):
        return None
    why = "its name says that it names a person or a home"
    return Guess(seen, "text", role="identity", private=True, required=False, missing=seen.words, why=why)


def running_number(guess: Guess) -> Guess | None:
    """A number within the dwelling or the list says nothing of a household."""
    named = hints.words(guess.name)[:1] in [[word] for word in hints.RUNNING]
    if not named or guess.type not in ("integer", "category") or hints.hints(guess.name, hints.PLACE):
        return None
    # What it runs from and to is nobody's business.
    plain = replace(guess, why="whole numbers") if guess.type == "integer" else guess
    return plain.ignored("a running number? if it is an answer, make it a feature")


def a_place(guess: Guess) -> Guess | None:
    """Codes or names that several households share, under the name of a place; a feature where they are few."""
    seen = guess.seen
    whole = seen.is_whole or not seen.is_numeric
    fits = guess.role != "identity" and whole and guess.type in ("category", "integer", "text")
    if not (fits and may_be_place(seen.name) and 1 < seen.n_distinct <= max(seen.n_rows / 2, 2)):
        return None
    coded = guess.type == "category"
    return guess.but(
        why="its name says that it is a place", role="place", type=guess.type if coded else "text", minimum=None,
        feature=coded and seen.n_distinct <= MOST_PLACES, required=True,
    )  # fmt: skip


def a_programme(guess: Guess) -> Guess | None:
    """Help that somebody gave: what comes of it is for effects, not for risk."""
    if guess.type not in ("boolean", "category") or not hints.hints(guess.name, hints.PROGRAMME):
        return None
    return guess.but("help that was given; no feature", role="programme")


def asked_afterwards(guess: Guess) -> Guess | None:
    """Keep out what its name puts after the time of scoring."""
    whole = any(word in hints.AFTERWARDS_WHOLE for word in hints.words(guess.name))
    if guess.role != "feature" or not (whole or hints.hints(guess.name, hints.AFTERWARDS)):
        return None
    return guess.ignored('its name hints at later: known = "later", or a feature if known when households are scored?')


def a_ranking(guess: Guess) -> Guess | None:
    """A decile, a score: somebody made it of what is asked here, or of the outcome; nothing learns from it unasked."""
    if guess.role != "feature" or not hints.hints(guess.name, hints.RANKING) or guess.type not in RANKED:
        return None
    kept = [check for check in guess.checks if "ranking" not in check]
    check = (
        'a ranking that somebody made? role = "score", type = "integer" or "number", and direction = "falls" where '
        "more means better off; a feature only where it is known to all"
    )
    return replace(guess, checks=tuple(kept)).ignored(check)


def _with_keys(guesses: Guesses, keys: Keys) -> Guesses:
    found = dict(guesses)
    if keys.id:
        found[keys.id] = _the_id(guesses[keys.id], keys)
    for name in keys.other_times:
        found[name] = guesses[name].ignored(*(["another time?"] if guesses[name].role != "ignored" else []))
    if keys.time:
        found[keys.time] = _the_time(guesses[keys.time])
    return found


def _the_time(guess: Guess) -> Guess:
    checks = [] if is_year(guess) else ["a time must count on: 4 x year + quarter, not 20241"]
    return guess.but(*checks, why="its name and values say when", role="time", type="integer", codes=(),
                     feature=False, required=True, minimum=None)  # fmt: skip


def _the_id(guess: Guess, keys: Keys) -> Guess:
    why = f"unique together with {keys.time}" if keys.repeats else "unique"
    guess = replace(guess, why="", checks=())
    checks = ["some rows repeat it and are set aside"] if not keys.repeats and guess.seen.unique_share < 1 else []
    if guess.private:
        checks.append("it names persons, so reading needs GRADUATION_PSEUDONYM_KEY; another id would be better")
    return guess.but(*checks, why=why, role="id", type="text", codes=(), feature=False, required=True, minimum=None)


def copies_of(table: pd.DataFrame) -> Callable[[Guesses], Guesses]:
    """Return the step that finds columns with the very values of an earlier one."""

    def step(guesses: Guesses) -> Guesses:
        found = dict(guesses)
        known: dict[tuple[int, int, float, float], str] = {}
        for name, guess in guesses.items():
            if guess.seen.n_distinct < FEWEST_FOR_A_COPY or not guess.seen.is_numeric:
                continue
            twin = known.setdefault(_fingerprint(guess), name)
            if twin != name and guess.role == "feature" and _equal(table, guesses[twin], guess):
                found[name] = guess.ignored(f"the same values as {twin}")
        return found

    return step


def _fingerprint(guess: Guess) -> tuple[int, int, float, float]:
    values, counts = guess.seen.spectrum
    return len(values), int(counts.sum()), float(values[0]), float(values @ counts)


def _equal(table: pd.DataFrame, one: Guess, other: Guess) -> bool:
    parts = [pd.to_numeric(table.iloc[:, guess.seen.place], errors="coerce") for guess in (one, other)]
    arrays = [part.to_numpy(dtype="float64", na_value=np.nan) for part in parts]
    return bool(np.array_equal(arrays[0], arrays[1], equal_nan=True))


def the_weight(guesses: Guesses) -> Guesses:
    """Give the first column that weighs households its role; others like it are ignored."""
    fitting = [guess for guess in guesses.values() if _weighs(guess)]
    # A whole word for a weight says more than a letter.
    fitting.sort(key=lambda guess: len(hints.words(guess.name)[0]) < 2)
    found = dict(guesses)
    for number, guess in enumerate(fitting):
        if number == 0:
            found[guess.name] = guess.but(why="its name says that it weighs", role="weight", type="number",
                                          minimum=0.0, missing=guess.seen.words, codes=())  # fmt: skip
        else:
            found[guess.name] = guess.ignored("another survey weight?")
    return found


def _weighs(guess: Guess) -> bool:
    if guess.role not in ("feature", "ignored") or not guess.seen.is_numeric:
        return False
    values, counts = guess.seen.spectrum
    fits = values[0] >= 0 and values @ counts > 0 and guess.seen.missing_share <= MOST_MISSING_WEIGHTS
    named = hints.hints(guess.name, hints.WEIGHT, against=hints.NOT_WEIGHT)
    return bool(named and fits and guess.type in ("integer", "number") and len(values) > 1)


def the_welfare(guesses: Guesses) -> Guesses:
    """Give the amount that tells how well a household lives its role; the one per head before others."""
    fitting = [guess for guess in guesses.values() if _tells_welfare(guess)]
    fitting.sort(key=lambda guess: not hints.hints(guess.name, hints.PER_HEAD))
    found = dict(guesses)
    for number, guess in enumerate(fitting):
        if number == 0:
            check = "consumption or income per head and month? the line must be in its unit"
            found[guess.name] = guess.but(check, why="its name and values tell how well a household lives",
                                          role="welfare", type="number")  # fmt: skip
        else:
            check = f"money like {fitting[0].name}; a feature only where it is known whenever households are scored"
            found[guess.name] = guess.ignored(check)
    return found


def _tells_welfare(guess: Guess) -> bool:
    if guess.role != "feature" or guess.type not in ("integer", "number") or guess.seen.n_distinct < MANY_AMOUNTS:
        return False
    values, counts = guess.seen.spectrum
    mean = values @ counts / counts.sum()
    median = values[np.searchsorted(np.cumsum(counts), counts.sum() / 2)]
    return bool(hints.hints(guess.name, hints.WELFARE) and values[0] > -mean and mean > median)

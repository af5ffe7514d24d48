"""What is known only later: columns asked again, the outcome, and whatever gives it away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.schema.inferring import hints
from graduation.schema.inferring.guess import Guess

Guesses = dict[str, Guess]

AGAIN = ("1", "next", "end", "endline", "el", "fup", "followup", "fu", "after", "post", "later", "t1", "w2", "wave2",
         "r2", "sesudah", "apres", "despues", "depois")  # fmt: skip
FIRST = ("bsl", "baseline", "bl", "b", "base", "pre", "before", "t0", "w0", "w1", "wave1", "r1", "awal", "0")
# So many columns of one ending, asked again, make the ending a habit of the file.
A_HABIT = 3
TELLS_TOO_MUCH = 0.995
ROWS_TRIED = 20_000


@dataclass(frozen=True)
class Again:
    """A column that repeats an earlier one, by its name; `sure` when both hold the same kind of values."""

    name: str
    of: str
    ending: str
    sure: bool


def mark_later(table: pd.DataFrame, guesses: Guesses) -> Guesses:
    """Return the guesses with the columns of later marked, the state and the outcome named where one pair stands out."""
    again = {name: found for name in guesses if (found := asked_again(name, guesses)) is not None}
    marked = dict(guesses)
    for name, found in again.items():
        marked[name] = _later(guesses[name], found)
    marked = _by_habit(marked, again)
    marked = state_and_outcome(marked, again)
    return give_away(table, marked)


def asked_again(name: str, guesses: Guesses) -> Again | None:
    """Return what a name such as x_1 or x_end repeats, when x or x_bsl is there as well."""
    stem, _, ending = name.rpartition("_")
    if not stem or ending.lower() not in AGAIN or guesses[name].role in ("id", "time"):
        return None
    # x_1, x_2 and x_3 are three questions, not one asked again.
    series = ending == "1" and f"{stem}_2" in guesses
    first = [stem, *(f"{stem}_{word}" for word in FIRST if not ending.isdigit())]
    of = next((other for other in first if other in guesses and other != name), None)
    if of is None or series:
        return None
    return Again(name, of, ending.lower(), _alike(guesses[of], guesses[name]))


def _alike(one: Guess, other: Guess) -> bool:
    """Whether two columns answer the same question: one type, and codes that overlap."""
    kinds = {one.type, other.type}
    if kinds <= {"integer", "number"}:
        return True
    values = [set(map(str, guess.seen.texts)) if guess.seen.n_distinct < MANY_TEXTS else set() for guess in (one, other)]
    return len(kinds) == 1 and (values[0] == values[1] or len(values[0] & values[1]) >= 2)


MANY_TEXTS = 200


def _later(guess: Guess, again: Again) -> Guess:
    if again.sure:
        return guess.but(why=f"{again.of} asked again later", later=True, required=False, feature=False,
                         role="ignored")  # fmt: skip
    return guess.but(f'asked later, like {again.of} again? then known = "later", so that nothing learns from it')


def _by_habit(guesses: Guesses, again: dict[str, Again]) -> Guesses:
    """Mark columns whose ending the file uses for later throughout, though nothing of before is there."""
    endings = [found.ending for found in again.values() if found.sure and not found.ending.isdigit()]
    habits = {ending for ending in endings if endings.count(ending) >= A_HABIT}
    found = dict(guesses)
    for name, guess in guesses.items():
        ending = name.rpartition("_")[2].lower()
        if ending in habits and not guess.later and guess.role not in ("id", "time"):
            check = f"_{ending} stands for later in this file"
            found[name] = guess.but(check, later=True, required=False, feature=False, role="ignored")
    return found


def state_and_outcome(guesses: Guesses, again: dict[str, Again]) -> Guesses:
    """Name the state, and the outcome that repeats it, when one column of yes or no is called extreme poor."""
    named = [guess for guess in guesses.values() if _says_poor(guess)]
    extreme = [guess for guess in named if hints.hints(guess.name, hints.EXTREME)]
    best = extreme or named
    found = dict(guesses)
    for guess in named:
        if best == [guess]:
            found[guess.name] = guess.but("extreme poor now?", why="its name says poor", role="state", feature=False)
        else:
            found[guess.name] = guess.ignored("tells the state, or is it?")
    if len(best) == 1:
        state = best[0].name
        for name in [name for name, one in again.items() if one.of == state and one.sure][:1]:
            found[name] = found[name].but("extreme poor later: what is predicted?", role="outcome", type="boolean")
    return found


def _says_poor(guess: Guess) -> bool:
    return (
        guess.type == "boolean" and guess.role == "feature" and not guess.later and hints.hints(guess.name, hints.POOR)
    )


def give_away(table: pd.DataFrame, guesses: Guesses) -> Guesses:
    """Ignore features from which the outcome can be read almost without a fault."""
    outcome = next((guess for guess in guesses.values() if guess.role == "outcome"), None)
    if outcome is None:
        return guesses
    rows = table if len(table) <= ROWS_TRIED else table.sample(ROWS_TRIED, random_state=0)
    truth = rows.iloc[:, outcome.seen.place].astype("string").isin([*outcome.yes, *(f"{y}.0" for y in outcome.yes)])
    found = dict(guesses)
    for name, guess in guesses.items():
        if guess.role == "feature" and guess.seen.is_numeric and _tells(rows.iloc[:, guess.seen.place], truth):
            check = f'tells {outcome.name} almost without a fault: known = "later"?'
            found[name] = guess.ignored(check)
    return found


def _tells(cells: pd.Series, truth: pd.Series) -> bool:
    values = pd.to_numeric(cells, errors="coerce")
    kept = values.notna().to_numpy(dtype=bool)
    yes = truth.to_numpy(dtype=bool)[kept]
    if yes.sum() < 1 or (~yes).sum() < 1:
        return False
    ranks = values[kept].rank().to_numpy(dtype="float64")
    n_yes, n_no = int(yes.sum()), int((~yes).sum())
    area = (ranks[yes].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no)
    return bool(max(area, 1 - area) >= TELLS_TOO_MUCH)

"""What is known only later: columns asked again, the outcome, and whatever gives it away."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pandas as pd

from graduation.schema.cells import cell_text
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
MANY_TEXTS = 200


@dataclass(frozen=True)
class Again:
    """A column that repeats an earlier one, by its name; `sure` when both hold the same kind of values."""

    name: str
    of: str
    ending: str
    sure: bool


def mark_later(table: pd.DataFrame, guesses: Guesses) -> Guesses:
    """Mark the columns of later, and name the state and the outcome where one pair stands out."""
    again = {name: found for name in guesses if (found := asked_again(name, guesses)) is not None}
    marked = dict(guesses)
    for name, found in again.items():
        marked[name] = _later(guesses[name], found)
    marked = _by_numbers(_beside_first(_by_habit(marked, again)))
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
    values = [
        set(map(str, guess.seen.texts)) if guess.seen.n_distinct < MANY_TEXTS else set() for guess in (one, other)
    ]
    return len(kinds) == 1 and (values[0] == values[1] or len(values[0] & values[1]) >= 2)


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
            plain = replace(guess, checks=())
            found[name] = plain.but(
                f"_{ending} stands for later in this file", later=True, required=False, feature=False, role="ignored"
            )
    return found


def _beside_first(guesses: Guesses) -> Guesses:
    """Keep out what lacks the ending by which a file marks what was asked first."""
    endings = [name.rpartition("_")[2].lower() for name, guess in guesses.items() if "_" in name and not guess.later]
    habits = {ending for ending in FIRST if ending.isalpha() and endings.count(ending) > A_HABIT}
    if not habits:
        return guesses
    check = f'without the ending _{sorted(habits)[0]} of what was asked first: asked later? then known = "later"'
    found = dict(guesses)
    for name, guess in guesses.items():
        if guess.role == "feature" and not guess.later and name.rpartition("_")[2].lower() not in habits:
            found[name] = guess.ignored(check)
    return found


def _by_numbers(guesses: Guesses) -> Guesses:
    """Doubt x12 beside x, and amounts that differ by a number (re74, re78): some may be of later."""
    found = dict(guesses)
    series = Counter(_stem(name) for name, guess in guesses.items() if guess.type == "number")
    for name, guess in guesses.items():
        stem = _stem(name)
        if guess.role != "feature" or stem is None:
            continue
        if stem in guesses and _alike(guesses[stem], guess):
            found[name] = guess.ignored(f'{stem} asked again? then known = "later"; else a feature')
        elif guess.type == "number" and series[stem] > 1:
            found[name] = guess.but(f"one of several {stem}..: is it known when households are scored?")
    return found


def _stem(name: str) -> str | None:
    """Return x of x12, where no mark parts the two."""
    stem = name.rstrip("0123456789")
    return stem if stem != name and len(stem) > 1 and stem[-1].isalpha() else None


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
            found[guess.name] = guess.ignored("poor by another line? if it is the state, make it the only one")
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
    """Ignore features from which the outcome can be read almost without a fault; name those that tell the state."""
    rows = table if len(table) <= ROWS_TRIED else table.sample(ROWS_TRIED, random_state=0)
    found = dict(guesses)
    for told in [guess for guess in guesses.values() if guess.role in ("outcome", "state")]:
        truth = cell_text(rows.iloc[:, told.seen.place]).isin(told.yes)
        for name, guess in found.items():
            if guess.role != "feature" or not guess.seen.is_numeric or not _tells(rows, guess, truth):
                continue
            if told.role == "outcome":
                found[name] = guess.ignored(f'tells {told.name} almost without a fault: known = "later"?')
            else:
                found[name] = guess.but(f"{told.name} follows from it: welfare, or a feature where it is known to all")
    return found


def _tells(rows: pd.DataFrame, guess: Guess, truth: pd.Series) -> bool:
    values = pd.to_numeric(rows.iloc[:, guess.seen.place], errors="coerce")
    kept = values.notna().to_numpy(dtype=bool)
    yes = truth.to_numpy(dtype=bool)[kept]
    if yes.sum() < 1 or (~yes).sum() < 1:
        return False
    ranks = values[kept].rank().to_numpy(dtype="float64")
    n_yes, n_no = int(yes.sum()), int((~yes).sum())
    area = (ranks[yes].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no)
    return bool(max(area, 1 - area) >= TELLS_TOO_MUCH)

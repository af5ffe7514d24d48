"""What a column holds, told from its values first: yes or no, codes, counts, amounts, dates, texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from graduation.results import SEPARATED_FROM
from graduation.schema.inferring import hints
from graduation.schema.inferring.guess import Guess
from graduation.schema.inferring.marks import is_count, is_dense, missing_marks, zero_is_a_mark
from graduation.schema.inferring.persons import (
    all_known,
    coordinates,
    digits_of,
    may_be_place,
    mostly_known,
    numbers_of_persons,
    told_by_name,
)
from graduation.schema.inferring.seen import FEW_SLIPS, Seen

YES_NO_NUMBERS = ((0, 1), (1, 2), (1, 5), (1, 3))
MOST_CODES = 30
MOST_PLACES = 40
# A word is shown as a code only when so many households share it: a rarer one might tell who they are.
FEWEST_SHARING = 5
RARE_MARK = 0.05
# A mark is doubted when more rows than this bear it, or so close above an answer.
DOUBTED_MARK, NEAR = 0.02, 2
NUMBER_OF_PERSON = 16
POINTS = "points are read as standing between thousands: so it is, or before decimals?"
CARD = 'a NIK or a family card number? structure = "nik" or "family_card" also checks its digits'
LONG_NUMBER = 8
SHORTEST_NUMBER, NUMBERED = 5, 0.3
FIRST_DAY, LAST_DAY = 19000101, 21001231
LONG_SCALE = 12


def guess_type(seen: Seen) -> Guess:
    """Return the first kind that fits what was seen."""
    rules: tuple[Callable[[Seen], Guess | None], ...] = (
        nothing, not_plain, constant, person_number, number_of_a_home, yes_or_no_in_words, dates, compact_dates,
        yes_or_no, codes, amounts,
    )  # fmt: skip
    return next((guess for rule in rules if (guess := rule(seen)) is not None), None) or words_as_codes(seen)


def nothing(seen: Seen) -> Guess | None:
    """No row has a value."""
    if seen.n_distinct:
        return None
    return Guess(seen, "text", missing=seen.words, why="no value in any row").ignored()


def not_plain(seen: Seen) -> Guess | None:
    """Bytes, lists and the like."""
    if not seen.odd:
        return None
    check = "cells are bytes or lists, not values: export the column again, one value a cell"
    return Guess(seen, "text").ignored(check, why="cells are no plain values")


def constant(seen: Seen) -> Guess | None:
    """All rows say the same, so there is nothing to learn from."""
    if seen.n_distinct > 1:
        return None
    kind = ("integer" if seen.is_whole else "number") if seen.is_numeric else "text"
    return Guess(seen, kind, missing=seen.words).ignored(why="one value in all rows")  # type: ignore[arg-type]


def person_number(seen: Seen) -> Guess | None:
    """Numbers of 10 to 16 digits name a person, a card or a telephone, and so do others under such a name."""
    if numbers_of_persons(seen):
        card = _of_length(seen, NUMBER_OF_PERSON)
        check = CARD if card else "numbers as of a person, a card or a telephone: is it something else?"
        why = "numbers of 16 digits" if card else "numbers of 10 to 16 digits"
        return _identity(seen).but(check, why=why)
    if told_by_name(seen) or coordinates(seen):
        return _identity(seen).but(why="its name and values say that it names a person or a home")
    return None


def _identity(seen: Seen) -> Guess:
    return Guess(seen, "text", role="identity", private=True, required=False, missing=seen.words)


def number_of_a_home(seen: Seen) -> Guess | None:
    """Long numbers of one length that few rows share name something, and count nothing."""
    money = seen.comma or hints.hints(seen.name, (*hints.WELFARE, *hints.MONEY))
    if money or not seen.is_whole or seen.n_slips or seen.unique_share < NUMBERED or not seen.n_distinct:
        return None
    low, high = seen.spectrum[0][[0, -1]]
    if low < 10 ** (SHORTEST_NUMBER - 1) or len(str(int(low))) != len(str(int(high))) or compact_dates(seen):
        return None
    check = "numbers of one length that few rows share: what do they name?"
    return Guess(seen, "text", missing=seen.words).ignored(check, why="many different numbers of one length")


def _of_length(seen: Seen, length: int) -> bool:
    fits = np.array([len(digits_of(str(text))) == length for text in seen.texts])
    return bool(seen.counts[fits].sum() >= (1 - FEW_SLIPS) * seen.n_filled)


def yes_or_no_in_words(seen: Seen) -> Guess | None:
    """Ya and tidak, si and no, true and false."""
    low = {str(text).lower() for text in seen.texts} if seen.n_distinct <= 4 else set()
    for yes, no in hints.YES_NO:
        if low == {yes, no}:
            return Guess(seen, "boolean", missing=seen.words, yes=(yes,), no=(no,), why=f"{yes} or {no}")
    return None


def yes_or_no(seen: Seen) -> Guess | None:
    """0 and 1, 1 and 2, 1 and 5, 1 and 3; beside 1 and 2 or 5 a 0 means not asked, unless it counts."""
    if not seen.is_whole or seen.n_slips or hints.hints(seen.name, hints.SEX):
        return None
    values, counts = seen.spectrum
    marks = missing_marks(values, counts) if len(values) > 2 else values[:0]
    rest = values[~np.isin(values, marks)]
    if len(rest) == 3 and rest[0] == 0 and _zero_is_no_answer(seen, len(marks) > 0):
        marks, rest = np.concatenate([rest[:1], marks]), rest[1:]
    pair = next(((low, high) for low, high in YES_NO_NUMBERS if list(rest) == [low, high]), None)
    if pair is None:
        return None
    yes, no = (1, 0) if pair == (0, 1) else pair
    guess = Guess(
        seen, "boolean", yes=seen.spellings([yes]), no=seen.spellings([no]),
        missing=(*seen.spellings(marks), *seen.words), why=f"{yes} and {no}{_beside(seen, marks)}",
    )  # fmt: skip
    return guess.but(*_doubts_on_marks(seen, marks))


def _zero_is_no_answer(seen: Seen, marked: bool) -> bool:
    values, counts = seen.spectrum
    zero = counts[values == 0].sum()
    return bool(zero < RARE_MARK * seen.n_filled or (marked and zero < counts.max()))


def _beside(seen: Seen, marks: np.ndarray) -> str:
    return f", beside {', '.join(seen.spellings(marks))} for no answer" if len(marks) else ""


def dates(seen: Seen) -> Guess | None:
    """2023-01-31, 31/01/2023; month first only where a day past 12 says so."""
    if seen.dated:
        return _date(seen, "")
    if seen.is_numeric:
        return None
    text = pd.Series(seen.texts, dtype="string")
    year_first = text.str.match(r"\d{4}-\d{1,2}-\d{1,2}(?:$|[ T])").to_numpy(dtype=bool, na_value=False)
    parts = text.str.extract(r"^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$")
    fits = year_first | parts[0].notna().to_numpy(dtype=bool)
    if seen.counts[fits].sum() < (1 - FEW_SLIPS) * seen.n_filled:
        return None
    second = pd.to_numeric(parts[2], errors="coerce")
    month_first = bool((second > 12).any() and not (pd.to_numeric(parts[0], errors="coerce") > 12).any())
    mark = parts[1].dropna().iloc[0] if parts[1].notna().any() else "/"
    return _date(seen, f"%m{mark}%d{mark}%Y" if month_first else "")


def _date(seen: Seen, date_format: str) -> Guess:
    guess = Guess(seen, "date", missing=seen.words, date_format=date_format, why="dates")
    return guess.ignored("a date is never a feature; an age or a duration made of it may be")


def compact_dates(seen: Seen) -> Guess | None:
    """20230131."""
    values, _ = seen.spectrum
    if not seen.is_whole or seen.n_slips or values[0] < FIRST_DAY or values[-1] > LAST_DAY:
        return None
    month, day = values // 100 % 100, values % 100
    fits = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return _date(seen, "%Y%m%d") if fits.all() else None


def codes(seen: Seen) -> Guess | None:
    """Few distinct whole numbers that count nothing."""
    values, counts = seen.spectrum
    place = hints.hints(seen.name, hints.PLACE)
    if not seen.is_whole or seen.n_slips or len(values) > 2 * MOST_PLACES:
        return None
    marks = values[:0] if place else missing_marks(values, counts)
    kept = ~np.isin(values, marks)
    if kept.sum() > (MOST_PLACES if place else MOST_CODES) or (
        not place and _measures(seen, values[kept], counts[kept])
    ):
        return None
    if not place and zero_is_a_mark(values[kept], counts[kept]):
        marks = np.concatenate([values[kept][:1], marks])
    kept = ~np.isin(values, marks)
    missing = (*seen.spellings(marks), *seen.words)
    why = f"{kept.sum()} codes{_beside(seen, marks)}"
    guess = Guess(seen, "category", codes=seen.spellings(values[kept]), missing=missing, why=why)
    return guess.but(*_doubts_on_codes(seen, marks))


def _measures(seen: Seen, values: np.ndarray, counts: np.ndarray) -> bool:
    """Whether few whole numbers are a count, an age, a long scale from 0, rather than codes."""
    counted = hints.hints(seen.name, hints.COUNTED) or hints.hints(seen.name, hints.MEASURED)
    dense = is_dense(values, counts)
    if hints.hints(seen.name, hints.RANKING) and not counted:
        return False
    if is_count(values, counts, hinted=counted):
        return True
    return bool(dense and len(values) >= 6 and (values[0] > 2 or (values[0] == 0 and len(values) >= LONG_SCALE)))


def _doubts_on_codes(seen: Seen, marks: np.ndarray) -> list[str]:
    ranking = 'a ranking that somebody made? role = "score", type = "integer" and a direction'
    return [*_doubts_on_marks(seen, marks), *([ranking] if hints.hints(seen.name, hints.RANKING) else [])]


def _doubts_on_marks(seen: Seen, marks: np.ndarray) -> list[str]:
    """Tell marks that so many households bear, or so near to an answer, that they may be an answer."""
    values, counts = seen.spectrum
    share = counts[np.isin(values, marks)].sum() / max(seen.n_filled, 1)
    answers = values[~np.isin(values, marks)]
    top = marks[marks > answers[-1]] if len(answers) and len(marks) else marks[:0]
    near = len(top) > 0 and top.min() - answers[-1] <= NEAR
    if share <= DOUBTED_MARK and not near:
        return []
    return [f"{', '.join(seen.spellings(marks))} in {share:.1%} of the rows: no answer, or a code of its own?"]


def amounts(seen: Seen) -> Guess | None:
    """Counts, ages and money."""
    if not seen.is_numeric:
        return None
    values, counts = seen.spectrum
    marks = missing_marks(values, counts)
    rest = values[~np.isin(values, marks)]
    minimum = 0.0 if seen.is_whole and len(rest) and rest[0] >= 0 else None
    kind = "whole numbers" if seen.is_whole else "numbers"
    slips = [f"{seen.n_slips:,} cells do not read as numbers; their rows are set aside"] if seen.n_slips else []
    guess = Guess(
        seen, "integer" if seen.is_whole else "number", minimum=minimum, missing=(*seen.spellings(marks), *seen.words),
        why=f"{kind} from {_figure(rest[0])} to {_figure(rest[-1])}{_beside(seen, marks)}",
    )  # fmt: skip
    points = [POINTS] if seen.comma and seen.is_whole else []
    return guess.but(*slips, *points, *_doubts_on_marks(seen, marks))


def _figure(value: float) -> str:
    # Years and codes stay as they are.
    return f"{value:,.10g}" if abs(value) >= SEPARATED_FROM else f"{value:.6g}"


def words_as_codes(seen: Seen) -> Guess:
    """Few words that many households share; else text that nothing learns from.

    Words are written only where all of them are usual answers: whatever else they are, they may be names.
    """
    few = seen.n_distinct <= MOST_CODES and seen.n_filled >= FEWEST_SHARING * seen.n_distinct
    place = may_be_place(seen.name)
    named = hints.hints(seen.name, hints.IDENTITY) or hints.hints(seen.name, hints.AT_HOME)
    if not few or (named and not place):
        return text(seen)
    known = all_known(seen)
    if not place and not known and not mostly_known(seen):
        check = (
            f"{seen.n_distinct} distinct words, no usual answers, so none is written: if they name nobody, a category?"
        )
        return replace(text(seen).but(check), why=f"{seen.n_distinct} words, perhaps names")
    shared = int(seen.counts.min()) >= FEWEST_SHARING
    check = "" if shared else "some words are rare, so none is listed here; write the codes to have slips set aside"
    if not known:
        check = "some words are no usual answers, so none is listed here; do they name persons? If not, write the codes"
    guess = Guess(seen, "category", missing=seen.words,
                  codes=tuple(sorted(map(str, seen.texts))) if shared and known else ())  # fmt: skip
    return guess.but(*([check] if check else []), why=f"{seen.n_distinct} words")


def text(seen: Seen) -> Guess:
    """Texts that are no codes; none of them is ever written out."""
    return Guess(seen, "text", missing=seen.words, why="many different texts").ignored()

"""What names a person or a home: by its name, by the digits of its values, and by words that nobody answers with."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from graduation.schema.inferring import hints
from graduation.schema.inferring.answers import answer_words, letters
from graduation.schema.inferring.seen import FEW_SLIPS, Seen

SHORTEST_NUMBER, LONGEST_NUMBER = 10, 16
# A village has a code of ten digits.
LONGEST_AREA = 10
# A telephone in a file may have lost its zero; a smaller number counts something.
SMALLEST_TOLD = 10_000
COVERED = 2 / 3
SHORT, SHORT_WITHOUT_VOWELS = 2, 4
LONGEST_CODE, MOST_DIGITS = 12, 6
VOWELS = frozenset("aeiou")
THOUSANDS = r"[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?:,\d{3})+"
# So fine is a degree that tells a home.
FINE = 3
FARTHEST = 180
SMALLEST_METRES = 100_000


def digits_of(text: str) -> str:
    """Return the digits of a number written with points, lines, blanks or a plus; "" when anything else is in it.

    >>> digits_of("+62 812-330-111"), digits_of("3216.0101.0101.0001"), digits_of("RT 01")
    ('62812330111', '3216010101010001', '')
    """
    # A number that a spreadsheet took for a decimal one ends in .0.
    bare = re.sub(r"[\s.\-'’`+/()]", "", text.removesuffix(".0"))
    return bare if bare.isascii() and bare.isdigit() else ""


def is_long_number(text: str) -> bool:
    """Whether a text is a number of 10 to 16 digits, however they are parted."""
    return SHORTEST_NUMBER <= len(digits_of(text)) <= LONGEST_NUMBER


def numbers_of_persons(seen: Seen) -> bool:
    """Whether nearly all cells are numbers of 10 to 16 digits, however they are parted; no measures, no money."""
    if not seen.n_distinct or seen.odd or seen.dated or seen.comma or (seen.is_numeric and not seen.is_whole):
        return False
    if seen.is_numeric and seen.spectrum[0][-1] < 10 ** (SHORTEST_NUMBER - 1):
        return False
    if may_be_place(seen.name) and all(len(digits_of(str(text))) <= LONGEST_AREA for text in seen.texts):
        return False
    fits = np.array([is_long_number(str(text)) for text in seen.texts])
    return bool(seen.counts[fits].sum() >= (1 - FEW_SLIPS) * seen.n_filled) and not _is_money(seen)


def _is_money(seen: Seen) -> bool:
    text = pd.Series(seen.texts, dtype="string")
    grouped = text.str.fullmatch(THOUSANDS).to_numpy(dtype=bool, na_value=False)
    return bool(grouped.mean() > 1 - FEW_SLIPS and text[grouped].str.endswith("00").mean() > 1 / 2)


def told_by_name(seen: Seen) -> bool:
    """Whether a column of numbers has the name of a telephone, a card or an account, and its numbers are not small."""
    named = hints.hints(seen.name, hints.NUMBERS, against=hints.COUNTED) and not hints.hints(seen.name, hints.MONEY)
    return bool(named and seen.is_whole and seen.n_filled and seen.spectrum[0][-1] >= SMALLEST_TOLD)


def may_be_place(name: str) -> bool:
    """Whether a name is that of a place and not of somebody there."""
    return hints.hints(name, hints.PLACE) and not hints.hints(name, (*hints.PERSONS, *hints.AT_HOME))


def coordinates(seen: Seen) -> bool:
    """Whether numbers say where a home is: latitude and longitude in fine degrees, or metres."""
    named = hints.hints(seen.name, hints.COORDINATES) or seen.name.strip().lower() in hints.AXES
    if not named or not seen.is_numeric or seen.n_distinct < 2:
        return False
    values, _ = seen.spectrum
    metres = bool(np.abs(values).min() >= SMALLEST_METRES)
    scaled = values * 10 ** (FINE - 1)
    fine = bool((np.abs(scaled - scaled.round()) > 1e-6).mean() > 1 / 2 and np.abs(values).max() <= FARTHEST)
    return fine or metres or (not seen.is_whole and hints.hints(seen.name, hints.SURE_COORDINATES))


def all_known(seen: Seen) -> bool:
    """Whether each word of each text is one of usual answers, or a short code."""
    person = hints.hints(seen.name, hints.PERSONS)
    return all(_is_answer(str(text), codes=not person) for text in seen.texts)


def mostly_known(seen: Seen) -> bool:
    """Whether most texts are usual answers, or short codes."""
    person = hints.hints(seen.name, hints.PERSONS)
    return bool(np.mean([_is_answer(str(text), codes=not person) for text in seen.texts]) >= COVERED)


def _is_answer(text: str, *, codes: bool) -> bool:
    """Whether a text is made of words of answers, or is a short code: A2, q_3, SD, KRPL."""
    parts = letters(text)
    if sum(mark.isdigit() for mark in text) > MOST_DIGITS and not re.search(THOUSANDS, text):
        return False
    known = answer_words()
    # A number beside a word is an address (Mawar 3), so a word in a code must be known as well.
    return all(part in known or (codes and _is_short(part)) for part in parts)


def _is_short(part: str) -> bool:
    return len(part) <= SHORT or (len(part) <= SHORT_WITHOUT_VOWELS and not VOWELS & set(part))

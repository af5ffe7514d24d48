"""A file without a header: its first household stands where the names belong, and is shown to nobody."""

from __future__ import annotations

import re
from itertools import pairwise

from graduation.errors import DataError, Problem
from graduation.schema.inferring.answers import answer_words, letters
from graduation.schema.inferring.persons import is_long_number
from graduation.schema.inferring.seen import Seen

NUMBER = r"[+-]?\d+(?:[.,]\d+)*"
DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
# A name or two may stand among its own answers (a column "yes" with yes in it).
FEWEST, SHARE = 2, 0.4
ALPHABETIC = r"[^\W\d_]+(?:[ .'-]+[^\W\d_]+)+"


def refuse_numbers_as_names(names: list[str], source: str) -> None:
    """Raise when names of columns are numbers of persons, dates, or numbers that do not count on."""
    numbers = _numbers(names)
    dates = [name for name in names if re.fullmatch(DATE, name)]
    many = len(numbers) >= FEWEST and len(numbers) + len(dates) >= SHARE * len(names) and not _rises(numbers)
    if 0 < len(dates) <= FEWEST or many or any(is_long_number(name) and not _counted(name) for name in names):
        raise DataError(source, [_no_header()])


def refuse_values_as_names(columns: list[Seen], source: str) -> None:
    """Raise when names of columns are among their own values, or one is a person's like the others below it."""
    numbers = _numbers([seen.name for seen in columns])
    counting = set(numbers) if len(numbers) >= FEWEST and _rises(numbers) else set()
    own = [seen for seen in columns if seen.name not in counting and _as_below(seen)]
    if len(own) >= max(FEWEST, SHARE * len(columns)) or (own and any(_like_a_person(seen) for seen in columns)):
        raise DataError(source, [_no_header()])


def _numbers(names: list[str]) -> list[str]:
    return [name for name in names if re.fullmatch(NUMBER, name)]


def _rises(numbers: list[str]) -> bool:
    """Whether names count on, as years do: 2019, 2020, 2021."""
    whole = all(name.isdigit() for name in numbers)
    return whole and all(int(later) > int(earlier) for earlier, later in pairwise(numbers))


def _counted(name: str) -> bool:
    """Whether a name holds more than digits and their marks, so that it is a name after all."""
    return not re.fullmatch(r"[\d\s.'’`+/()-]+", name)


def _as_below(seen: Seen) -> bool:
    """Whether a name might stand among the cells below it."""
    number = bool(re.fullmatch(NUMBER, seen.name)) and seen.is_numeric
    return number or seen.name in seen.texts or _shaped_alike(seen)


def _shaped_alike(seen: Seen) -> bool:
    """Whether a name has digits as the cells below it have: h0001 over h0002."""
    shape = re.sub(r"\d", "0", seen.name)
    cells = [re.sub(r"\d", "0", str(text)) for text in seen.texts[:200]]
    return shape.count("0") > FEWEST and cells.count(shape) > len(cells) / 2


def _like_a_person(seen: Seen) -> bool:
    """Whether a name is two words or more that nobody answers with or asks, and so are the cells below it."""
    cells = [str(text) for text in seen.texts[:200]]
    alike = [text for text in cells if re.fullmatch(ALPHABETIC, text)]
    unknown = not set(letters(seen.name)) & answer_words()
    return bool(re.fullmatch(ALPHABETIC, seen.name)) and unknown and len(alike) > len(cells) / 2


def _no_header() -> Problem:
    return Problem(
        "a row of values where the names of the columns belong (not shown, as it may name persons)",
        "a header: a first row with the name of each column",
        "Write the names of the columns above the first row.",
    )

"""Cells that stand for something: codes, yes and no, bits of a mask, areas, identifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from graduation.schema.column import Column
from graduation.schema.written import Cells, Fault, Writing, marked, matches, without

IDENTIFIERS = ("id", "identity", "household")
# From here on a float, and in a spreadsheet any number, has lost digits of a long identifier.
EXACT = {"float64": 2.0**53, "float32": 2.0**24, "spreadsheet": 1e15}
SCIENTIFIC = r"[0-9][.,][0-9]+[eE][+]?[0-9]{1,3}|[0-9]+[eE][+][0-9]{1,3}"
# These mean yes and no in every yes-or-no column, whatever else its dictionary names.
WORDS = {"yes": ("yes", "ya", "true"), "no": ("no", "tidak", "false")}
DOTTED = r"[0-9]{2}(?:\.[0-9]{2,4})+"
AREA_LENGTHS = {"kemendagri": (2, 4, 6, 10), "bps": (2, 4, 7, 10)}
# A length that the one coding has and the other has not tells whose code it is.
TELLTALE = {"kemendagri": (7, "bps_area_code"), "bps": (6, "kemendagri_area_code")}


def plain_number(text: str) -> str:
    """Return a whole number without leading zeros and decimals, any other text as it is.

    >>> plain_number("01"), plain_number("1.0"), plain_number("000"), plain_number("1a")
    ('1', '1', '0', '1a')
    """
    whole, point, rest = text.partition(".")
    number = whole.isascii() and whole.isdigit() and (not point or rest.strip("0") == "")
    return (whole.lstrip("0") or "0") if number else text


def _only_one(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what each spelling stands for, where it stands for one thing only."""
    distinct = set(pairs)
    times = Counter(spelling for spelling, _ in distinct)
    return {spelling: code for spelling, code in distinct if times[spelling] == 1}


def spellings(column: Column) -> dict[str, str]:
    """Return the code that each spelling of a category stands for: number, label in any case, the code itself."""
    labels = _only_one((label, code) for code in column.codes for label in _labels(column, code))
    numbers = _only_one((plain_number(code), code) for code in column.codes)
    return {**labels, **numbers, **{code: code for code in column.codes}}


def _labels(column: Column, code: str) -> list[str]:
    """Return the labels of a code, if it has any, in small letters and with single blanks."""
    names = column.codes.get(code)
    labels = [] if names is None else [" ".join(label.split()).casefold() for label in (names.en, names.id)]
    return [label for label in labels if label]


def codes_called(column: Column, name: str) -> list[str]:
    """Return the codes that a word may stand for: the code itself, or all those that have it for a label, in any case.

    >>> sex = Column(name="sex", type="category", codes={"1": {"en": "male", "id": "laki-laki"}, "2": {"en": "female"}})
    >>> codes_called(sex, "Laki-laki"), codes_called(sex, "02"), codes_called(sex, "other")
    (['1'], ['2'], [])
    """
    same = [code for code in column.codes if name == code]
    same = same or [code for code in column.codes if plain_number(name) == plain_number(code)]
    return same or [code for code in column.codes if " ".join(name.split()).casefold() in _labels(column, code)]


def _meaning(text: pd.Series, known: dict[str, str]) -> pd.Series:
    """Return what texts stand for, missing where that is not known."""
    found = {
        cell: known.get(cell) or known.get(plain_number(cell)) or known.get(" ".join(cell.split()).casefold())
        for cell in text.dropna().unique()
    }
    return text.map(found).astype("string")


def _present(cells: Cells, column: Column, keep: Iterable[str] = ()) -> pd.Series:
    """Return the texts that are not missing codes, which are also met as numbers and as their labels."""
    gone = {plain_number(code) for code in column.missing} - {plain_number(code) for code in keep}
    gone |= {label for code in column.missing for label in _labels(column, code)}
    text = without(cells.text, column.missing)
    if not gone:
        return text
    spelt = text.map(lambda cell: {plain_number(cell), " ".join(cell.split()).casefold()}, na_action="ignore")
    return text.mask(marked(spelt.map(lambda spellings: not gone.isdisjoint(spellings), na_action="ignore")))


def as_codes(cells: Cells, column: Column, writing: Writing) -> tuple[pd.Series, list[Fault]]:
    """Return the cells of a category as the codes of the dictionary, and which of them break a rule."""
    kept = [code for code in column.codes if code not in column.missing]
    text = _present(cells, column, kept) if column.codes else without(cells.text, column.missing)
    faults = _damaged(cells, text, column, writing)
    for fault in faults:
        # A rounded number is nobody's, so it may not count as one that two households share.
        text = text.mask(fault.wrong) if fault.keeps else text
    if not column.codes:
        return _area(text, column, faults) if column.area else (text, faults)
    values = _meaning(_undotted(text) if column.area else text, spellings(column))
    unknown = marked(text.notna() & values.isna())
    if column.area:
        _, lengths = _area(text.where(unknown), column, [])
        faults += lengths
        unknown = unknown & ~np.logical_or.reduce([fault.wrong for fault in lengths])
    values = values.mask(unknown, text) if column.open else values
    return values, [*faults, Fault("unknown_code", unknown, f"one of {', '.join(column.codes)}", keeps=column.open)]


def _undotted(text: pd.Series) -> pd.Series:
    """Return codes of areas without the dots between their parts; a number with decimals stays what it is."""
    dotted = matches(text, DOTTED)
    return text.mask(dotted, text.str.replace(".", "", regex=False))


def _area(text: pd.Series, column: Column, faults: list[Fault]) -> tuple[pd.Series, list[Fault]]:
    """Return codes of areas without dots, and those whose length another coding, or none, has."""
    coding = column.area or "kemendagri"
    bare = _undotted(text)
    digits = matches(bare, "[0-9]+")
    length = bare.str.len().fillna(0).to_numpy(dtype=int)
    allowed = " or ".join([", ".join(map(str, AREA_LENGTHS[coding][:-1])), str(AREA_LENGTHS[coding][-1])])
    expected = f"a code of {coding} with {allowed} digits"
    other, rule = TELLTALE[coding]
    foreign = digits & (length == other)
    wrong = marked(bare.notna()) & ~foreign & ~(digits & np.isin(length, AREA_LENGTHS[coding]))
    return bare.mask(foreign | wrong), [
        *faults,
        Fault(rule, foreign, expected),
        Fault("not_an_area_code", wrong, expected),
    ]


def _damaged(cells: Cells, text: pd.Series, column: Column, writing: Writing) -> list[Fault]:
    """Find text that a program has spoilt: identifiers that became rounded numbers, cells that became dates."""
    faults = []
    if writing.spreadsheet and cells.dated.any():
        expected = "text; a spreadsheet has made a date of it: format the column as text and type it again"
        faults.append(Fault("became_a_date", cells.dated & marked(text.notna()), expected))
    if column.role in IDENTIFIERS:
        expected = "all digits: format the column as text and enter them again"
        lost = digits_lost(cells, writing) & marked(text.notna())
        # Without its id a household cannot be told from others; without its NIK it still is on the list.
        faults.append(Fault("digits_lost", lost, expected, keeps=column.role == "identity"))
    return faults


def digits_lost(cells: Cells, writing: Writing) -> np.ndarray:
    """Return which identifiers were rounded when they were kept as numbers."""
    lost = matches(cells.text, f"(?:{SCIENTIFIC})")
    typed = cells.distinct
    if typed.dtype == object:
        # Python keeps whole numbers of any length; a spreadsheet does not.
        limit, rounded = (EXACT["spreadsheet"], (int, float)) if writing.spreadsheet else (EXACT["float64"], (float,))
        beyond = [isinstance(cell, rounded) and not -limit < cell < limit for cell in typed]
        return marked(lost | (np.array(beyond, dtype=bool) & marked(cells.text.notna())))
    limit = EXACT.get(str(typed.dtype).lower(), np.inf)
    if limit == np.inf:
        return lost
    return marked(lost | (np.abs(np.nan_to_num(typed.to_numpy(dtype="float64", na_value=0.0))) >= limit))


def as_yes_no(cells: Cells, column: Column, writing: Writing) -> tuple[pd.Series, list[Fault]]:
    """Return yes and no as booleans, and which cells are neither."""
    del writing
    if column.bit is not None:
        return _bits(cells, column)
    answers = dict.fromkeys(column.yes, "yes") | dict.fromkeys(column.no, "no")
    words = _answer_words(column, answers)
    text = _present(cells, column, answers).str.lower()
    meaning = _meaning(text, {**_only_one((plain_number(word), answer) for word, answer in words.items()), **words})
    values = (meaning == "yes").astype("boolean").mask(marked(meaning.isna()))
    wrong = marked(text.notna() & meaning.isna())
    expected = f"{column.yes[0]} (yes) or {column.no[0]} (no)"
    return values, [Fault("not_yes_or_no", wrong, expected, keeps=column.open)]


def _answer_words(column: Column, answers: dict[str, str]) -> dict[str, str]:
    """Return what each word means: the dictionary's own, labels of its codes, and yes and no in both languages."""
    labels = _only_one((label, answer) for code, answer in answers.items() for label in _labels(column, code))
    common = {word: answer for answer, words in WORDS.items() for word in words if word not in column.missing}
    return common | labels | {word.casefold(): answer for word, answer in answers.items()}


def _bits(cells: Cells, column: Column) -> tuple[pd.Series, list[Fault]]:
    """Return whether the column's bit is set in whole numbers that are made of the bits of its mask."""
    bit, mask = column.bit or 0, column.mask or 0
    no = {plain_number(word) for word in column.no}
    text = _present(cells, column)

    def answer(cell: str) -> str:
        number = plain_number(cell)
        if number in no:
            return "no"
        whole = number.isascii() and number.isdigit() and len(number) < 20
        if not whole or int(number) & ~mask:
            return ""
        return "yes" if int(number) & bit else "no"

    found = text.map({cell: answer(cell) for cell in text.dropna().unique()}).astype("string")
    wrong = marked(found == "")
    values = (found == "yes").astype("boolean").mask(wrong | marked(found.isna()))
    return values, [Fault("unknown_code", wrong, f"a whole number made of the bits of {mask}")]

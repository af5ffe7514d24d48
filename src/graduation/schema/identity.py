"""Whether numbers of identity are built as such numbers are; never whether they exist or belong to anybody.

NIK (person): 6-digit area of first registration, date of birth DDMMYY with 40 added to the day of a woman, 4-digit
serial. No. KK (family card): 6-digit area, date of issue DDMMYY, 4-digit serial. Areas are those of Kemendagri, two
digits each for province, regency and kecamatan. Nothing here sets a row aside: a wrong number is no reason to lose a
household.

Sources: composition as explained by Dukcapil Klaten (NIK) and public guides (No. KK); province codes of Kepmendagri
300.2.2-2430/2025.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graduation.schema.cells import Breach, cell_text, coerce
from graduation.schema.column import Column, Structure
from graduation.schema.dictionary import Dictionary
from graduation.schema.hiding import DIGITS, PROVINCES, bare_numbers
from graduation.schema.locating import locate

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FEMALE_DAY = 40
DAYS_IN_MONTH = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
DATES = {
    "nik": ("birth_date", "a day of 1-31, or 41-71 for a woman, that the calendar has"),
    "family_card": ("issue_date", "a day of issue, 1-31, that the calendar has"),
}
# What a NIK is compared with: the date of birth and the sex of the same person, by their harmonised names.
BORN_AND_SEX = {"person": ("birth_date", "is_female"), "household": ("head_birth_date", "is_head_female")}


def disagreeing_numbers(table: pd.DataFrame, dictionary: Dictionary) -> list[Breach]:
    """Find the NIK of a raw table that tell another date of birth or sex than their row; none is set aside for it.

    Where rows are households, the NIK is compared with their head. With two columns of NIK it is in doubt whose each
    is, so none is compared.

    Parameters
    ----------
    table : DataFrame
        As read, before ids become pseudonyms.
    dictionary : Dictionary
    """
    found = locate(table, dictionary)
    numbers = [column for name, column in dictionary.columns.items() if column.structure == "nik" and name in found]
    if len(numbers) != 1:
        return []
    told = cell_text(table[found[numbers[0].name]])
    born, sex = (_answers(table, dictionary, name) for name in BORN_AND_SEX[dictionary.unit])
    born = None if born is None else pd.to_datetime(born, errors="coerce")
    told = told.mask(told.isin(numbers[0].missing))
    return disagreements(told, numbers[0], birth_date=born, is_female=sex)


def _answers(table: pd.DataFrame, dictionary: Dictionary, harmonised: str) -> pd.Series | None:
    """Return the typed column that has this name or harmonised name, if the table has it."""
    found = locate(table, dictionary)
    for name, column in dictionary.columns.items():
        if name in found and harmonised in (column.harmonised, name) and column.type in ("date", "boolean"):
            return coerce(table[found[name]], column)[0]
    return None


def structure_breaches(text: pd.Series, column: Column) -> list[Breach]:
    """Find the numbers that are not built as their column's `structure` says; a missing one is no fault.

    Parameters
    ----------
    text : Series of str
        The numbers as told. Spaces, dots, dashes and the like do not count.
    column : Column
        With the structure ``nik`` or ``family_card``.

    Returns
    -------
    list of Breach
        Told, without setting rows aside: ``nik_not_16_digits``, and of those with 16 digits ``nik_area``,
        ``nik_birth_date`` and ``nik_serial``; for family cards ``family_card_...`` and ``family_card_issue_date``.
    """
    if column.structure is None:
        return []
    digits, places = _digits(text)
    other = text.notna().to_numpy(copy=True)
    other[places] = False
    date, expected_date = DATES[column.structure]
    area_is_wrong = (
        ~np.isin(digits // 10**14, PROVINCES) | (digits // 10**12 % 100 == 0) | (digits // 10**10 % 100 == 0)
    )
    found = [
        ("not_16_digits", np.flatnonzero(other), f"{DIGITS} digits, kept as text"),
        ("area", places[area_is_wrong], "the code of a province, a regency and a kecamatan"),
        (date, places[~_is_date(digits, column.structure)], expected_date),
        ("serial", places[digits % 10_000 == 0], "a serial from 0001 on"),
    ]
    return [
        Breach(column.name, f"{column.structure}_{rule}", rows, expected, keeps=True)
        for rule, rows, expected in found
        if len(rows)
    ]


def disagreements(
    text: pd.Series, column: Column, *, birth_date: pd.Series | None = None, is_female: pd.Series | None = None
) -> list[Breach]:
    """Find the NIK that tell another date of birth or sex than the row does; both may be right or wrong.

    Parameters
    ----------
    text : Series of str
        NIK as told.
    column : Column
        With the structure ``nik``.
    birth_date : Series of datetime, optional
    is_female : Series of boolean, optional

    Returns
    -------
    list of Breach
        ``nik_birth_date_disagrees`` and ``nik_sex_disagrees``, told without setting rows aside.
    """
    digits, places = _digits(text)
    sound = _is_date(digits, "nik")
    digits, places = digits[sound], places[sound]
    breaches = []
    if birth_date is not None:
        told = birth_date.iloc[places].dt
        # The number has no century, so only the last two digits of the year can be compared.
        same = [
            (digits // 10**4 % 100 == told.year % 100),
            (digits // 10**6 % 100 == told.month),
            (_day(digits) == told.day),
        ]
        wrong = places[told.year.notna().to_numpy() & ~np.logical_and.reduce(same)]
        breaches.append(("nik_birth_date_disagrees", wrong, "the date of birth told in the same row"))
    if is_female is not None:
        sex = is_female.iloc[places].astype("boolean")
        wrong = places[(sex != _is_female(digits)).fillna(False).to_numpy(dtype=bool)]
        breaches.append(("nik_sex_disagrees", wrong, "the sex told in the same row"))
    return [Breach(column.name, rule, rows, expected, keeps=True) for rule, rows, expected in breaches if len(rows)]


def is_sound(text: pd.Series, structure: Structure) -> pd.Series:
    """Return whether each number is built as its structure says; a missing one is not."""
    sound = bare_numbers(text).str.fullmatch(f"[0-9]{{{DIGITS}}}").fillna(False).astype(bool)
    for breach in structure_breaches(text, Column(name="", type="text", structure=structure)):
        sound.iloc[breach.rows] = False
    return sound


def _digits(text: pd.Series) -> tuple[Ints, Ints]:
    """Return the numbers of 16 digits as integers, and where they stand."""
    plain = bare_numbers(text)
    places = np.flatnonzero(plain.str.fullmatch(f"[0-9]{{{DIGITS}}}").to_numpy(dtype=bool, na_value=False))
    return plain.iloc[places].to_numpy(dtype=object).astype(np.int64), places


def _day(digits: Ints) -> Ints:
    day = digits // 10**8 % 100
    return day - FEMALE_DAY * (day > FEMALE_DAY)


def _is_female(digits: Ints) -> Bools:
    return np.asarray(digits // 10**8 % 100 > FEMALE_DAY)


def _is_date(digits: Ints, structure: Structure) -> Bools:
    """Whether the six digits of the date are a day of some century."""
    day = _day(digits) if structure == "nik" else digits // 10**8 % 100
    month, year = digits // 10**6 % 100, digits // 10**4 % 100
    month_is = (month >= 1) & (month <= 12)
    last = DAYS_IN_MONTH[np.where(month_is, month, 0)]
    # With two digits, every fourth year is a leap year in some century: 00 is 2000.
    no_leap_day = (month == 2) & (day == 29) & (year % 4 != 0)
    return np.asarray(month_is & (day >= 1) & (day <= last) & ~no_leap_day)

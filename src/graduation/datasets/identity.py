"""Numbers of households, family cards and heads that no real person can hold."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from graduation.datasets.settings import Bools, Ints, population

DAYS, MONTHS, SERIALS = 28, 12, 9_999
DATES = DAYS * MONTHS
CARD_STEP, CARD_START = 5, 17  # a step without a common factor with DATES visits every date
FEMALE_DAY = 40

List = Literal["registry", "pilot"]


def household_ids(numbers: Ints, kind: List) -> pd.Series:
    """Return ids such as BKS-0000123."""
    prefix: str = population()["identity"][kind]["prefix"]
    return prefix + "-" + pd.Series(numbers + 1).astype("str").str.zfill(7)


def head_numbers(numbers: Ints, birth_year: Ints, female: Bools, kind: List) -> pd.Series:
    """Return a NIK for each head: place, date of birth (women: day + 40), serial; unique for each household number."""
    date = numbers % DATES
    day = date % DAYS + 1 + FEMALE_DAY * female
    return _joined(numbers, day, date // DAYS + 1, birth_year % 100, kind)


def family_cards(numbers: Ints, kind: List) -> pd.Series:
    """Return a family card number for each household: place, date of issue, serial; unique."""
    first, last = population()["identity"]["card_issue_years"]
    date = (numbers * CARD_STEP + CARD_START) % DATES
    return _joined(numbers, date % DAYS + 1, date // DAYS + 1, first + numbers % (last - first + 1), kind)


def _joined(numbers: Ints, day: Ints, month: Ints, year: Ints, kind: List) -> pd.Series:
    """Join the parts of a number. The serial counts households of the same date, so no two numbers are the same."""
    settings = population()["identity"]
    rank = numbers // DATES
    part = settings[kind]["kecamatan_part"] + rank // SERIALS
    head = settings["regency"] * 100 + part
    whole = (((head * 100 + day) * 100 + month) * 100 + year) * 10_000 + rank % SERIALS + 1
    return pd.Series(np.asarray(whole)).astype("str")

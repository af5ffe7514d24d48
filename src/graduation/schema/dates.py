"""Dates in cells: year first, day first, by a stated format, or the serial numbers of a spreadsheet."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from graduation.schema.column import Column
from graduation.schema.written import Cells, Fault, Writing, marked, matches, without

YEAR_FIRST = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
DAY_FIRST = r"[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{4}"
# Nobody writes the month first before a dot.
DOTTED = r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}"
YEAR_AHEAD = "[0-9]{4}.*"
TWO_DIGITS = r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}"
# Day 0 of spreadsheets. They take 1900 for a leap year, so serials before March 1900 are off by one.
DAY_ZERO = np.datetime64("1899-12-30", "ns")
FIRST_SERIAL, LAST_SERIAL = 61, 120_000
# A whole number like this in a column of dates is more likely a year than a day of 1905.
YEARS = (1900, 2100)
# The ages that the common dictionaries allow: an older person is more likely a wrong date.
AGES = (0, 130)
MONTHS = 12
EXPECTED = "a date that exists, as 2024-01-31 or 31/01/2024"
UNCLEAR = "a date that reads one way only, as 2024-01-31: or state date_format in the dictionary"


def as_dates(cells: Cells, column: Column, writing: Writing) -> tuple[pd.Series, list[Fault]]:
    """Return the cells of a date column as dates, and which of them break a rule."""
    if pd.api.types.is_datetime64_any_dtype(cells.distinct):
        found = _nanoseconds(cells.distinct)
        return found, [Fault("not_a_date", marked(cells.distinct.notna() & found.isna()), EXPECTED)]
    text = without(cells.text, column.missing)
    values = pd.Series(np.datetime64("NaT"), index=text.index, dtype="datetime64[ns]")
    unclear = np.zeros(len(text), dtype=bool)
    written = text.mask(cells.typed | cells.dated)
    if column.date_format:
        values = values.fillna(_parsed(written, column.date_format))
    else:
        found, unclear = _unformatted(written)
        values = values.fillna(found)
    typed = _parsed_year_first(text.where(cells.dated))
    unclear = unclear | _swapped(typed, values.where(~marked(matches(written, YEAR_AHEAD))))
    values = values.fillna(typed)
    if writing.spreadsheet:
        serials, years = _serials(text.where(cells.typed))
        values, unclear = values.fillna(serials), unclear | years
    values = values.mask(unclear)
    wrong = marked(text.notna() & values.isna()) & ~unclear
    expected = f"a date that exists, written as {column.date_format}" if column.date_format else EXPECTED
    return values, [Fault("not_a_date", wrong, expected), Fault("unclear_date", unclear, UNCLEAR)]


def ages_on(born: pd.Series, day: date) -> pd.Series:
    """Return ages in whole years on a day; those that nobody has are missing."""
    dates = born.dt
    before_birthday = (dates.month > day.month) | ((dates.month == day.month) & (dates.day > day.day))
    age = (day.year - dates.year - before_birthday).astype("float64")
    found: pd.Series = age.where(age.between(*AGES))
    return found


def _nanoseconds(dates: pd.Series) -> pd.Series:
    """Return typed dates in nanoseconds, without a time zone; those out of reach are missing."""
    local = dates.dt.tz_localize(None)
    within = local.between(pd.Timestamp("1678-01-01"), pd.Timestamp("2262-01-01"))
    exact: pd.Series = local.where(within).astype("datetime64[ns]")
    return exact


def _parsed(text: pd.Series, form: str) -> pd.Series:
    return _nanoseconds(pd.to_datetime(text, format=form, errors="coerce"))


def _parsed_year_first(text: pd.Series) -> pd.Series:
    """Return year-first texts as dates, with the time of day where there is one."""
    plain = text.str.replace("/", "-", regex=False).str.replace("T", " ", regex=False)
    found = _parsed(plain, YEAR_FIRST[0])
    for form in YEAR_FIRST[1:]:
        rest = plain[marked(plain.notna() & found.isna())]
        if rest.empty:
            break
        found.loc[rest.index] = _parsed(rest, form)
    return found


def _unformatted(text: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return dates written year first or day first, and which could be another date as well."""
    day_first = text.where(matches(text, DAY_FIRST)).str.replace("/", "-", regex=False)
    found = _parsed(day_first, "%d-%m-%Y")
    other = _parsed(day_first, "%m-%d-%Y")
    unclear = matches(text, TWO_DIGITS)
    # One date that can only be month first, and no other that reads both ways can be trusted.
    if (other.notna() & found.isna()).any():
        unclear = unclear | marked(found.notna() & other.notna() & (found != other))
    found = found.fillna(_parsed(text.where(matches(text, DOTTED)), "%d.%m.%Y"))
    return found.fillna(_parsed_year_first(text)), unclear


def month_first(cells: Cells, column: Column) -> np.ndarray:
    """Return which texts are dates that can only be month first, by which no other can be trusted."""
    found, other = _both_ways(cells, column)
    return marked(other.notna() & found.isna())


def reads_two_ways(cells: Cells, column: Column) -> np.ndarray:
    """Return which texts are one date day first and another one month first."""
    found, other = _both_ways(cells, column)
    return marked(found.notna() & other.notna() & (found != other))


def _both_ways(cells: Cells, column: Column) -> tuple[pd.Series, pd.Series]:
    text = without(cells.text, column.missing)
    day_first = text.where(matches(text, DAY_FIRST)).str.replace("/", "-", regex=False)
    return _parsed(day_first, "%d-%m-%Y"), _parsed(day_first, "%m-%d-%Y")


def _swapped(typed: pd.Series, written: pd.Series) -> np.ndarray:
    """Return which typed dates may have day and month swapped.

    A spreadsheet that expects the month first makes dates of 03/04/2024 and leaves 15/04/2024 a text.
    """
    nothing = np.zeros(len(typed), dtype=bool)
    if typed.isna().all() or not (written.dt.day > MONTHS).any() or (typed.dt.day > MONTHS).any():
        return nothing
    return marked(typed.notna() & (typed.dt.day != typed.dt.month))


def _serials(text: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return the dates of spreadsheet serials, and which are more likely years."""
    numbers = pd.to_numeric(text, errors="coerce").astype("float64")
    years = marked(numbers.between(*YEARS) & (numbers % 1 == 0))
    days = numbers.where(numbers.between(FIRST_SERIAL, LAST_SERIAL)).round(8)
    return DAY_ZERO + pd.to_timedelta(days, unit="D").astype("timedelta64[ns]"), years

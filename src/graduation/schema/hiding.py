"""Hide numbers of identity wherever they stand: in free text, rejected values, names of columns and messages."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from graduation.schema.written import holds, marked

HIDDEN = "(hidden)"
DIGITS = 16
PROVINCES = (
    *range(11, 20), 21, *range(31, 37), 51, 52, 53, *range(61, 66), *range(71, 77), 81, 82, *range(91, 97),
)  # fmt: skip
# What people and programs put around or between the digits; a colon parts hours from minutes, so it is none.
BLANKS = "\\s\u200b-\u200d\u2060\ufeff\u00ad"
MARKS = ".,_/'\u2018\u2019`\u00b4\u00b7\\-\u2010-\u2015\u2212"
SEPARATORS = re.compile(f"[{BLANKS}{MARKS}]")
# A number that became a float on its way into text.
FLOATED = re.compile(rf"^([0-9]{{{DIGITS}}})[.,]0+$")
# A comma before a blank parts the items of a list, and a new line begins another sentence.
_BLANK = f"(?:(?![\\r\\n])[{BLANKS}])"
_MARK = f"(?:(?!,)[{MARKS}])"
CLOSE = f"(?:{_MARK}{{1,2}}|,)"
APART = f"(?:{_BLANK}{{1,5}}(?:{_MARK}{{1,2}}{_BLANK}{{0,5}})?|{_MARK}{{1,2}}{_BLANK}{{1,5}})"
# Digits of these are no number of identity, whatever stands beside them.
HASH = r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{20})(?![0-9A-Za-z])"
_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_ENDS = f"(?!\\d|[{MARKS}]\\d)"
DATE = f"(?:{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}|{_DAY}[-/.]{_MONTH}[-/.]{_YEAR}){_ENDS}"
AMOUNT = f"[0-9]{{1,3}}(?:(?:\\.[0-9]{{3}}){{1,3}}|(?:,[0-9]{{3}}){{1,3}}){_ENDS}"
OTHER = f"(?:{HASH}|(?<!\\d)(?<!\\d[{MARKS}])(?:{DATE}|{AMOUNT}))"
RUN = f"\\d(?:(?:{CLOSE}|{APART}(?!{DATE}|{AMOUNT}))?\\d){{{DIGITS - 2},}}"
ANY = re.compile(f"(?P<other>{OTHER})|(?P<run>{RUN})")
# Cheap: most texts have no fifteen digits with little between them.
MAY_HOLD = r"[0-9](?:[^0-9A-Za-z]{0,12}[0-9]){14}"
# A float is written with at most so many digits.
LONGEST_FLOAT = 18


def bare_numbers(text: pd.Series) -> pd.Series:
    """Return numbers of identity without what stands around or between their digits, so that equal ones are equal.

    >>> bare_numbers(pd.Series(["3216.9052.0590.0001", "'3216905205900001", "3216905205900001.0"])).nunique()
    1
    """
    plain = text.astype("string")
    # Nearly all are digits alone, and looking for what is not costs more than to ask whether it is there.
    odd = marked(~plain.str.isdigit())
    cleaned = plain[odd].str.replace(FLOATED, r"\1", regex=True).str.replace(SEPARATORS, "", regex=True)
    return _with(plain, odd, cleaned.mask(cleaned == ""))


def hide_numbers(shown: pd.Series) -> pd.Series:
    """Return values with numbers of identity hidden, for one may stand in any column; see `hide_in`.

    >>> hide_numbers(pd.Series(["Setu", "3216905205900001", "KK 3216-9052-0590-0001", "0.30000000000000004"])).tolist()
    ['Setu', '(hidden)', 'KK (hidden)', '0.30000000000000004']
    """
    text = shown.astype("string")
    held = holding_numbers(text)
    return _with(text, held, text[held].map(hide_in))


def holding_numbers(text: pd.Series) -> np.ndarray:
    """Return which texts hold a number of identity; see `hide_in`."""
    held: np.ndarray = holds(text, MAY_HOLD) | holds(text, r"[^\x00-\x7f]")
    held[held] = [hide_in(one) != one for one in text[held]]
    return held


def _with(text: pd.Series, places: np.ndarray, other: pd.Series) -> pd.Series:
    """Return texts, those at some places replaced; labels of rows may repeat, so none are compared."""
    if not places.any():
        return text
    cells = text.array.copy()
    cells[places] = other.astype("string").array
    return pd.Series(cells, index=text.index, name=text.name)


def hide_in(text: str) -> str:
    """Return a text, such as a message, with numbers of identity hidden.

    Fifteen digits in a row or more are taken for such a number, which may have lost one. So are 15 to 17 digits that
    blanks, dots, commas, dashes, slashes, low lines or apostrophes part, where they begin as the code of a province
    does. Decimals, dates, amounts of up to 12 digits with thousands apart, and hashes are not; no amount is larger.

    >>> hide_in("no household '3216905205900001' here, nor 3216.9052.0590.0001")
    "no household '(hidden)' here, nor (hidden)"
    >>> hide_in("2024-05-17 1.500.000.000 of 1 234 567.125")
    '2024-05-17 1.500.000.000 of 1 234 567.125'
    """
    return ANY.sub(lambda found: HIDDEN if found["run"] and _may_identify(found["run"]) else found[0], text)


def _may_identify(run: str) -> bool:
    """Whether digits, and what stands between them, may be or hold a number of identity."""
    groups = re.findall(r"\d+", run)
    if _is_decimal(run, groups):
        return any(_begins_and_dates(one) for one in (*groups, "".join(groups)) if len(one) == DIGITS)
    if max(map(len, groups)) >= DIGITS - 1:
        return True
    whole = "".join(groups)
    if abs(len(whole) - DIGITS) <= 1:
        return int(whole[:2]) in PROVINCES
    # Something else stands beside the number: a house number, a count.
    ends = [sum(map(len, groups[:place])) for place in range(len(groups) + 1)]
    return any(int(whole[end : end + 2]) in PROVINCES for end in ends if end + DIGITS in ends)


def _is_decimal(run: str, groups: list[str]) -> bool:
    point = re.fullmatch(r"[0-9]+[.,][0-9]+", run) is not None
    return point and len(groups[0]) < DIGITS - 1 and len(run) <= LONGEST_FLOAT + 1


def _begins_and_dates(digits: str) -> bool:
    """Whether 16 digits begin with a province and tell a day, as few decimals do."""
    day, month = int(digits[6:8]), int(digits[8:10])
    return int(digits[:2]) in PROVINCES and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12

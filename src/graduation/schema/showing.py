"""Which values that break a rule may be shown: codes, numbers and words of the dictionary, never names of persons."""

from __future__ import annotations

import re

import pandas as pd

from graduation.schema.dictionary import Dictionary
from graduation.schema.hiding import HIDDEN, hide_numbers

LONGEST_NUMBER, LONGEST_CODE = 24, 12
WORD = re.compile(r"[^\W\d_]{2,}")
ERROR = re.compile(r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)")
FORMULA = re.compile(r"=[-+(]*(?:[A-Z]{2,14}\()?")
# Answers and spelt numbers that stand in cells of every registry and name nobody.
ANSWERS = frozenset(
    (
        "yes", "no", "true", "false", "ya", "tidak", "bukan", "belum", "nan", "null", "none", "na", "nil", "inf",
        "missing", "unknown", "refused", "other", "tidak ada", "tidak tahu", "lainnya", "kosong",
        "male", "female", "laki-laki", "perempuan",
        "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh",
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    )
)  # fmt: skip
# Units and months, beside digits only: alone, Mei and Juni are names of persons too.
UNITS = frozenset(
    (
        "rp", "idr", "usd", "rb", "ribu", "jt", "juta", "ha", "kg", "km", "cm", "mm", "va", "kwh", "watt", "orang",
        "jiwa", "th", "thn", "tahun", "bln", "bulan", "hari", "year", "years", "month", "months", "day", "days",
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
        "mei", "agu", "agt", "ags", "okt", "nop", "des",
        "january", "february", "march", "april", "june", "july", "august", "september", "october", "november",
        "december", "januari", "februari", "maret", "juni", "juli", "agustus", "oktober", "desember",
    )
)  # fmt: skip


def shown(text: pd.Series, dictionary: Dictionary) -> pd.Series:
    """Return values as they may be shown, told only how long they are where they might be names.

    Cells slip into other columns, so a text in any column may be the name of a person. Shown are numbers and codes
    (no two letters in a row; up to 24 characters without letters, 12 with some), words that the dictionary knows
    (codes, labels, yes and no, what stands for missing), common answers and spelt numbers, beside digits units and
    months too, errors of spreadsheets, and of a formula its beginning. Numbers of identity are hidden in all of them
    (`hide_in`).

    Parameters
    ----------
    text : Series of str
    dictionary : Dictionary

    Examples
    --------
    >>> from graduation.schema import load_dictionary
    >>> cells = pd.Series(["99", "4O", "30 juta", "Siti Aminah", "#N/A", "3216.9052.0590.0001"])
    >>> shown(cells, load_dictionary("household")).tolist()
    ['99', '4O', '30 juta', '(a text of 11 letters)', '#N/A', '(hidden)']
    """
    known = _words(dictionary)
    hidden = hide_numbers(text)
    once = {cell: _shown(cell, known) for cell in hidden.dropna().unique()}
    return hidden.map(once).astype("string")


def shown_ids(ids: pd.Series, dictionary: Dictionary) -> pd.Series:
    """Return open ids as they may be shown, where ids have digits: one that has none may be a name that slipped."""
    return hide_numbers(ids).where(has_digit(ids), shown(ids, dictionary))


def has_digit(text: pd.Series) -> pd.Series:
    """Return which texts have a digit; a missing one has none."""
    return text.str.contains(r"[0-9]").fillna(False).astype(bool)


def _shown(cell: str, known: frozenset[str]) -> str:
    plain = " ".join(cell.split())
    if ERROR.fullmatch(plain) or plain == HIDDEN or plain.casefold() in known:
        return cell
    words = {word.casefold() for word in WORD.findall(plain)}
    if not words and len(plain) <= (LONGEST_CODE if any(map(str.isalpha, plain)) else LONGEST_NUMBER):
        return cell
    if words and len(plain) <= LONGEST_NUMBER and any(map(str.isdigit, plain)) and words <= (known | UNITS):
        return cell
    formula = FORMULA.match(plain)
    return f"{formula[0]}..." if formula else f"(a text of {len(plain)} letters)"


def _words(dictionary: Dictionary) -> frozenset[str]:
    """Return the words that the dictionary knows, in lower case."""
    texts: list[str] = []
    for column in dictionary.columns.values():
        texts += [*column.codes, *column.yes, *column.no, *column.missing, *column.names(), column.title()]
        texts += [label for code in column.codes.values() for label in (code.en, code.id, code.value)]
    return ANSWERS | {" ".join(text.split()).casefold() for text in texts}

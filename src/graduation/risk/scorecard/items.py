"""A feature becomes a question with a few answers that a visitor can tick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.features import SIGNS, feature_title
from graduation.schema import Column, Dictionary, Label

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_RANGES, MOST_LEVELS = 4, 5
# A range, a level or a missing value that fewer households than this share have is no answer of its own.
LEAST_RANGE, LEAST_LEVEL, LEAST_UNKNOWN = 0.05, 0.02, 0.05
YES_NO = (Label(en="no", id="tidak"), Label(en="yes", id="ya"))
OTHER = Label(en="another answer", id="jawaban lain")
NOT_KNOWN = Label(en="not known", id="tidak diketahui")
# Indonesian has a point between thousands and a comma before decimals.
INDONESIAN = str.maketrans(",.", ".,")
# What every reader takes for granted is not printed behind a question.
SILENT_UNITS = ("", "persons", "years", "year")


@dataclass(frozen=True)
class Item:
    """One question: the answers, how a household's value falls into one of them, and the points of each.

    Attributes
    ----------
    feature : str
    question : Label
    answers : tuple of Label
    cuts : tuple of float
        Of a number: the largest value of each answer but the last.
    levels : dict of str to int
        Of a category: the answer of each code.
    unlisted : int
        The answer of a code that is not listed.
    unknown : int
        The answer of a household whose value is not known.
    points : tuple of int
        One for each answer; empty until the scorecard is made.
    """

    feature: str
    question: Label
    answers: tuple[Label, ...]
    cuts: tuple[float, ...] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    unlisted: int = 0
    unknown: int = 0
    points: tuple[int, ...] = ()

    def codes(self, values: pd.Series) -> Ints:
        """Return the number of the answer of each value."""
        known = values.notna().to_numpy()
        if self.levels:
            texts = values.astype(object).where(values.notna(), None).map(self.levels)
            found = texts.fillna(self.unlisted).to_numpy(dtype=np.int64)
        else:
            found = np.searchsorted(self.cuts, values.to_numpy(dtype=np.float64), side="left").astype(np.int64)
        return np.where(known, found, self.unknown)

    @property
    def n_ordered(self) -> int:
        """Return how many answers have an order: the ranges of a number, none of a category."""
        return 0 if self.levels else len(self.cuts) + 1

    @property
    def has_unknown(self) -> bool:
        """Whether "not known" is an answer of its own."""
        return self.answers[self.unknown] == NOT_KNOWN


def question_of(column: Column, dictionary: Dictionary) -> Label:
    """Return the title of a column with its unit, in both languages."""
    unit = "" if column.unit in SILENT_UNITS else f" ({column.unit})"
    en, id_ = (feature_title(column.name, dictionary, language) for language in ("en", "id"))
    return Label(en=en + unit, id=id_ + unit)


def askable(dictionary: Dictionary) -> list[str]:
    """Return the features a visitor can ask for: no place, no welfare, no free text, nothing made of others.

    A protected label is left out too: nobody can say which of its answers would lower a priority.
    """
    return [
        name
        for name in dictionary.features
        if (column := dictionary.columns[name]).role not in ("place", "welfare")
        and column.type != "text"
        and not (column.protected and column.type == "category")
    ]


def direction_of(item: Item, dictionary: Dictionary) -> int:
    """Return 1 where points may only rise with the value, -1 where they may only fall, 0 where both may be.

    What is protected may only raise a priority, whether the dictionary gives its direction or not.
    """
    column = dictionary.columns[item.feature]
    return SIGNS[column.direction] or int(column.protected)


def make_item(values: pd.Series, weight: Floats, dictionary: Dictionary) -> Item | None:
    """Return a question for a feature, or None where almost all households would answer alike."""
    column = dictionary.columns[str(values.name)]
    known = values.notna().to_numpy()
    if not known.any():
        return None
    base = Item(column.name, question_of(column, dictionary), ())
    if values.dtype == object:
        item = _of_labels(base, values[known].astype(str).to_numpy(), weight[known], column)
    else:
        item = _of_numbers(base, values[known].to_numpy(dtype=np.float64), weight[known], column)
    return _with_unknown(item, values, weight) if len(item.answers) > 1 else None


def _of_labels(base: Item, values: npt.NDArray[np.object_], weight: Floats, column: Column) -> Item:
    """Keep the most frequent levels apart; the others, and what training never saw, are one answer."""
    shares = pd.Series(weight).groupby(values).sum() / weight.sum()
    often = shares[shares >= LEAST_LEVEL].sort_index().sort_values(ascending=False, kind="stable")
    room = MOST_LEVELS if len(often) == len(shares) else MOST_LEVELS - 1
    kept = sorted(often.index[: room if len(often) <= room else MOST_LEVELS - 1])
    levels = {level: number for number, level in enumerate(kept)}
    answers = tuple(column.codes.get(level, Label(en=level, id=level)) for level in kept)
    if len(kept) == len(shares):
        return replace(base, answers=answers, levels=levels, unlisted=levels[often.index[0]] if len(often) else 0)
    return replace(base, answers=(*answers, OTHER), levels=levels, unlisted=len(kept))


def _of_numbers(base: Item, values: Floats, weight: Floats, column: Column) -> Item:
    if column.type == "boolean":
        share = float(weight[values > 0].sum() / weight.sum())
        split = LEAST_LEVEL <= share <= 1 - LEAST_LEVEL
        return replace(base, cuts=(0.5,), answers=YES_NO) if split else replace(base, answers=YES_NO[:1])
    cuts = _cuts(values, weight)
    return with_cuts(base, cuts, column, whole=bool((values == np.round(values)).all()))


def _cuts(values: Floats, weight: Floats) -> tuple[float, ...]:
    """Part the values into ranges of like weight; a value that many share is a range of its own."""
    masses = pd.Series(weight).groupby(values).sum() / weight.sum()
    cuts: list[float] = []
    left, filled = 1.0, 0.0
    for value, mass in masses.items():
        filled += mass
        aim = left / (MOST_RANGES - len(cuts))
        if filled >= min(aim, 1.0) - 1e-9 and left - filled >= LEAST_RANGE and len(cuts) < MOST_RANGES - 1:
            cuts.append(float(value))
            left, filled = left - filled, 0.0
    return _readable(cuts, float(masses.index.min()))


def _readable(cuts: list[float], lowest: float) -> tuple[float, ...]:
    """Round to what the ranges need to stay apart, so that a visitor need not read numbers of seven digits.

    >>> _readable([812345.0, 1034567.0, 1500321.0], 100000.0)
    (810000.0, 1030000.0, 1500000.0)
    >>> _readable([2003.0, 2008.0], 1990.0), _readable([0.0, 1.0], 0.0)
    ((2003.0, 2008.0), (0.0, 1.0))
    """
    gaps = np.diff([lowest, *cuts])
    if not (gaps > 0).any():
        return tuple(cuts)
    digits = -int(np.floor(np.log10(gaps[gaps > 0].min() / 3)))
    return tuple(sorted({round(cut, digits) for cut in cuts}))


def with_cuts(item: Item, cuts: tuple[float, ...], column: Column, *, whole: bool) -> Item:
    """Return the item with these ranges, each called by what is in it."""
    edges = (-np.inf, *cuts, np.inf)
    answers = tuple(_range(low, high, column, whole=whole) for low, high in pairwise(edges))
    return replace(item, cuts=cuts, answers=answers)


def _range(low: float, high: float, column: Column, *, whole: bool) -> Label:
    if not whole:
        return _open_range(low, high)
    first, last = low + 1, high
    named = _coded_range(first, last, column)
    if named is not None:
        return named
    if np.isinf(low):
        return _words("{0}", "{0}", last) if last == column.minimum else _words("{0} or fewer", "{0} atau kurang", last)
    if np.isinf(high):
        return _words("{0} or more", "{0} atau lebih", first)
    return _words("{0}", "{0}", first) if first == last else _words("{0} to {1}", "{0} sampai {1}", first, last)


def _open_range(low: float, high: float) -> Label:
    if np.isinf(low):
        return _words("up to {0}", "sampai {0}", high)
    if np.isinf(high):
        return _words("over {0}", "lebih dari {0}", low)
    return _words("over {0} to {1}", "lebih dari {0} sampai {1}", low, high)


def _words(en: str, id_: str, *numbers: float) -> Label:
    """Put numbers into words, with the separators of each language.

    >>> _words("over {0}", "lebih dari {0}", 1234.5)
    Label(en='over 1,234.5', id='lebih dari 1.234,5')
    """
    written = [f"{number:,.10g}" for number in numbers]
    return Label(en=en.format(*written), id=id_.format(*(text.translate(INDONESIAN) for text in written)))


def _coded_range(first: float, last: float, column: Column) -> Label | None:
    """Name a range of numbered codes by its first and last label; None where no code lies in it."""
    inside = [label for code, label in _numbered(column) if first <= code <= last]
    if not inside:
        return None
    if len(inside) == 1:
        return inside[0]
    return Label(en=f"{inside[0].en} to {inside[-1].en}", id=f"{inside[0].id} sampai {inside[-1].id}")


def _numbered(column: Column) -> list[tuple[float, Label]]:
    numbers = {code: label for code, label in column.codes.items() if code.lstrip("-").isdigit()}
    return sorted(((float(code), label) for code, label in numbers.items()), key=lambda pair: pair[0])


def _with_unknown(item: Item, values: pd.Series, weight: Floats) -> Item:
    """Make "not known" an answer where it is not rare, else the most frequent answer."""
    missing = values.isna().to_numpy()
    if weight[missing].sum() >= LEAST_UNKNOWN * weight.sum():
        return replace(item, answers=(*item.answers, NOT_KNOWN), unknown=len(item.answers))
    shares = np.bincount(item.codes(values)[~missing], weight[~missing], len(item.answers))
    return replace(item, unknown=int(shares.argmax()))


def without_cut(item: Item, number: int, dictionary: Dictionary, *, whole: bool) -> Item | None:
    """Return the item with two neighbouring ranges made one, or None where one range is left."""
    cuts = item.cuts[:number] + item.cuts[number + 1 :]
    if not cuts:
        return None
    merged = with_cuts(item, cuts, dictionary.columns[item.feature], whole=whole)
    if item.has_unknown:
        return replace(merged, answers=(*merged.answers, NOT_KNOWN), unknown=len(merged.answers))
    return replace(merged, unknown=item.unknown - int(item.unknown > number))

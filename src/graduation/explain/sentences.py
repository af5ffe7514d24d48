"""One reason as a sentence: what the household has, where it stands among others, what that does to its risk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.explain.concepts import PROTECTED_LABEL
from graduation.explain.words import CUTS, RAISES, STRENGTHS, UNITS, WORDS, number_text, than_words, unit_of, unit_text
from graduation.features import DERIVED
from graduation.risk import STATE_FEATURE, Model, is_number, level_text
from graduation.schema import Column, Language


def strengths(contributions: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
    """Return the place in STRENGTHS of contributions to the log-odds, of any shape: their direction and their size.

    Cut points are odds higher by a quarter and odds doubled (`CUTS`), the same for every household, so that a word
    means the same on every line of a list.
    """
    sizes = np.searchsorted(CUTS, np.abs(contributions), side="right")
    return np.asarray(np.where(contributions > 0, len(RAISES) + sizes, sizes), dtype=np.int8)


@dataclass(frozen=True)
class Speaker:
    """Says what a model knows of a household, in one language; numbers are given as `shown_numbers` rounds them."""

    model: Model
    language: Language

    @cached_property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    @cached_property
    def units(self) -> str:
        return UNITS[self.model.dictionary.unit].text(self.language)

    def reason(self, feature: str, value: Any, strength: int) -> str:
        """Return a reason: "Floor area 5 m² per person, smaller than 90 % of households (risk higher)"."""
        told = ", ".join(filter(None, (self.fact(feature, value), self.comparison(feature, value))))
        return f"{told} ({self.strength(strength)})"

    def neutral(self, strength: int) -> str:
        """Return what stands in the place of a reason that is protected."""
        return f"{PROTECTED_LABEL.text(self.language)} ({self.strength(strength)})"

    def strength(self, place: int) -> str:
        return STRENGTHS[place].text(self.language)

    def fact(self, feature: str, value: Any) -> str:
        """Return what the household has: the name of a thing, and its value."""
        name, text = self.title(feature), self.value(feature, value)
        plain = self._is_amount(feature) and not pd.isna(value) and name[-1:].isalpha()
        return f"{name} {text}" if plain else f"{name}: {text}"

    def title(self, feature: str) -> str:
        """Return the name of a feature; one made of others with a unit goes by the column that it tells of."""
        derived = DERIVED.get(feature) if self._column(feature) is None else None
        return self.model.title(derived.concept if derived and derived.unit else feature, self.language)

    def value(self, feature: str, value: Any) -> str:
        """Return a value in words: an answer, or a number with its unit."""
        column = self._column(feature)
        if column is not None and column.is_private:
            return self.words["hidden"]
        if pd.isna(value):
            return self.words["missing"]
        if column is not None and column.codes:
            code = level_text(value)
            return column.codes[code].text(self.language) if code in column.codes else code
        if not is_number(feature, self.model.dictionary):
            return self._answer(feature, value)
        number = number_text(float(value), self.language)
        return f"{number} {unit_text(unit_of(feature, self.model.dictionary), self.language)}".strip()

    def comparison(self, feature: str, value: Any) -> str:
        """Return where the household stands among those of training, or nothing where the model does not know."""
        reference, column = self.model.reference, self._column(feature)
        if reference is None or (column is not None and column.is_private):
            return ""
        if pd.isna(value):
            return self._like(reference.missing.get(feature))
        if not is_number(feature, self.model.dictionary):
            found = reference.levels.get(feature)
            return "" if found is None else self._like(found.get(level_text(value)))
        under, same, over = reference.standing(feature, float(value))
        if max(under, same, over) == 0:
            return ""
        if same >= max(under, over):
            return self._like(same / 100)
        less, more = than_words(column, unit_of(feature, self.model.dictionary), self.language)
        than, percent = (less, over) if over > under else (more, under)
        return self.words["than"].format(than=than, percent=percent, units=self.units)

    def _like(self, share: float | None) -> str:
        """Say how many households are the same; of few it is not told how many."""
        percent = format(100 * (share or 0), ".0f")
        return self.words["like" if share else "rare"].format(percent=percent, units=self.units)

    def _answer(self, feature: str, value: Any) -> str:
        column = self._column(feature)
        if feature == STATE_FEATURE or (column is not None and column.type == "boolean"):
            return self.words["yes"] if value else self.words["no"]
        return str(value)

    def _is_amount(self, feature: str) -> bool:
        column = self._column(feature)
        return is_number(feature, self.model.dictionary) and not (column and column.codes)

    def _column(self, feature: str) -> Column | None:
        return self.model.dictionary.columns.get(feature)

"""Features and their levels in the words of the dictionary."""

from __future__ import annotations

from graduation.evaluate.inputs import MISSING
from graduation.schema import Dictionary, Language

YES, NO, MEAN = "yes", "no", ""
LEVELS: dict[Language, dict[str, str]] = {
    "en": {MISSING: "not known", MEAN: "mean"},
    "id": {
        YES: "ya", NO: "tidak", MISSING: "tidak diketahui", MEAN: "rata-rata", "remain": "tetap", "become": "menjadi",
        "unknown": "tidak diketahui",
    },
}  # fmt: skip
NAMES: dict[Language, dict[str, str]] = {"en": {}, "id": {"pathway": "jalur"}}


def in_words(feature: str, level: str, dictionary: Dictionary | None, language: Language) -> str:
    """Return a feature and its level, such as "Floor material: Earth"; without a dictionary, as they are."""
    column = None if dictionary is None else dictionary.columns.get(feature)
    title = NAMES[language].get(feature, feature.replace("_", " ")) if column is None else column.title(language)
    codes = {} if column is None else column.codes
    word = codes[level].text(language) if level in codes else LEVELS[language].get(level, level)
    return f"{title}: {word}"

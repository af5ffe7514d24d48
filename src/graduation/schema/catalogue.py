"""Which dictionaries come with the library, and what one says as a tidy table."""

from __future__ import annotations

from importlib import resources

import pandas as pd

from graduation.schema.dictionary import Dictionary
from graduation.schema.labels import Language


def shipped_dictionaries() -> list[str]:
    """Return the names of the dictionaries that come with the library, in order of the alphabet."""
    folder = resources.files("graduation.schema") / "dictionaries"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def dictionary_columns(dictionary: Dictionary, language: Language = "en") -> pd.DataFrame:
    """Return one row per column: `name`, `type`, `role`, `known`, `label`, `codes`, `missing`, `unit`, `harmonised`."""
    rows = [
        {
            "name": name, "type": column.type, "role": column.role, "known": column.known,
            "label": column.title(language),
            "codes": "; ".join(f"{code} {label.text(language)}".strip() for code, label in column.codes.items()),
            "missing": ", ".join(column.missing), "unit": column.unit, "harmonised": column.harmonised,
        }
        for name, column in dictionary.columns.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)

"""Replace identifying household ids by keyed pseudonyms at the moment of reading."""

from __future__ import annotations

import hashlib
import hmac
import os

import pandas as pd

from graduation.errors import UsageError
from graduation.schema import Dictionary, cell_text, locate

KEY_VARIABLE = "GRADUATION_PSEUDONYM_KEY"
SHORTEST_KEY = 16


def with_pseudonyms(table: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Return the table with its id column pseudonymised (HMAC-SHA-256) where the dictionary calls it an identifier.

    Raises
    ------
    UsageError
        When a pseudonym is needed and no key of at least 16 characters is set.
    """
    column = dictionary.columns[dictionary.id]
    # The very column that becomes the index, however many of its names the table has.
    there = locate(table, dictionary).get(dictionary.id)
    if column.privacy != "identifier" or there is None:
        return table
    key = os.environ.get(KEY_VARIABLE, "")
    if len(key) < SHORTEST_KEY:
        raise UsageError(
            f"column '{column.name}' identifies persons, so ids are replaced by pseudonyms: "
            f"set {KEY_VARIABLE} to a secret of at least {SHORTEST_KEY} characters, the same for every wave"
        )
    hidden = table.copy(deep=False)
    hidden[there] = cell_text(table[there]).map(lambda text: _pseudonym(text, key), na_action="ignore")
    return hidden


def _pseudonym(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]

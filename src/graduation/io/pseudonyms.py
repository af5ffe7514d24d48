"""Replace identifying household ids by keyed pseudonyms at the moment of reading."""

from __future__ import annotations

import hashlib
import hmac
import os

import pandas as pd

from graduation.errors import UsageError
from graduation.schema import Dictionary, cell_text

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
    names = {name.casefold() for name in column.names()}
    present = [name for name in table.columns if str(name).strip().casefold() in names]
    if column.privacy != "identifier" or not present:
        return table
    key = os.environ.get(KEY_VARIABLE, "")
    if len(key) < SHORTEST_KEY:
        raise UsageError(
            f"column '{column.name}' identifies persons, so ids are replaced by pseudonyms: "
            f"set {KEY_VARIABLE} to a secret of at least {SHORTEST_KEY} characters, the same for every wave"
        )
    ids = cell_text(table[present[0]])
    return table.assign(**{present[0]: ids.map(lambda text: _pseudonym(text, key), na_action="ignore")})


def _pseudonym(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]

"""Replace identifying household ids by keyed pseudonyms at the moment of reading."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

import pandas as pd

from graduation.errors import UsageError
from graduation.schema import Column, Dictionary, cell_text, locate

KEY_VARIABLE = "GRADUATION_PSEUDONYM_KEY"
KEY_FILE_VARIABLE = "GRADUATION_PSEUDONYM_KEY_FILE"
SHORTEST_KEY = 16
HEX_DIGITS = 20
# The household of a person joins the roster to the registry, so both are hidden in the same way.
HIDDEN_ROLES = ("id", "household")


def with_pseudonyms(
    table: pd.DataFrame,
    dictionary: Dictionary,
    *,
    key_file: str | Path | None = None,
    source: str | Path | None = None,
) -> pd.DataFrame:
    """Return the table with ids and links to households pseudonymised where the dictionary calls them identifiers.

    A pseudonym is the first 80 bits of HMAC-SHA-256 of the id: the same id has the same one in every wave and roster
    that is read with the same key, and without the key nobody can find the id by trying all.

    Parameters
    ----------
    table : DataFrame
    dictionary : Dictionary
    key_file : path, optional
        File that holds the key. By default the one that GRADUATION_PSEUDONYM_KEY_FILE names, or the key that
        GRADUATION_PSEUDONYM_KEY holds.
    source : path, optional
        The file that the table comes from; a key file in its folder or below is refused.

    Raises
    ------
    UsageError
        When a pseudonym is needed and there is no key, it has fewer than 16 characters, both variables are set, or
        the key lies with the data.
    """
    found = locate(table, dictionary)
    # The very columns that become the index and the link, however many of their names the table has.
    columns = [dictionary.columns[name] for role in HIDDEN_ROLES for name in dictionary.role(role) if name in found]
    columns = [column for column in columns if column.privacy == "identifier"]
    if not columns:
        return table
    key = _key(columns[0].name, key_file, source)
    hidden = table.copy(deep=False)
    for column in columns:
        hidden[found[column.name]] = _pseudonyms(table[found[column.name]], column, key)
    return hidden


def _pseudonyms(cells: pd.Series, column: Column, key: bytes) -> pd.Series:
    text = cell_text(cells)
    # What stands for a missing id is nobody's, so it may not become one pseudonym that many share.
    codes, ids = pd.factorize(text.mask(text.isin(column.missing)))
    names = [hmac.digest(key, str(one).encode(), "sha256").hex()[:HEX_DIGITS] for one in ids]
    return pd.Series(pd.array([*names, pd.NA], dtype="string")[codes], index=cells.index, name=cells.name)


def _key(name: str, key_file: str | Path | None, source: str | Path | None) -> bytes:
    """Return the key, from a file or the environment."""
    from_variable, named = os.environ.get(KEY_VARIABLE, ""), os.environ.get(KEY_FILE_VARIABLE, "")
    if key_file is None and from_variable and named:
        raise UsageError(f"both {KEY_VARIABLE} and {KEY_FILE_VARIABLE} are set; unset one, so that the key is certain")
    path = key_file or named
    key = _key_in(Path(path), source) if path else from_variable
    if len(key) < SHORTEST_KEY:
        found = f"the key in {path or KEY_VARIABLE} is too short" if path or key else "no key is set"
        raise UsageError(
            f"column '{name}' identifies persons, so ids are replaced by pseudonyms, but {found}: set {KEY_VARIABLE} "
            f"to a secret of at least {SHORTEST_KEY} characters, the same for every wave, or {KEY_FILE_VARIABLE} to "
            "the path of a file that holds it, outside the folder of the data"
        )
    return key.encode()


def _key_in(path: Path, source: str | Path | None) -> str:
    if source is not None and _lies_with(path, Path(source)):
        raise UsageError(f"the key file {path} lies in the folder of {source}: keep the key apart from the data")
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise UsageError(f"the key file {path} cannot be read ({reason}); give a text file with the secret") from None


def _lies_with(path: Path, source: Path) -> bool:
    """Whether a key file is in the folder of a data file or below, wherever links lead."""
    folders = (source.parent.resolve(), source.resolve().parent)
    return any(path.resolve().is_relative_to(folder) for folder in folders)

"""Replace identifying household ids by keyed pseudonyms at the moment of reading."""

from __future__ import annotations

import hmac
import os
from collections.abc import Hashable
from pathlib import Path

import pandas as pd

from graduation.errors import UsageError
from graduation.schema import Column, Dictionary, bare_numbers, cell_text, is_sound, locate
from graduation.schema.hiding import DIGITS

KEY_VARIABLE = "GRADUATION_PSEUDONYM_KEY"
KEY_FILE_VARIABLE = "GRADUATION_PSEUDONYM_KEY_FILE"
SHORTEST_KEY = 16
HEX_DIGITS = 20
# More of the rows than this hold numbers of identity: no id is built like one by chance.
MOST = 0.5
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
    that is read with the same key, and without the key nobody can find the id by trying all. However the 16 digits of
    a NIK or family card are parted, it is the same id.

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
        When a column holds numbers of identity and the dictionary does not call it an identifier; when a pseudonym is
        needed and there is no key, it has fewer than 16 characters, both variables are set, or
        the key lies with the data.
    """
    found = locate(table, dictionary)
    # The very columns that become the index and the link, however many of their names the table has.
    columns = [dictionary.columns[name] for role in HIDDEN_ROLES for name in dictionary.role(role) if name in found]
    _refuse_open_numbers(table, columns, found)
    columns = [column for column in columns if column.privacy == "identifier"]
    if not columns:
        return table
    key = _key(columns[0].name, key_file, source)
    hidden = table.copy(deep=False)
    for column in columns:
        hidden[found[column.name]] = _pseudonyms(table[found[column.name]], column, key)
    return hidden


def key_mark(dictionary: Dictionary, key_file: str | Path | None, source: str | Path) -> str | None:
    """Return a mark that tells two keys apart and gives neither away; None where none is needed, or none is set."""
    hidden = [name for role in HIDDEN_ROLES for name in dictionary.role(role)]
    if not any(dictionary.columns[name].privacy == "identifier" for name in hidden):
        return None
    try:
        key = _key(hidden[0], key_file, source)
    except UsageError:
        # What must be set is told when the ids are read.
        return None
    return hmac.digest(key, b"which key", "sha256").hex()[:HEX_DIGITS]


def _pseudonyms(cells: pd.Series, column: Column, key: bytes) -> pd.Series:
    codes, ids = pd.factorize(_spelt_alike(_told(cells, column)))
    names = [hmac.digest(key, str(one).encode(), "sha256").hex()[:HEX_DIGITS] for one in ids]
    return pd.Series(pd.array([*names, pd.NA], dtype="string")[codes], index=cells.index, name=cells.name)


def _told(cells: pd.Series, column: Column) -> pd.Series:
    """Return ids as text; what stands for a missing one is nobody's, so many may not share its pseudonym."""
    text = cell_text(cells.reset_index(drop=True))
    return text.mask(text.isin(column.missing))


def _spelt_alike(ids: pd.Series) -> pd.Series:
    """Return ids so that one number of identity is spelt in one way, for waves and rosters spell it in several."""
    odd = ~ids.str.isdigit().fillna(True)
    bare = bare_numbers(ids[odd])
    same = bare[bare.str.fullmatch(rf"[0-9]{{{DIGITS}}}").fillna(False).astype(bool)]
    return ids.mask(ids.index.isin(same.index), same) if len(same) else ids


def _refuse_open_numbers(table: pd.DataFrame, columns: list[Column], found: dict[str, Hashable]) -> None:
    """Refuse ids that the dictionary calls open and that are numbers of identity in most rows."""
    for column in columns:
        ids = _told(table[found[column.name]], column).dropna()
        if column.privacy == "identifier" or not len(ids):
            continue
        long = ids[(ids.str.len() >= DIGITS) & ~ids.str.contains("[A-Za-z]")]
        sound = is_sound(long, "nik") | is_sound(long, "family_card")
        if sound.sum() > MOST * len(ids):
            raise UsageError(
                f"column '{column.name}' holds numbers of identity (NIK or family card), but its dictionary calls it "
                f'{column.privacy}: mark it privacy = "identifier", so that pseudonyms replace them'
            )


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

"""Rows given twice in different chunks: found by hashes, judged by their real texts, by the rules of `validate`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from graduation.batch.merging import LIMIT, stretches
from graduation.batch.parts import Done
from graduation.schema.hiding import HIDDEN

COPY, CLASH, VALUE = "repeated_row", "duplicate_household", "duplicate_value"
RULES = (COPY, CLASH, VALUE)
# In the words of `schema.rows`.
EACH_ONCE, ONE_EACH, NO_OTHER = "each row once", "one row per {}", "a value that no other household has"


@dataclass(frozen=True)
class Reread:
    """What rows of one chunk say, read again because others may say the same.

    Attributes
    ----------
    told : DataFrame
        What a rejected row is told by, before its rule: `row` and the id as they may be shown, and more where the
        rejected rows of the chunk have more.
    key : sequence of str
        The dictionary's key of each row, as text.
    whole : sequence of str
        All that the row says, as text: rows that are copies of each other give the same.
    unique : mapping of str to sequence of (str or None)
        By column, the value that no other household may have (at the same time), as text; None where it is missing.
    shown : mapping of str to sequence of str
        By column, the values as they may be shown; a column that is not here is hidden.
    """

    told: pd.DataFrame
    key: Sequence[str]
    whole: Sequence[str]
    unique: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    shown: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """The columns of which rows are told: the id, the key in words, and those whose values must be unique."""

    id: str
    key: Sequence[str]
    unique: Sequence[str] = ()


Reader = Callable[[int, np.ndarray], Reread]


@dataclass(frozen=True)
class Repeats:
    """Which rows of all chunks are given twice.

    Attributes
    ----------
    marks : DataFrame
        `part` (its place), `row` of the chunk, `at` (its row in the scores; -1 where it was set aside before),
        `column` and `rule`.
    """

    marks: pd.DataFrame
    parts: Sequence[Done]
    reread: Reader
    names: Names

    def dropped(self) -> dict[int, np.ndarray]:
        """Return the rows of each part's scores to set aside, by the part's number."""
        scored = self.marks[self.marks["at"] >= 0]
        places = scored["part"].to_numpy()
        return {
            self.parts[place].number: np.unique(scored["at"].to_numpy()[places == place]) for place in np.unique(places)
        }

    def rejected(self, place: int) -> pd.DataFrame:
        """Return what was set aside of a part: by its own check, and because other rows say the same."""
        own = self.parts[place].rejected()
        own = own[~own["rule"].isin(RULES)]
        marks = self.marks[self.marks["part"] == place]
        if not len(marks):
            return own
        rows, which = np.unique(marks["row"].to_numpy(), return_inverse=True)
        texts = self.reread(self.parts[place].number, rows)
        told = texts.told.iloc[which].reset_index(drop=True)
        told["column"], told["rule"] = marks["column"].astype(str).to_numpy(), marks["rule"].astype(str).to_numpy()
        shown = [
            texts.shown[column][row] if column in texts.shown else HIDDEN
            for column, row in zip(told["column"], which, strict=True)
        ]
        expected = {COPY: EACH_ONCE, CLASH: ONE_EACH.format(" and ".join(self.names.key)), VALUE: NO_OTHER}
        told = told.assign(value=shown, expected=told["rule"].map(expected))
        every = pd.concat([own, told] if len(own) else [told])[[*own.columns]]
        return every.sort_values(["row", "column", "rule"], ignore_index=True)


def find_repeats(parts: Sequence[Done], reread: Reader, names: Names, *, limit: int = LIMIT) -> Repeats:
    """Find the rows of all chunks that are given twice, as `schema.validate` does within one table.

    A true copy keeps its first row; households that contradict each other keep none, nor do those that share a value
    that must be unique. Hashes only tell which rows to read again: equal hashes of other texts do no harm. Texts are
    compared by 128 bits of BLAKE2. Memory holds `limit` keys and, of each row read again, some 60 bytes.

    Parameters
    ----------
    parts : sequence of Done
    reread : callable
        Given the number of a part and rows of its chunk (counted from 0, sorted), returns what these rows say.
    names : Names
        `unique` in the order in which the parts hold the keys.
    limit : int
        Keys in memory at once; rows are read again in rounds of about as many.
    """
    rounds = _candidates(parts, 0, limit)
    found = [_no_marks(), *(_by_id(_texts(one, parts, reread), names) for one in rounds)]
    by_id = pd.concat(found, ignore_index=True)
    for place, name in enumerate(names.unique, start=1):
        for one in _candidates(parts, place, limit):
            found.append(_by_value(_texts(one, parts, reread, name), by_id, name))
    return Repeats(pd.concat(found, ignore_index=True), parts, reread, names)


def _candidates(parts: Sequence[Done], place: int, limit: int) -> Iterator[pd.DataFrame]:
    """Yield, in rounds, the rows that share a hash with another row; those that share one are in one round."""
    waiting: list[pd.DataFrame] = []
    for stretch in stretches([part.keys_path(place) for part in parts], ["hash"], limit):
        hashes = np.sort(stretch.records["hash"])
        shared = np.isin(stretch.records["hash"], hashes[1:][hashes[1:] == hashes[:-1]])
        records = stretch.records[shared]
        waiting.append(pd.DataFrame({"part": stretch.file[shared], "row": records["row"], "at": records["position"]}))
        if sum(map(len, waiting)) >= limit:
            yield pd.concat(waiting, ignore_index=True)
            waiting = []
    if any(map(len, waiting)):
        yield pd.concat(waiting, ignore_index=True)


def _texts(rows: pd.DataFrame, parts: Sequence[Done], reread: Reader, unique: str | None = None) -> pd.DataFrame:
    """Return the rows in the order of the files, with digests of what they say: of a column, or of key and whole."""
    ordered = rows.sort_values(["part", "row"], ignore_index=True)
    pieces = []
    for place in ordered["part"].unique():
        said = reread(parts[place].number, ordered["row"].to_numpy()[ordered["part"] == place])
        if unique is None:
            pieces.append(np.hstack([_digests(said.key), _digests(said.whole)]))
        else:
            pieces.append(_digests(said.unique[unique]))
    digests = np.vstack(pieces)
    return ordered.assign(**{f"digest{place}": column for place, column in enumerate(digests.T)})


def _digests(texts: Sequence[str | None]) -> np.ndarray:
    """Return two whole numbers per text; of a missing one two noughts."""
    none = bytes(16)
    told = [none if text is None else hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
    return np.frombuffer(b"".join(told), dtype="<u8").reshape(-1, 2)


def _by_id(texts: pd.DataFrame, names: Names) -> pd.DataFrame:
    key, whole = ["digest0", "digest1"], ["digest0", "digest1", "digest2", "digest3"]
    copies = texts.duplicated(whole, keep="first")
    others = texts[~copies]
    clash = others[others.duplicated(key, keep=False)]
    return pd.concat([_marks(texts[copies], names.id, COPY), _marks(clash, names.id, CLASH)])


def _by_value(texts: pd.DataFrame, by_id: pd.DataFrame, name: str) -> pd.DataFrame:
    known = texts.merge(by_id[["part", "row", "rule"]], how="left", on=["part", "row"])
    value = ["digest0", "digest1"]
    among = known[(known["rule"] != COPY).to_numpy() & known[value].any(axis=1).to_numpy()]
    twice = among[among.duplicated(value, keep=False)]
    return _marks(twice[(twice["rule"] != CLASH).to_numpy()], name, VALUE)


def _marks(rows: pd.DataFrame, column: str, rule: str) -> pd.DataFrame:
    return rows[["part", "row", "at"]].assign(column=column, rule=rule)


def _no_marks() -> pd.DataFrame:
    return _marks(pd.DataFrame(columns=["part", "row", "at"], dtype="int32"), "", "")

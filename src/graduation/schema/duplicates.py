"""Find who shares a number of identity, within one file and between files, without keeping or showing the number."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from graduation.results import Result
from graduation.schema.cells import cell_text
from graduation.schema.dictionary import Dictionary
from graduation.schema.hiding import bare_numbers
from graduation.schema.identity import is_sound
from graduation.schema.locating import locate

# Drawn anew for every process and never written: a token tells nothing outside it, and there only who is the same.
_KEY = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))
TOKEN_COLUMNS = ["number", "id", "token"]
SHARED_COLUMNS = ["group", "number", "file", "id", "within", "between"]


@dataclass(frozen=True)
class Duplicates(Result):
    """Who shares a NIK or a family card.

    Attributes
    ----------
    shared : DataFrame
        One row per household (or person) and file that shares a number: `group` (1, 2, ...; one shared number each),
        `number` (``nik`` or ``family_card``), `file`, `id`, and whether the group is `within` one file or `between`
        files; it may be both.
    files : tuple of str
    """

    shared: pd.DataFrame
    files: tuple[str, ...]
    title = "Shared numbers of identity"

    def frame(self) -> pd.DataFrame:
        """Return `number`, `where` (within a file, between files), `groups` and `ids`, one row each."""
        rows = []
        for number in ("nik", "family_card"):
            for where in ("within", "between"):
                part = self.shared[(self.shared["number"] == number) & self.shared[where]]
                rows.append((number, where, part["group"].nunique(), part["id"].nunique()))
        return pd.DataFrame(rows, columns=["number", "where", "groups", "ids"])

    def metrics(self) -> dict[str, float]:
        counts = self.frame()
        names = counts["number"] + "_shared_" + counts["where"]
        return dict(zip(names, counts["groups"].astype(float), strict=True))

    def notes(self) -> list[str]:
        files = "1 file" if len(self.files) == 1 else f"{len(self.files)} files"
        return [
            f"Compared in {files}: numbers that are built as they should be, whether they are anybody's or not.",
            "Sharing a number is a reason to look, not proof of a double entry.",
        ]


def identity_tokens(table: pd.DataFrame, hidden: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Return a token for every number of identity in a table: same number, same token, in this process only.

    Numbers that are not built as they should be get none, for placeholders such as sixteen nines belong to many.

    Parameters
    ----------
    table : DataFrame
        As read, with the numbers.
    hidden : DataFrame
        The same rows with pseudonyms for ids (`with_pseudonyms`).
    dictionary : Dictionary
        Its columns with a `structure` are compared: NIK by id, family cards by household where the table is one of
        persons.

    Returns
    -------
    DataFrame
        `number` (``nik`` or ``family_card``), `id`, and `token` (64 bits of SipHash with a key of the process).
    """
    found = locate(table, dictionary)
    parts = []
    for name, column in dictionary.columns.items():
        owner = dictionary.one("household") if column.structure == "family_card" else None
        holder = found.get(owner or dictionary.id)
        if column.structure is None or name not in found or holder is None:
            continue
        told = cell_text(table[found[name]])
        sound = (is_sound(told, column.structure) & hidden[holder].notna()).to_numpy()
        ids = cell_text(hidden[holder])[sound].to_numpy()
        numbers = bare_numbers(told)[sound].to_numpy(dtype=object)
        tokens = pd.util.hash_array(numbers, hash_key=_KEY)
        parts.append(pd.DataFrame({"number": column.structure, "id": ids, "token": tokens}))
    empty = pd.DataFrame(
        {"number": pd.Series(dtype=str), "id": pd.Series(dtype=str), "token": pd.Series(dtype="uint64")}
    )
    return pd.concat(parts or [empty], ignore_index=True)[TOKEN_COLUMNS].drop_duplicates(ignore_index=True)


def find_duplicates(tokens: Mapping[str, pd.DataFrame]) -> Duplicates:
    """Return who shares a number of identity within a file or between files.

    The same id in two files, as in two waves, is no duplicate; neither is a number told twice for the same id.

    Parameters
    ----------
    tokens : mapping of str to DataFrame
        Of each file, by its name, what `identity_tokens` made of it in this process.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"number": "nik", "id": ["a", "b", "c"], "token": [1, 1, 2]})
    >>> two = pd.DataFrame({"number": "nik", "id": ["c", "d"], "token": [2, 1]})
    >>> find_duplicates({"one": one, "two": two}).shared[["group", "file", "id"]].values.tolist()
    [[1, 'one', 'a'], [1, 'one', 'b'], [1, 'two', 'd']]
    """
    every = pd.concat([part.assign(file=name) for name, part in tokens.items()], ignore_index=True).drop_duplicates()
    one = ["number", "token"]
    every["owners"] = every.groupby(one)["id"].transform("nunique")
    shared = every[every["owners"] > 1].sort_values(["file", "id"], ignore_index=True)
    # Groups are numbered by who is in them: tokens differ from process to process.
    shared["members"] = (
        (shared["file"] + "/" + shared["id"]).groupby([shared["number"], shared["token"]]).transform("|".join)
    )
    group = shared.groupby(["number", "members", "token"]).ngroup() + 1
    several = shared.groupby([*one, "file"])["id"].transform("nunique") > 1
    within = several.groupby(group).transform("any").astype(bool)
    between = shared.groupby(one)["file"].transform("nunique") > 1
    table = shared.assign(group=group, within=within, between=between)[SHARED_COLUMNS]
    return Duplicates(table.sort_values(["group", "file", "id"], ignore_index=True), tuple(tokens))

"""What is kept of each chunk until all are there: scores, keys, rejected rows, and a note that they are whole."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.durable import sync_folder, write_durably
from graduation.errors import DataError, GraduationError, Problem
from graduation.risk import dump_json

# Sorted by `risk` and `tie`; `position` is the row among the scores of the part, `place` one of its places or -1.
ORDER = np.dtype([("risk", "<u8"), ("tie", "<u8"), ("position", "<u4"), ("place", "<i4")])
# Sorted by `hash`; `row` counts all rows of the chunk from 0, `position` is -1 where the row is already set aside.
KEY = np.dtype([("hash", "<u8"), ("row", "<i4"), ("position", "<i4")])
# The dictionary's key stands under this name beside the columns whose values must be unique.
ID_KEY = ""
# The file that tells that the others are whole.
NOTE = "json"
# The files of a part by their kind, as bytes or what lends them.
Packed = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """The scores of one chunk.

    Attributes
    ----------
    scores : Table
        One row per accepted household, in the order of the file, without ranks; the same schema in every part.
    tie : ndarray of uint64
        Per household, `hash_labels` of its id: who comes first among equal risks.
    place : Array or ChunkedArray, optional
        Per household, the code (not the name, which two places may share) of the place within which it is ranked.
    position : ndarray of int
        Per row of the chunk that could be read, its row in `scores`; -1 where it is set aside.
    keys : mapping of str to ndarray of uint64
        Per row of the chunk that could be read, set aside or not, the hash of its key (under ``""``) and of each value
        that must be unique (under the name of the column); 0 where it is missing.
    rejected : DataFrame
        As `Registry.rejected`; what it tells of repeated rows is found again over all chunks.
    n_read : int
        Rows of the chunk, with those that could not be read.
    facts : mapping
        Plain data that is kept beside the part.
    """

    scores: pa.Table
    tie: np.ndarray
    position: np.ndarray
    keys: Mapping[str, np.ndarray]
    rejected: pd.DataFrame
    n_read: int
    place: pa.Array | pa.ChunkedArray | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """A whole part on the disk."""

    folder: Path
    number: int
    n_read: int
    n_accepted: int
    places: tuple[str, ...]
    facts: Mapping[str, Any]

    def path(self, kind: str) -> Path:
        return self.folder / f"{self.number:06d}.{kind}"

    def scores(self) -> pa.Table:
        return read_table(self.path("scores.arrow"))

    def rejected(self) -> pd.DataFrame:
        told: pd.DataFrame = read_table(self.path("rejected.arrow")).to_pandas()
        return told

    def keys_path(self, place: int) -> Path:
        """Return the file of the keys of one kind, by its place among the kinds."""
        return self.path(f"keys{place}.npy")


def packed(part: Part, *, source: str) -> Packed:
    """Return the files of a part.

    Raises
    ------
    DataError
        When a risk is missing or no probability: such households cannot be ranked.
    GraduationError
        When rows of the chunk are neither scored nor set aside, or both.
    """
    n_accepted, n_rejected = part.scores.num_rows, part.rejected["row"].nunique()
    if n_accepted + n_rejected != part.n_read:
        raise GraduationError(
            f"{source}: {part.n_read:,} rows became {n_accepted:,} scored and {n_rejected:,} set aside"
        )
    places, code = _places(part)
    contents: Packed = {
        "scores.arrow": table_bytes(even(part.scores), compression="lz4"),
        "order.npy": _npy(_order(part, code, source)),
        "rejected.arrow": table_bytes(pa.Table.from_pandas(part.rejected, preserve_index=False)),
        **{
            f"keys{place}.npy": _npy(sorted_keys(hashes, part.position))
            for place, hashes in enumerate(part.keys.values())
        },
    }
    note = {
        "sha256": {kind: hashlib.sha256(content).hexdigest() for kind, content in contents.items()},
        "n_read": part.n_read, "n_accepted": part.scores.num_rows, "places": places, "facts": dict(part.facts),
    }  # fmt: skip
    return {**contents, NOTE: dump_json(note).encode()}


def save_part(folder: Path, number: int, part: Part | Packed, *, source: str) -> Done:
    """Write a part; it counts from the moment its note is there, which is written last.

    Raises
    ------
    DataError, GraduationError
        As `packed`.
    """
    files = packed(part, source=source) if isinstance(part, Part) else part
    for kind, content in files.items():
        if kind != NOTE:
            write_durably(folder / f"{number:06d}.{kind}", content)
    sync_folder(folder)
    write_durably(_note(folder, number), files[NOTE])
    sync_folder(folder)
    return _done(folder, number, json.loads(files[NOTE]))


def load_part(folder: Path, number: int) -> Done | None:
    """Return a part when its note is there and all its files are as the note says; else None."""
    try:
        note = json.loads(_note(folder, number).read_bytes())
        right = [
            _sha256(folder / f"{number:06d}.{kind}") == checksum for kind, checksum in sorted(note["sha256"].items())
        ]
        return _done(folder, number, note) if all(right) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _note(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.{NOTE}"


def _done(folder: Path, number: int, note: Mapping[str, Any]) -> Done:
    return Done(folder, number, note["n_read"], note["n_accepted"], tuple(note["places"]), note["facts"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def risk_key(risk: np.ndarray) -> np.ndarray:
    """Return whole numbers that sort as probabilities do, the highest first.

    The bits of floats that are not negative, read as whole numbers, sort as the floats (IEEE 754).

    >>> risk_key(np.array([0.2, 0.9, 0.0])).argsort().tolist()
    [1, 0, 2]
    """
    # Adding nought makes a negative nought, whose bits are another's, a plain one.
    return ~(np.ascontiguousarray(risk, dtype="float64") + 0.0).view("uint64")


def by_rank(key: np.ndarray, tie: np.ndarray) -> np.ndarray:
    """Return the order by two unsigned keys, as `np.lexsort` with `key` first, at a third of its time.

    Equal keys are numbered and joined with the upper half of the ties to one number; where that does not part two
    rows, `np.lexsort` does.
    """
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    changes = ordered[1:] != ordered[:-1]
    if changes.all():
        return order
    group = np.zeros(len(key), dtype="uint64")
    np.cumsum(changes, out=group[1:])
    joined = group << np.uint64(32) | tie[order] >> np.uint64(32)
    again = np.argsort(joined)
    joined = joined[again]
    return order[again] if (joined[1:] != joined[:-1]).all() else np.lexsort((tie, key))


def _order(part: Part, code: np.ndarray, source: str) -> np.ndarray:
    risk = part.scores["risk"].to_numpy()
    if not ((risk >= 0) & (risk <= 1)).all():
        found = "a risk that is missing or no probability"
        raise DataError(source, [Problem(found, "a number between 0 and 1", "Check the model that gave it.", "risk")])
    key = risk_key(risk)
    ranked = by_rank(key, part.tie)
    order = np.empty(len(key), ORDER)
    order["risk"], order["tie"] = key[ranked], part.tie[ranked]
    order["position"], order["place"] = ranked, code[ranked]
    return order


def _places(part: Part) -> tuple[list[str], np.ndarray]:
    if part.place is None:
        return [], np.full(part.scores.num_rows, -1, "int32")
    place = part.place.combine_chunks() if isinstance(part.place, pa.ChunkedArray) else part.place
    coded = place if pa.types.is_dictionary(place.type) else place.dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype("int32")


def sorted_keys(hashes: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the keys of a chunk's rows as they are kept, sorted; rows without one are left out."""
    by_hash = np.argsort(hashes)
    keys = np.empty(len(hashes), KEY)
    keys["hash"], keys["row"], keys["position"] = hashes[by_hash], by_hash, position[by_hash]
    return keys[np.searchsorted(keys["hash"], 1) :]


def _npy(array: np.ndarray) -> pa.Buffer:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return pa.py_buffer(buffer.getbuffer())


def even(table: pa.Table) -> pa.Table:
    """Return a table in one piece whose text types are the same however it was made."""
    kinds = [pa.field(one.name, _even_type(one.type)) for one in table.schema]
    return table.cast(pa.schema(kinds)).combine_chunks()


def _even_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return pa.dictionary(pa.int32(), _even_type(kind.value_type))
    # A chunk without any value tells no type.
    text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind)
    return pa.string() if text else kind


def table_bytes(table: pa.Table, compression: str | None = None) -> pa.Buffer:
    """Return a table as an Arrow file: it is written four times as fast as Parquet, and read almost for nothing."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def read_table(path: Path) -> pa.Table:
    """Return the table of an Arrow file."""
    # Read, not mapped: mapped pages would count as memory for as long as they are not needed elsewhere.
    with pa.OSFile(str(path), "rb") as file:
        return pa.ipc.open_file(file).read_all()

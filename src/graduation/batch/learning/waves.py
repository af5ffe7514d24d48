"""A wave of any size, checked chunk by chunk and kept so that households can be read by the hash of their id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.checking import CheckedChunk, Checker
from graduation.batch.jobs import refuse_parts, reread_parts
from graduation.batch.parts import Done, even, sorted_keys, table_bytes
from graduation.batch.reading import Reader
from graduation.batch.rejecting import Rejected, write_rejected
from graduation.batch.repeats import Names, find_repeats
from graduation.batch.running import naming
from graduation.batch.scorer import facts_of, keys_of, positions_of, rejected_of
from graduation.panel import hash_labels
from graduation.schema import Registry

# Beside the columns of a household: the hash of its id, and its row among those of the chunk.
HASH, AT = "#hash", "#at"
# Of the hash that puts households into parts; samples and folds are drawn by others.
SEED = 20_231_117
HOUSEHOLDS, REJECTED = "households.arrow", "rejected.csv"


@dataclass(frozen=True)
class Wave:
    """The households of one wave on the disk.

    Attributes
    ----------
    reader : Reader
    parts : sequence of Done
        One a chunk, its accepted households sorted by the hash of their id.
    dropped : dict of int to ndarray
        By chunk, the households set aside because other rows say the same, or otherwise.
    kinds : dict of str to dtype
        The columns that are no labels, and how they are typed in memory.
    rejected : Rejected
    times : tuple of (float, float), optional
        The first and the last.
    """

    reader: Reader
    parts: Sequence[Done]
    dropped: dict[int, np.ndarray]
    kinds: dict[str, Any]
    rejected: Rejected
    times: tuple[float, float] | None

    @property
    def source(self) -> str:
        return self.reader.source.given

    @property
    def n_households(self) -> int:
        return sum(part.n_accepted for part in self.parts) - sum(map(len, self.dropped.values()))

    def part(self, number: int, n_parts: int) -> pd.DataFrame:
        """Return one of equal parts of the range of hashes: households by id, labels as pandas categories."""
        pieces = [self._piece(part, number, n_parts) for part in self.parts]
        table = pa.concat_tables(pieces).unify_dictionaries().drop_columns([HASH, AT])
        name = self.reader.dictionary.id
        households = table.to_pandas().astype({**self.kinds, name: "string"}).set_index(name)
        return pd.DataFrame(households.sort_index())

    def _piece(self, part: Done, number: int, n_parts: int) -> pa.Table:
        with pa.memory_map(str(part.path(HOUSEHOLDS))) as file:
            table = pa.ipc.open_file(file).read_all()
            hashes = table[HASH].to_numpy()
            start, end = (first_of(hashes, place, n_parts) for place in (number, number + 1))
            gone = np.isin(table[AT].to_numpy()[start:end], self.dropped.get(part.number, ()))
            # Rows that are taken are copied, so that the pages of the file can be let go.
            return table.take(start + np.flatnonzero(~gone))

    def rejected_ids(self) -> np.ndarray:
        """Return hashes of the ids of all rows set aside."""
        name, found = self.reader.dictionary.id, []
        for part in self.parts:
            found.append(hash_labels(pd.Index(part.rejected()[name].dropna()), SEED))
            if part.number in self.dropped:
                with pa.memory_map(str(part.path(HOUSEHOLDS))) as file:
                    table = pa.ipc.open_file(file).read_all().select([HASH, AT]).to_pandas()
                found.append(table.loc[table[AT].isin(self.dropped[part.number]), HASH].to_numpy())
        return np.unique(np.concatenate(found).astype(np.uint64))

    def registry(self, households: pd.DataFrame, rejected_ids: Sequence[str] | pd.Index = ()) -> Registry:
        """Return some of the households as a registry."""
        dictionary = self.reader.dictionary
        rejected = pd.DataFrame({"row": range(len(rejected_ids)), dictionary.id: list(rejected_ids)})
        return Registry(households, rejected, pd.DataFrame(), dictionary, self.source)


def part_of(hashes: np.ndarray, n_parts: int) -> np.ndarray:
    """Return which of equal parts of their range hashes (n,) lie in; it rises with them."""
    return ((hashes >> np.uint64(32)) * np.uint64(n_parts) >> np.uint64(32)).astype(np.int64)


def first_of(hashes: np.ndarray, number: int, n_parts: int) -> int:
    """Return where a part begins among sorted hashes."""
    if number == n_parts:
        return len(hashes)
    return int(np.searchsorted(hashes, np.uint64(-(-(number << 32) // n_parts) << 32)))


def check_wave(
    reader: Reader,
    checker: Checker,
    folder: Path,
    *,
    columns: Sequence[str] | None = None,
    max_rejected: float,
    tell: Callable[[str], None],
) -> Wave:
    """Check a wave by its dictionary: the same households, and the same rows set aside, as `read_registry` gives.

    Parameters
    ----------
    reader, checker
    folder : Path
        An empty one; the rows set aside are listed in its ``rejected.csv``.
    columns : sequence of str, optional
        Which to keep of the households; by default all.
    max_rejected : float
        Refuse when a larger share of the rows is set aside.

    Raises
    ------
    DataError
        When the wave cannot be used.
    """
    folder.mkdir()
    parts: list[Done] = []
    kinds: dict[str, Any] = {}
    times: list[float] = []
    for number, piece in enumerate(reader.read()):
        with naming(piece):
            chunk = checker.check(piece)
        if columns is not None:
            some = [name for name in columns if name in chunk.households]
            chunk = replace(chunk, households=chunk.households[some])
        parts.append(_saved(chunk, number, folder, reader))
        kinds = kinds or _kinds(chunk.households)
        times += _ends(chunk.households, reader)
        tell(f"{piece.path.name}: {sum(part.n_read for part in parts):,} rows of {reader.source.given} checked")
    refuse_parts(parts, reader, max_rejected)
    unique = [name for name, column in reader.dictionary.columns.items() if column.unique]
    names = Names(reader.dictionary.id, reader.dictionary.key, unique)
    repeats = find_repeats(parts, reread_parts(parts, reader, checker), names)
    dropped = repeats.dropped()
    rejected = write_rejected(repeats, dropped, folder / REJECTED)
    rejected.refuse(sum(part.n_read for part in parts), max_rejected, reader.source.given)
    return Wave(reader, parts, dropped, kinds, rejected, (min(times), max(times)) if times else None)


def _saved(chunk: CheckedChunk, number: int, folder: Path, reader: Reader) -> Done:
    households = chunk.households.reset_index()
    hashes = hash_labels(chunk.households.index, SEED)
    order = np.argsort(hashes, kind="stable")
    texts = {name: "category" for name in chunk.households if _is_label(chunk.households[name])}
    kept = households.astype(texts).assign(**{HASH: hashes, AT: np.arange(len(hashes), dtype="int32")}).iloc[order]
    done = Done(folder, number, chunk.tally.rows, len(kept), (), facts_of(chunk))
    table = even(pa.Table.from_pandas(kept, preserve_index=False).replace_schema_metadata())
    rejected = pa.Table.from_pandas(rejected_of(chunk, reader.source.names), preserve_index=False)
    for kind, one in ((HOUSEHOLDS, table), ("rejected.arrow", rejected)):
        done.path(kind).write_bytes(table_bytes(one))
    position = positions_of(chunk)
    for place, keys in enumerate(keys_of(chunk, reader.dictionary).values()):
        np.save(done.keys_path(place), sorted_keys(keys, position), allow_pickle=False)
    return done


def _kinds(households: pd.DataFrame) -> dict[str, Any]:
    return {str(name): values.dtype for name, values in households.items() if not _is_label(values)}


def _is_label(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(values.dtype)


def _ends(households: pd.DataFrame, reader: Reader) -> list[float]:
    """Return the first and the last time, where there is one."""
    time = reader.dictionary.one("time")
    if time not in households or households.empty:
        return []
    return [float(households[time].min()), float(households[time].max())]

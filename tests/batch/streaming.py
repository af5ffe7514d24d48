"""A registry read by chunks and put together again, to be held against `read_registry`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graduation.batch import CheckedChunk, Checker, Reader, Tally, find_sources, reread
from graduation.schema import Dictionary
from graduation.schema.telling import counted, first_cases, numbers_of_rules

REPEATS = ("repeated_row", "duplicate_household", "duplicate_value")


@dataclass(frozen=True)
class Streamed:
    """What the chunks of a registry are together."""

    households: pd.DataFrame
    rejected: pd.DataFrame
    findings: pd.DataFrame
    tally: Tally
    n_chunks: int


def streamed(
    path: Path,
    dictionary: Dictionary,
    *,
    rows: int = 64,
    encoding: str | None = None,
    key_file: Path | None = None,
    max_rejected: float = 1.0,
) -> Streamed:
    """Read and check a registry chunk by chunk; sorted as in memory, categories as text."""
    source = find_sources(path)
    reader, checker, tally = Reader(source, dictionary, encoding, rows), Checker(dictionary, key_file), Tally()
    chunks = []
    for piece in reader.read():
        chunk = checker.check(piece)
        tally.add(Tally.from_json(chunk.tally.to_json()))
        tally.refuse_contradictions(dictionary, [str(one) for one in source.files])
        chunks.append(chunk)
    wanted = shared_rows(chunks)
    repeats = reread(reader, checker, wanted).repeats()
    households, rejected = [], [repeats]
    for chunk in chunks:
        gone = repeats.loc[repeats["file"] == chunk.file, "row"]
        households.append(_as_text(chunk.households)[~np.isin(chunk.rows, gone)])
        again = chunk.rejected["rule"].isin(REPEATS) & chunk.rejected["row"].isin(wanted.get(chunk.file, []))
        rejected.append(chunk.rejected[~again].assign(file=chunk.file))
    told = pd.concat(rejected).sort_values(["file", "row", "column", "rule"], ignore_index=True)
    found = pd.concat([chunk.findings for chunk in chunks]).sort_values(["row", "column", "rule"], ignore_index=True)
    found = found[~found["row"].isin(repeats["row"])].reset_index(drop=True)
    accepted = pd.concat(households).sort_index()
    tally.accepted = len(accepted)
    tally.counts = numbers_of_rules(counted(told.assign(row=told["file"] * 10**9 + told["row"]), found))
    tally.cases = first_cases(told)
    tally.refuse_whole(dictionary, str(path), max_rejected)
    return Streamed(accepted, told.drop(columns="file"), found, tally, len(chunks))


def shared_rows(chunks: list[CheckedChunk]) -> dict[int, np.ndarray]:
    """Return the rows, by file, that share a hash with another one."""
    parts = [
        pd.DataFrame({"file": chunk.file, "row": chunk.all_rows, "of": name, "hash": hashes})
        for chunk in chunks
        for name, hashes in chunk.hashes.items()
    ]
    every = pd.concat(parts, ignore_index=True)
    every = every[(every["hash"] > 0) | (every["of"] == "key")]
    shared = every[every.duplicated(["of", "hash"], keep=False)]
    return {int(file): rows.unique() for file, rows in shared.groupby("file")["row"]}


def _as_text(households: pd.DataFrame) -> pd.DataFrame:
    categories = [name for name in households if isinstance(households[name].dtype, pd.CategoricalDtype)]
    return households.astype(dict.fromkeys(categories, "string"))

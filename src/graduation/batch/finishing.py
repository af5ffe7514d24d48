"""From the parts to the final files, which appear under their names only when they are whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.durable import keeping, sync_file, sync_folder, write_durably
from graduation.batch.journal import Work, landing, remove_work
from graduation.batch.parts import Done
from graduation.batch.ranking import rank_parts, ranks_of
from graduation.batch.repeats import Names, Reader, Repeats, find_repeats
from graduation.batch.tables import writing_pieces
from graduation.errors import DataError, GraduationError, Problem, UsageError
from graduation.io import write_run_record
from graduation.io.files import sha256
from graduation.io.outputs import neutralised
from graduation.risk import dump_json
from graduation.schema.telling import broken_rules

# Shares of all ranked households, from the highest risk; the rest is in `LAST_BAND`.
BANDS = {"very high": 0.05, "high": 0.10, "middle": 0.25}
LAST_BAND = "low"
AFTER = "risk_high"
REJECTED = "rejected.csv"


@dataclass(frozen=True)
class Output:
    """What is to be written.

    Attributes
    ----------
    rejected : Path
        Where the rows set aside go, when there are any.
    names : Names
    inputs : sequence of Path
        Named in the run record, with their hashes.
    within : str
        Name of the column with the rank within a place.
    bands : mapping of str to float
        Share of the households in each band, from the highest risk; the rest is "low". A household is in a band by its
        rank, so that equal risks never make a band larger than its share.
    constants : mapping of str to str
        Columns that say the same in every row, such as the model.
    top : int, optional
        Write only so many households, those of the highest risk, by rank; they are all held in memory.
    max_rejected : float
        Refuse when a larger share of the rows is set aside.
    """

    rejected: Path
    names: Names
    inputs: Sequence[Path] = ()
    within: str = "rank_in_place"
    bands: Mapping[str, float] = field(default_factory=lambda: BANDS)
    constants: Mapping[str, str] = field(default_factory=dict)
    top: int | None = None
    max_rejected: float = 0.5


def finish(work: Work, output: Output, reread: Reader, **facts: Any) -> dict[str, Any]:
    """Find repeated rows, rank, write the final files and remove the work folder.

    A crash at any moment leaves either the parts, or whole files and a note by which ``--resume`` gives them their
    names. Rows read are rows written and rows set aside: this is checked before any file gets its name.

    Parameters
    ----------
    work : Work
        With all its parts done.
    output : Output
    reread : callable
        As in `find_repeats`.
    **facts
        More for the run record.

    Returns
    -------
    dict
        What the run record tells of rows, rules, parts and files.

    Raises
    ------
    DataError
        When too many rows are set aside.
    UsageError
        When a source changed while it was read.
    Interrupted
        When the disk is full; the parts stay.
    """
    with keeping(work.folder):
        if not landing(work.folder).exists():
            _prepare(work, output, reread, facts)
        return _land(work, output)


def _prepare(work: Work, output: Output, reread: Reader, facts: Mapping[str, Any]) -> None:
    scratch = work.folder / "final"
    _emptied(scratch)
    parts = work.parts()
    if not parts:
        remedy = "Check that the right file is given."
        raise DataError(_told_sources(work), [Problem("no rows", "at least one household", remedy)])
    repeats = find_repeats(parts, reread, output.names)
    dropped = repeats.dropped()
    rejected = _write_rejected(repeats, dropped, scratch / REJECTED)
    n_read = sum(part.n_read for part in parts)
    rejected.refuse_many(n_read, output.max_rejected, _told_sources(work))
    ranked = rank_parts(parts, scratch, dropped)
    if ranked + rejected.n_rows != n_read:
        raise GraduationError(f"{n_read:,} rows were read, but {ranked:,} ranked and {rejected.n_rows:,} set aside")
    whole = scratch / f"whole{work.out.suffix}"
    n_written = _write_scores(_Ranked(parts, scratch, ranked, output), whole)
    work.plan.refuse_changed()
    checksums = {path.name: sha256(path) for path in (whole, scratch / REJECTED)}
    listed = {"path": str(output.rejected), "sha256": checksums[REJECTED]} if rejected.n_rows else None
    told = {
        "rows": {"read": n_read, "ranked": ranked, "written": n_written, "set_aside": rejected.n_rows},
        "rules": rejected.told(), "parts": len(parts), "counts": dict(sum_facts(parts)), "run_id": work.plan.run_id,
        "sources": [dict(one) for one in work.plan.files], "rejected": listed,
    }  # fmt: skip
    sync_folder(scratch)
    write_durably(landing(work.folder), dump_json({"sha256": checksums, "told": told, "facts": facts}).encode())
    sync_folder(work.folder)


def _told_sources(work: Work) -> str:
    first, *more = map(str, work.plan.sources or [work.out])
    return f"{first} and {len(more):,} more" if more else first


def _land(work: Work, output: Output) -> dict[str, Any]:
    """Give whole files their names; every step may be done again after a crash."""
    note = json.loads(landing(work.folder).read_bytes())
    scratch = work.folder / "final"
    moves = {scratch / f"whole{work.out.suffix}": work.out}
    if note["told"]["rejected"] is not None:
        moves = {scratch / REJECTED: output.rejected, **moves}
    elif work.force:
        # A list of an earlier run would be taken for one of this.
        output.rejected.unlink(missing_ok=True)
    for whole, final in moves.items():
        if whole.exists():
            whole.replace(final)
            sync_folder(final.parent)
        elif not final.is_file() or sha256(final) != note["sha256"][whole.name]:
            raise UsageError(f"{final}: not as it was written; begin anew with --force (force=True)")
    plan = work.plan
    more = {"model_id": plan.model_id, "dictionary": plan.dictionary, **note["facts"], **note["told"]}
    write_run_record(work.out, command=plan.command, inputs=list(output.inputs), force=True, **more)
    sync_folder(work.out.parent)
    remove_work(work.folder)
    told: dict[str, Any] = note["told"]
    return told


def sum_facts(parts: Sequence[Done]) -> Counter[str]:
    """Return the counts of all parts together."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part.facts)
    return total


def _emptied(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()


@dataclass
class _Rejected:
    """How many rows were set aside by which rule, each with its first case."""

    n_rows: int = 0
    households: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], pd.Series] = field(default_factory=dict)

    def add(self, told: pd.DataFrame) -> None:
        for (name, column), cases in told.groupby(["rule", "column"]):
            rule = (str(name), str(column))
            self.households[rule] += cases["row"].nunique()
            self.first.setdefault(rule, cases.iloc[0])

    def told(self) -> list[dict[str, Any]]:
        return [{"rule": rule, "column": column, "rows": n} for (rule, column), n in sorted(self.households.items())]

    def refuse_many(self, n_read: int, share: float, source: str) -> None:
        if not n_read or self.n_rows / n_read <= share:
            return
        counts = pd.DataFrame(
            [(*rule, n, True) for rule, n in sorted(self.households.items())],
            columns=["rule", "column", "households", "set_aside"],
        )
        raise DataError(source, broken_rules(pd.DataFrame(list(self.first.values())), counts, n_read))


def _write_rejected(repeats: Repeats, dropped: Mapping[int, np.ndarray], path: Path) -> _Rejected:
    """Write the rows set aside, part by part, and check that each part tells of all of its own."""
    seen = _Rejected()
    with path.open("w", encoding="utf-8", newline="") as file:
        for place, part in enumerate(repeats.parts):
            told = repeats.rejected(place)
            n_rows = told["row"].nunique()
            expected = part.n_read - part.n_accepted + len(dropped.get(part.number, ()))
            if n_rows != expected:
                raise GraduationError(f"part {part.number}: {expected:,} rows are set aside, {n_rows:,} told of")
            if n_rows:
                neutralised(told).to_csv(file, index=False, lineterminator="\n", header=not seen.n_rows)
            seen.n_rows += n_rows
            seen.add(told)
    sync_file(path)
    return seen


@dataclass(frozen=True)
class _Ranked:
    """The parts of the final table."""

    parts: Sequence[Done]
    scratch: Path
    n_ranked: int
    output: Output

    def pieces(self) -> Iterator[pa.Table]:
        """Yield the rows of each part that are to be written, in the order of the file, or the highest by rank."""
        top = self.output.top
        if top is None:
            yield from map(self._piece, self.parts)
            return
        best = [piece.filter(pa.compute.less_equal(piece["rank"], top)) for piece in map(self._piece, self.parts)]
        yield pa.concat_tables(best).unify_dictionaries().sort_by("rank").combine_chunks()

    def _piece(self, part: Done) -> pa.Table:
        scores = part.scores()
        kept, ranks = ranks_of(part, self.scratch)
        if len(kept) < scores.num_rows:
            scores = scores.take(kept)
        place = scores.column_names.index(AFTER) + 1
        for name, column in reversed(self._ranks(ranks).items()):
            scores = scores.add_column(place, name, column)
        for name, value in self.output.constants.items():
            scores = scores.append_column(name, _coded(np.zeros(len(kept), "int32"), [value]))
        return scores

    def _ranks(self, ranks: np.ndarray) -> dict[str, pa.Array]:
        columns = {"rank": pa.array(np.ascontiguousarray(ranks["rank"]))}
        if any(part.places for part in self.parts):
            within = np.ascontiguousarray(ranks["within"])
            columns[self.output.within] = pa.array(within, mask=within == 0)
        bands = self.output.bands
        columns["band"] = _coded(band_of(ranks["rank"], self.n_ranked, list(bands.values())), [*bands, LAST_BAND])
        return columns


def band_of(rank: np.ndarray, n_ranked: int, shares: Sequence[float]) -> np.ndarray:
    """Return the place of each household's band: 0 for the first share of the ranks, and so on.

    >>> band_of(np.array([1, 5, 6, 15, 16, 40, 41]), 100, [0.05, 0.10, 0.25]).tolist()
    [0, 0, 1, 1, 2, 2, 3]
    """
    # Sums of shares are not exact; what is a hair above a whole number is that number.
    ends = np.ceil(np.round(np.cumsum(shares) * n_ranked, 6))
    return np.searchsorted(ends, rank).astype("int32")


def _coded(codes: np.ndarray, values: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(values, pa.string()))


def _write_scores(ranked: _Ranked, path: Path) -> int:
    """Write the final table and return how many rows; their ranks are checked to be 1, 2, 3, ... each once."""
    expected = ranked.n_ranked if ranked.output.top is None else min(ranked.output.top, ranked.n_ranked)
    n_rows = total = 0
    pieces = ranked.pieces()
    first = next(pieces)
    with writing_pieces(path, first.schema) as file:
        for piece in _chain(first, pieces):
            file.write_table(piece)
            n_rows += piece.num_rows
            total += pa.compute.sum(piece["rank"]).as_py() or 0
    if (n_rows, total) != (expected, expected * (expected + 1) // 2):
        raise GraduationError(f"{expected:,} households were to be written, but {n_rows:,} were, or some of them twice")
    return n_rows


def _chain(first: pa.Table, others: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from others

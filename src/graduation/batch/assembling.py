"""Put scores, ranks and bands together, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from graduation.batch.parts import Done
from graduation.batch.ranking import ranks_of
from graduation.batch.repeats import Names
from graduation.batch.tables import writing_pieces
from graduation.errors import GraduationError

# Shares of all ranked households, from the highest risk; the rest is in `LAST_BAND`.
BANDS = {"very high": 0.05, "high": 0.10, "middle": 0.25}
LAST_BAND = "low"
AFTER = "risk_high"


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


@dataclass(frozen=True)
class Ranked:
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
        best = [_few(piece.filter(pa.compute.less_equal(piece["rank"], top))) for piece in map(self._piece, self.parts)]
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


def _few(table: pa.Table) -> pa.Table:
    """Return a table whose codes stand for the texts that occur alone; else every part keeps those of all its rows."""
    for place, field_ in enumerate(table.schema):
        if pa.types.is_dictionary(field_.type):
            texts = table.column(place).cast(field_.type.value_type)
            table = table.set_column(place, field_.name, texts.dictionary_encode())
    return table


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


@dataclass
class Written:
    """What was written: rows, the sum of their ranks, and by pathway the households and the sum of their risks."""

    rows: int = 0
    ranks: int = 0
    pathways: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, piece: pa.Table) -> None:
        self.rows += piece.num_rows
        self.ranks += pa.compute.sum(piece["rank"]).as_py() or 0
        sums = piece.select(["pathway", "risk"]).group_by("pathway").aggregate([("risk", "count"), ("risk", "sum")])
        for one in sums.to_pylist():
            households, risk = self.pathways.get(one["pathway"], (0, 0.0))
            self.pathways[one["pathway"]] = (households + one["risk_count"], risk + one["risk_sum"])


def write_scores(ranked: Ranked, path: Path) -> Written:
    """Write the final table and return what it holds; its ranks are checked to be 1, 2, 3, ... each once."""
    expected = ranked.n_ranked if ranked.output.top is None else min(ranked.output.top, ranked.n_ranked)
    pieces = ranked.pieces()
    first = next(pieces)
    seen = Written()
    with writing_pieces(path, first.schema) as file:
        for piece in chain([first], pieces):
            file.write_table(piece)
            seen.add(piece)
    if (seen.rows, seen.ranks) != (expected, expected * (expected + 1) // 2):
        raise GraduationError(
            f"{expected:,} households were to be written, but {seen.rows:,} were, or some of them twice"
        )
    return seen

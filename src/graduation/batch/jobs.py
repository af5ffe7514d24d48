"""A source and a model, and what reads, checks and scores the one by the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graduation.batch import rereading
from graduation.batch.assembling import Output
from graduation.batch.checking import Checker, Piece
from graduation.batch.journal import Plan, Work, remove_work
from graduation.batch.parts import Done
from graduation.batch.reading import Reader
from graduation.batch.refusing import TooManyRejected
from graduation.batch.repeats import Names, Reread
from graduation.batch.scorer import FILE, Scorer
from graduation.batch.settings import ScoringSettings
from graduation.batch.sources import Source
from graduation.batch.tally import Tally
from graduation.errors import DataError
from graduation.io.pseudonyms import key_mark
from graduation.risk import Model
from graduation.schema import Layout
from graduation.schema.rows import table_of
from graduation.schema.telling import Telling
from graduation.schema.written import cell_text

BETWEEN = "\x1f"


@dataclass(frozen=True)
class Job:
    """What scores a source.

    Attributes
    ----------
    source : Source
    reader : Reader
    scorer : Scorer
    """

    source: Source
    reader: Reader
    scorer: Scorer

    @classmethod
    def of(cls, source: Source, model: Model, settings: ScoringSettings, key_file: Path | None) -> Job:
        dictionary = model.dictionary.without_history()
        reader = Reader(source, dictionary, rows=settings.rows_per_chunk)
        return cls(source, reader, Scorer(model, Checker(dictionary, key_file), settings, source.names))

    def plan(self) -> Plan:
        dictionary, first = self.scorer.model.dictionary, self.source.files[0]
        return Plan(
            "score",
            self.scorer.model.model_id,
            f"{dictionary.name} {dictionary.version}",
            self.source.files,
            {**self.scorer.settings.of_output(), "key": key_mark(dictionary, self.scorer.checker.key_file, first)},
        )

    def pieces(self, work: Work) -> Iterator[tuple[int, Piece]]:
        """Yield the chunks that are still to be scored, and tell `work` how many there are in all."""
        ids = self.reader.chunks()
        if not ids:
            count = 0
            for count, piece in enumerate(self.reader.read(), start=1):
                yield count - 1, piece
            work.n_parts = count
            return
        work.n_parts = len(ids)
        number = {chunk: place for place, chunk in enumerate(ids)}
        for piece in self.reader.read({ids[place] for place in work.done}):
            yield number[piece.file, piece.number], piece

    def refuse(self, work: Work) -> Tally:
        """Return what all chunks tell together; refuse what they contradict each other in.

        Of a registry that must be corrected no part can be used again, so none is kept.
        """
        try:
            return refuse_parts(work.parts(), self.reader, self.scorer.settings.max_rejected)
        except TooManyRejected:
            raise
        except DataError:
            remove_work(work.folder)
            raise

    def output(self, rejected: Path, run_id: str) -> Output:
        dictionary, settings = self.reader.dictionary, self.scorer.settings
        unique = [name for name, column in dictionary.columns.items() if column.unique]
        model = self.scorer.model
        return Output(
            rejected,
            Names(dictionary.id, dictionary.key, unique),
            within=f"rank_in_{self.scorer.place or 'place'}",
            constants={
                "model_id": model.model_id,
                "dictionary_version": f"{dictionary.name} {dictionary.version}",
                "run_id": run_id,
            },
            top=settings.top,
            max_rejected=settings.max_rejected,
        )

    def reread(self, work: Work) -> Callable[[int, np.ndarray], Reread]:
        """Return what reads rows of a chunk again."""
        return reread_parts(work.parts(), self.reader, self.scorer.checker)


def refuse_parts(parts: Sequence[Done], reader: Reader, max_rejected: float) -> Tally:
    """Return what all chunks of a source tell together; refuse what they contradict each other in."""
    total, names = Tally(), reader.source.names
    files: dict[tuple[str, str], str] = {}
    for part in parts:
        tally = Tally.from_json(part.facts["tally"])
        files = dict.fromkeys(tally.cases, names[part.facts["file"]]) | files
        total.add(tally)
    total.refuse_contradictions(reader.dictionary, [str(path) for path in reader.source.files])
    total.refuse_whole(reader.dictionary, reader.source.given, max_rejected, files if len(names) > 1 else {})
    return total


def reread_parts(parts: Sequence[Done], reader: Reader, checker: Checker) -> Callable[[int, np.ndarray], Reread]:
    """Return what reads rows of a chunk again."""
    known = {part.number: part.facts for part in parts}
    names = reader.source.names
    read_again = rereading.Again(reader, checker)

    def read(number: int, rows: np.ndarray) -> Reread:
        facts = known[number]
        again = read_again(facts["file"], rows + facts["first"])
        return _reread(again, names[facts["file"]] if len(names) > 1 else None)

    return read


def _reread(again: rereading.Reread, file: str | None) -> Reread:
    dictionary, places = again.dictionary, np.arange(len(again.rows))
    telling = Telling({str(name): again.raw[name] for name in again.raw}, dictionary, Layout(places))
    unique = [name for name, column in dictionary.columns.items() if column.unique and name in again.columns]
    named = [name for name in dict.fromkeys([dictionary.id, *unique]) if name in again.raw]
    ids = telling.shown(dictionary.id, places)
    shown = {name: telling.shown(name, places) for name in named if not dictionary.columns[name].is_private}
    told = pd.DataFrame({"row": again.rows, dictionary.id: ids})
    if file is not None:
        told.insert(0, FILE, file)
    return Reread(
        told,
        key=_joined(again, dictionary.key),
        whole=_joined(again, again.columns),
        unique={name: _values(again, [*dictionary.key[1:], name]) for name in unique},
        shown={name: values.tolist() for name, values in shown.items()},
    )


def _joined(again: rereading.Reread, names: Iterable[str]) -> list[str]:
    """Return the values of some columns as one text per row."""
    columns = [cell_text(again.columns[name].at()).fillna(BETWEEN) for name in names]
    return [BETWEEN.join(row) for row in zip(*columns, strict=True)]


def _values(again: rereading.Reread, names: list[str]) -> list[str | None]:
    names = list(dict.fromkeys(names))
    missing = table_of(again.columns, names).isna().any(axis=1)
    return [None if gone else text for text, gone in zip(_joined(again, names), missing, strict=True)]

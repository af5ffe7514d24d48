"""What a worker of a cluster does: it is told a job once, as plain data, and scores chunks by it, one task each."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any

from graduation import errors
from graduation.batch.checking import Checker, Piece
from graduation.batch.columnar import parquet_parts, parquet_rows
from graduation.batch.jobs import Job
from graduation.batch.journal import Plan, fingerprint, library_versions
from graduation.batch.manner import Manner
from graduation.batch.parts import Packed, packed
from graduation.batch.reading import Reader
from graduation.batch.rows import Rows
from graduation.batch.running import named
from graduation.batch.scorer import Scorer
from graduation.batch.settings import WHERE, ScoringSettings
from graduation.batch.sources import Source
from graduation.errors import DataError, GraduationError, Problem, UsageError
from graduation.io.pseudonyms import KEY_FILE_VARIABLE, KEY_VARIABLE, key_mark
from graduation.risk import Model, dump_json

# A client that was killed cannot take its job back, so only the latest are kept; and models, for the next job.
KEPT = 3


@dataclass(frozen=True)
class Asked:
    """A chunk of a Parquet file, which the worker reads by itself."""

    file: int
    number: int
    size: int


@dataclass(frozen=True)
class Outcome:
    """What became of a chunk: the files of its part, or an error in plain data; neither where the job is unknown.

    Attributes
    ----------
    worker : str
        The address of the worker.
    files : dict, optional
    error : tuple, optional
        The name of its class and its text, or its source and problems.
    """

    worker: str
    files: Packed | None = None
    error: tuple[str, Any] | None = None

    def raise_error(self) -> None:
        """Raise the error that the worker met, if any."""
        if self.error is None:
            return
        name, told = self.error
        if name == DataError.__name__:
            raise DataError(told["source"], [Problem(**one) for one in told["problems"]])
        raise getattr(errors, name)(told)


def job_told(job: Job, plan: Plan) -> dict[str, Any]:
    """Return all that a worker must know of a job; the secret of pseudonyms is not among it, only a mark of it."""
    settings = {name: value for name, value in vars(job.scorer.settings).items() if name not in WHERE}
    key_file = job.scorer.checker.key_file
    return {
        "model": job.scorer.model.to_parts(),
        "settings": settings,
        "kind": job.source.kind,
        "files": [str(path.absolute()) for path in job.source.files],
        "names": job.source.names,
        "fingerprints": plan.files,
        "key_file": None if key_file is None else str(key_file.absolute()),
        "key_mark": plan.options["key"],
        "versions": library_versions(),
    }


class Desk:
    """A job as one worker process does it, for any number of its threads.

    Parameters
    ----------
    told : mapping
        As `job_told` gives it.
    worker : str
        The address of the worker, for messages.

    Raises
    ------
    UsageError
        When other versions are installed here, or pseudonyms would come from another key.
    """

    def __init__(self, told: Mapping[str, Any], worker: str) -> None:
        _refuse_other_versions(told["versions"], worker)
        model = _model(told["model"])
        dictionary = model.dictionary.without_history()
        settings = ScoringSettings(**told["settings"])
        source = Source(tuple(map(Path, told["files"])), told["kind"])
        key_file = None if told["key_file"] is None else Path(told["key_file"])
        if key_mark(dictionary, key_file, source.files[0]) != told["key_mark"]:
            raise UsageError(
                f"worker {worker}: has no key of pseudonyms, or another one than here; the key is never sent to "
                f"workers: give each the same {KEY_VARIABLE} or {KEY_FILE_VARIABLE}, or the key file under the same "
                "path, outside the folder of the data"
            )
        self._worker = worker
        self._fingerprints = told["fingerprints"]
        self._reader = Reader(source, dictionary, rows=settings.rows_per_chunk)
        self._scorer = Scorer(model, Checker(dictionary, key_file), settings, tuple(told["names"]))
        self._scorer.prepare()
        self._score = named(self._scorer)
        self._walk = _Walk(self._reader)
        self._sound: set[int] = set()
        self._reading = Lock()

    def __call__(self, chunk: Asked | Piece) -> Packed:
        """Return the files of the part of a chunk."""
        piece = self._read(chunk) if isinstance(chunk, Asked) else chunk
        return packed(self._score(piece), source=str(piece))

    def _read(self, chunk: Asked) -> Piece:
        with self._reading:
            if chunk.file not in self._sound:
                self._refuse_other_file(chunk.file)
                self._sound.add(chunk.file)
            return self._walk(chunk.file, chunk.number)

    def _refuse_other_file(self, file: int) -> None:
        path, there = self._reader.source.files[file], self._fingerprints[file]
        try:
            here = fingerprint(path)
        except UsageError:
            raise UsageError(
                f"worker {self._worker}: cannot read {path}; the workers read the registry themselves, so its files "
                "must be there for each of them, under this path"
            ) from None
        if any(here[name] != there[name] for name in ("bytes", "ends")):
            raise UsageError(f"worker {self._worker}: {path} is another file there than here; give all the same one")


class _Walk:
    """Reads chunks of Parquet files; those asked for in their order are reached in one walk through a row group."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._manners: dict[int, Manner] = {}
        self._file, self._next = -1, 0
        # The first chunk of each row group, or of several small ones.
        self._starts: list[int] = []
        self._rows: Iterator[tuple[int, Rows]] = iter(())

    def __call__(self, file: int, number: int) -> Piece:
        if number == 0 or file not in self._manners:
            # The first chunk tells how the file is written.
            first = next(self._reader.only(file).read())
            self._manners[file] = first.manner
            if number == 0:
                return replace(first, file=file)
        path = self._reader.source.files[file]
        self._go(file, number, path)
        return Piece(file, number, path, next(rows for at, rows in self._rows if at == number), self._manners[file])

    def _go(self, file: int, number: int, path: Path) -> None:
        """Begin anew where the way from the last chunk to this one would lead back, or through other row groups."""
        size = self._reader.rows
        if file != self._file:
            groups = parquet_parts(path, rows=size)
            self._starts = [0, *accumulate(len(group.parts) for group in groups)]
        start = self._starts[bisect_right(self._starts, number) - 1]
        if file != self._file or not start <= self._next <= number:
            self._rows = parquet_rows(path, self._reader.dictionary, rows=size, skip=range(number))
        self._file, self._next = file, number + 1


_told: dict[str, Mapping[str, Any]] = {}
_desks: dict[str, Desk] = {}
_models: dict[str, Model] = {}
_lock = Lock()


def keep(token: str, told: Mapping[str, Any]) -> None:
    """Remember a job in this process."""
    with _lock:
        _told[token] = told
        for old in list(_told)[:-KEPT]:
            _told.pop(old)
            _desks.pop(old, None)


def _model(parts: dict[str, str]) -> Model:
    """Return a model; its tables of trees are made once per process."""
    digest = hashlib.sha256(dump_json(parts).encode()).hexdigest()
    model = _models.pop(digest, None) or Model.from_parts(parts)
    _models[digest] = model
    for old in list(_models)[:-KEPT]:
        _models.pop(old)
    return model


def forget(token: str) -> None:
    """Forget a job."""
    with _lock:
        _told.pop(token, None)
        _desks.pop(token, None)


def score_there(token: str, chunk: Asked | Piece) -> Outcome:
    """Score a chunk in the process of a worker; what is refused is returned, for dask writes raised errors to logs."""
    from distributed import get_worker

    worker = get_worker().address
    try:
        desk = _desk(token, worker)
        return Outcome(worker) if desk is None else Outcome(worker, files=desk(chunk))
    except DataError as error:
        told = {"source": error.source, "problems": [asdict(one) for one in error.problems]}
        return Outcome(worker, error=(DataError.__name__, told))
    except GraduationError as error:
        # Its nearest class that everybody knows.
        name = next(one.__name__ for one in type(error).__mro__ if hasattr(errors, one.__name__))
        return Outcome(worker, error=(name, str(error)))
    except Exception as error:
        found = f"{type(error).__name__} on worker {worker}; score the registry without a cluster to see why"
        return Outcome(worker, error=(GraduationError.__name__, found))


def _desk(token: str, worker: str) -> Desk | None:
    with _lock:
        if token not in _desks and token in _told:
            _desks[token] = Desk(_told[token], worker)
        return _desks.get(token)


def _refuse_other_versions(of_client: Mapping[str, str], worker: str) -> None:
    own = library_versions()
    other = [f"{name} is {own[name]} there and {of_client[name]} here" for name in own if own[name] != of_client[name]]
    if other:
        raise UsageError(
            f"worker {worker}: {', '.join(other)}; results would differ, so install the same versions everywhere"
        )

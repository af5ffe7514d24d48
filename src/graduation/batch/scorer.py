"""One chunk of a registry becomes a part: checked, scored, and its reasons put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.checking import CheckedChunk, Checker, Piece
from graduation.batch.hashing import KEY
from graduation.batch.parts import ID_KEY, Part
from graduation.errors import ModelError, UsageError
from graduation.explain import Wording, values_to_tell
from graduation.panel import hash_labels
from graduation.risk import Assessment, Model, assess
from graduation.schema import Language
from graduation.workflows import place_names

if TYPE_CHECKING:
    from distributed import Client

FILE = "file"
Engine = Literal["local", "dask"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
# Settings that say where the work is done.
WHERE = ("threads", "engine", "scheduler")


@dataclass(frozen=True)
class ScoringSettings:
    """How a registry is scored.

    Attributes
    ----------
    reasons : int
        Per household; 0 for none.
    language : {"en", "id"}
    both : bool
        Reasons that lower the risk, too.
    tell_protected : bool
        Whether reasons may name protected characteristics.
    level : float
        How sure the range of each risk is to be.
    seed : int
        Equal risks are ranked by a hash of the household's id with this seed.
    top : int, optional
        Write only so many households, those of the highest risk, by rank; else all, in the order of the files.
    rows_per_chunk : int
        About so many rows are read, scored and kept at once.
    max_rejected : float
        Refuse when a larger share of the rows is set aside.
    threads : int
        Threads, or processes of a cluster of this machine.
    engine : {"local", "dask"}
        Threads of this process, or a Dask cluster, as `graduation[dask]` installs it. What is written does not depend
        on the engine, nor on `threads`.
    scheduler : str or distributed.Client, optional
        The cluster, by the address of its scheduler or by a client of it; by default one of this machine, which is
        started and ended.
    """

    reasons: int = 5
    language: Language = "en"
    both: bool = False
    tell_protected: bool = False
    level: float = 0.9
    seed: int = 0
    top: int | None = None
    rows_per_chunk: int = 32_768
    max_rejected: float = 0.5
    threads: int = 2
    engine: Engine = "local"
    scheduler: str | Client | None = None

    def of_output(self) -> dict[str, Any]:
        """Return those that change what is written."""
        return {name: value for name, value in vars(self).items() if name not in ("max_rejected", *WHERE)}


def engine_called(name: str) -> Engine:
    """Return the engine of a name.

    Raises
    ------
    UsageError
        When none is called so.
    """
    found = next((one for one in ENGINES if one == name), None)
    if found is None:
        raise UsageError(f"no engine is called {name!r}; choose one of {', '.join(ENGINES)}")
    return found


class Scorer:
    """Scores chunks of one source, on several threads at once.

    Parameters
    ----------
    model : Model
    checker : Checker
        Of the source, by the model's dictionary.
    settings : ScoringSettings
    files : sequence of str
        What those of the source are called; where there are several, rejected rows tell theirs.

    Raises
    ------
    ModelError
        When the model reads histories, which a file read once does not have.
    """

    def __init__(self, model: Model, checker: Checker, settings: ScoringSettings, files: tuple[str, ...]) -> None:
        if model.dictionary.history:
            raise ModelError(
                f"model {model.model_id} reads histories of the households, for which earlier waves must be in memory: "
                "read them with read_registry and with_history, and use score()"
            )
        self.model, self.checker, self.settings, self.files = model, checker, settings, files
        self.wording = Wording(
            model, settings.language, top=settings.reasons, both=settings.both, tell_protected=settings.tell_protected
        )
        self.place = next(iter(model.dictionary.role("place")), None)
        # A file may lack a column, but parts hold the same keys in the same order.
        self.keys = [KEY, *(name for name, column in checker.dictionary.columns.items() if column.unique)]
        for classifier in model.risk.classifiers_.values():
            # Made once, before threads ask for them.
            _ = classifier.ensemble_.explainer

    def __call__(self, piece: Piece) -> Part:
        """Return the part of a chunk."""
        chunk = self.checker.check(piece)
        told = assess(chunk.households, self.model, level=self.settings.level)
        chunk.tally.unseen = told.encoded.unseen()
        first = int(chunk.all_rows[0]) if len(chunk.all_rows) else 1
        rejected = chunk.rejected.astype({"row": int})
        if len(self.files) > 1:
            rejected.insert(0, FILE, self.files[chunk.file])
        return Part(
            scores=self.scores(chunk.households, told),
            tie=hash_labels(chunk.households.index, self.settings.seed),
            position=_spread(np.arange(len(chunk.rows)), chunk.rows, chunk, fill=-1),
            keys={
                ID_KEY if name == KEY else name: _spread(
                    chunk.hashes.get(name, np.zeros(len(chunk.all_rows), np.uint64)), chunk.all_rows, chunk, fill=0
                )
                for name in self.keys
            },
            rejected=rejected,
            n_read=chunk.tally.rows,
            place=self._place(chunk.households),
            facts={
                "file": chunk.file,
                "first": first,
                "tally": chunk.tally.to_json(),
            },
        )

    def scores(self, households: pd.DataFrame, told: Assessment) -> pa.Table:
        """Return what is written of households, without their ranks."""
        columns: dict[str, Any] = {name: _texts(values) for name, values in _keys(households).items()}
        named = place_names(households, self.model.dictionary, self.settings.language)
        columns |= {name: _coded(values) for name, values in named.items()}
        columns |= {
            "pathway": _coded(told.encoded.pathway), "risk": told.risk,
            "risk_low": pa.array(told.low, from_pandas=True), "risk_high": pa.array(told.high, from_pandas=True),
            "chance_poor_now": pa.array(told.chance_poor_now, from_pandas=True),
        }  # fmt: skip
        if self.settings.reasons:
            values = values_to_tell(households, self.model.dictionary, told.encoded.state)
            columns |= self.wording(self.wording.ranking(told.contributions), values).arrow()
        return pa.table(columns)

    def _place(self, households: pd.DataFrame) -> pa.Array | None:
        if self.place is None or self.place not in households:
            return None
        return _coded(households[self.place])


def _spread(values: np.ndarray, rows: np.ndarray, chunk: CheckedChunk, *, fill: int) -> np.ndarray:
    """Return values of some rows for each number between the chunk's first row and its last: some have no row."""
    if not len(chunk.all_rows):
        return values
    first, last = chunk.all_rows[0], chunk.all_rows[-1]
    found = np.full(last - first + 1, fill, dtype=values.dtype)
    found[rows - first] = values
    return found


def _keys(households: pd.DataFrame) -> dict[str, pd.Index]:
    return {name: households.index.get_level_values(name) for name in map(str, households.index.names)}


def _texts(values: pd.Index) -> pa.Array:
    text = pd.api.types.is_numeric_dtype(values.dtype)
    return pa.array(values) if text else pa.array(values, pa.string(), from_pandas=True)


def _coded(values: pd.Series) -> pa.DictionaryArray:
    """Return labels as codes of the few texts that they are."""
    codes, levels = pd.factorize(values)
    texts = pa.array([str(level) for level in levels], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype("int32"), mask=codes < 0), texts)

"""One chunk of a registry becomes a part: checked, scored, and its reasons put into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.checking import CheckedChunk, Checker, Piece
from graduation.batch.hashing import KEY
from graduation.batch.parts import ID_KEY, Part
from graduation.batch.settings import ScoringSettings
from graduation.errors import ModelError
from graduation.explain import Wording, values_to_tell
from graduation.panel import hash_labels
from graduation.risk import Assessment, Model, assess
from graduation.schema import Dictionary
from graduation.workflows import place_names

FILE = "file"


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

    def prepare(self) -> None:
        """Make the tables of the model's trees once, before threads ask for them."""
        for classifier in self.model.risk.classifiers_.values():
            _ = classifier.ensemble_.explainer

    def __call__(self, piece: Piece) -> Part:
        """Return the part of a chunk."""
        chunk = self.checker.check(piece)
        told = assess(chunk.households, self.model, level=self.settings.level)
        chunk.tally.unseen = told.encoded.unseen()
        return Part(
            scores=self.scores(chunk.households, told),
            tie=hash_labels(chunk.households.index, self.settings.seed),
            position=positions_of(chunk),
            keys=keys_of(chunk, self.checker.dictionary),
            rejected=rejected_of(chunk, self.files),
            n_read=chunk.tally.rows,
            place=self._place(chunk.households),
            facts=facts_of(chunk),
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


def positions_of(chunk: CheckedChunk) -> np.ndarray:
    """Return the row among the households of each row of a chunk; -1 where it is set aside."""
    return _spread(np.arange(len(chunk.rows)), chunk.rows, chunk, fill=-1)


def keys_of(chunk: CheckedChunk, dictionary: Dictionary) -> dict[str, np.ndarray]:
    """Return the hash of each row's key, and of each value that must be unique; 0 where it is missing."""
    # A file may lack a column, but parts hold the same keys in the same order.
    names = [KEY, *(name for name, column in dictionary.columns.items() if column.unique)]
    none = np.zeros(len(chunk.all_rows), np.uint64)
    return {
        ID_KEY if name == KEY else name: _spread(chunk.hashes.get(name, none), chunk.all_rows, chunk, fill=0)
        for name in names
    }


def rejected_of(chunk: CheckedChunk, files: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a chunk that were set aside, with their file where there are several."""
    rejected = chunk.rejected.astype({"row": int})
    if len(files) > 1:
        rejected.insert(0, FILE, files[chunk.file])
    return rejected


def facts_of(chunk: CheckedChunk) -> dict[str, Any]:
    """Return what is kept of a chunk to find its rows again."""
    first = int(chunk.all_rows[0]) if len(chunk.all_rows) else 1
    return {"file": chunk.file, "first": first, "tally": chunk.tally.to_json()}


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

"""Matrices of a chunk are those that the model's own encoders make, bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.batch import Checker, Reader, find_sources
from graduation.panel import UNKNOWN
from graduation.risk import Model, RiskClassifier, TransitionRisk, encode
from graduation.risk.encoding import TableEncoder
from graduation.risk.transition import with_state


@pytest.fixture(scope="module")
def waves() -> graduation.Waves:
    return graduation.make_waves(500, seed=2)


def fitted(households: pd.DataFrame, known: graduation.schema.Dictionary) -> Model:
    """Return a model whose encoders have learned, and nothing else."""
    model = Model(TransitionRisk(tells_state=known.tells_state), known)
    X, state = model.inputs(households)
    tables = {"pooled": with_state(X, state.to_numpy()), "remain": X[state == 1], "become": X[state == 0]}
    tables |= {name: model.risk.inputs(X, UNKNOWN) for name in ("unknown", "status")}
    model.risk.classifiers_ = {name: RiskClassifier() for name in tables}
    for name, table in tables.items():
        model.risk.classifiers_[name].encoder_ = TableEncoder().fit(table)
    return model


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_matrices_are_those_of_the_encoders(tmp_path: Path, waves: graduation.Waves) -> None:
    registry = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    model = fitted(registry.households.iloc[:250], registry.dictionary)
    path = tmp_path / "wave.parquet"
    waves.tables[1].to_parquet(path, index=False, row_group_size=200)
    memory = graduation.read_registry(path, schema=waves.dictionary).households
    X, state = model.inputs(memory)
    reader, checker = Reader(find_sources(path), waves.dictionary, rows=200), Checker(waves.dictionary)
    chunks = [encode(checker.check(piece).households, model) for piece in reader.read()]
    assert len(chunks) == 3
    # Households in two chunks are judged when all have been read, so here they are left out.
    once = [chunk.features.index.isin(memory.index) for chunk in chunks]
    order = np.concatenate([chunk.features.index[kept] for chunk, kept in zip(chunks, once, strict=True)])
    for pathway, names in (("remain", ("pooled", "remain")), ("become", ("pooled", "become")),
                           (UNKNOWN, ("unknown", "status"))):  # fmt: skip
        for name in names:
            masks = [kept & ((chunk.pathway == pathway).to_numpy() | (pathway == UNKNOWN))
                     for chunk, kept in zip(chunks, once, strict=True)]  # fmt: skip
            found = np.concatenate([chunk.matrix(name, mask) for chunk, mask in zip(chunks, masks, strict=True)])
            of_memory = X.loc[order][(state.loc[order] == (pathway == "remain")).to_numpy() | (pathway == UNKNOWN)]
            inputs = model.risk._columns(model.risk.inputs(of_memory, pathway), name)
            assert np.array_equal(found, model.risk.classifiers_[name].encoder_.transform(inputs), equal_nan=True)
    whole = model.risk.classifiers_["pooled"].encoder_
    assert [chunk.unseen() for chunk in chunks] == [
        whole.unseen(with_state(_as_text(chunk.features), chunk.state.to_numpy())) for chunk in chunks
    ]
    assert any(chunk.unseen() for chunk in chunks)


def _as_text(features: pd.DataFrame) -> pd.DataFrame:
    categories = [name for name in features if isinstance(features[name].dtype, pd.CategoricalDtype)]
    return features.astype(dict.fromkeys(categories, object))

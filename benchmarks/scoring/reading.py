"""CPU per row of reading, checking and encoding a registry by chunks, beside the same in memory.

    OMP_NUM_THREADS=1 python benchmarks/scoring/reading.py [--rows 200000] [--times 3]

Both ways read the same file of 60 features, check it against the dictionary and encode it for every classifier of a
model; the matrices are compared before anything is timed. Times are CPU seconds of the process (user and system, all
threads), the median of interleaved runs, of which the first that fills caches is not counted.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from table import dictionary, table, write

from graduation.batch import Checker, Reader, find_sources
from graduation.features import feature_frame
from graduation.io import read_registry
from graduation.panel import UNKNOWN, extreme_poor
from graduation.risk import Encoded, Model, RiskClassifier, TransitionRisk, encode
from graduation.risk.encoding import TableEncoder
from graduation.risk.transition import with_state
from graduation.schema import Dictionary, Registry

TRAINING_ROWS = 20_000
# What scoring reads: the pooled model and the pathway's own, for households of that pathway.
READS = {"remain": ("pooled", "remain"), "become": ("pooled", "become"), UNKNOWN: ("unknown", "status")}


def model_of(registry: Registry, known: Dictionary) -> Model:
    """Return a model of which only the encoders have learned, for nothing else is measured."""
    X, state = feature_frame(registry.households, known), extreme_poor(registry.households, known)
    risk = TransitionRisk(tells_state=known.tells_state)
    tables = {"pooled": with_state(X, state.to_numpy()), "remain": X[state == 1], "become": X[state == 0]}
    tables |= {name: risk.inputs(X, UNKNOWN) for name in ("unknown", "status")}
    risk.classifiers_ = {name: RiskClassifier() for name in tables}
    for name, part in tables.items():
        risk.classifiers_[name].encoder_ = TableEncoder().fit(part)
    risk.classes_ = np.array([0, 1])
    return Model(risk, known)


def in_memory(path: Path, model: Model) -> list[np.ndarray]:
    """Read, check and encode at once, as `score` does."""
    households = read_registry(path, schema=model.dictionary).households
    X, state = model.inputs(households)
    matrices = []
    for pathway, rows in model.risk.pathway_rows(state):
        inputs = model.risk.inputs(X[rows], pathway)
        for name in READS[pathway]:
            matrices.append(model.risk.classifiers_[name].encoder_.transform(model.risk._columns(inputs, name)))
    return matrices


def by_chunks(path: Path, model: Model) -> list[list[np.ndarray]]:
    """Read, check and encode chunk by chunk; nothing is kept but the number of rows."""
    reader, checker = Reader(find_sources(path), model.dictionary), Checker(model.dictionary)
    kept = []
    for piece in reader.read():
        encoded = encode(checker.check(piece).households, model)
        kept.append(_matrices(encoded))
        if len(kept) > 1:
            kept[-2] = []
    return kept


def _matrices(encoded: Encoded) -> list[np.ndarray]:
    encoded.unseen()
    return [encoded.matrix(name, rows) for pathway, rows in encoded.pathway_rows() for name in READS[pathway]]


def refuse_difference(path: Path, model: Model) -> None:
    """Stop when the two ways do not give the same matrices, bit by bit."""
    reader, checker = Reader(find_sources(path), model.dictionary), Checker(model.dictionary)
    parts = [_matrices(encode(checker.check(piece).households, model)) for piece in reader.read()]
    for whole, *pieces in zip(in_memory(path, model), *parts, strict=True):
        # Ids of the table are in the order of its rows, so sorting by id changes nothing.
        if not np.array_equal(whole, np.concatenate(pieces), equal_nan=True):
            raise SystemExit(f"{path}: the matrices differ")


def seconds(way: Callable[[Path, Model], object], path: Path, model: Model) -> float:
    """Return the CPU seconds of reading a file in one way."""
    start = time.process_time()
    way(path, model)
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)
    pa.set_cpu_count(1)
    known = dictionary()
    model = model_of(read_registry(table(TRAINING_ROWS).to_pandas(), schema=known), known)
    with tempfile.TemporaryDirectory() as folder:
        paths = [write(Path(folder) / name, asked.rows) for name in ("registry.parquet", "registry.csv")]
        ways = {(path.suffix, way.__name__): (path, way) for path in paths for way in (in_memory, by_chunks)}
        for path in paths:
            refuse_difference(path, model)
        runs = [{key: seconds(way, path, model) for key, (path, way) in ways.items()} for _ in range(asked.times)]
    print(f"{asked.rows:,} rows, median of {asked.times}, CPU us per row")
    for suffix, way in ways:
        print(f"{suffix:9}{way:10}{np.median([run[suffix, way] for run in runs]) / asked.rows * 1e6:7.2f}")


if __name__ == "__main__":
    main()

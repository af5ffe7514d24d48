"""Training on files beside training in memory: seconds, peak memory, and how well both rank held-out households.

`python benchmarks/train_files.py --households 200000`; each way in a process of its own, with the same pairs held out.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import graduation
from graduation.batch import FileTraining, train_files
from graduation.risk import RiskClassifier, ensemble
from graduation.risk.losses import log_loss
from graduation.schema import Dictionary, dictionary_from_json
from graduation.workflows import training

WAYS = ("memory", "files")
SHORT = {"n_folds": 2, "most_rounds": 100}
FIGURES = ("all_roc_auc", "all_log_loss", "remain_roc_auc", "become_roc_auc")


def peak(whose: int) -> float:
    """Return gigabytes: of this process, or of the largest of those it started."""
    return resource.getrusage(whose).ru_maxrss * 1024 / 1e9


def write(folder: Path, households: int) -> None:
    waves = graduation.make_waves(households, seed=1)
    (folder / "dictionary.json").write_text(waves.dictionary.to_json())
    for number, table in enumerate(waves.tables):
        table.to_parquet(folder / f"wave{number}.parquet", index=False)


def in_memory(folder: Path, dictionary: Dictionary, recipe: dict[str, Any]) -> graduation.TrainingRun:
    # `train` chooses these by itself; here both ways are to do the same work.
    training.RiskClassifier = partial(RiskClassifier, **{name: recipe[name] for name in SHORT if name in recipe})
    registries = [graduation.read_registry(folder / f"wave{number}.parquet", schema=dictionary) for number in (0, 1)]
    panel = graduation.pair_waves(*registries)
    return graduation.train(panel, by="place", refit=False, fast=recipe["fast"], seed=1, progress=tell)


def from_files(folder: Path, dictionary: Dictionary, recipe: dict[str, Any]) -> graduation.TrainingRun:
    waves = [folder / f"wave{number}.parquet" for number in (0, 1)]
    settings = FileTraining(seed=1, **recipe)
    return train_files(*waves, folder / "model", schema=dictionary, settings=settings, force=True, progress=tell)


def tell_parts() -> None:
    """Tell, of each classifier, the held-out log loss of its linear part, of its trees, and of all of them weighed."""
    weigh = ensemble.blend

    def told(margins: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
        losses = {}
        for name, some in (("linear", margins[:1]), ("trees", margins[1:]), ("both", margins)):
            intercept, weights = weigh(some, y, weight)
            losses[name] = f"{log_loss(y, intercept + weights @ some, weight):.5f}"
        tell(f"held-out log loss of {len(y):,} pairs: {losses}")
        return weigh(margins, y, weight)

    ensemble.blend = told


def tell(words: str) -> None:
    print(f"{time.monotonic() - STARTED:8.1f} {words}", file=sys.stderr, flush=True)


def measure(way: str, folder: Path, recipe: dict[str, Any]) -> None:
    tell_parts()
    dictionary = dictionary_from_json((folder / "dictionary.json").read_text())
    run = (in_memory if way == "memory" else from_files)(folder, dictionary, recipe)
    metrics = run.metrics()
    found = {name: round(metrics[name], 4) for name in FIGURES}
    sizes = {"own_gb": round(peak(resource.RUSAGE_SELF), 2), "worker_gb": round(peak(resource.RUSAGE_CHILDREN), 2)}
    shares = {name: round(share, 2) for name, share in run.params.items() if name.startswith("share_")}
    pairs = {"pairs": run.params["n_pairs"], "seconds": round(time.monotonic() - STARTED)}
    print(json.dumps({"way": way, **pairs, **sizes, **found, **shares}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--ways", nargs="*", default=WAYS, choices=WAYS)
    parser.add_argument("--whole", action="store_true", help="both kinds of trees, instead of the fast recipe")
    parser.add_argument("--short", action="store_true", help="2 members of 100 rounds each, for memory")
    parser.add_argument("--folder", help="keep the waves here, and take those that are there")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        way, folder = asked.one[0], Path(asked.one[1])
        recipe = {"fast": not asked.whole, **(SHORT if asked.short else {})}
        return write(folder, asked.households) if way == "write" else measure(way, folder, recipe)
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or scratch
        ready = (Path(folder) / "wave1.parquet").exists()
        for way in (*(() if ready else ("write",)), *asked.ways):
            more = [f"--{name}" for name in ("whole", "short") if getattr(asked, name)]
            again = [sys.executable, __file__, "--households", str(asked.households), *more, "--one", way, folder]
            subprocess.run(again, check=True)
    return None


if __name__ == "__main__":
    STARTED = time.monotonic()
    main()

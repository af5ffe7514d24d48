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
from pathlib import Path

import graduation
from graduation.batch import FileTraining, train_files

WAYS = ("memory", "files")
FIGURES = ("all_roc_auc", "all_log_loss", "remain_roc_auc", "become_roc_auc")


def peak(whose: int) -> float:
    """Return gigabytes: of this process, or of the largest of those it started."""
    return resource.getrusage(whose).ru_maxrss * 1024 / 1e9


def write(folder: Path, households: int) -> None:
    waves = graduation.make_waves(households, seed=1)
    (folder / "dictionary.json").write_text(waves.dictionary.to_json())
    for number, table in enumerate(waves.tables):
        table.to_parquet(folder / f"wave{number}.parquet", index=False)


def in_memory(folder: Path, dictionary: graduation.schema.Dictionary, *, fast: bool) -> graduation.TrainingRun:
    registries = [graduation.read_registry(folder / f"wave{number}.parquet", schema=dictionary) for number in (0, 1)]
    return graduation.train(
        graduation.pair_waves(*registries), by="place", refit=False, fast=fast, seed=1, progress=tell
    )


def from_files(folder: Path, dictionary: graduation.schema.Dictionary, *, fast: bool) -> graduation.TrainingRun:
    waves = [folder / f"wave{number}.parquet" for number in (0, 1)]
    settings = FileTraining(fast=fast, seed=1)
    return train_files(*waves, folder / "model", schema=dictionary, settings=settings, force=True, progress=tell)


def tell(words: str) -> None:
    print(f"{time.monotonic() - STARTED:8.1f} {words}", file=sys.stderr, flush=True)


def measure(way: str, folder: Path, *, fast: bool) -> None:
    dictionary = graduation.schema.dictionary_from_json((folder / "dictionary.json").read_text())
    run = (in_memory if way == "memory" else from_files)(folder, dictionary, fast=fast)
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
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        way, folder = asked.one[0], Path(asked.one[1])
        return write(folder, asked.households) if way == "write" else measure(way, folder, fast=not asked.whole)
    with tempfile.TemporaryDirectory() as folder:
        for way in ("write", *asked.ways):
            more = ["--whole"] if asked.whole else []
            again = [sys.executable, __file__, "--households", str(asked.households), *more, "--one", way, folder]
            subprocess.run(again, check=True)
    return None


if __name__ == "__main__":
    STARTED = time.monotonic()
    main()

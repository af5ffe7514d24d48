"""Score on a Dask cluster of two processes of this machine, beside two threads of one process: the same bytes.

    python benchmarks/scoring/cluster.py [--rows 1000000] [--runs 3]

The table and the model of run.py; one Parquet file, five reasons. Each way is a process of its own, imports and the
start of the cluster counted, in turns; CPU is that of all its processes. It fails when the two files differ.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path
from statistics import median

ENGINES = ("local", "dask")


def score(engine: str, source: Path, folder: Path) -> None:
    """Score with two threads, or two workers of one thread."""
    from graduation import ScoringSettings, score_file

    settings = ScoringSettings(engine=engine, threads=2)
    score_file(source, folder / "model", folder / f"{engine}.parquet", settings=settings, force=True)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=3)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    if asked.one:
        score(asked.one[0], Path(asked.one[1]), Path(asked.one[2]))
        return
    from run import make_model, measured
    from table import write

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_model(folder)
        source = write(folder / "registry.parquet", asked.rows)
        # Kernels are compiled once per installation.
        measured("local", write(folder / "few.parquet", 1_000), folder, __file__)
        runs = [{engine: measured(engine, source, folder, __file__) for engine in ENGINES} for _ in range(asked.runs)]
        files = [hashlib.sha256((folder / f"{engine}.parquet").read_bytes()).hexdigest() for engine in ENGINES]
        if len(set(files)) > 1:
            raise SystemExit("the engines wrote different files")
        told = {engine: [median(run[engine][place] for run in runs) for place in range(3)] for engine in ENGINES}
        print(f"{'engine':<8} {'rows':>10} {'CPU s':>8} {'wall s':>8} {'peak GB':>8}")
        for engine, (cpu, wall, peak) in told.items():
            print(f"{engine:<8} {asked.rows:>10,} {cpu:>8.1f} {wall:>8.1f} {peak:>8.2f}")
        print(f"dask takes {told['dask'][1] / told['local'][1]:.2f} times as long; the files are the same")


if __name__ == "__main__":
    main()

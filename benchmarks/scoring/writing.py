"""Cost of the writing side of batch scoring: parts, ranks and the final file.

python benchmarks/scoring/writing.py [--rows 1000000] [--reasons 5] [--threads 1] [--suffix .csv]

Made-up scores with three places, a range, and per reason a code, a contribution and a sentence. CPU time is that of the
whole process, without the making of the scores, and is told per row; memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.assembling import Output
from graduation.batch.finishing import finish
from graduation.batch.journal import Plan, open_work
from graduation.batch.parts import ID_KEY, Part
from graduation.batch.repeats import Names, Reread
from graduation.batch.running import run_parts

CHUNK = 65_536
REJECTED = pd.DataFrame(columns=["row", "household_id", "column", "rule", "value", "expected"]).astype({"row": int})


@dataclass(frozen=True)
class Chunk:
    first: int
    size: int


def coded(values: list[str], size: int, rng: np.random.Generator) -> pa.Array:
    return pa.DictionaryArray.from_arrays(rng.integers(0, len(values), size).astype("int32"), pa.array(values))


def make_part(chunk: Chunk, reasons: int) -> Part:
    rng, n = np.random.default_rng(chunk.first), chunk.size
    districts = [f"Kecamatan {number}" for number in range(chunk.first // 20_000, chunk.first // 20_000 + 5)]
    place = coded(districts, n, rng)
    columns = {
        "household_id": pa.array([f"H{number:010d}" for number in range(chunk.first, chunk.first + n)]),
        "regency": coded(["Malaka"], n, rng), "district": place, "village": coded(["A", "B", "C"], n, rng),
        "pathway": coded(["remain", "become"], n, rng), "risk": np.round(rng.random(n), 5),
        "risk_low": rng.random(n), "risk_high": rng.random(n),
    }  # fmt: skip
    sentences = [f"luas lantai {m} m2 per orang, lebih sempit dari {m % 100} % rumah tangga" for m in range(2_000)]
    for number in range(1, reasons + 1):
        columns[f"reason_{number}_code"] = coded([f"concept_{code}" for code in range(40)], n, rng)
        columns[f"reason_{number}_contribution"] = rng.normal(size=n).astype("float32")
        columns[f"reason_{number}"] = coded(sentences, n, rng)
    hashes = rng.integers(1, 2**64, n, dtype="uint64")
    tie = rng.integers(0, 2**64, n, dtype="uint64")
    return Part(pa.table(columns), tie, np.arange(n, dtype="int32"), {ID_KEY: hashes}, REJECTED, n, place)


def no_repeats(number: int, rows: np.ndarray) -> Reread:
    raise AssertionError(f"all ids are different, but rows {rows} of chunk {number} were asked for")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--reasons", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--suffix", choices=[".parquet", ".csv"], default=".parquet")
    parser.add_argument(
        "--folder", type=Path, help="where to write, removed at the end; by default among what is temporary"
    )
    args = parser.parse_args()
    chunks = [Chunk(first, min(CHUNK, args.rows - first)) for first in range(0, args.rows, CHUNK)]
    making = [0.0]

    def scored(chunk: Chunk) -> Part:
        begin = time.thread_time()
        part = make_part(chunk, args.reasons)
        making[0] += time.thread_time() - begin
        return part

    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        out = Path(folder) / f"scores{args.suffix}"
        plan = Plan("writing", "made up", "made up", [], {})
        output = Output(out.with_name("rejected.csv"), Names("household_id", ["household_id"]))
        begin = time.process_time()
        with open_work(out, plan) as work:
            run_parts(enumerate(chunks), scored, work, n_threads=args.threads)
            saved = time.process_time() - making[0]
            finish(work, output, no_repeats)
        end = time.process_time() - making[0]
        told = {
            "rows": args.rows, "parts_us_per_row": (saved - begin) / args.rows * 1e6,
            "finish_us_per_row": (end - saved) / args.rows * 1e6, "all_us_per_row": (end - begin) / args.rows * 1e6,
            "bytes_per_row": out.stat().st_size / args.rows,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }  # fmt: skip
        print(json.dumps({name: round(value, 3) for name, value in told.items()}))


if __name__ == "__main__":
    main()

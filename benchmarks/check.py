"""Seconds and memory of `read_registry` on 1,000,000 households x 60 columns: Parquet (bar: 10 s), CSV (bar: 30 s)."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from graduation.io import read_registry
from graduation.schema import Dictionary

ROWS = int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else 1_000_000
FOLDER = Path(tempfile.gettempdir()) / f"graduation_check_{ROWS}"
BARS = {"parquet": 10, "csv": 30}
CATEGORIES, BOOLEANS, WHOLE, NUMBERS = 20, 15, 8, 13


def dictionary() -> Dictionary:
    """60 columns: an id, a time, a village and a weight, then categories, booleans, whole numbers and numbers."""
    codes = {str(code): f"Label {code}" for code in range(1, 9)}
    columns = {
        "household_id": {"type": "text", "role": "id"},
        "year": {"type": "integer", "role": "time", "minimum": 2000, "maximum": 2100},
        "village": {"type": "category", "role": "place", "area": "kemendagri"},
        "weight": {"type": "number", "role": "weight"},
        **{f"category_{n}": {"type": "category", "codes": codes, "missing": ["99"]} for n in range(CATEGORIES)},
        **{f"is_{n}": {"type": "boolean", "yes": ["1"], "no": ["2"], "missing": ["9"]} for n in range(BOOLEANS)},
        **{f"whole_{n}": {"type": "integer", "minimum": 0, "maximum": 40} for n in range(WHOLE)},
        **{f"number_{n}": {"type": "number", "minimum": 0} for n in range(NUMBERS)},
    }
    named = {name: {"name": name, **column} for name, column in columns.items()}
    return Dictionary.model_validate({"name": "check", "version": "1", "columns": named})


def make(folder: Path) -> None:
    """Write the same households, not in the order of their ids, as text in CSV and typed in Parquet."""
    rng = np.random.default_rng(0)

    def holed(values: np.ndarray, share: float = 0.03) -> pd.Series:
        return pd.Series(values).mask(rng.random(ROWS) < share)

    table = pd.DataFrame({"household_id": [f"0{number:09d}" for number in rng.permutation(ROWS)], "year": 2024})
    table["village"] = rng.integers(3_216_010_001, 3_216_010_400, ROWS).astype(str)
    table["weight"] = rng.gamma(4, 30, ROWS).round(4)
    rest = {f"category_{n}": holed(rng.choice([*"12345678", "99"], ROWS)) for n in range(CATEGORIES)}
    rest |= {f"is_{n}": holed(rng.choice([1, 2, 9], ROWS, p=[0.3, 0.69, 0.01])) for n in range(BOOLEANS)}
    rest |= {f"whole_{n}": holed(rng.integers(0, 20, ROWS)) for n in range(WHOLE)}
    rest |= {f"number_{n}": holed(rng.lognormal(13, 0.5, ROWS).round(2)) for n in range(NUMBERS)}
    table = pd.concat([table, pd.DataFrame(rest)], axis=1)
    # A few rows break a rule, as in any registry.
    table.loc[rng.choice(ROWS, 50, replace=False), "category_0"] = "77"
    table.to_parquet(folder / "registry.parquet", index=False)
    table.to_csv(folder / "registry.csv", index=False)


def measure(kind: str) -> None:
    """Read one file in this process and print what it took."""
    start, before = time.perf_counter(), time.process_time()
    registry = read_registry(FOLDER / f"registry.{kind}", schema=dictionary())
    seconds, processors = time.perf_counter() - start, time.process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    size = (FOLDER / f"registry.{kind}").stat().st_size / 1e6
    print(f"{kind:<8} {size:>6.0f} MB {BARS[kind]:>5} {seconds:>8.1f} {processors:>11.1f} {memory:>8.2f} GB", end=" ")
    print(f"{len(registry.households):>10,} accepted, {registry.n_rejected} set aside")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[-1] in BARS:
        measure(sys.argv[-1])
    else:
        FOLDER.mkdir(exist_ok=True)
        if not (FOLDER / "registry.csv").exists():
            make(FOLDER)
        print(f"{'kind':<8} {'size':>9} {'bar, s':>5} {'seconds':>8} {'processors':>11} {'peak':>11}")
        for kind in BARS:
            subprocess.run([sys.executable, __file__, *sys.argv[1:], kind], check=True)

"""A registry of 60 features, made from a seed: the table that all benchmarks of batch scoring share.

20 categories with codes, 10 yes-or-no columns, 15 whole numbers and 15 decimals, a tenth of the cells of most of them
missing, beside `household_id`, `kecamatan` and the state now. Row `i` depends on the seed and `i // BLOCK` alone, so a
longer table starts with the shorter one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from graduation.schema import Dictionary, dictionary_from_toml

BLOCK = 65_536
N_CATEGORIES, N_YES_NO, N_WHOLE, N_DECIMAL, N_PLACES = 20, 10, 15, 15, 200
MISSING = 0.1


def dictionary() -> Dictionary:
    """Return the dictionary of the table."""
    heads = [
        '[dictionary]\nname = "scoring_benchmark"\nversion = "1"\n',
        '[columns.household_id]\ntype = "text"\nrole = "id"\n',
        '[columns.kecamatan]\ntype = "category"\nrole = "place"\n',
        '[columns.is_extreme_poor]\ntype = "boolean"\nrole = "state"\n',
    ]
    categories = [
        f'[columns.c{i:02}]\ntype = "category"\nrequired = false\n'
        + f"[columns.c{i:02}.codes]\n"
        + "".join(f'{k} = "Answer {k}"\n' for k in range(1, 4 + i % 9))
        for i in range(N_CATEGORIES)
    ]
    yes_no = [f'[columns.is_b{i:02}]\ntype = "boolean"\nrequired = false\n' for i in range(N_YES_NO)]
    whole = [
        f'[columns.n{i:02}]\ntype = "integer"\nminimum = 0\nmaximum = 9999\nrequired = false\n' for i in range(N_WHOLE)
    ]
    decimal = [
        f'[columns.x{i:02}]\ntype = "number"\nminimum = -1000\nmaximum = 100000\nrequired = false\n'
        for i in range(N_DECIMAL)
    ]
    return dictionary_from_toml("\n".join([*heads, *categories, *yes_no, *whole, *decimal]))


def table(n_households: int, *, seed: int = 0) -> pa.Table:
    """Return the first `n_households` rows."""
    starts = range(0, max(n_households, 1), BLOCK)
    return pa.concat_tables([_block(start, seed) for start in starts]).slice(0, n_households)


def _block(start: int, seed: int) -> pa.Table:
    rng = np.random.default_rng([seed, start])
    need = rng.normal(size=BLOCK)
    columns: dict[str, pa.Array] = {
        "household_id": pa.array([f"H{number:09}" for number in range(start, start + BLOCK)]),
        "kecamatan": pa.array((320_000 + rng.integers(0, N_PLACES, BLOCK)).astype(str)),
        "is_extreme_poor": pa.array((need + rng.normal(size=BLOCK) > 1).astype(np.int8)),
    }
    for i in range(N_CATEGORIES):
        levels = 3 + i % 9
        codes = np.clip((need + rng.normal(size=BLOCK)) * levels / 6 + levels / 2, 0, levels - 1).astype(int) + 1
        columns[f"c{i:02}"] = pa.array(codes.astype(str), mask=rng.random(BLOCK) < MISSING)
    for i in range(N_YES_NO):
        columns[f"is_b{i:02}"] = pa.array(
            (need > rng.normal(size=BLOCK)).astype(np.int8), mask=rng.random(BLOCK) < MISSING
        )
    for i in range(N_WHOLE):
        spread = np.round(np.exp(rng.normal(1 + i / 3, 0.4, BLOCK) - 0.1 * need)).clip(0, 9999)
        columns[f"n{i:02}"] = pa.array(spread.astype(np.int32), mask=rng.random(BLOCK) < MISSING)
    for i in range(N_DECIMAL):
        amount = np.round(rng.normal(50, 10 + i, BLOCK) - 5 * need, 2)
        columns[f"x{i:02}"] = pa.array(amount, mask=rng.random(BLOCK) < MISSING)
    return pa.table(columns)


def outcome(rows: pa.Table, *, seed: int = 0) -> np.ndarray:
    """Return made-up outcomes (n,) at the next wave, 1 or 0, that depend on numbers, categories and the state."""
    frame = rows.select(["is_extreme_poor", "c00", "c05", "n03", "x01", "x02"]).to_pandas()
    numbers = frame.apply(pd.to_numeric).fillna(0).to_numpy(float)
    odds = numbers @ np.array([1.5, 0.4, 0.2, -0.05, -0.04, -0.03]) + 1.0
    chance = 1 / (1 + np.exp(-(odds - np.median(odds) + 0.8 * (numbers[:, 1] > 2) * (numbers[:, 4] < 45) - 1)))
    return (np.random.default_rng([seed, 1]).random(len(chance)) < chance).astype(int)


def write(path: Path, n_households: int, *, seed: int = 0) -> Path:
    """Write the table as .csv or .parquet, block by block, and return its path."""
    schema = _block(0, seed).schema
    open_csv = path.suffix == ".csv"
    writer = csv.CSVWriter(path, schema, write_options=csv.WriteOptions(quoting_style="none")) if open_csv else None
    with writer or parquet.ParquetWriter(path, schema) as out:
        for start in range(0, n_households, BLOCK):
            out.write_table(_block(start, seed).slice(0, n_households - start))
    return path

"""The EPH panel and the protocol of `examples/argentina_eph/run.py`, for the benchmarks here."""

import os
from dataclasses import replace
from pathlib import Path

import pandas as pd

import graduation
from graduation.features import feature_frame

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("GRADUATION_REAL_DATA", ROOT.parent / "shared" / "data"))
DICTIONARIES = ("dictionary", "with_income")


def protocol(name: str) -> tuple[graduation.Panel, graduation.Panel, list[pd.DataFrame]]:
    """Return training and test panel, every household counted once, and the features of both."""
    table = pd.read_parquet(DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet")
    train = table[table["t"].between(8040, 8049)].sample(30_000, random_state=0)
    pairs = pd.concat([train, table[table["t"].between(8053, 8057)]])
    registry = graduation.read_registry(pairs, schema=ROOT / "examples" / "argentina_eph" / f"{name}.toml")
    panel = graduation.pair_waves(registry)
    parts = replace(panel, weight=panel.weight * 0 + 1).split("time", at=8053)
    return *parts, [feature_frame(part.households, part.dictionary) for part in parts]

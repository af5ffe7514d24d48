"""A registry of a few rows and a scorer that needs no model, for tests of how parts are kept and put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from graduation.batch.assembling import Output
from graduation.batch.finishing import finish
from graduation.batch.journal import Plan, open_work
from graduation.batch.parts import ID_KEY, Part
from graduation.batch.repeats import Names, Reread
from graduation.batch.running import run_parts
from graduation.panel import hash_labels
from graduation.schema import Dictionary, validate
from graduation.schema.telling import Layout

COLUMNS = {
    "household_id": {"type": "text", "role": "id"},
    "district": {"type": "text", "role": "place", "required": False},
    "amount": {"type": "number", "minimum": 0},
    "phone": {"type": "text", "role": "ignored", "unique": True, "required": False},
}
DICTIONARY = Dictionary.model_validate(
    {"name": "toy", "version": "1", "columns": {name: {"name": name, **one} for name, one in COLUMNS.items()}}
)
NAMES = Names("household_id", ["household_id"], ["phone"])
Hash = Callable[[np.ndarray], np.ndarray]


def plain_hash(texts: np.ndarray) -> np.ndarray:
    return pd.util.hash_array(texts.astype(object), categorize=False)


def colliding_hash(texts: np.ndarray) -> np.ndarray:
    return plain_hash(texts) % np.uint64(5) + np.uint64(1)


def make_table(n_rows: int, seed: int = 0, *, repeated: float = 0.1) -> pd.DataFrame:
    """Return text cells with copies, contradictions, shared values and amounts below nought among them."""
    rng = np.random.default_rng(seed)
    ids = np.where(rng.random(n_rows) < repeated, rng.integers(0, n_rows, n_rows), np.arange(n_rows))
    phone = np.where(rng.random(n_rows) < 0.5, None, rng.integers(0, n_rows * 20, n_rows).astype(str))
    table = pd.DataFrame(
        {
            "household_id": [f"H{number:04d}" for number in ids],
            "district": rng.choice(["-north", "south", None], n_rows),
            "amount": rng.choice(["0", "1", "2", "3", "7", "-4"], n_rows, p=[0.2, 0.2, 0.2, 0.2, 0.19, 0.01]),
            "phone": phone,
        }
    )
    copied = rng.random(n_rows) < repeated / 2
    return table.iloc[np.where(copied, rng.integers(0, n_rows, n_rows), np.arange(n_rows))].reset_index(drop=True)


@dataclass(frozen=True)
class Chunk:
    first: int
    size: int

    def __str__(self) -> str:
        return f"registry.csv: rows {self.first + 1} to {self.first + self.size}"


@dataclass(frozen=True)
class Toy:
    """All that a run needs."""

    table: pd.DataFrame
    size: int = 40
    hashing: Hash = plain_hash
    sources: Sequence[Path] = ()
    options: dict[str, Any] = field(default_factory=dict)
    ready: dict[int, Part] = field(default_factory=dict)

    @property
    def chunks(self) -> list[Chunk]:
        n = len(self.table)
        return [Chunk(first, min(self.size, n - first)) for first in range(0, n, self.size)]

    def score(self, chunk: Chunk) -> Part:
        """Return the part of a chunk; it is scored once."""
        if chunk.first not in self.ready:
            self.ready[chunk.first] = self._score(chunk)
        return self.ready[chunk.first]

    def _score(self, chunk: Chunk) -> Part:
        raw = self.table.iloc[chunk.first : chunk.first + chunk.size].reset_index(drop=True)
        layout = Layout(np.arange(chunk.first + 1, chunk.first + chunk.size + 1))
        rejected = validate(raw, DICTIONARY, max_rejected=1, layout=layout).rejected
        good = ~np.isin(layout.rows, rejected["row"].to_numpy(dtype=int))
        position = np.where(good, np.cumsum(good) - 1, -1)
        keys = {
            name: np.where(raw[of].isna(), 0, self.hashing(raw[of].fillna("").to_numpy())).astype("uint64")
            for name, of in ((ID_KEY, "household_id"), ("phone", "phone"))
        }
        scores = scored(raw[good])
        tie = hash_labels(pd.Index(raw["household_id"][good]), 7)
        district = pa.array(raw["district"][good].where(raw["district"][good].notna(), None), pa.string())
        rows = rejected.astype({"row": int})
        return Part(scores, tie, position, keys, rows, chunk.size, district, {"scored": int(good.sum())})

    def reread(self, number: int, rows: np.ndarray) -> Reread:
        chunk = self.chunks[number]
        raw = self.table.iloc[chunk.first + rows]
        told = pd.DataFrame({"row": chunk.first + rows + 1, "household_id": raw["household_id"].to_numpy()})
        whole = [repr(tuple(row)) for row in raw.itertuples(index=False)]
        phone = [None if pd.isna(one) else one for one in raw["phone"]]
        ids = raw["household_id"].tolist()
        return Reread(told, ids, whole, {"phone": phone}, {"household_id": ids, "phone": raw["phone"].tolist()})

    @property
    def plan(self) -> Plan:
        return Plan("score", "model", "toy 1", self.sources, {**self.options, "rows_per_chunk": self.size})

    def run(
        self, out: Path, *, resume: bool = False, force: bool = False, n_threads: int = 2, **output: Any
    ) -> dict[str, Any]:
        what = replace(Output(rejected_of(out), NAMES, within="rank_in_district"), **output)
        with open_work(out, self.plan, resume=resume, force=force) as work:
            run_parts(enumerate(self.chunks), self.score, work, n_threads=n_threads)
            return finish(work, what, self.reread)


def scored(raw: pd.DataFrame) -> pa.Table:
    risk = 1 / (1 + raw["amount"].astype(float).to_numpy())
    district = raw["district"].astype("category")
    columns = {
        "household_id": raw["household_id"].to_numpy(), "district": district, "pathway": "become", "risk": risk,
        "risk_low": risk / 2, "risk_high": (1 + risk) / 2, "reason_1": ("-amount " + raw["amount"]).to_numpy(),
    }  # fmt: skip
    return pa.Table.from_pandas(pd.DataFrame(columns).astype({"reason_1": "category"}), preserve_index=False)


def rejected_of(out: Path) -> Path:
    return out.with_name(f"{out.stem}.registry.rejected.csv")


def hidden_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))

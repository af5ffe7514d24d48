"""What scoring a registry will take, told from its size and one chunk, before the work."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from graduation.batch.jobs import Job
from graduation.batch.settings import ScoringSettings
from graduation.batch.sources import Source, find_sources, open_parquet
from graduation.results import Result
from graduation.risk import Model

# So much of a text file tells how long its lines are.
HEAD = 1 << 20
KILOBYTE = 1024


@dataclass(frozen=True)
class Estimate(Result):
    """What scoring a registry will take on this machine.

    Attributes
    ----------
    rows, chunks : int
        Exact for Parquet files, else told from the size of the files.
    seconds : float
        As long as other work leaves the cores alone.
    memory : float
        Bytes at the peak, whatever the number of rows; NaN where the system does not tell (Windows).
    """

    rows: int
    chunks: int
    seconds: float
    memory: float
    title = "What scoring will take"

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame([self.metrics()])

    def notes(self) -> list[str]:
        memory = "memory that this system does not tell"
        if math.isfinite(self.memory):
            memory = f"{self.memory / 1e9:.1f} GB of memory"
        return [
            f"About {self.rows:,} rows in {self.chunks:,} chunks: about {self.seconds:,.0f} seconds and {memory}, as "
            "one chunk tells; nothing was written."
        ]

    def metrics(self) -> dict[str, float]:
        return {"rows": self.rows, "chunks": self.chunks, "seconds": self.seconds, "memory_bytes": self.memory}


def about_rows(source: Source) -> int:
    """Return how many rows a source has: exact for Parquet files, else told from the length of the first lines."""
    if source.kind == "parquet":
        return sum(int(open_parquet(path).metadata.num_rows) for path in source.files)
    return sum(map(_about_lines, source.files))


def _about_lines(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(HEAD)
    lines = max(head.count(b"\n"), 1)
    return max(round(path.stat().st_size * lines / max(len(head), 1)) - 1, 1)


def estimate(
    registry: str | Path, model: Model, *, settings: ScoringSettings | None = None, key_file: str | Path | None = None
) -> Estimate:
    """Return what `score_file` would take, by scoring the first chunk and keeping nothing of it.

    Parameters
    ----------
    registry, model, settings, key_file
        As in `score_file`.
    """
    settings = settings or ScoringSettings()
    source = find_sources(registry)
    rows = about_rows(source)
    start = time.perf_counter()
    job = Job.of(source, model, settings, None if key_file is None else Path(key_file))
    job.scorer.prepare()
    ready = time.perf_counter()
    piece = next(job.reader.read())
    before = _peak()
    job.scorer(piece)
    spent = time.perf_counter() - ready
    # Two chunks wait while others are worked on.
    memory = _peak() + (settings.threads + 1) * max(_peak() - before, sum(one.nbytes for one in piece.rows.columns))
    seconds = ready - start + spent * rows / max(piece.size, 1) / settings.threads
    return Estimate(rows, -(-rows // settings.rows_per_chunk), seconds, memory)


def _peak() -> float:
    """Return the most memory of this process so far, in bytes; NaN where Python does not know."""
    try:
        import resource
    except ImportError:
        # On Windows.
        return math.nan
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else peak * KILOBYTE)

"""Score a registry of any size: from its files to one ranked list, without ever holding all of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graduation.batch.finishing import finish
from graduation.batch.jobs import Job
from graduation.batch.journal import Plan, Work, landed, open_work
from graduation.batch.refusing import TooManyRejected
from graduation.batch.running import named, run_parts
from graduation.batch.settings import ScoringSettings
from graduation.batch.sources import Source, find_sources
from graduation.batch.tables import SUFFIXES
from graduation.errors import UsageError
from graduation.io import check_output, load_model
from graduation.results import Result
from graduation.risk import Model, told_elsewhere


@dataclass(frozen=True)
class ScoredFile(Result):
    """What became of a registry that was scored file by file.

    Attributes
    ----------
    out, rejected : Path
        The ranked list, and where the rows set aside are, if there are any.
    table : DataFrame
        By `pathway`: `households`, their `mean_risk`, and `expected`, the sum of their risks.
    facts : dict
        As in the run record beside the list.
    """

    out: Path
    rejected: Path
    table: pd.DataFrame
    facts: dict[str, Any]
    title = "Households by risk of extreme poverty at the next wave"

    def frame(self) -> pd.DataFrame:
        return self.table

    def notes(self) -> list[str]:
        rows = self.facts["rows"]
        notes = [
            f"{rows['written']:,} households written to {self.out}, of {rows['read']:,} rows read. Risk is a "
            "probability at the next wave; the list sets priorities for a visit or an offer and never removes anyone "
            "from aid."
        ]
        if rows["set_aside"]:
            notes.append(f"{rows['set_aside']:,} rows set aside: {self.rejected} says which and why.")
        if self.facts["unseen"]:
            cells = ", ".join(f"{name} ({count:,})" for name, count in self.facts["unseen"].items())
            notes.append(f"Categories that training did not see, scored as missing: {cells}.")
        return notes

    def metrics(self) -> dict[str, float]:
        return dict(zip("mean_risk_" + self.table["pathway"], self.table["mean_risk"].astype(float), strict=True))


def score_file(
    registry: str | Path,
    model: Model | str | Path,
    out: str | Path,
    *,
    settings: ScoringSettings | None = None,
    resume: bool = False,
    force: bool = False,
    key_file: str | Path | None = None,
    progress: Callable[[int], object] | None = None,
) -> ScoredFile:
    """Score a registry of any size, chunk by chunk, into one file.

    The same households, risks, ranks and reasons as `read_registry` and `score` give, in the order of the files. Rows
    that break a rule, and households given twice anywhere in the registry, are set aside. A run that is stopped, in
    whatever way, goes on with ``resume=True`` and writes what it would have written.

    Parameters
    ----------
    registry : path, folder or glob
        CSV or Parquet files, read by the model's dictionary.
    model : Model or path of its folder
    out : path
        .parquet or .csv. Columns: the id (and time, where households repeat), places by name, `pathway`, `risk`,
        `risk_low`, `risk_high`, `rank`, the rank within the first of the places, `band`, `chance_poor_now`; for each
        reason its words, code and contribution in log-odds; `model_id`, `dictionary_version`, `run_id`.
    settings : ScoringSettings, optional
    resume : bool
        Go on with an interrupted run.
    force : bool
        Replace what is there.
    key_file : path, optional
        Secret of pseudonyms, as in `read_registry`.
    progress : callable
        Told how many rows are done.

    Raises
    ------
    UsageError
        When a file is not found, cannot be written or is not to be replaced, or an earlier run stands in the way.
    DataError
        When the registry cannot be used, or too many of its rows are set aside.
    ModelError
        When the model is damaged or reads histories.
    Interrupted
        When the run is stopped or the disk is full; it can be resumed.

    Examples
    --------
    >>> import graduation, tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> run = graduation.train(graduation.pair_waves(*registries), refit=False, fast=True)
    >>> waves.tables[1].to_csv(folder / "registry.csv", index=False)
    >>> scored = graduation.score_file(folder / "registry.csv", run.model, folder / "scores.parquet")
    >>> scored.facts["rows"]["written"] == len(registries[1].households)
    True
    """
    out, settings = Path(out), settings or ScoringSettings()
    model = model if isinstance(model, Model) else load_model(model)
    source = find_sources(registry, out=landed(out))
    if out.resolve() in {path.resolve() for path in source.files}:
        raise UsageError(f"{out}: is the registry that is to be scored; give another name")
    rejected = out.parent / f"{out.stem}.{_named(source)}.rejected.csv"
    for path, suffixes in ((out, SUFFIXES), (out.with_name(f"{out.name}.run.json"), ())):
        check_output(path, force=force or resume, suffixes=suffixes)
    job = Job.of(source, model, settings, None if key_file is None else Path(key_file))
    plan = job.plan()
    # Threads share what is kept quiet, so it is said once for all.
    with open_work(out, plan, resume=resume, force=force) as work, told_elsewhere():
        _score_chunks(job, plan, work, progress)
        try:
            tally = job.refuse(work)
            facts = {"unseen": tally.unseen, "empty_files": len(source.empty), "options": settings.told()}
            told = finish(work, job.output(rejected, plan.run_id), job.reread(work), **facts)
        except TooManyRejected as error:
            raise error.with_parts() from None
    return ScoredFile(out, rejected, _table(told["pathways"]), {**facts, **told})


def _score_chunks(job: Job, plan: Plan, work: Work, progress: Callable[[int], object] | None) -> None:
    """Make and save the parts that are not there yet, by the engine that the settings name."""
    settings = job.scorer.settings
    if settings.engine == "local":
        job.scorer.prepare()
        run_parts(job.pieces(work), named(job.scorer), work, n_threads=settings.threads, progress=progress)
        return
    from graduation.batch.cluster import job_told, on_cluster, remote_chunks

    with on_cluster(settings.scheduler, job_told(job, plan), n_workers=settings.threads) as cluster:
        run_parts(remote_chunks(job, work), cluster, work, n_threads=cluster.n_threads, progress=progress)


def _named(source: Source) -> str:
    """Return what a source is called in the name of a file: that of its only file, or of its folder."""
    return source.files[0].stem if len(source.files) == 1 else source.files[0].resolve().parent.name


def _table(pathways: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(name, n, risk / n if n else np.nan, risk) for name, (n, risk) in pathways.items()]
    return pd.DataFrame(rows, columns=["pathway", "households", "mean_risk", "expected"])

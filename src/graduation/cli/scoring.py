"""score."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from graduation.cli import options
from graduation.cli.console import Progress, RowProgress, give
from graduation.cli.loading import (
    TABLES,
    check_outputs,
    key_file_of,
    language_from,
    price_tables,
    rejected_path,
    settings_from,
    write_rejected,
)
from graduation.cli.matching import check_for_model, lacking_columns_are_another_model, read_for_model
from graduation.errors import UsageError

if TYPE_CHECKING:
    from graduation.batch import Engine, ScoringSettings
    from graduation.risk import Model
    from graduation.settings import Settings

# What makes no difference to a list that is made in memory.
ONLY_STREAMED = ("both", "tell_protected", "top", "rows_per_chunk", "threads", "engine", "scheduler")


def score(
    registry: Annotated[
        Path,
        typer.Argument(help="A row per household: .csv or .parquet, a folder or a pattern of them; .xlsx, .dta, .sav."),
    ],
    model: options.ModelFolder,
    out: Annotated[Path, typer.Option("--out", help="List to write: .parquet or .csv; .xlsx is held in memory.")],
    history: options.History = None,
    line: options.Line = None,
    deflators: options.Deflators = None,
    reasons: Annotated[int, typer.Option("--reasons", min=0, max=10, help="Reasons per household.")] = 5,
    both: Annotated[bool, typer.Option("--both", help="Reasons that lower the risk, too.")] = False,
    top: Annotated[int | None, typer.Option("--top", min=1, help="Only so many, of the highest risk, by rank.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell rows, chunks, memory and time; write nothing.")
    ] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Cores of this machine to use.")] = 2,
    engine: Annotated[str, typer.Option("--engine", help="Where: local, or dask for a cluster.")] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", help="Address of a Dask cluster, as tcp://host:8786 [default: one started here]."),
    ] = None,
    max_rejected: options.MaxRejected = None,
    language: options.Language = None,
    seed: options.Seed = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Score a registry of any size: risk with its range, pathway, rank, band and reasons of each household.

    CSV and Parquet files are read, scored and written chunk by chunk, in the order of the files; a run that is stopped
    goes on with --resume. Excel and survey files, histories and deflators need all rows in memory.

    Example: `graduation score data/sample/registry_2024.csv --model models/sample --out scores.csv`
    """
    from graduation import io
    from graduation.batch import ScoringSettings

    settings, tell = settings_from(config, line=line, deflators=deflators), Progress(quiet=quiet)
    how = ScoringSettings(
        reasons=reasons,
        both=both,
        top=top,
        threads=threads,
        engine=cast("Engine", engine),
        scheduler=scheduler,
        language=language_from(language, settings),
        seed=settings.training.seed if seed is None else seed,
        max_rejected=settings.registry.max_rejected if max_rejected is None else max_rejected,
    )
    trained = io.load_model(model)
    if _is_streamed(registry, out, trained, settings, history):
        _score_files(registry, trained, out, how, settings, resume=resume, dry_run=dry_run, force=force,
                     as_json=as_json, quiet=quiet)  # fmt: skip
        return
    only = {
        "--resume": resume, "--dry-run": dry_run, "--top": top is not None, "--both": both,
        "--engine": engine != "local", "--scheduler": scheduler is not None,
    }  # fmt: skip
    if asked := [name for name, given in only.items() if given]:
        raise UsageError(f"{', '.join(asked)}: for .csv and .parquet files, without --history and --deflators")
    if _are_several(registry):
        raise UsageError(
            f"{registry}: several files are scored only chunk by chunk, to a .parquet or .csv file (--out), without "
            "--history and --deflators; give one file, or leave these out"
        )
    _score_in_memory(registry, trained, out, how, settings, tell, history=history, force=force, as_json=as_json)


def _is_streamed(registry: Path, out: Path, model: Model, settings: Settings, history: list[Path] | None) -> bool:
    """Whether a registry is read and its list written chunk by chunk; what is not is held in memory."""
    from graduation.batch.sources import KINDS
    from graduation.batch.tables import SUFFIXES

    in_parts = _are_several(registry) or registry.suffix.lower() in KINDS
    whole = bool(history) or bool(model.dictionary.history) or bool(price_tables(settings))
    return in_parts and not whole and out.suffix.lower() in SUFFIXES


def _are_several(registry: Path) -> bool:
    return registry.is_dir() or (glob.has_magic(str(registry)) and not registry.exists())


def _score_files(
    registry: Path, model: Model, out: Path, how: ScoringSettings, settings: Settings, *, resume: bool, dry_run: bool,
    force: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    from graduation import batch

    source = batch.find_sources(registry, out=batch.landed(out))
    for path in {path.parent: path for path in source.files}.values():
        check_for_model(path, model, settings)
    if dry_run:
        with lacking_columns_are_another_model(model):
            estimate = batch.estimate(registry, model, settings=how, key_file=key_file_of(settings))
        give(estimate.summary(), estimate.metrics(), as_json=as_json)
        return
    progress = RowProgress(batch.about_rows(source), quiet=quiet)
    try:
        with lacking_columns_are_another_model(model):
            scored = batch.score_file(
                registry, model, out, settings=how, resume=resume, force=force, key_file=key_file_of(settings),
                progress=progress,
            )  # fmt: skip
    finally:
        progress.end()
    give(scored.summary(), {**scored.facts, **scored.metrics(), "out": str(out)}, as_json=as_json)


def _score_in_memory(
    registry: Path, model: Model, out: Path, how: ScoringSettings, settings: Settings, tell: Progress, *,
    history: list[Path] | None, force: bool, as_json: bool,
) -> None:  # fmt: skip
    from graduation import io, workflows

    check_outputs(out, force=force, suffixes=TABLES)
    tell("reading and checking")
    households = read_for_model(registry, model, settings, history)
    rejected = write_rejected(households, rejected_path(registry, out), force=force)
    tell(f"scoring {len(households.households):,} households")
    scores = workflows.score(
        households, model, reasons=how.reasons, language=how.language, level=how.level, seed=how.seed
    )
    io.write_table(scores.frame(), out, force=force)
    facts = {
        "rows": len(scores.table),
        "rows_set_aside": households.n_rejected,
        "unseen_categories": scores.unseen,
        "model_id": scores.model_id,
        "options": {name: value for name, value in vars(how).items() if name not in ONLY_STREAMED},
    }
    inputs = [registry, *(history or []), *price_tables(settings)]
    io.write_run_record(out, command="score", inputs=inputs, force=force, seed=how.seed, **facts)
    text = f"{scores.summary(rows=10)}\n\n{len(scores.table):,} households written to {out}"
    give(text, {**facts, **scores.metrics(), "out": str(out), "rejected": rejected}, as_json=as_json)

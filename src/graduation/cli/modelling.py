"""train, explain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from graduation.cli import options
from graduation.cli.console import Progress, give, warn
from graduation.cli.learning import on_files, train_on_files
from graduation.cli.loading import (
    TABLES,
    check_outputs,
    language_from,
    price_tables,
    read_all,
    rejected_path,
    settings_from,
    write_rejected,
)
from graduation.cli.matching import how_read, read_for_model
from graduation.errors import UsageError

if TYPE_CHECKING:
    from graduation.risk import Scorecard
    from graduation.schema import Language
    from graduation.settings import Settings
    from graduation.workflows import TrainingRun

PAGE = ".html"


def train(
    before: Annotated[Path, typer.Argument(help="The first wave; or households already paired with their outcome.")],
    after: Annotated[
        list[Path] | None, typer.Argument(help="The next wave; with three and more, earlier ones become features.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Model folder to write.")] = Path("model"),
    schema: options.Schema = None,
    by: Annotated[str | None, typer.Option("--by", help="Hold out by time, place or household.")] = None,
    allow_row_split: Annotated[bool, typer.Option("--allow-row-split", help="Let --by row flatter.")] = False,
    at: Annotated[float | None, typer.Option("--at", help="First time to test on, with --by time.")] = None,
    share: Annotated[float | None, typer.Option("--share", help="Share to hold out, 0 to 1.")] = None,
    own_history: Annotated[
        bool, typer.Option("--own-history", help="Where one file holds households several times, use earlier rows.")
    ] = False,
    refit: Annotated[bool, typer.Option(help="Fit the final model on all pairs.")] = True,
    fast: Annotated[bool, typer.Option("--fast", help="A tenth of the time for a small loss.")] = False,
    engine: Annotated[
        str, typer.Option("--engine", help="local, in memory; or dask, for files that memory does not hold.")
    ] = "local",
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Address of a Dask scheduler [default: workers on this machine].")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes on this machine, with --engine dask [default: 2].")
    ] = None,
    line: options.Line = None,
    deflators: options.Deflators = None,
    scorecard: Annotated[
        Path | None,
        typer.Option("--scorecard", help="Ten-question scorecard: .html to print, or .csv, .parquet, .xlsx."),
    ] = None,
    track: Annotated[bool, typer.Option(help="Log the run to MLflow.")] = False,
    uri: Annotated[
        str | None, typer.Option("--uri", help="MLflow tracking URI [default: sqlite:///mlflow.db].")
    ] = None,
    language: options.Language = None,
    seed: options.Seed = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train the risks of remaining and of becoming extreme poor, and say how far they can be trusted.

    With --engine dask, two waves of .csv or .parquet files, folders or patterns are read chunk by chunk, and the model
    learns from the pairs that are not held out. A sample of a million households in memory nearly always is enough.

    Example: `graduation train data/sample/registry_2023.csv data/sample/registry_2024.csv --out model`
    """
    from graduation import io

    settings, tell = settings_from(config, line=line, deflators=deflators), Progress(quiet=quiet)
    chosen = settings.training
    paths = [before, *(after or [])]
    words = language_from(language, settings)
    check_outputs(out, force=force)
    if scorecard is not None:
        check_outputs(scorecard, force=force, suffixes=(PAGE, *TABLES))
        if out.absolute() in scorecard.absolute().parents:
            raise UsageError(f"{scorecard} is inside the model folder {out}, which holds its own files only")
    asked: dict[str, Any] = {
        "share": share if share is not None else chosen.share,
        "fast": fast or chosen.fast,
        "seed": seed if seed is not None else chosen.seed,
    }
    split: dict[str, Any] = {
        "by": by or chosen.by,
        "at": at if at is not None else chosen.at,
        "allow_row_split": allow_row_split or chosen.allow_row_split,
    }
    inputs = [*paths, *price_tables(settings)]
    files_only = {"--scheduler": scheduler is not None, "--workers": workers is not None}
    memory_only = {
        "--by": split["by"] not in (None, "place"), "--at": split["at"] is not None, "--own-history": own_history,
        "--no-refit": not refit,
    }  # fmt: skip
    if on_files(engine, memory_only, files_only):
        asked |= {"scheduler": scheduler, "n_workers": workers or 2}
        run = train_on_files(paths, out, schema, settings, asked, tell, force=force)
    else:
        how = {**asked, **split, "refit": refit}
        run = _train_in_memory(paths, out, schema, settings, how, tell, own_history=own_history, force=force)
    facts = {"model": str(out), "model_id": run.model.model_id}
    if scorecard is not None:
        facts["scorecard"] = str(_write_scorecard(run.scorecard, scorecard, words, force=force))
        io.write_run_record(scorecard, command="train", inputs=inputs, force=force, params=run.params, **facts)
    if track:
        facts["mlflow_run"] = _track(run, uri or settings.tracking.uri, settings.tracking.experiment, tell)
    text = f"{run.summary()}\n\n{run.candidates.summary()}\n\nmodel {run.model.model_id} written to {out}"
    give(text, {**facts, **run.metrics()}, as_json=as_json)


def _train_in_memory(
    paths: list[Path], out: Path, schema: str | None, settings: Settings, how: dict[str, Any], tell: Progress, *,
    own_history: bool, force: bool,
) -> TrainingRun:  # fmt: skip
    from graduation import io, workflows
    from graduation.panel import pair_waves, with_history

    tell("reading and checking")
    registries = read_all(paths, schema, settings)
    for registry, path in zip(registries, paths, strict=True):
        write_rejected(registry, rejected_path(path, out), force=force)
    panel = pair_waves(*([with_history(registries[0])] if own_history else registries[:1]), *registries[1:])
    tell(panel.notes()[0])
    run = workflows.train(panel, **how, progress=tell)
    read = how_read(paths[0], schema, settings)
    run = replace(run, model=replace(run.model, card={**run.model.card, "reading": read}))
    io.save_model(run, out, force=force)
    inputs, named = [*paths, *price_tables(settings)], {"model": str(out), "model_id": run.model.model_id}
    io.write_run_record(out, command="train", inputs=inputs, force=force, params=run.params, reading=read, **named)
    return run


def _write_scorecard(card: Scorecard, path: Path, language: Language, *, force: bool) -> Path:
    """Write the printable page, or the table of answers and points, by the ending of the file."""
    from graduation import io, reports

    if path.suffix.lower() == PAGE:
        return io.write_text(path, reports.scorecard_page(card, language=language), force=force)
    return io.write_table(card.frame(language), path, force=force)


def _track(run: object, uri: str | None, experiment: str, tell: Progress) -> str:
    from graduation import tracking

    tell("logging to MLflow")
    return tracking.track(cast("TrainingRun", run), uri=uri, experiment=experiment)


def explain(
    registry: options.RegistryFile,
    model: options.ModelFolder,
    history: options.History = None,
    line: options.Line = None,
    deflators: options.Deflators = None,
    household: Annotated[str | None, typer.Option("--household", help="Explain this household only.")] = None,
    time: Annotated[float | None, typer.Option("--time", help="Of the household, where households repeat.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Table to write: .csv, .parquet or .xlsx.")] = None,
    language: options.Language = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Explain a registry's risks by Shapley contributions, or one household's.

    Example: `graduation explain data/sample/registry_2024.csv --model models/sample --language id`
    """
    from graduation import io
    from graduation.explain import explain as explain_risk
    from graduation.results import format_number

    settings = settings_from(config, line=line, deflators=deflators)
    words = language_from(language, settings)
    if out is not None:
        check_outputs(out, force=force, suffixes=TABLES)
    trained = io.load_model(model)
    read = read_for_model(registry, trained, settings, history)
    if out is not None:
        write_rejected(read, rejected_path(registry, out), force=force)
    elif read.n_rejected:
        warn(f"{read.n_rejected:,} rows of {registry} set aside: `graduation check` lists them")
    explanation = explain_risk(trained, read)
    key = household if time is None else (household, time)
    table = explanation.drivers(words) if household is None else explanation.household(key, words)
    if out is not None:
        io.write_table(table, out, force=force)
        inputs = [registry, *(history or []), *price_tables(settings)]
        io.write_run_record(out, command="explain", inputs=inputs, force=force, model_id=trained.model_id)
    shown = table.groupby("pathway").head(10) if household is None else table
    text = shown.to_string(index=False, float_format=format_number)
    give("\n".join([text, *explanation.notes()]), {"rows": table.to_dict("records")}, as_json=as_json)

"""The whole job on an embedded registry, file by file as a planner would do it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graduation.cli import options
from graduation.cli.console import Progress
from graduation.cli.loading import check_outputs, language_from, settings_from, write_rejected

if TYPE_CHECKING:
    from graduation.panel import Panel
    from graduation.risk import Scores
    from graduation.schema import Dictionary, Language, Registry
    from graduation.workflows import Plan, TrainingRun

SCENARIO = "bottom_10"
OUTPUTS = ("model", "ranked_list.csv", "plan.csv", "report.html")


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write everything into.")] = Path("demo"),
    households: Annotated[int, typer.Option("--households", min=1000, help="Households to make.")] = 4000,
    budget: Annotated[float, typer.Option("--budget", min=0, help="Rupiah to spend.")] = 1_740_000_000,
    language: options.Language = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed: same files.")] = 0,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Do the whole job on made-up households: check, train, evaluate, explain, recommend, allocate, report.

    Example: `graduation demo --out demo --language id`
    """
    words, tell = language_from(language, settings_from(None)), Progress(quiet=quiet)
    for name in OUTPUTS:
        check_outputs(out / name, force=force, suffixes=tuple(filter(None, [Path(name).suffix])))
    tell(f"making {households:,} households of two waves and the records of a past programme")
    made = _make_registry(out / "registry", households, seed, force=force)
    tell("reading and checking both waves")
    registries = _read_waves(made, out, force=force)
    panel, run = _train(registries, seed, tell)
    tell("scoring, estimating what the past programme changed, and spending the budget")
    scores, plan = _plan(made, registries[-1], run, budget=budget, seed=seed, language=words)
    tell("explaining, and writing the ranked list, the plan, the report and the model")
    page = _page(registries, panel, run, scores, plan, words)
    _write(out, made, run, scores, plan, page, force=force)
    tell("logging the run to MLflow")
    run_id, uri = _track(run, plan, out)
    tell("done")
    typer.echo("\n".join(_summary(run, plan, run_id, uri, out)))
    typer.echo(f"\nopen the report: {(out / 'report.html').resolve()}")


@dataclass(frozen=True)
class _Files:
    """Raw files as a registry would hand them over, and their dictionary."""

    waves: list[Path]
    records: Path
    dictionary: Dictionary


def _make_registry(folder: Path, households: int, seed: int, *, force: bool) -> _Files:
    from graduation import io
    from graduation.datasets import make_waves

    waves = make_waves(households, seed=seed, scenario=SCENARIO)
    time = waves.dictionary.one("time")
    paths = [folder / f"registry_{table[time].iloc[0]}.csv" for table in waves.tables]
    for table, path in zip(waves.tables, paths, strict=True):
        io.write_table(table, path, force=force)
    records = io.write_table(waves.records, folder / "programme_records.csv", force=force)
    return _Files(paths, records, waves.dictionary)


def _read_waves(made: _Files, out: Path, *, force: bool) -> list[Registry]:
    from graduation import io

    registries = [io.read_registry(path, schema=made.dictionary) for path in made.waves]
    for registry, path in zip(registries, made.waves, strict=True):
        write_rejected(registry, out / f"{path.stem}.rejected.csv", force=force)
    return registries


def _train(registries: list[Registry], seed: int, tell: Progress) -> tuple[Panel, TrainingRun]:
    from graduation.panel import pair_waves
    from graduation.workflows import train

    panel = pair_waves(*registries)
    tell(panel.notes()[0])
    return panel, train(panel, seed=seed, progress=tell)


def _plan(
    made: _Files, latest: Registry, run: TrainingRun, *, budget: float, seed: int, language: Language
) -> tuple[Scores, Plan]:
    from graduation import io, workflows
    from graduation.interventions import load_programme

    scores = workflows.score(latest, run.model, language=language, seed=seed)
    schema = workflows.records_dictionary(made.dictionary, after=options.AFTER_COLUMN)
    effects = workflows.learn_effects(io.read_registry(made.records, schema=schema), seed=seed)
    programme = load_programme("bekasi_2024")
    plan = workflows.plan(latest, scores, programme, budget=budget, effects=effects, seed=seed, language=language)
    return scores, plan


def _page(
    registries: list[Registry], panel: Panel, run: TrainingRun, scores: Scores, plan: Plan, language: Language
) -> str:
    from graduation.explain import explain
    from graduation.reports import job_page

    explanation = explain(run.model, registries[-1])
    return job_page(registries, run.model, scores, explanation, panel=panel, run=run, plan=plan, language=language)


def _write(out: Path, made: _Files, run: TrainingRun, scores: Scores, plan: Plan, page: str, *, force: bool) -> None:
    from graduation import io

    io.save_model(run, out / "model", force=force)
    io.write_table(scores.frame(), out / "ranked_list.csv", force=force)
    io.write_table(plan.allocation.frame(), out / "plan.csv", force=force)
    io.write_text(out / "report.html", page, force=force)
    inputs = [*made.waves, made.records]
    for name in OUTPUTS:
        io.write_run_record(out / name, command="demo", inputs=inputs, force=force, model_id=scores.model_id)


def _track(run: TrainingRun, plan: Plan, out: Path) -> tuple[str, str]:
    from graduation.tracking import track

    uri = f"sqlite:///{out / 'mlflow.db'}"
    return track(run, uri=uri, also=[plan.allocation]), uri


def _summary(run: TrainingRun, made: Plan, run_id: str, uri: str, out: Path) -> list[str]:
    """Return the end of the demo in a few lines."""
    figures = run.metrics()
    ways = [f"{way} {figures[f'{way}_roc_auc']:.2f}" for way in run.by_pathway]
    return [
        "",
        f"model {run.model.model_id}: area under the ROC curve {figures['all_roc_auc']:.2f} ({', '.join(ways)}), "
        f"exclusion error {figures['all_exclusion_error']:.0%} of the extreme poor, on held-out places",
        *made.allocation.notes()[:2],
        f"ranked list   {out / 'ranked_list.csv'}",
        f"plan          {out / 'plan.csv'}",
        f"model folder  {out / 'model'}",
        f"MLflow run    {run_id}  (mlflow ui --backend-store-uri {uri})",
    ]

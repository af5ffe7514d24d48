"""The whole job on an embedded registry, file by file as a planner would do it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graduation.cli import options
from graduation.cli.console import Progress
from graduation.cli.loading import language_from, refuse_outputs, settings_from, write_rejected

if TYPE_CHECKING:
    from graduation.schema import Dictionary
    from graduation.workflows import Plan, TrainingRun

SCENARIO = "bottom_10"


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
    from graduation import io, reports, tracking, workflows
    from graduation.explain import explain
    from graduation.interventions import load_programme
    from graduation.panel import pair_waves

    words, tell = language_from(language, settings_from(None)), Progress(quiet=quiet)
    names = ("model", "ranked_list.csv", "plan.csv", "report.html")
    model_folder, list_file, plan_file, page_file = (out / name for name in names)
    refuse_outputs([model_folder, list_file, plan_file, page_file], force=force)
    tell(f"making {households:,} households of two waves and the records of a past programme")
    dictionary = _make_registry(out / "registry", households, seed)
    tell("reading and checking both waves")
    paths = sorted((out / "registry").glob("registry_*.csv"))
    registries = [io.read_registry(path, schema=dictionary) for path in paths]
    for registry in registries:
        write_rejected(registry, out, force=force)
    panel = pair_waves(*registries)
    tell(panel.notes()[0])
    run = workflows.train(panel, seed=seed, progress=tell)
    io.save_model(run, model_folder, force=force)
    tell("scoring and explaining the latest wave")
    latest = registries[-1]
    scores = workflows.score(latest, run.model, language=words, seed=seed)
    explanation = explain(run.model, latest)
    tell("estimating what the past programme changed, and spending the budget")
    records = io.read_registry(
        out / "registry" / "programme_records.csv",
        schema=workflows.records_dictionary(dictionary, after=options.AFTER_COLUMN),
    )
    programme = load_programme("bekasi_2024")
    made = workflows.plan(
        latest, scores, programme, budget=budget, effects=workflows.learn_effects(records, seed=seed), seed=seed
    )
    tell("writing the ranked list, the plan and the report")
    page = reports.job_page(registries, run.model, scores, explanation, panel=panel, run=run, plan=made, language=words)
    io.write_table(scores.frame(), list_file, force=force)
    io.write_table(made.allocation.frame(), plan_file, force=force)
    io.write_text(page_file, page, force=force)
    for path in (model_folder, list_file, plan_file, page_file):
        io.write_run_record(path, command="demo", inputs=list(paths), force=force, seed=seed, model_id=scores.model_id)
    tell("logging the run to MLflow")
    uri = f"sqlite:///{out / 'mlflow.db'}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_id = tracking.track(run, uri=uri, also=[made.allocation])
    tell("done")
    typer.echo("\n".join(_summary(run, made, run_id, uri, out)))
    typer.echo(f"\nopen the report: {page_file.resolve()}")


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


def _make_registry(folder: Path, households: int, seed: int) -> Dictionary:
    """Write two waves and programme records as raw files, as a registry would hand them over."""
    from graduation import io
    from graduation.datasets import make_waves

    waves = make_waves(households, seed=seed, scenario=SCENARIO)
    time = waves.dictionary.one("time")
    for table in waves.tables:
        io.write_table(table, folder / f"registry_{table[time].iloc[0]}.csv", force=True)
    io.write_table(waves.records, folder / "programme_records.csv", force=True)
    return waves.dictionary

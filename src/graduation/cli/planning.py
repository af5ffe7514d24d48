"""plan, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graduation.cli import options
from graduation.cli.console import Progress, give
from graduation.cli.limits import limits_from
from graduation.cli.loading import (
    TABLES,
    check_outputs,
    language_from,
    price_tables,
    rejected_path,
    settings_from,
    write_rejected,
)
from graduation.cli.matching import read_for_model
from graduation.cli.past import effects_from, past_from
from graduation.errors import UsageError

if TYPE_CHECKING:
    from graduation.settings import Settings


def plan(
    registry: options.RegistryFile,
    model: options.ModelFolder,
    out: Annotated[Path, typer.Option("--out", help="Plan to write: .csv, .parquet or .xlsx.")],
    history: options.History = None,
    line: options.Line = None,
    deflators: options.Deflators = None,
    budget: options.Budget = None,
    programme: options.Programme = None,
    records: options.Records = None,
    after: options.After = options.AFTER_COLUMN,
    chance: options.ChanceOfArms = None,
    cluster: options.Cluster = None,
    capacity: options.Capacities = None,
    quota: options.Quotas = None,
    share: options.Shares = None,
    need_weight: options.NeedWeight = 0.0,
    average_effects: options.Averages = False,
    language: options.Language = None,
    seed: options.Seed = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Spend a budget on interventions that suit each household.

    Example: `graduation plan data/sample/registry_2024.csv --model models/sample --budget 500000000 --out plan.csv`
    """
    from graduation import io, workflows
    from graduation.interventions import Goal, load_programme

    goal, past = Goal(need_weight=need_weight), past_from(records, after, chance, cluster, average=average_effects)
    settings, tell = settings_from(config, line=line, deflators=deflators), Progress(quiet=quiet)
    chosen = settings.training.seed if seed is None else seed
    words, amount, limits = (
        language_from(language, settings),
        budget_from(budget, settings),
        limits_from(capacity, quota, share),
    )
    inputs = [registry, *(history or []), *([records] if records else []), *price_tables(settings)]
    check_outputs(out, force=force, suffixes=TABLES)
    trained, offered = io.load_model(model), load_programme(programme or settings.plan.programme)
    effects = effects_from(past, trained, offered, settings, tell, out=out, force=force, seed=chosen)
    tell("reading and scoring")
    read = read_for_model(registry, trained, settings, history)
    write_rejected(read, rejected_path(registry, out), force=force)
    scores = workflows.score(read, trained, reasons=0, language=words, seed=chosen)
    tell("allocating the budget")
    made = workflows.plan(
        read, scores, offered, budget=amount, effects=effects, goal=goal, seed=chosen, language=words, **limits
    )
    io.write_table(made.allocation.frame(), out, force=force)
    facts: dict[str, Any] = {
        "budget": amount,
        "programme": {"name": offered.name, "version": offered.version, "fingerprint": offered.fingerprint},
        "effects": made.recommendations.effects.to_dict("records"),
        **({} if past is None else {"chances": past.chances, "cluster": past.cluster}),
        "average_effects": past is not None and not past.personal,
        "limits": made.allocation.limits.to_dict("records"),
        "need_weight": need_weight,
        "model_id": trained.model_id,
        **made.allocation.metrics(),
    }
    io.write_run_record(out, command="plan", inputs=inputs, force=force, seed=chosen, **facts)
    text = f"{made.recommendations.summary()}\n\n{made.allocation.summary()}\n\nplan written to {out}"
    give(text, {**facts, "out": str(out)}, as_json=as_json)


def report(
    registry: options.RegistryFile,
    model: options.ModelFolder,
    out: Annotated[Path, typer.Option("--out", help="HTML page to write.")],
    history: options.History = None,
    line: options.Line = None,
    deflators: options.Deflators = None,
    budget: options.Budget = None,
    programme: options.Programme = None,
    records: options.Records = None,
    after: options.After = options.AFTER_COLUMN,
    chance: options.ChanceOfArms = None,
    cluster: options.Cluster = None,
    capacity: options.Capacities = None,
    quota: options.Quotas = None,
    share: options.Shares = None,
    need_weight: options.NeedWeight = 0.0,
    average_effects: options.Averages = False,
    language: options.Language = None,
    seed: options.Seed = None,
    config: options.Config = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Write one page that opens without a network: check, drivers, list and, with a budget, the plan.

    Example: `graduation report data/sample/registry_2024.csv --model models/sample --out report.html --language id`
    """
    from graduation import io, reports, workflows
    from graduation.explain import explain
    from graduation.interventions import Goal, load_programme

    goal, past = Goal(need_weight=need_weight), past_from(records, after, chance, cluster, average=average_effects)
    settings, tell = settings_from(config, line=line, deflators=deflators), Progress(quiet=quiet)
    chosen = settings.training.seed if seed is None else seed
    words, limits = language_from(language, settings), limits_from(capacity, quota, share)
    inputs = [registry, *(history or []), *([records] if records else []), *price_tables(settings)]
    check_outputs(out, force=force, suffixes=(".html", ".htm"))
    trained = io.load_model(model)
    tell("reading, scoring and explaining")
    read = read_for_model(registry, trained, settings, history)
    write_rejected(read, rejected_path(registry, out), force=force)
    scores = workflows.score(read, trained, language=words, seed=chosen)
    made = None
    if budget is not None or settings.plan.budget is not None:
        offered, amount = load_programme(programme or settings.plan.programme), budget_from(budget, settings)
        effects = effects_from(past, trained, offered, settings, tell, out=out, force=force, seed=chosen)
        made = workflows.plan(
            read, scores, offered, budget=amount, effects=effects, goal=goal, seed=chosen, language=words, **limits
        )
    page = reports.job_page([read], trained, scores, explain(trained, read), plan=made, language=words)
    io.write_text(out, page, force=force)
    io.write_run_record(out, command="report", inputs=inputs, force=force, seed=chosen, model_id=trained.model_id)
    typer.echo(str(out))


def budget_from(budget: float | None, settings: Settings) -> float:
    """Return the budget of the option, else of the settings."""
    amount = budget if budget is not None else settings.plan.budget
    if amount is None:
        raise UsageError("no budget: give --budget, or `budget` under [plan] in graduation.toml")
    return amount

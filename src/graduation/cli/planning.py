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
    key_file_of,
    language_from,
    own_dictionary,
    price_tables,
    rejected_path,
    settings_from,
    write_rejected,
)
from graduation.cli.matching import read_for_model
from graduation.errors import UsageError

if TYPE_CHECKING:
    from graduation.interventions import EffectModel
    from graduation.risk import Model
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

    goal = Goal(need_weight=need_weight)
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
    effects = effects_from(
        records, trained, after, settings, tell, out=out, force=force, seed=chosen, personal=not average_effects
    )
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

    goal = Goal(need_weight=need_weight)
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
        effects = effects_from(
            records, trained, after, settings, tell, out=out, force=force, seed=chosen, personal=not average_effects
        )
        offered, amount = load_programme(programme or settings.plan.programme), budget_from(budget, settings)
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


def effects_from(
    records: Path | None,
    model: Model,
    after: str,
    settings: Settings,
    tell: Progress,
    *,
    out: Path,
    force: bool,
    seed: int,
    personal: bool,
) -> EffectModel | None:
    """Estimate effects from programme records, where there are any."""
    if records is None:
        return None
    from graduation.io import read_registry
    from graduation.workflows import learn_effects, records_dictionary

    tell("estimating effects from the programme records")
    # The dictionary of a model knows no survey weights, for scoring needs none; that of the records does.
    dictionary = own_dictionary(records, settings) or model.dictionary
    # Welfare before and after is at prices of its own, so the registry's deflators do not apply.
    share, key = settings.registry.max_rejected, key_file_of(settings)
    known = records_dictionary(dictionary, after=after)
    read = read_registry(records, schema=known, max_rejected=share, key_file=key)
    write_rejected(read, rejected_path(records, out), force=force)
    return learn_effects(read, seed=seed, personal=personal)

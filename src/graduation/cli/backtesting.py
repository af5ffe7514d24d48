"""backtest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graduation.cli import options
from graduation.cli.console import Progress, give, warn
from graduation.cli.loading import (
    TABLES,
    check_outputs,
    price_tables,
    read_all,
    rejected_path,
    settings_from,
    write_rejected,
)

if TYPE_CHECKING:
    from graduation.workflows import Backtest


def backtest(
    waves: Annotated[
        list[Path], typer.Argument(help="Three waves or more, oldest first; or one file of pairs at several times.")
    ],
    out: Annotated[Path | None, typer.Option("--out", help="Table of all tests: .csv, .parquet or .xlsx.")] = None,
    schema: options.Schema = None,
    line: options.Line = None,
    deflators: options.Deflators = None,
    window: Annotated[
        float | None, typer.Option("--window", help="Learn from the last so many units of time [default: all past].")
    ] = None,
    origins: Annotated[int, typer.Option("--origins", help="Most models to train, evenly spaced.")] = 6,
    tolerance: Annotated[float, typer.Option("--tolerance", help="Loss of AUC that is put up with.")] = 0.01,
    own_history: Annotated[
        bool, typer.Option("--own-history", help="Where one file holds households several times, use earlier rows.")
    ] = False,
    fast: Annotated[bool, typer.Option("--fast/--no-fast", help="Quick models, or the full recipe.")] = True,
    seed: options.Seed = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train on the past, test on each later wave: how fast a model decays, and when to train it anew.

    Example: `graduation backtest wave_2021.csv wave_2022.csv wave_2023.csv wave_2024.csv --out tests.csv`
    """
    from graduation import io, workflows
    from graduation.panel import pair_waves, with_history

    settings, tell = settings_from(config, line=line, deflators=deflators), Progress(quiet=quiet)
    if out is not None:
        check_outputs(out, force=force, suffixes=TABLES)
    tell("reading and checking")
    registries = read_all(waves, schema, settings)
    for registry, path in zip(registries, waves, strict=True):
        if out is not None:
            write_rejected(registry, rejected_path(path, out), force=force)
        elif registry.n_rejected:
            warn(f"{registry.n_rejected:,} rows of {path} set aside: `graduation check` lists them")
    panel = pair_waves(*([with_history(registries[0])] if own_history else registries[:1]), *registries[1:])
    tell(panel.notes()[0])
    number = settings.training.seed if seed is None else seed
    chosen: dict[str, Any] = {
        "window": window, "origins": origins, "fast": fast, "tolerance": tolerance, "seed": number,
    }  # fmt: skip
    found = workflows.backtest(panel, **chosen, progress=tell)
    facts = _facts(found)
    text = found.summary(rows=40)
    if out is not None:
        io.write_table(found.frame(), out, force=force)
        facts_told: dict[str, Any] = {"params": chosen, "metrics": found.metrics()}
        inputs = [*waves, *price_tables(settings)]
        io.write_run_record(out, command="backtest", inputs=inputs, force=force, **facts_told)
        text, facts["out"] = f"{text}\n\n{len(found.frame()):,} figures written to {out}", str(out)
    give(text, facts, as_json=as_json)


def _facts(found: Backtest) -> dict[str, Any]:
    """Return what other programs need: figures, comparisons and verdicts."""
    return {
        "age_unit": found.age_unit,
        "expires_after": found.expires_after,
        "metrics": found.metrics(),
        "decay": found.decay.to_dict("records"),
        "losses": found.losses.to_dict("records"),
        "verdicts": found.verdicts.to_dict("records"),
    }

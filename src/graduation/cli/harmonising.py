"""harmonise."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graduation.cli import options
from graduation.cli.console import give
from graduation.cli.loading import TABLES, check_outputs, read_as_it_is, rejected_path, settings_from, write_rejected
from graduation.errors import UsageError

if TYPE_CHECKING:
    from graduation.roster import Roster
    from graduation.schema import Registry


def harmonise(
    registry: options.RegistryFile,
    out: Annotated[Path, typer.Option("--out", help="Table to write; dictionary.toml is written beside it.")],
    schema: options.Schema = None,
    members: Annotated[
        Path | None, typer.Option("--members", help="Roster of persons; it adds what members tell.")
    ] = None,
    members_schema: Annotated[
        str | None,
        typer.Option("--members-schema", help="Data dictionary of the roster: a .toml file or a shipped name."),
    ] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Day for ages from dates of birth.")
    ] = None,
    max_rejected: options.MaxRejected = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Write a registry in the words that all registries share, with its dictionary: ready for check and train.

    Welfare and line stay as the registry has them: who reads the table applies --line and --deflators.

    Example: `graduation harmonise data/sample/registry_2024.csv --out common/registry_2024.parquet`
    """
    from graduation import io
    from graduation.schema import harmonise as in_common_words

    check_outputs(out, force=force, suffixes=TABLES)
    if (members is None) != (members_schema is None):
        raise UsageError("--members and --members-schema belong together: a roster has a dictionary of its own")
    settings, day = settings_from(config), None if on is None else on.date()
    read = read_as_it_is(registry, schema, settings, max_rejected)
    rejected = write_rejected(read, rejected_path(registry, out), force=force)
    result = in_common_words(read, on=day)
    answers, common = [result.summary(rows=len(result.coverage))], result.registry
    facts = {"source": str(registry), "table": str(out), "rejected": rejected, **result.metrics()}
    if members is not None:
        persons = read_as_it_is(members, members_schema, settings, max_rejected)
        write_rejected(persons, rejected_path(members, out), force=force)
        roster, common = _joined(persons, common, day)
        answers.append(roster.summary())
        facts |= {f"roster_{name}": value for name, value in roster.metrics().items()}
    io.write_registry(common, out, force=force)
    inputs = [registry, *([members] if members else [])]
    io.write_run_record(out, command="harmonise", inputs=inputs, force=force, **facts)
    give("\n\n".join(answers), facts, as_json=as_json)


def _joined(persons: Registry, households: Registry, day: date | None) -> tuple[Roster, Registry]:
    """Return what the members tell, and the households with it."""
    from graduation.roster import household_features, with_members
    from graduation.schema import harmonise as in_common_words

    told = household_features(in_common_words(persons).registry, on=day, households=households)
    return told, with_members(households, told)

"""harmonise."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from graduation.cli import options
from graduation.cli.console import give
from graduation.cli.loading import TABLES, check_outputs, read_for, rejected_path, settings_from, write_rejected


def harmonise(
    registry: options.RegistryFile,
    out: Annotated[Path, typer.Option("--out", help="Table to write; dictionary.toml is written beside it.")],
    schema: options.Schema = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Day for ages from dates of birth.")
    ] = None,
    max_rejected: options.MaxRejected = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Write a registry in the words that all registries share, with its dictionary: ready for check and train.

    Example: `graduation harmonise data/sample/registry_2024.csv --out common/registry_2024.parquet`
    """
    from graduation import io
    from graduation.schema import harmonise as in_common_words

    check_outputs(out, force=force, suffixes=TABLES)
    read = read_for(registry, schema, settings_from(config), max_rejected)
    rejected = write_rejected(read, rejected_path(registry, out), force=force)
    result = in_common_words(read, on=None if on is None else on.date())
    table = io.write_registry(result.registry, out, force=force)
    facts = {"source": str(registry), "table": str(table), "rejected": rejected, **result.metrics()}
    give(result.summary(rows=len(result.coverage)), facts, as_json=as_json)

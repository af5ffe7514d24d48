"""What several commands read and write in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from graduation.cli.console import warn
from graduation.errors import DataError, ModelError, UsageError, nearest

if TYPE_CHECKING:
    from graduation.risk import Model
    from graduation.schema import Dictionary, Language, Registry
    from graduation.settings import Settings


def settings_from(config: Path | None) -> Settings:
    """Return the settings of the file given, or of graduation.toml in the current folder."""
    from graduation.settings import load_settings

    return load_settings(config)


def language_from(asked: str | None, settings: Settings) -> Language:
    """Return the language asked for, or that of the settings."""
    from graduation.schema import Language

    chosen = asked or settings.language
    if chosen not in get_args(Language):
        raise UsageError(
            f"--language is '{chosen}'; expected {' or '.join(get_args(Language))}. {nearest(chosen, ['en', 'id'])}"
        )
    return cast("Language", chosen)


def read_for(
    path: Path, schema: str | Dictionary | None, settings: Settings, max_rejected: float | None = None
) -> Registry:
    """Read a registry by the option, else by the settings, else by the dictionary beside it."""
    from graduation.io import read_registry

    chosen = schema if schema is not None else settings.registry.schema_
    share = max_rejected if max_rejected is not None else settings.registry.max_rejected
    return read_registry(path, schema=chosen, max_rejected=share)


def read_for_model(path: Path, model: Model, settings: Settings) -> Registry:
    """Read a registry by the model's own dictionary; a registry that lacks its columns has the wrong model."""
    try:
        return read_for(path, model.dictionary, settings)
    except DataError as error:
        lacking = [problem.column for problem in error.problems if problem.found.startswith("missing from the file")]
        if not lacking:
            raise
        known = f"dictionary {model.dictionary.name} {model.dictionary.version}"
        raise ModelError(f"model {model.model_id} ({known}) does not fit this registry. {error}") from None


def write_rejected(registry: Registry, folder: Path, *, force: bool) -> Path | None:
    """Write the rows set aside to `<registry>.rejected.csv`, if any, and say so."""
    from graduation.io import write_table

    if not registry.n_rejected:
        return None
    path = folder / f"{Path(registry.source).stem}.rejected.csv"
    write_table(registry.rejected, path, force=force)
    warn(f"{registry.n_rejected:,} rows of {registry.source} set aside: {path} says which and why")
    return path


def refuse_outputs(paths: Sequence[Path | None], *, force: bool) -> None:
    """Refuse before the work, not after it, when an output exists."""
    from graduation.io import refuse_existing

    for path in paths:
        if path is not None:
            refuse_existing(path, force=force)


def load_model_for(folder: Path) -> Model:
    """Load a model folder."""
    from graduation.io import load_model

    return load_model(folder)

"""What several commands read and write in the same way."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from graduation.cli.console import warn
from graduation.errors import DataError, ModelError, UsageError

if TYPE_CHECKING:
    from graduation.risk import Model
    from graduation.schema import Dictionary, Language, Registry
    from graduation.settings import Settings

TABLES = (".csv", ".parquet", ".xlsx")


def settings_from(config: Path | None, *, line: str | None = None, deflators: Path | None = None) -> Settings:
    """Return the settings of the file given, or of graduation.toml in the current folder; options go before them."""
    from graduation.settings import load_settings

    settings = load_settings(config)
    given = {"line": line, "deflators": None if deflators is None else str(deflators)}
    asked = {name: value for name, value in given.items() if value is not None}
    return settings.model_copy(update={"registry": settings.registry.model_copy(update=asked)})


def language_from(asked: str | None, settings: Settings) -> Language:
    """Return the language asked for, or that of the settings."""
    from graduation.schema import Language

    chosen = asked or settings.language
    if chosen not in get_args(Language):
        raise UsageError(f"--language is '{chosen}'; expected {' or '.join(get_args(Language))}")
    return cast("Language", chosen)


def read_for(
    path: Path,
    schema: str | Dictionary | None,
    settings: Settings,
    max_rejected: float | None = None,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Registry:
    """Read a registry by the option, else by the settings, else by the dictionary beside it.

    Welfare is brought to the prices of the settings' deflators. Their line replaces that of the registry, but not
    that of a ready dictionary, which a model was trained with.
    """
    from graduation.io import read_registry, read_table
    from graduation.schema import Dictionary, deflate, load_line

    chosen = schema if schema is not None else settings.registry.schema_
    share = max_rejected if max_rejected is not None else settings.registry.max_rejected
    key = settings.registry.key_file
    registry = read_registry(path, schema=chosen, max_rejected=share, encoding=encoding, sheet=sheet, key_file=key)
    line = None if isinstance(schema, Dictionary) else settings.registry.line
    if line is not None:
        registry = replace(registry, dictionary=registry.dictionary.with_line(load_line(line)))
    table = settings.registry.deflators
    return registry if table is None else deflate(registry, read_table(table))


def read_all(paths: Sequence[Path], schema: str | None, settings: Settings) -> list[Registry]:
    """Read several registries; when any is refused, tell the problems of all."""
    registries, faults = [], []
    for path in paths:
        try:
            registries.append(read_for(path, schema, settings))
        except DataError as error:
            faults.append(error)
    if faults:
        raise DataError.of_all(faults)
    return registries


def read_for_model(path: Path, model: Model, settings: Settings, history: Sequence[Path] | None = None) -> Registry:
    """Read a registry, and the earlier waves where the model was trained with histories, by the model's dictionary.

    A registry that lacks its columns, or whose own dictionary or line is another one, has the wrong model.
    """
    earlier = list(history or [])
    _check_history(earlier, model)
    registries, faults = [], []
    for one in (path, *earlier):
        try:
            registries.append(_read_one_for_model(one, model, settings))
        except DataError as error:
            faults.append(error)
    if faults:
        raise DataError.of_all(faults)
    for read in registries[1:]:
        if read.n_rejected:
            warn(f"{read.n_rejected:,} rows of {read.source} set aside: `graduation check` lists them")
    return _with_history(registries) if model.dictionary.history else registries[0]


def _with_history(registries: Sequence[Registry]) -> Registry:
    from graduation.panel import with_history

    return with_history(*registries)


def _check_history(earlier: Sequence[Path], model: Model) -> None:
    """Refuse earlier waves that a model has no use for, and a model that needs them without any."""
    if earlier and not model.dictionary.history:
        raise UsageError(f"model {model.model_id} was trained without histories; leave --history out")
    if model.dictionary.history and not earlier and not model.dictionary.repeats:
        model.check_dictionary(model.dictionary.without_history())


def _read_one_for_model(path: Path, model: Model, settings: Settings) -> Registry:
    own = own_dictionary(path, settings)
    if own is not None:
        model.check_dictionary(own, without_history=True)
    try:
        return read_for(path, model.dictionary.without_history(), settings)
    except DataError as error:
        if not any(problem.found.startswith("missing from the file") for problem in error.problems):
            raise
        known = f"dictionary {model.dictionary.name} {model.dictionary.version}"
        raise ModelError(f"model {model.model_id} ({known}) does not fit this registry. {error}") from None


def own_dictionary(path: Path, settings: Settings) -> Dictionary | None:
    """Return the dictionary that the settings name or that lies beside a file, if there is one."""
    from graduation.schema import load_dictionary

    beside = path.parent / "dictionary.toml"
    own = settings.registry.schema_ or (beside if beside.is_file() else None)
    return None if own is None else load_dictionary(own)


def rejected_path(registry: Path, out: Path) -> Path:
    """Return where the rows set aside go: beside the output, named after it and the registry."""
    return out.parent / f"{out.stem}.{registry.stem}.rejected.csv"


def write_rejected(registry: Registry, path: Path, *, force: bool) -> Path | None:
    """Write the rows set aside, if any, and say so; the same list from an earlier try may stand."""
    from graduation.io import write_table

    if not registry.n_rejected:
        return None
    with tempfile.TemporaryDirectory() as folder:
        fresh = write_table(registry.rejected, Path(folder) / path.name).read_bytes()
    if not (path.is_file() and path.read_bytes() == fresh):
        write_table(registry.rejected, path, force=force)
    warn(f"{registry.n_rejected:,} rows of {registry.source} set aside: {path} says which and why")
    return path


def check_outputs(out: Path, *, force: bool, suffixes: tuple[str, ...] = ()) -> None:
    """Refuse before the work what cannot be written at its end; without suffixes `out` is a model folder."""
    from graduation.io import check_model_folder, check_output

    if suffixes:
        check_output(out, force=force, suffixes=suffixes)
    else:
        check_model_folder(out, force=force)
    check_output(out.with_name(f"{out.name}.run.json"), force=force)

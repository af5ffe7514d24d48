"""What several commands read and write in the same way."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from graduation.cli.console import warn
from graduation.errors import DataError, UsageError

if TYPE_CHECKING:
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
    from graduation.schema import Dictionary

    registry = read_as_it_is(path, schema, settings, max_rejected, encoding=encoding, sheet=sheet)
    dictionary = registry.dictionary
    if not isinstance(schema, Dictionary):
        registry = replace(registry, dictionary=with_line_of(dictionary, settings))
    if dictionary.one("welfare") or dictionary.one("state"):
        return _deflated(registry, settings)
    asked = settings.registry.line or settings.registry.deflators
    if asked is not None and dictionary.unit == "household" and not isinstance(schema, Dictionary):
        warn(f"{registry.source} has no welfare, so no line and no deflators apply to it")
    return registry


def read_as_it_is(
    path: Path,
    schema: str | Dictionary | None,
    settings: Settings,
    max_rejected: float | None = None,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Registry:
    """Read a registry without the settings' line and deflators, as it is to be written again."""
    from graduation.io import read_registry

    chosen = schema if schema is not None else settings.registry.schema_
    share = max_rejected if max_rejected is not None else settings.registry.max_rejected
    key = key_file_of(settings)
    return read_registry(path, schema=chosen, max_rejected=share, encoding=encoding, sheet=sheet, key_file=key)


def key_file_of(settings: Settings) -> str | None:
    """Return the key file of the settings; refuse a key in the environment beside it, which may be another."""
    from graduation.io.pseudonyms import KEY_FILE_VARIABLE, KEY_VARIABLE

    path = settings.registry.key_file
    if path is None:
        return None
    # The same file named twice is one key all the same.
    also = os.environ.get(KEY_FILE_VARIABLE, "")
    set_too = [KEY_VARIABLE] if os.environ.get(KEY_VARIABLE) else []
    set_too += [KEY_FILE_VARIABLE] if also and Path(also).resolve() != Path(path).resolve() else []
    if set_too:
        raise UsageError(
            f"the settings name the key file {path} and {' and '.join(set_too)} is set too; unset it, or remove "
            "key_file, so that the key is certain"
        )
    return path


def with_line_of(dictionary: Dictionary, settings: Settings) -> Dictionary:
    """Return the dictionary with the line of the settings, where it has welfare or a state to tell by it."""
    from graduation.schema import load_line

    asked = settings.registry.line
    if asked is None or not (dictionary.one("welfare") or dictionary.one("state")):
        return dictionary
    own = dictionary.line
    return dictionary.with_line(own if own is not None and own.line_id == asked else load_line(asked))


def _deflated(registry: Registry, settings: Settings) -> Registry:
    from graduation.io import read_table
    from graduation.schema import deflate

    table = settings.registry.deflators
    return registry if table is None or not registry.dictionary.one("welfare") else deflate(registry, read_table(table))


def price_tables(settings: Settings) -> list[Path]:
    """Return the table of deflators, if any, as an input to name in a run record."""
    return [] if settings.registry.deflators is None else [Path(settings.registry.deflators)]


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


def own_dictionary(path: Path, settings: Settings, schema: str | None = None) -> Dictionary | None:
    """Return the dictionary that is named or that lies beside a file, if there is one."""
    from graduation.schema import load_dictionary

    beside = path.parent / "dictionary.toml"
    own = schema or settings.registry.schema_ or (beside if beside.is_file() else None)
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

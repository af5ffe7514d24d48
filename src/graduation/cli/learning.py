"""train --engine dask: two waves of files that memory does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graduation.cli.console import Progress
from graduation.cli.loading import key_file_of, own_dictionary, price_tables, with_line_of
from graduation.cli.matching import how_read
from graduation.errors import UsageError, nearest

if TYPE_CHECKING:
    from graduation.schema import Dictionary
    from graduation.settings import Settings
    from graduation.workflows import TrainingRun

ENGINES = ("local", "dask")


def on_files(engine: str, only_in_memory: Mapping[str, bool], only_on_files: Mapping[str, bool]) -> bool:
    """Whether to train on files; refuse what the engine asked for does not do."""
    if engine not in ENGINES:
        hint = nearest(engine, ENGINES)
        raise UsageError(f"--engine is '{engine}'; expected {' or '.join(ENGINES)}. {hint}".rstrip())
    files = engine == "dask"
    asked = [name for name, given in (only_in_memory if files else only_on_files).items() if given]
    if asked:
        other = "in memory only; leave --engine out" if files else "with --engine dask only"
        raise UsageError(f"{', '.join(asked)}: {other}")
    return files


def train_on_files(
    waves: Sequence[Path], out: Path, schema: str | None, settings: Settings, how: Mapping[str, Any], tell: Progress, *,
    force: bool,
) -> TrainingRun:  # fmt: skip
    """Train on two waves of files by their dictionary."""
    from graduation import batch

    if len(waves) != 2:
        raise UsageError(f"--engine dask takes two waves, the earlier first; {len(waves)} given")
    if price_tables(settings):
        raise UsageError("deflators need all rows in memory; leave --engine out, or deflate the files before")
    first = [batch.find_sources(wave).files[0] for wave in waves]
    dictionary = _dictionary(first, schema, settings)
    chosen = batch.FileTraining(
        **how, max_rejected=settings.registry.max_rejected, key_file=key_file_of(settings),
    )  # fmt: skip
    reading = how_read(first[0], schema, settings)
    return batch.train_files(
        waves[0], waves[1], out, schema=dictionary, settings=chosen, reading=reading, force=force, progress=tell
    )


def _dictionary(files: Sequence[Path], schema: str | None, settings: Settings) -> Dictionary:
    """Return the dictionary that is named, or that lies beside the files of both waves."""
    found = [own_dictionary(path, settings, schema) for path in files]
    for path, one in zip(files, found, strict=True):
        if one is None:
            raise UsageError(f"{path} needs its dictionary: give --schema, or put dictionary.toml beside it")
    before, after = (with_line_of(one, settings) for one in found if one is not None)
    if before.fingerprint != after.fingerprint:
        raise UsageError(
            f"{files[1]} has dictionary {after.name} {after.version} beside it, and {files[0]} has {before.name} "
            f"{before.version}; give one for both: --schema"
        )
    return before

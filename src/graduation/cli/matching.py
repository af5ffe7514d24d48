"""Read a registry for a model: by the model's dictionary, its line and its prices, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graduation.cli.console import warn
from graduation.cli.loading import own_dictionary, price_tables, read_for, with_line_of
from graduation.errors import DataError, ModelError, UsageError

if TYPE_CHECKING:
    from graduation.risk import Model
    from graduation.schema import Dictionary, Line, Registry
    from graduation.settings import Settings


def read_for_model(path: Path, model: Model, settings: Settings, history: Sequence[Path] | None = None) -> Registry:
    """Read a registry, and the earlier waves where the model was trained with histories, by the model's dictionary.

    A registry that lacks its columns, or whose own dictionary, line or prices are others, has the wrong model.
    """
    earlier = list(history or [])
    _check_history(earlier, model)
    registries, faults = [], []
    for one in (path, *earlier):
        try:
            registries.append(_read_one(one, model, settings))
        except DataError as error:
            faults.append(error)
    if faults:
        raise DataError.of_all(faults)
    _tell_how_read(path, model, settings)
    for read in registries[1:]:
        if read.n_rejected:
            warn(f"{read.n_rejected:,} rows of {read.source} set aside: `graduation check` lists them")
    return _with_history(registries) if model.dictionary.history else registries[0]


def how_read(path: Path, schema: str | None, settings: Settings) -> dict[str, Any]:
    """Return what a model card keeps of how its waves were read: the line replaced, and the deflators."""
    from graduation.io.files import sha256

    own = own_dictionary(path, settings, schema)
    replaced = own is not None and own.line is not None and with_line_of(own, settings).line != own.line
    tables = [{"file": table.name, "sha256": sha256(table)} for table in price_tables(settings)]
    return {
        "line_in_place_of": own.line.model_dump() if replaced and own is not None and own.line else None,
        "deflators": tables[0] if tables else None,
    }


def _with_history(registries: Sequence[Registry]) -> Registry:
    from graduation.panel import with_history

    return with_history(*registries)


def _check_history(earlier: Sequence[Path], model: Model) -> None:
    """Refuse earlier waves that a model has no use for, and a model that needs them without any."""
    if earlier and not model.dictionary.history:
        raise UsageError(f"model {model.model_id} was trained without histories; leave --history out")
    if model.dictionary.history and not earlier and not model.dictionary.repeats:
        model.check_dictionary(model.dictionary.without_history())


def _read_one(path: Path, model: Model, settings: Settings) -> Registry:
    ready = _ready(path, model, settings)
    with lacking_columns_are_another_model(model):
        return read_for(path, ready, settings)


def check_for_model(path: Path, model: Model, settings: Settings) -> None:
    """Refuse a registry whose own dictionary, line or prices are not those of a model, and say how it is read."""
    _ready(path, model, settings)
    _tell_how_read(path, model, settings)


def _ready(path: Path, model: Model, settings: Settings) -> Dictionary:
    """Return the dictionary that a registry is read with, if it fits the model."""
    own, bare = own_dictionary(path, settings), model.dictionary.without_history()
    # The mark of deflated welfare is that of the file, not of the model; reading sets it where it deflates.
    ready = bare.model_copy(update={"deflated": own is not None and own.deflated})
    model.check_dictionary(_as_it_will_be(own or ready, model, settings), without_history=True)
    return ready


@contextmanager
def lacking_columns_are_another_model(model: Model) -> Iterator[None]:
    """Tell a registry that lacks columns of a model's dictionary as one that the model does not fit."""
    try:
        yield
    except DataError as error:
        if not any(problem.found.startswith("missing from the file") for problem in error.problems):
            raise
        known = f"dictionary {model.dictionary.name} {model.dictionary.version}"
        raise ModelError(f"model {model.model_id} ({known}) does not fit this registry. {error}") from None


def _as_it_will_be(own: Dictionary, model: Model, settings: Settings) -> Dictionary:
    """Return a registry's own dictionary with the line and the prices by which it is about to be read."""
    line = model.dictionary.line if _takes_line_of(model, own, settings) else with_line_of(own, settings).line
    return own.model_copy(update={"line": line, "deflated": own.deflated or bool(price_tables(settings))})


def _takes_line_of(model: Model, own: Dictionary, settings: Settings) -> bool:
    """Whether a registry is read by the model's line: training put it in place of the very line that it has."""
    replaced = _reading(model).get("line_in_place_of")
    return (
        settings.registry.line is None
        and own.line is not None
        and replaced is not None
        and (own.line == _line(replaced))
    )


def _line(content: Any) -> Line:
    from graduation.schema import Line

    return Line.model_validate(content)


def _reading(model: Model) -> dict[str, Any]:
    told = model.card.get("reading")
    return told if isinstance(told, dict) else {}


def _tell_how_read(path: Path, model: Model, settings: Settings) -> None:
    """Say by which line a registry was read where its dictionary has another, and where deflators have changed."""
    from graduation.io.files import sha256

    own = own_dictionary(path, settings)
    if own is not None and _takes_line_of(model, own, settings):
        warn(f"read by the model's line {model.dictionary.line}, with which it was trained in place of {own.line}")
    known = _reading(model).get("deflators")
    for table in price_tables(settings):
        if isinstance(known, dict) and sha256(table) != known.get("sha256"):
            warn(
                f"the deflators {table} are not those of training ({known.get('file')}): see that they bring welfare "
                "to the same prices"
            )

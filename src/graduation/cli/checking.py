"""check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graduation.cli import options
from graduation.cli.console import give
from graduation.cli.loading import check_outputs, language_from, price_tables, read_for, settings_from, write_rejected
from graduation.errors import DataError, Problem, UsageError

if TYPE_CHECKING:
    from graduation.schema import Duplicates, Language, Registry

PAGE = ".html"


def check(
    registry: Annotated[list[Path], typer.Argument(help="One registry file or several.")],
    schema: options.Schema = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the lists of rows set aside.")] = Path(),
    page: Annotated[Path | None, typer.Option("--page", help="Page to write, .html: counts and what to do.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with exit code 3 when any row is set aside.")] = False,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of a text file that is not UTF-8, such as cp1252.")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Of a workbook in which several could be meant.")] = None,
    line: options.Line = None,
    deflators: options.Deflators = None,
    max_rejected: options.MaxRejected = None,
    language: options.Language = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Check registries against their dictionary; list the rows set aside and the rule each broke; count the poor.

    Example: `graduation check data/sample/registry_2024.csv --page check.html`
    """
    settings = settings_from(config, line=line, deflators=deflators)
    words = language_from(language, settings)
    if page is not None:
        check_outputs(page, force=force, suffixes=(PAGE,))
    faults: list[DataError] = []
    read: list[Registry] = []
    answers: list[tuple[str, object]] = []
    for path, rejected in zip(registry, _lists(registry, out), strict=True):
        try:
            accepted = read_for(path, schema, settings, max_rejected, encoding=encoding, sheet=sheet)
        except DataError as error:
            faults.append(error)
            continue
        read.append(accepted)
        answers.append(_answer(accepted, write_rejected(accepted, rejected, force=force)))
    shared = _shared(read)
    answers += [] if shared is None else [(shared.summary(), {"source": "all files", **shared.metrics()})]
    if page is not None:
        _write_page(page, read, faults, [*registry, *price_tables(settings)], language=words, force=force)
    refused = [{"source": error.source, "refused": [str(one) for one in error.problems]} for error in faults]
    if answers or as_json:
        give("\n\n".join(text for text, _ in answers), [*(facts for _, facts in answers), *refused], as_json=as_json)
    faults += _not_clean(read) if strict else []
    if faults:
        raise DataError.of_all(faults)


def _lists(registry: list[Path], out: Path) -> list[Path]:
    """Return where the rows set aside of each file go; files of one name are told apart by their folders."""
    stems = [path.stem for path in registry]
    if len(set(stems)) < len(stems):
        stems = [f"{path.absolute().parent.name}_{path.stem}" for path in registry]
    if len(set(stems)) < len(stems):
        raise UsageError("several files have one name, and so would the lists of their rows: check them one by one")
    return [out / f"{stem}.rejected.csv" for stem in stems]


def _answer(read: Registry, rejected: Path | None) -> tuple[str, object]:
    """Return what is said of one registry, as text and as facts."""
    text, poor = _poor(read)
    facts = {"source": read.source, "rejected": rejected, **read.metrics(), "extreme_poor": poor}
    return read.summary() + text, facts


def _write_page(
    page: Path, read: list[Registry], faults: list[DataError], inputs: list[Path], *, language: Language, force: bool
) -> None:
    from graduation import io, reports

    io.write_text(page, reports.check_page(read, refused=faults, language=language), force=force)
    counts = {one.source: one.metrics() for one in read}
    io.write_run_record(page, command="check", inputs=inputs, force=force, counts=counts)


def _shared(read: list[Registry]) -> Duplicates | None:
    """Return who shares a number of identity within a file or between files, if anybody does."""
    from graduation.schema import find_duplicates

    if not read:
        return None
    found = find_duplicates({one.source: one.tokens for one in read})
    return found if len(found.shared) else None


def _poor(read: Registry) -> tuple[str, list[dict[str, object]] | None]:
    """Return how many are extreme poor, as text and as facts, where the registry tells welfare or the state."""
    from graduation.panel import count_poor, is_countable

    if not is_countable(read.dictionary):
        return "", None
    count = count_poor(read)
    facts = count.frame().assign(by=count.notes()[0]).to_dict("records")
    return f"\n\n{count.summary()}", [{str(name): value for name, value in fact.items()} for fact in facts]


def _not_clean(read: list[Registry]) -> list[DataError]:
    """Tell of each registry with rows set aside, as `--strict` wants it."""
    remedy = "Correct the rows that the list names, or leave --strict out."
    return [
        DataError(one.source, [Problem(f"{one.n_rejected:,} rows set aside", "none (--strict)", remedy)])
        for one in read
        if one.n_rejected
    ]

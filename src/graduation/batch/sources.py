"""The files of a large registry: one file, the files of a folder, or those of a pattern."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pyarrow import parquet

from graduation.errors import DataError, Problem, UsageError
from graduation.io.encodings import refuse_other_kind
from graduation.io.files import open_or_refuse, refuse_suffix
from graduation.io.tables import READERS

Kind = Literal["text", "parquet"]
KINDS: dict[str, Kind] = {".csv": "text", ".tsv": "text", ".txt": "text", ".parquet": "parquet"}
# Tables that are read in memory only, or not before they are unpacked.
OTHER_TABLES = (*sorted({*READERS} - {*KINDS}), ".xls", ".ods", ".gz", ".zip", ".bz2", ".xz", ".zst", ".7z")
# So many names are told.
TOLD = 5
RECORD = ".run.json"
OUR_ENDINGS = (".rejected.csv", RECORD)
# What programs lay beside the parts of a table.
NO_PARTS = ("_", ".")
# A text file that is no longer may hold nothing but its header.
SHORT = 1 << 16


@dataclass(frozen=True)
class Source:
    """The files of one registry.

    Attributes
    ----------
    files : tuple of Path
        In natural order: part 2 before part 10.
    kind : {"text", "parquet"}
    empty : tuple of Path
        Files without a row, which are skipped.
    given : str
        What was asked for, for messages.
    """

    files: tuple[Path, ...]
    kind: Kind
    empty: tuple[Path, ...] = ()
    given: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What each file is called in lists of rows: by its name, in full where several folders have one so called."""
        names = tuple(path.name for path in self.files)
        return names if len(set(names)) == len(names) else tuple(map(str, self.files))


def find_sources(given: str | Path, *, out: Path | None = None) -> Source:
    """Return the files of a registry.

    Parameters
    ----------
    given : path, folder or glob
        A file (.csv, .tsv, .txt or .parquet), a folder with such files in it (those in folders below are not read), or
        a pattern such as ``data/part-*.parquet``. Of a folder or pattern, hidden files and what `score_file` wrote are
        passed over.
    out : path, optional
        What a run that was stopped in its last moment has left: passed over, too.

    Raises
    ------
    UsageError
        When no file is found, one may not be read, .parquet files stand among others, or a folder holds tables that are
        not read in batches.
    DataError
        When no file has a row, or one of several Parquet files has other columns than the first.
    """
    files = _files(Path(given), out)
    kinds = {KINDS[path.suffix.lower()]: path for path in reversed(files)}
    if len(kinds) > 1:
        names = " and ".join(path.name for path in kinds.values())
        raise UsageError(f"{given}: files of two kinds, such as {names}; give a pattern that takes those of one kind")
    for path in files:
        open_or_refuse(path)
    kind = KINDS[files[0].suffix.lower()]
    empty = _refuse_other_schemas(files, str(given)) if kind == "parquet" else [path for path in files if _bare(path)]
    full = tuple(path for path in files if path not in set(empty))
    if not full:
        remedy = "Check that the right file is given."
        raise DataError(str(given), [Problem("no rows", "at least one household", remedy)])
    return Source(full, kind, tuple(empty), str(given))


def _files(given: Path, out: Path | None) -> list[Path]:
    """Return the files in natural order."""
    if given.is_dir():
        return _of_folder(given, out)
    if given.exists() or not glob.has_magic(str(given)):
        refuse_suffix(given, list(KINDS), "read in batches")
        open_or_refuse(given)
        return [given]
    matches = [Path(name) for name in glob.glob(str(given), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = [path for path in matches if _may_be_part(path, out)]
    for path in found:
        refuse_suffix(path, list(KINDS), "read in batches")
    if not found:
        raise UsageError(f"{given}: no file is called so; check the pattern")
    return sorted(found, key=natural)


def _of_folder(folder: Path, out: Path | None) -> list[Path]:
    """Return the files of a folder; refuse one in which tables would be left out without a word."""
    files = [path for path in folder.iterdir() if _may_be_part(path, out)]
    found = [path for path in files if path.suffix.lower() in KINDS]
    left_out = sorted(path.name for path in files if path.suffix.lower() in OTHER_TABLES)
    if left_out:
        told = ", ".join(left_out[:TOLD]) + (f" and {len(left_out) - TOLD:,} more" if len(left_out) > TOLD else "")
        raise UsageError(
            f"{folder}: {told} cannot be read in batches, and would be left out; export them as .csv or .parquet, move "
            "them away, or give a pattern that takes the others alone"
        )
    if not found:
        raise UsageError(f"{folder}: no {', '.join(KINDS)} file in this folder; give one that holds the registry")
    return sorted(found, key=natural)


def _may_be_part(path: Path, out: Path | None) -> bool:
    """Whether a file may hold rows of a registry: not a hidden one, nor what an earlier run or this one wrote."""
    mine = out is not None and path.resolve() == out.resolve()
    return path.is_file() and not mine and not path.name.startswith(NO_PARTS) and not _is_ours(path)


def _is_ours(path: Path) -> bool:
    """Whether a run wrote a file: rejected rows, a run record, or a list of scores, which has its record beside it."""
    if path.name.endswith(OUR_ENDINGS):
        return True
    try:
        record = json.loads(path.with_name(f"{path.name}{RECORD}").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("command") == "score"


@contextmanager
def still_there(path: Path) -> Iterator[None]:
    """Say what to do when a file that was found cannot be read any more.

    Raises
    ------
    UsageError
        When the system does not give it.
    """
    try:
        yield
    except OSError as error:
        # Without a number it is not the system that speaks.
        if error.errno is None:
            raise
        raise UsageError(
            f"{path}: could be read when the run began, and cannot now ({error.strerror}), so nothing was written; put "
            "it back as it was and run the same command again, with --resume (resume=True) if it asks for that"
        ) from None


def natural(path: Path) -> list[tuple[int, int, str]]:
    """Return a key that sorts numbers within names by their worth.

    >>> sorted([Path("part-10.csv"), Path("part-2.csv")], key=natural)[0].name
    'part-2.csv'
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", str(path))
    return [(0, int(part), part) if part.isdigit() else (1, 0, part) for part in parts]


def _bare(path: Path) -> bool:
    """Whether a text file holds a header at most."""
    if path.stat().st_size > SHORT:
        return False
    # A blank line is no row, in whatever encoding.
    lines = path.read_bytes().replace(b"\0", b"").replace(b"\r", b"\n").split(b"\n")
    return sum(bool(line.strip()) for line in lines) < 2


def _refuse_other_schemas(files: list[Path], given: str) -> list[Path]:
    """Raise when Parquet files do not have the same columns; return those without a row."""
    empty, first, problems = [], None, []
    for path in files:
        file = open_parquet(path)
        if not file.metadata.num_rows:
            empty.append(path)
            continue
        kinds = {field.name: _kind(field.type) for field in file.schema_arrow}
        first = (path, kinds) if first is None else first
        if differing := _differing(first[1], kinds):
            found = f"{path.name} has other columns than {first[0].name}: {', '.join(differing)}"
            problems.append(Problem(found, "the same columns in all files", "Leave it out, or export it again."))
    if problems:
        raise DataError(given, problems)
    return empty


def _differing(first: dict[str, str], other: dict[str, str]) -> list[str]:
    """Tell the columns that only one has, or that hold things of another kind; nothing goes with every kind."""
    lacking = [f"'{name}' is missing" for name in first if name not in other]
    more = [f"'{name}' is new" for name in other if name not in first]
    kinds = {name: (first[name], other[name]) for name in first if name in other}
    unlike = [
        f"'{name}' holds {there} instead of {here}"
        for name, (here, there) in kinds.items()
        if here != there and "nothing" not in (here, there)
    ]
    return lacking + more + unlike


def _kind(type_: pa.DataType) -> str:
    """Return what cells of a type hold, in words."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    kinds: list[tuple[str, Any]] = [
        ("nothing", pa.types.is_null),
        ("text", lambda one: pa.types.is_string(one) or pa.types.is_large_string(one)),
        ("dates", pa.types.is_temporal),
        ("numbers", lambda one: pa.types.is_boolean(one) or pa.types.is_primitive(one) or pa.types.is_decimal(one)),
    ]
    return next((name for name, is_one in kinds if is_one(type_)), str(type_))


def open_parquet(path: Path, read_dictionary: list[str] | None = None) -> parquet.ParquetFile:
    """Open a Parquet file, of which no more is held in memory than what is read at once.

    Raises
    ------
    DataError
        When it is of another kind or damaged, or holds lists.
    """
    with still_there(path), path.open("rb") as raw:
        refuse_other_kind(raw.read(16), path, "parquet", own=(b"PAR1",))
    try:
        file = parquet.ParquetFile(
            path, page_checksum_verification=True, pre_buffer=False, read_dictionary=read_dictionary
        )
    except (pa.ArrowInvalid, OSError) as error:
        found = f"cannot be read: {str(error).splitlines()[0]}"
        raise DataError(str(path), [Problem(found, "a parquet file with one table", "Export it again.")]) from None
    nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
    remedy = "Split it into columns, or leave it out."
    if nested:
        problems = [Problem("lists in its cells", "one value per cell", remedy, name) for name in nested]
        raise DataError(str(path), problems)
    return file

"""The work folder beside an output: what the run is, which parts are done, and whether to go on or begin anew."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graduation.batch.durable import RESUME, keeping, sync_folder, write_durably
from graduation.batch.locking import locked
from graduation.batch.parts import Done, Packed, Part, load_part, save_part
from graduation.batch.sources import still_there
from graduation.errors import Interrupted, UsageError
from graduation.io import refuse_existing
from graduation.io.files import sha256
from graduation.risk import dump_json

ANEW = "give --force (force=True) without --resume to begin anew"
# Both ends of a file are hashed: headers and totals of Parquet stand at its end.
END = 1 << 16
SHOWN = ("path", "bytes", "changed_ns")
LIBRARIES = ("graduation", "numpy", "pandas", "pyarrow", "lightgbm", "numba", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Plan:
    """All that decides what a run writes; two runs with the same plan write the same bytes.

    Attributes
    ----------
    command, model_id, dictionary : str
    sources : sequence of Path
    options : mapping
        Those that change the output, with what `Output` says of columns, bands and the highest; not how many threads
        do the work, nor how many rejected rows are too many.
        How many rows a chunk has is one of them.
    """

    command: str
    model_id: str
    dictionary: str
    sources: Sequence[Path]
    options: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", [fingerprint(path) for path in self.sources])

    def content(self) -> dict[str, Any]:
        """Return the plan as plain data."""
        told: dict[str, Any] = json.loads(
            dump_json(
                {
                    "command": self.command, "model_id": self.model_id, "dictionary": self.dictionary,
                    "sources": self.files, "options": self.options, "versions": library_versions(),
                }
            )
        )  # fmt: skip
        return told

    @cached_property
    def hashed(self) -> list[dict[str, Any]]:
        """Return the sources with hashes of their whole content, for which they are read once more.

        That is to be done when all is scored, so that neither the first row nor a run that is resumed waits for it;
        `refuse_changed` then tells whether what was hashed is what was scored.
        """
        told = []
        for path, one in zip(self.sources, self.files, strict=True):
            with still_there(path):
                told.append({**{name: one[name] for name in SHOWN}, "sha256": sha256(path)})
        return told

    @cached_property
    def run_id(self) -> str:
        """Return a name of the run, the same for the same work on files with the same content."""
        content = self.content() | {"sources": [one["sha256"] for one in self.hashed]}
        return hashlib.sha256(dump_json(content).encode()).hexdigest()[:16]

    def refuse_changed(self) -> None:
        """Raise when a source is no more what it was when the plan was made."""
        now = [fingerprint(path) for path in self.sources]
        changed = [one["path"] for one, then in zip(now, self.files, strict=True) if one != then]
        if changed:
            told = ", ".join(map(str, changed))
            raise UsageError(f"{told}: changed while it was read, so nothing was written; {ANEW}")


def library_versions() -> dict[str, str]:
    """Return the versions that decide what is written, and a hash of our own code, which may change within one."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        code.update(path.read_bytes())
    told = {name: version(name) for name in LIBRARIES}
    return told | {"python": platform.python_version(), "code": code.hexdigest()[:16]}


def fingerprint(path: Path) -> dict[str, Any]:
    """Return size, time of change and a hash of both ends.

    A hash of the whole would read a registry of a nation twice before its first row is scored, and again whenever the
    run is resumed. Whoever changes a file's middle changes its time too, unless they set that back on purpose.
    """
    ends = hashlib.sha256()
    with still_there(path), path.open("rb") as file:
        seen = path.stat()
        ends.update(file.read(END))
        file.seek(max(0, seen.st_size - END))
        ends.update(file.read(END))
    return {
        "path": str(path.resolve()), "bytes": seen.st_size, "changed_ns": seen.st_mtime_ns, "ends": ends.hexdigest(),
    }  # fmt: skip


@dataclass
class Work:
    """An open work folder.

    Attributes
    ----------
    out : Path
        The output that it is for.
    folder : Path
    plan : Plan
    done : dict of int to Done
        The whole parts by number.
    n_parts : int, optional
        How many there are in all, once it is known.
    """

    out: Path
    folder: Path
    plan: Plan
    force: bool = False
    done: dict[int, Done] = field(default_factory=dict)
    n_parts: int | None = None

    def save(self, number: int, part: Part | Packed, *, source: str) -> None:
        """Keep the part of a chunk; different chunks may be saved at the same time."""
        with keeping(self.folder):
            self.done[number] = save_part(self.folder, number, part, source=source)

    def parts(self) -> list[Done]:
        """Return all parts in order; none may be missing."""
        return [self.done[number] for number in range(self.n_parts if self.n_parts is not None else len(self.done))]


@contextmanager
def open_work(out: Path, plan: Plan, *, resume: bool = False, force: bool = False) -> Iterator[Work]:
    """Open the work folder of an output, alone; go on where an earlier run was stopped, if asked to.

    Parameters
    ----------
    out : Path
    plan : Plan
    resume : bool
        Keep the parts of an interrupted run that are whole; with none to go on with, begin.
    force : bool
        Replace `out`; without `resume`, also throw away the parts of an interrupted run.

    Raises
    ------
    UsageError
        When there is an interrupted run and neither is said, when it had another plan, when another run works on the
        same output, or when `out` exists and is not to be replaced.
    Interrupted
        When the user stops the run or the disk is full; the parts that are done stay.
    """
    folder = out.with_name(f".{out.name}.parts")
    with keeping(folder):
        out.parent.mkdir(parents=True, exist_ok=True)
    with locked(out.with_name(f".{out.name}.lock")):
        with keeping(folder):
            _settle(folder, plan, resume=resume, force=force)
            if not landing(folder).exists():
                refuse_existing(out, force=force)
            _begin(folder, plan)
        numbers = [int(note.stem) for note in sorted(folder.glob("[0-9]*.json"))] if resume else []
        loaded = {number: load_part(folder, number) for number in numbers}
        work = Work(out, folder, plan, force, {number: part for number, part in loaded.items() if part is not None})
        try:
            yield work
        except KeyboardInterrupt:
            raise Interrupted(
                f"interrupted with {len(work.done):,} parts done, which are kept in {folder}; to go on, {RESUME}"
            ) from None


def landed(out: Path) -> Path | None:
    """Return an output that a run was stopped over when it had its name already: it is no registry, wherever it is."""
    return out if landing(out.with_name(f".{out.name}.parts")).exists() else None


def landing(folder: Path) -> Path:
    """Return the note that the output is whole and only needs its name."""
    return folder / "landing.json"


def remove_work(folder: Path) -> None:
    """Remove a work folder; what a crash leaves of it is never taken for an interrupted run."""
    folder.replace(_leaving(folder))
    shutil.rmtree(_leaving(folder))


def _leaving(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.done")


def _settle(folder: Path, plan: Plan, *, resume: bool, force: bool) -> None:
    """Decide about the folder of an earlier run: keep it, throw it away, or ask."""
    shutil.rmtree(_leaving(folder), ignore_errors=True)
    # A run that was refused before its first part was done leaves nothing to go on with.
    begun = landing(folder).exists() or any(folder.glob("[0-9]*.json"))
    if not (folder / "plan.json").exists() or not begun or (force and not resume):
        if folder.exists():
            remove_work(folder)
        return
    # Whoever cannot go on is not advised to.
    different = _differences(_earlier(folder), plan.content())
    if different:
        raise UsageError(
            f"{folder}: the interrupted run was another one; it differs in {'; '.join(different)}. Run it as it was, "
            f"or {ANEW}"
        )
    if not resume:
        raise UsageError(
            f"{folder} holds the parts of an interrupted run; give --resume (resume=True) to go on with it, or "
            "--force (force=True) to begin anew"
        )


def _earlier(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / "plan.json").read_bytes())
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict):
        raise UsageError(f"{folder / 'plan.json'}: cannot be read, so nothing can be resumed; {ANEW}")
    return told


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    told = []
    for name, value in now.items():
        before = then.get(name)
        if before == value:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            keys = sorted(key for key in {*value, *before} if value.get(key) != before.get(key))
            told += [f"{name}: {key} was {before.get(key)}, is {value.get(key)}" for key in keys]
        elif name == "sources" and isinstance(before, list):
            told.append(f"sources: {', '.join(_changed(before, value))} changed since")
        else:
            told.append(name if isinstance(value, list) else f"{name}: was {before}, is {value}")
    return told


def _changed(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted({str(one["path"]) for one in [*then, *now] if one not in then or one not in now})


def _begin(folder: Path, plan: Plan) -> None:
    if not (folder / "plan.json").exists():
        folder.mkdir(exist_ok=True)
        write_durably(folder / "plan.json", dump_json(plan.content()).encode())
        sync_folder(folder.parent)

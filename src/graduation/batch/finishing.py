"""From the parts to the final files, which appear under their names only when they are whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graduation.batch.assembling import Output, Ranked, write_scores
from graduation.batch.durable import keeping, sync_folder, write_durably
from graduation.batch.journal import Work, landing, remove_work
from graduation.batch.ranking import rank_parts
from graduation.batch.rejecting import refuse_other, write_rejected
from graduation.batch.repeats import Reader, find_repeats
from graduation.errors import DataError, GraduationError, Problem, UsageError
from graduation.io import write_run_record
from graduation.io.files import sha256
from graduation.risk import dump_json

REJECTED = "rejected.csv"


def finish(work: Work, output: Output, reread: Reader, **facts: Any) -> dict[str, Any]:
    """Find repeated rows, rank, write the final files and remove the work folder.

    A crash at any moment leaves either the parts, or whole files and a note by which ``--resume`` gives them their
    names. Rows read are rows written and rows set aside: this is checked before any file gets its name.

    Parameters
    ----------
    work : Work
        With all its parts done.
    output : Output
    reread : callable
        As in `find_repeats`.
    **facts
        More for the run record.

    Returns
    -------
    dict
        What the run record tells of rows, rules, parts and files.

    Raises
    ------
    DataError
        When too many rows are set aside.
    UsageError
        When a source changed while it was read, or another list of rejected rows is not to be replaced.
    Interrupted
        When the disk is full; the parts stay.
    """
    with keeping(work.folder):
        if not landing(work.folder).exists():
            _prepare(work, output, reread, facts)
        return _land(work, output)


def _prepare(work: Work, output: Output, reread: Reader, facts: Mapping[str, Any]) -> None:
    scratch = work.folder / "final"
    _emptied(scratch)
    parts = work.parts()
    if not parts:
        remedy = "Check that the right file is given."
        raise DataError(_told_sources(work), [Problem("no rows", "at least one household", remedy)])
    repeats = find_repeats(parts, reread, output.names)
    dropped = repeats.dropped()
    rejected = write_rejected(repeats, dropped, scratch / REJECTED)
    n_read = sum(part.n_read for part in parts)
    rejected.refuse(n_read, output.max_rejected, _told_sources(work))
    refuse_other(scratch / REJECTED, output.rejected, rejected, force=work.force)
    ranked = rank_parts(parts, scratch, dropped)
    if ranked + rejected.n_rows != n_read:
        raise GraduationError(f"{n_read:,} rows were read, but {ranked:,} ranked and {rejected.n_rows:,} set aside")
    written = write_scores(Ranked(parts, scratch, ranked, output), _whole(work))
    work.plan.refuse_changed()
    rows = {"read": n_read, "ranked": ranked, "written": written.rows, "set_aside": rejected.n_rows}
    pathways = {name: list(sums) for name, sums in sorted(written.pathways.items())}
    _note_landing(work, output, facts, {"rows": rows, "rules": rejected.told(), "pathways": pathways})


def _note_landing(work: Work, output: Output, facts: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
    """Say that the files are whole; from here on they only need their names."""
    listed = _whole(work).with_name(REJECTED)
    checksums = {path.name: sha256(path) for path in (_whole(work), listed)}
    some = {"path": str(output.rejected), "sha256": checksums[REJECTED]} if counts["rows"]["set_aside"] else None
    told = {
        **counts, "rejected": some, "parts": len(work.parts()),
        "run_id": work.plan.run_id, "sources": work.plan.hashed,
    }  # fmt: skip
    sync_folder(listed.parent)
    write_durably(landing(work.folder), dump_json({"sha256": checksums, "told": told, "facts": facts}).encode())
    sync_folder(work.folder)


def _whole(work: Work) -> Path:
    return work.folder / "final" / f"whole{work.out.suffix}"


def _told_sources(work: Work) -> str:
    first, *more = map(str, work.plan.sources or [work.out])
    return f"{first} and {len(more):,} more" if more else first


def _land(work: Work, output: Output) -> dict[str, Any]:
    """Give whole files their names; every step may be done again after a crash."""
    note = json.loads(landing(work.folder).read_bytes())
    moves = {_whole(work): work.out}
    if note["told"]["rejected"] is not None:
        moves = {_whole(work).with_name(REJECTED): output.rejected, **moves}
    elif work.force:
        # A list of an earlier run would be taken for one of this.
        output.rejected.unlink(missing_ok=True)
    for whole, final in moves.items():
        if whole.exists():
            whole.replace(final)
            sync_folder(final.parent)
        elif not final.is_file() or sha256(final) != note["sha256"][whole.name]:
            raise UsageError(f"{final}: not as it was written; begin anew with --force (force=True)")
    plan = work.plan
    more = {"model_id": plan.model_id, "dictionary": plan.dictionary, **note["facts"], **note["told"]}
    write_run_record(work.out, command=plan.command, inputs=list(output.inputs), force=True, **more)
    sync_folder(work.out.parent)
    remove_work(work.folder)
    told: dict[str, Any] = note["told"]
    return told


def _emptied(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()

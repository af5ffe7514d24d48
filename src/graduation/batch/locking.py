"""One run at a time on one output."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from graduation.batch.durable import keeping
from graduation.errors import UsageError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file while the work lasts; that of a process that died is taken over.

    The file tells machine, process and when that process started, since numbers of processes are used again.

    Raises
    ------
    UsageError
        When another process holds the lock, or one of another machine of which nothing can be known.
    """
    own = json.dumps(_this_process()).encode()
    with keeping(path.parent):
        if not _create(path, own):
            _take_over(path, own)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def _create(path: Path, content: bytes) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError:
        # On a full disk: a lock that does not tell whose it is would hold for ever.
        path.unlink()
        raise
    return True


def _take_over(path: Path, own: bytes) -> None:
    held = path.read_bytes() if path.exists() else b""
    holder = _told(held)
    if _may_live(holder):
        raise UsageError(
            f"{path}: another run (process {holder.get('pid')} on {holder.get('machine')}) works on this output; wait "
            "for it or stop it. If it surely runs no more, remove that file"
        )
    # Of several who find a dead lock, one moves it away; who moved a fresh one instead puts it back.
    aside = path.with_name(f"{path.name}.dead.{os.getpid()}")
    with suppress(FileNotFoundError):
        path.replace(aside)
        if (moved := aside.read_bytes()) != held:
            _create(path, moved)
        aside.unlink()
    if not _create(path, own):
        raise UsageError(f"{path}: another run has just begun on this output; wait for it or stop it")


def _this_process() -> dict[str, Any]:
    return {"machine": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid())}


def _told(held: bytes) -> dict[str, Any]:
    try:
        holder = json.loads(held)
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _may_live(holder: dict[str, Any]) -> bool:
    """Whether the holder of a lock may still run; unreadable locks are not of ours and count as held."""
    pid = holder.get("pid")
    if holder.get("machine") != socket.gethostname() or not isinstance(pid, int) or os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return holder.get("started") in (None, _started(pid))


def _started(pid: int) -> int | None:
    """Return when a process started, in ticks since the machine did, where the system tells."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name of the program stands in brackets and may hold blanks; the 22nd field is the start.
    return int(told.rpartition(")")[2].split()[19])

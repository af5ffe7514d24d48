"""Write files that outlive a crash: whole under their name, or not there at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graduation.errors import Interrupted, UsageError

FULL = (errno.ENOSPC, errno.EDQUOT)
RESUME = "run the same command again with --resume (resume=True)"


def write_durably(path: Path, content: Any) -> None:
    """Write bytes under a temporary name, force them to the disk and rename them to `path`.

    One writer per path at a time: the temporary name is fixed, so that what a crash left is overwritten.

    Parameters
    ----------
    path : Path
    content : bytes-like
    """
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sync_file(path: Path) -> None:
    """Force what was written to a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where the system knows how: a renamed file may else lose its name."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """Turn a full disk into an interruption that can be resumed, and other failures to write into what to do.

    Raises
    ------
    Interrupted
        When the disk, or what the user may have of it, is full; the parts in `folder` stay.
    UsageError
        When something cannot be written for another reason.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in FULL:
            raise Interrupted(
                f"{folder}: the disk is full ({reason}); what is done is kept. Free some space, then {RESUME}"
            ) from None
        raise UsageError(
            f"{error.filename or folder}: cannot be read or written ({reason}); make its folder one that you may write "
            f"to, then {RESUME}"
        ) from None

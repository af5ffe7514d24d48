"""Write files whole or not at all, and never over another without being told to."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graduation.errors import UsageError


@contextmanager
def atomic(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and rename it to `path` only when all went well.

    Raises
    ------
    UsageError
        When `path` exists and `force` is false.
    """
    refuse_existing(path, force=force)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # A temporary file is private to its owner; the finished one follows the user's own settings.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise when `path` exists and may not be replaced."""
    if path.exists() and not force:
        raise UsageError(f"{path} exists; give another name, or --force (force=True) to replace it")


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_text(path: str | Path, text: str, *, force: bool = False) -> Path:
    """Write UTF-8 text with plain line ends, atomically."""
    return _write(Path(path), lambda temporary: temporary.write_bytes(text.encode()), force)


def _write(path: Path, write: Callable[[Path], object], force: bool) -> Path:
    with atomic(path, force=force) as temporary:
        write(temporary)
    return path


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

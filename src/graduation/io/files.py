"""Write files whole or not at all, and never over another without being told to."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from graduation.errors import UsageError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says about writing `path` into what a person can do about it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            f"{path}: cannot be written ({reason}); give another path, or make its folder one that you may write to"
        ) from None


@contextmanager
def atomic(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and rename it to `path` only when all went well.

    Raises
    ------
    UsageError
        When `path` exists and `force` is false, is a folder, or cannot be written.
    """
    with writing(path):
        _refuse_file(path, force=force)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=path.suffix.lower())
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


def _refuse_file(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; give the name of a file")
    refuse_existing(path, force=force)


def check_output(path: str | Path, *, force: bool, suffixes: Sequence[str] | None = None) -> None:
    """Refuse an output file before the work that makes it.

    Parameters
    ----------
    path : path
    force : bool
        Whether an existing file may be replaced.
    suffixes : sequence of str, optional
        Endings of which the file must have one, such as ``[".csv", ".parquet"]``, in any case; by default any will do.

    Raises
    ------
    UsageError
        When the file exists and `force` is false, is a folder, has another ending, or cannot be made where it is.
    """
    path = Path(path)
    if suffixes:
        refuse_suffix(path, suffixes, "written")
    with writing(path):
        _refuse_file(path, force=force)
    check_parent(path)


def refuse_suffix(path: Path, suffixes: Sequence[str], done: str) -> None:
    """Raise when `path` ends in something else; the case of the ending does not matter."""
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"{path}: '{path.suffix}' files cannot be {done}; expected {', '.join(suffixes)}")


def check_parent(path: Path) -> None:
    """Raise when nothing can be made beside `path`; nothing is left behind."""
    with writing(path):
        nearest = next(parent for parent in path.absolute().parents if parent.exists())
        # Rights alone do not tell: a file system may be full, read-only or not a real one.
        with tempfile.TemporaryDirectory(dir=nearest, prefix=".graduation."):
            pass


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


def open_or_refuse(path: Path) -> None:
    """Raise when `path` is not a file that can be read."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; give the name of a file in it")
    try:
        with path.open("rb") as file:
            file.read(1)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a file that you may read") from None

"""Score chunk after chunk on several threads, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol, TypeVar

from graduation.batch.journal import Work
from graduation.batch.parts import Packed, Part
from graduation.errors import DataError


class Sized(Protocol):
    """A chunk knows how many rows it has, for the progress, and says which they are."""

    @property
    def size(self) -> int: ...


Chunk = TypeVar("Chunk", bound=Sized)


def run_parts(
    chunks: Iterable[tuple[int, Chunk]],
    score: Callable[[Chunk], Part | Packed],
    work: Work,
    *,
    n_threads: int = 1,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Make and save the part of every chunk that has none yet; what is written does not depend on the threads.

    Parameters
    ----------
    chunks : iterable of (number, chunk)
        Read one after the other on the calling thread; those that `work` has the part of are passed over.
    score : callable
        Chunk to part, or to its files; called on several threads at once.
    work : Work
    n_threads : int
        At most two chunks more are in memory.
    progress : callable
        Told, on the calling thread, how many rows are done.

    Raises
    ------
    DataError
        When a chunk cannot be read or scored. The parts of the others stay.
    Interrupted
        When the disk is full.
    """
    done = sum(part.n_read for part in work.done.values())
    tell = progress or (lambda _: None)
    tell(done)
    todo = ((number, chunk) for number, chunk in chunks if number not in work.done)
    with ThreadPoolExecutor(n_threads, thread_name_prefix="score") as pool:
        running: dict[Future[None], int] = {}
        try:
            while _fill(pool, running, todo, lambda number, chunk: _one(chunk, number, score, work), n_threads):
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                # In the order of the chunks, so that of several that fail the first is told.
                for future in [one for one in running if one in finished]:
                    done += running.pop(future)
                    future.result()
                    tell(done)
        finally:
            # Nothing new begins; what runs is ended and saved.
            pool.shutdown(cancel_futures=True)


def _fill(
    pool: ThreadPoolExecutor,
    running: dict[Future[None], int],
    todo: Iterator[tuple[int, Chunk]],
    one: Callable[[int, Chunk], None],
    n_threads: int,
) -> bool:
    """Give the threads something to do; whether anything runs."""
    # Two wait, so that no thread idles until the next turn of this one.
    while len(running) < n_threads + 2 and (following := next(todo, None)) is not None:
        running[pool.submit(one, *following)] = following[1].size
    return bool(running)


def _one(chunk: Chunk, number: int, score: Callable[[Chunk], Part | Packed], work: Work) -> None:
    work.save(number, score(chunk), source=str(chunk))


def named(score: Callable[[Chunk], Part]) -> Callable[[Chunk], Part]:
    """Return what scores a chunk and, when it refuses it, says which file and rows."""

    def scored(chunk: Chunk) -> Part:
        with naming(chunk):
            return score(chunk)

    return scored


@contextmanager
def naming(chunk: object) -> Iterator[None]:
    """Tell problems as those of a chunk."""
    try:
        yield
    except DataError as error:
        # The rows of a chunk are counted as in its file, so only the name must be told.
        raise DataError(str(chunk), [replace(one, source=None) for one in error.problems]) from None

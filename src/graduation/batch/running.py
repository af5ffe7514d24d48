"""Score chunk after chunk on several threads, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Protocol, TypeVar

from graduation.batch.journal import Work
from graduation.batch.parts import Part
from graduation.errors import DataError


class Sized(Protocol):
    """A chunk knows its size, in rows or bytes, for the progress."""

    @property
    def size(self) -> int: ...


Chunk = TypeVar("Chunk", bound=Sized)


def run_parts(
    chunks: Sequence[Chunk],
    score: Callable[[Chunk], Part],
    work: Work,
    *,
    n_threads: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> None:
    """Make and save the part of every chunk that has none yet; what is written does not depend on the threads.

    Parameters
    ----------
    chunks : sequence
        As in the plan of `work`, in the same order.
    score : callable
        Chunk to part; called on several threads at once.
    work : Work
    n_threads : int
        At most so many chunks are in memory.
    progress : callable
        Told, on the calling thread, the size of what is done and of all.

    Raises
    ------
    DataError
        When a chunk cannot be read or scored; it says which file and rows. The parts of the others stay.
    Interrupted
        When the disk is full.
    """
    total = sum(chunk.size for chunk in chunks)
    done = sum(chunks[number].size for number in work.done)
    tell = progress or (lambda *_: None)
    tell(done, total)
    todo = (number for number in range(len(chunks)) if number not in work.done)
    with ThreadPoolExecutor(n_threads, thread_name_prefix="score") as pool:
        running: dict[Future[None], int] = {}
        try:
            _fill(pool, running, todo, lambda number: _one(chunks[number], number, score, work), n_threads)
            while running:
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in sorted(finished, key=running.__getitem__):
                    done += chunks[running.pop(future)].size
                    future.result()
                    tell(done, total)
                _fill(pool, running, todo, lambda number: _one(chunks[number], number, score, work), n_threads)
        finally:
            # Nothing new begins; what runs is ended and saved.
            pool.shutdown(cancel_futures=True)


def _fill(
    pool: ThreadPoolExecutor,
    running: dict[Future[None], int],
    todo: Iterator[int],
    one: Callable[[int], None],
    n_threads: int,
) -> None:
    # Two wait, so that no thread idles until the next turn of this one.
    while len(running) < n_threads + 2 and (number := next(todo, None)) is not None:
        running[pool.submit(one, number)] = number


def _one(chunk: Chunk, number: int, score: Callable[[Chunk], Part], work: Work) -> None:
    try:
        part = score(chunk)
    except DataError as error:
        # The rows of a chunk are counted as in its file, so only the name must be told.
        raise DataError(work.plan.chunks[number], [replace(one, source=None) for one in error.problems]) from None
    work.save(number, part)

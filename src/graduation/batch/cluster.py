"""Score the chunks of a registry on a Dask cluster: each is a task, whose part is kept as the local engine keeps it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graduation.batch.checking import Piece
from graduation.batch.clients import PATIENCE, open_client, refuse_without_dask
from graduation.batch.columnar import parquet_parts
from graduation.batch.durable import RESUME
from graduation.batch.jobs import Job
from graduation.batch.journal import Work
from graduation.batch.parts import Packed
from graduation.batch.remote import Asked, Outcome, forget, job_told, keep, score_there
from graduation.errors import Interrupted, UsageError

__all__ = ["Cluster", "job_told", "on_cluster", "remote_chunks"]

if TYPE_CHECKING:
    from distributed import Client, Future

NOT_THERE = "install this version of graduation[dask] with the scheduler and on every worker"
# Seconds between looks whether a cluster has a worker.
LOOK = 10
# Chunks of text travel within their task.
LARGE_TASK = "1 GB"


def remote_chunks(job: Job, work: Work) -> Iterator[tuple[int, Asked | Piece]]:
    """Yield the chunks that are still to be scored: of Parquet files their places, of text files their rows."""
    if job.source.kind == "text":
        for number, piece in job.pieces(work):
            yield number, replace(piece, path=piece.path.absolute())
        return
    sizes = [
        Asked(file, number, part.length)
        for file, path in enumerate(job.source.files)
        for number, part in enumerate(
            part for group in parquet_parts(path, rows=job.reader.rows) for part in group.parts
        )
    ]
    work.n_parts = len(sizes)
    yield from ((number, asked) for number, asked in enumerate(sizes) if number not in work.done)


class Cluster:
    """Scores chunks on the workers of a cluster; called on as many threads as tasks are to be on their way at once.

    Attributes
    ----------
    n_threads : int
        So many keep every thread of the workers busy while finished parts are saved.
    """

    def __init__(self, client: Client, told: Mapping[str, Any]) -> None:
        self._client = client
        self._told = told
        self._token = uuid.uuid4().hex
        # When there was a worker for the last time, as any thread knows.
        self._seen = time.monotonic()
        self._tell()
        slots = sum(client.nthreads().values())
        self.n_threads = slots + max(slots // 2, 2)

    def __call__(self, chunk: Asked | Piece) -> Packed:
        """Return the files of the part of a chunk.

        Raises
        ------
        DataError, UsageError, ModelError
            As the local engine does, or when a worker cannot do the job.
        Interrupted
            When the cluster, or all its workers, are lost.
        """
        while True:
            outcome = self._outcome(chunk)
            outcome.raise_error()
            if outcome.files is not None:
                return outcome.files
            # One that has just joined, or was restarted.
            self._tell([outcome.worker])

    def close(self) -> None:
        """Let the workers forget the job."""
        from distributed.client import ClosedClientError

        with suppress(OSError, TimeoutError, ClosedClientError):
            self._client.run(forget, self._token, on_error="ignore")

    def _tell(self, workers: list[str] | None = None) -> None:
        told = self._client.run(keep, self._token, self._told, workers=workers, on_error="return")
        for worker, answer in told.items():
            # One that is lost meanwhile need not know.
            if isinstance(answer, Exception) and not isinstance(answer, OSError):
                raise UsageError(f"{NOT_THERE}; {worker} answers {answer}")

    def _outcome(self, chunk: Asked | Piece) -> Outcome:
        from distributed import CancelledError, KilledWorker
        from distributed.client import ClosedClientError

        try:
            return self._waited(self._client.submit(score_there, self._token, chunk, pure=False))
        except KilledWorker as error:
            raise Interrupted(
                f"{error.allowed_failures + 1} workers of the cluster died over one chunk, most often for want of "
                f"memory; what is done is kept. Give the workers more memory, then {RESUME}"
            ) from None
        except RuntimeError as error:
            if isinstance(error.__cause__, ImportError):
                raise UsageError(f"{NOT_THERE}; the scheduler answers {error.__cause__}") from None
            raise
        except (CancelledError, ClosedClientError, OSError) as error:
            raise Interrupted(
                f"the cluster was lost ({type(error).__name__}); what is done is kept. Start it again, then {RESUME}"
            ) from None

    def _waited(self, future: Future) -> Outcome:
        """Return the result of a task, as long as there is a worker who may do it."""
        while True:
            try:
                outcome: Outcome = future.result(timeout=LOOK)
                return outcome
            except TimeoutError:
                # One of the task itself, not of the wait for it.
                if future.done():
                    raise
            if self._client.nthreads():
                self._seen = time.monotonic()
            elif time.monotonic() - self._seen > PATIENCE:
                raise Interrupted(f"the cluster has no worker left; what is done is kept. Start some, then {RESUME}")


@contextmanager
def on_cluster(scheduler: str | Client | None, told: Mapping[str, Any], *, n_workers: int) -> Iterator[Cluster]:
    """Open a cluster for a job: one that is there, or processes of this machine that end with it.

    Parameters
    ----------
    scheduler : str or Client, optional
        The address of a scheduler, or a client of one, which stays open; without it, a cluster of this machine.
    told : mapping
        The job, as `job_told` gives it.
    n_workers : int
        Processes of a cluster of this machine.

    Raises
    ------
    UsageError
        When Dask is not installed, or the cluster cannot be reached or has no worker.
    """
    refuse_without_dask()
    import dask
    from distributed import Client

    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE_TASK}))
        if isinstance(scheduler, Client):
            client = scheduler
        else:
            client = stack.enter_context(open_client(scheduler, n_workers=n_workers))
        cluster = Cluster(client, told)
        stack.callback(cluster.close)
        yield cluster

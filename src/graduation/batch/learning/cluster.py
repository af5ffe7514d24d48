"""The cluster on which trees are grown: workers on this machine, or a scheduler that is already there."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from graduation.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

NEEDS_DASK = 'training on files needs one more package: run pip install "graduation[dask]"'
# A part stays on the worker that it was given to: LightGBM trains on what each worker holds.
STAY = {"distributed.scheduler.work-stealing": False}
# What workers hold are pages of files, which the system lets go by itself: nothing is to be spilt or paused for them.
WORKERS = {"threads_per_worker": 1, "memory_limit": 0, "silence_logs": logging.ERROR}
# No page to look at; what `distributed` listens on all the same is seen by this machine only.
UNSEEN = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "scheduler_kwargs": {"dashboard": False}}


@contextmanager
def open_client(scheduler: str | None, n_workers: int) -> Iterator[Client]:
    """Connect to a scheduler, or start workers of one thread each on this machine; both are closed in any case.

    Raises
    ------
    UsageError
        When dask is not installed, or no scheduler answers or has workers.
    """
    refuse_without_dask()
    import dask
    from distributed import Client, LocalCluster

    class Ordered(Client):
        """Tells who has what in the order in which it is asked.

        `distributed` asks for a set of keys, whose order is another in each process. `lightgbm.dask` numbers machines
        by it and lays rows in it, which is all that makes two runs on the same data differ.
        """

        def who_has(self, futures: Any = None, **options: Any) -> Any:
            found = super().who_has(futures, **options)
            return found if futures is None else {one.key: found[one.key] for one in futures}

    with ExitStack() as stack:
        stack.enter_context(dask.config.set(STAY))
        if scheduler is None:
            cluster = stack.enter_context(LocalCluster(n_workers=n_workers, **WORKERS, **UNSEEN))
            client = stack.enter_context(Ordered(cluster))
            client.run(_mute)
        else:
            client = stack.enter_context(_connected(Ordered, scheduler))
        yield client


def refuse_without_dask() -> None:
    """Raise UsageError when dask is not installed."""
    if any(find_spec(name) is None for name in ("dask", "distributed")):
        raise UsageError(NEEDS_DASK)


def _connected(kind: type[Client], scheduler: str) -> Client:
    try:
        client = kind(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        found = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"no scheduler answers at {scheduler} ({found}); give the address that `dask scheduler` told, such as "
            "tcp://10.0.0.5:8786, or leave it out to use this machine"
        ) from None
    if not client.nthreads():
        client.close()
        raise UsageError(f"the scheduler at {scheduler} has no workers; start some with `dask worker {scheduler}`")
    return client


def _mute() -> None:
    """Write nothing more to stdout, which is for data; LightGBM tells there of each connection it makes."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)

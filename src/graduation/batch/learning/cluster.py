"""The cluster on which trees are grown: one on which two runs on the same data do the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graduation.batch.clients import open_client, refuse_without_dask

if TYPE_CHECKING:
    from distributed import Client

# A part stays on the worker that it was given to: LightGBM trains on what each worker holds.
STAY = {"distributed.scheduler.work-stealing": False}


@contextmanager
def growing_client(scheduler: str | None, n_workers: int) -> Iterator[Client]:
    """Connect to a scheduler, or start workers of one thread each on this machine; both are closed in any case.

    Raises
    ------
    UsageError
        When dask is not installed, or no scheduler answers or has workers.
    """
    refuse_without_dask()
    import dask
    from distributed import Client

    class Ordered(Client):
        """Tells who has what in the order in which it is asked.

        `distributed` asks for a set of keys, whose order is another in each process. `lightgbm.dask` numbers machines
        by it and lays rows in it, which is all that makes two runs on the same data differ.
        """

        def who_has(self, futures: Any = None, **options: Any) -> Any:
            found = super().who_has(futures, **options)
            return found if futures is None else {one.key: found[one.key] for one in futures}

    with dask.config.set(STAY), open_client(scheduler, n_workers=n_workers, kind=Ordered) as client:
        yield client

"""Clients of a Dask cluster: one that is there, or processes of this machine that end with their client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from graduation.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

NEEDS_DASK = "the engine 'dask' needs more packages: run pip install 'graduation[dask]', or leave the engine out"
# Seconds until a scheduler must answer, and until the workers of this machine must be there.
ANSWER, PATIENCE = 10, 60


def refuse_without_dask() -> None:
    """Raise UsageError when dask is not installed."""
    if any(find_spec(name) is None for name in ("dask", "distributed")):
        raise UsageError(NEEDS_DASK)


@contextmanager
def open_client(scheduler: str | None, *, n_workers: int, kind: type[Client] | None = None) -> Iterator[Client]:
    """Connect to a cluster that has workers, or start one on this machine; the client is closed in any case.

    Parameters
    ----------
    scheduler : str, optional
        The address of a scheduler; without it, a cluster of this machine.
    n_workers : int
        Processes of a cluster of this machine.
    kind : type of Client, optional

    Raises
    ------
    UsageError
        When dask is not installed, no scheduler answers, or it has no workers.
    """
    refuse_without_dask()
    from distributed import Client

    from graduation.batch.processes import local_cluster

    opened = (
        local_cluster(n_workers, patience=PATIENCE, kind=kind or Client)
        if scheduler is None
        else _connected(scheduler, kind or Client)
    )
    with opened as client:
        yield client


@contextmanager
def _connected(scheduler: str, kind: type[Client]) -> Iterator[Client]:
    try:
        client = kind(scheduler, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {scheduler} ({_first_line(error)}); give the address that `dask scheduler` "
            "tells, such as tcp://10.0.0.5:8786, or leave --scheduler out to use this machine"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=ANSWER)
        except TimeoutError:
            raise UsageError(
                f"the Dask scheduler at {scheduler} has no workers; start some with `dask worker {scheduler}`"
            ) from None
        yield client


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__

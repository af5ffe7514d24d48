"""A Dask cluster of processes of this machine, which nobody else can use and which ends with its client."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from graduation.errors import GraduationError

if TYPE_CHECKING:
    from distributed import Client, Security

HOST = "127.0.0.1"
# Dask opens a port for its pages even where it is told to have none.
NO_PAGES = f"{HOST}:0"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


@contextmanager
def local_cluster(n_workers: int, *, patience: float, kind: type[Client] | None = None) -> Iterator[Client]:
    """Start a scheduler in this process and workers of one thread in others; all end when the block is left.

    The workers are started by their command, not by multiprocessing, which would run the script of the caller again in
    each of them. They talk by TLS with a key that lives as long as they do: whoever reaches the port of a Dask
    scheduler may else run any code as its user. Ctrl-C is for this process alone, and workers whose scheduler is gone
    end by themselves.

    Parameters
    ----------
    n_workers : int
    patience : float
        Seconds until the workers must be there.
    kind : type of Client, optional
    """
    import dask
    from distributed import Client, LocalCluster, Security

    security, closed = Security.temporary(), {"dashboard": False, "dashboard_address": NO_PAGES}
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.scheduler.http.routes": []}))
        # Workers that are killed leave their folders behind.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="graduation-", ignore_cleanup_errors=True))
        cluster = stack.enter_context(
            LocalCluster(n_workers=0, host=HOST, protocol="tls://", security=security, scheduler_kwargs=closed)
        )
        for _ in range(n_workers):
            stack.callback(_end, _worker(cluster.scheduler_address, security, folder))
        client = stack.enter_context((kind or Client)(cluster, security=security, set_as_default=False))
        try:
            client.wait_for_workers(n_workers, timeout=patience)
        except TimeoutError:
            raise GraduationError(
                f"the workers of the local cluster did not start within {patience:.0f} seconds"
            ) from None
        yield client


def _worker(address: str, security: Security, folder: str) -> subprocess.Popen[bytes]:
    certificates = {
        "CA_FILE": security.tls_ca_file,
        "WORKER__CERT": security.tls_worker_cert,
        "WORKER__KEY": security.tls_worker_key,
    }
    # The environment of a process is for its user alone; its command line is for all to see.
    environment = {
        **os.environ,
        **ONE_THREAD,
        **{f"DASK_DISTRIBUTED__COMM__TLS__{name}": value for name, value in certificates.items()},
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true",
        "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",
        "DASK_LOGGING__DISTRIBUTED": "critical",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    # No limit of memory, as the local engine has none: at a limit Dask writes rows to the disk.
    words = [
        sys.executable, "-P", "-m", "distributed.cli.dask_worker", address, "--host", HOST, "--nthreads", "1",
        "--no-nanny", "--no-dashboard", "--dashboard-address", NO_PAGES, "--memory-limit", "0",
        "--local-directory", folder,
    ]  # fmt: skip
    # What they say is not for stdout, which is for data: LightGBM tells there of each connection that it makes.
    return subprocess.Popen(words, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)  # noqa: S603 - all words are ours


def _end(process: subprocess.Popen[bytes]) -> None:
    # What it did is here or was given up.
    process.kill()
    process.wait()

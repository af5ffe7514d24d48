"""Keep what a solver says off the standard output, which is for data."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def quiet_solver() -> Iterator[None]:
    """Send file descriptor 1 nowhere meanwhile: some versions of HiGHS write to it whatever their options say.

    The line "HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();" is known upstream
    (github.com/jump-dev/HiGHS.jl/issues/312).
    """
    with _ONE_AT_A_TIME:
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
            kept = os.dup(1)
        except (OSError, ValueError):
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)

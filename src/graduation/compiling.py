"""Loops that numba compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Return a loop that is compiled when it is first called, for other threads to go on meanwhile.

    What was compiled is kept for the next process where there is a folder that may be written to.
    """
    try:
        made: Loop = numba.njit(nogil=True, cache=True, error_model="numpy")(loop)
    except RuntimeError:
        made = numba.njit(nogil=True, error_model="numpy")(loop)
    return made

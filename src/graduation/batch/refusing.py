"""Refuse a registry of which too many rows are set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graduation.errors import DataError, Problem

KEPT = (
    "The scores are kept: to allow more, run again with a higher --max-rejected (max_rejected) and --resume "
    "(resume=True); with a corrected file, begin anew with --force (force=True)."
)


class TooManyRejected(DataError):
    """A larger share of the rows is set aside than is allowed."""

    def with_parts(self) -> TooManyRejected:
        """Return the same where what was scored is kept, for one may allow more."""
        *broken, last = self.problems
        return TooManyRejected(self.source, [*broken, replace(last, remedy=KEPT)])


def refuse_many(source: str, broken: Sequence[Problem], rows: tuple[int, int], allowed: float) -> None:
    """Raise when of the rows (set aside, all) too many are set aside.

    Parameters
    ----------
    source : str
    broken : sequence of Problem
        The rules that set them aside.
    rows : tuple of int
    allowed : float
        The share of the rows that may be.

    Raises
    ------
    TooManyRejected
    """
    aside, total = rows
    if not total or aside / total <= allowed:
        return
    remedy = "Correct the file, or allow more with --max-rejected (max_rejected)."
    found = f"{aside:,} of {total:,} rows are set aside ({aside / total:.1%})"
    raise TooManyRejected(source, [*broken, Problem(found, f"at most {allowed:.1%}", remedy)])

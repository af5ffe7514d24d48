"""Words for people on stderr; data on stdout."""

from __future__ import annotations

import json
import shutil
import sys
import time
from typing import Any

import typer

BAR, SECONDS_BETWEEN_LINES = 30, 10


class Progress:
    """Tell each step on stderr, with the time since the start; say nothing when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._start = time.monotonic()

    def __call__(self, sentence: str) -> None:
        if not self._quiet:
            typer.secho(f"[{time.monotonic() - self._start:6.1f} s] {sentence}", err=True, dim=sys.stderr.isatty())


class RowProgress:
    """Tell how many rows are done, how fast, and how long the rest will take: a bar on a terminal, else a line now and
    then."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self._total, self._quiet = total, quiet
        self._start = self._told = time.monotonic()
        self._first: int | None = None
        self._drawn = False

    def __call__(self, done: int) -> None:
        # What an earlier run had done says nothing about the speed of this one.
        self._first = done if self._first is None else self._first
        now = time.monotonic()
        if self._quiet or (now - self._told < (0.2 if sys.stderr.isatty() else SECONDS_BETWEEN_LINES)):
            return
        self._told, self._drawn = now, True
        typer.secho(self._line(done, now - self._start), err=True, nl=not sys.stderr.isatty())

    def _line(self, done: int, passed: float) -> str:
        speed = (done - (self._first or 0)) / max(passed, 1e-9)
        total = max(self._total, done)
        left = f"{(total - done) / speed:,.0f} s left" if speed > 0 else ""
        told = f"{done:,} of about {total:,} rows, {speed:,.0f} rows/s, {left}"
        if not sys.stderr.isatty():
            return f"[{passed:6.1f} s] {told}"
        # A line that is wider than the terminal could not be drawn over.
        width = shutil.get_terminal_size().columns - 1
        size = min(BAR, max(width - len(told) - 1, 0))
        full = int(size * done / max(total, 1))
        return "\r" + f"{'█' * full}{'░' * (size - full)} {told}"[:width].ljust(width)

    def end(self) -> None:
        """End the line of a bar, if there is one."""
        if self._drawn and sys.stderr.isatty():
            typer.echo(err=True)


def warn(sentence: str) -> None:
    """Tell something that a person should look at; said even when quiet."""
    typer.secho(f"note: {sentence}", err=True, fg="yellow" if sys.stderr.isatty() else None)


def give(text: str, facts: Any, *, as_json: bool) -> None:
    """Print the answer on stdout: text for people, or the facts as one piece of JSON."""
    from graduation.results import jsonable

    typer.echo(json.dumps(jsonable(facts), sort_keys=True, ensure_ascii=False, allow_nan=False) if as_json else text)

"""Words for people on stderr; data on stdout."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import typer


class Progress:
    """Tell each step on stderr, with the time since the start; say nothing when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._start = time.monotonic()

    def __call__(self, sentence: str) -> None:
        if not self._quiet:
            typer.secho(f"[{time.monotonic() - self._start:6.1f} s] {sentence}", err=True, dim=sys.stderr.isatty())


def warn(sentence: str) -> None:
    """Tell something that a person should look at; said even when quiet."""
    typer.secho(f"note: {sentence}", err=True, fg="yellow" if sys.stderr.isatty() else None)


def give(text: str, facts: Any, *, as_json: bool) -> None:
    """Print the answer on stdout: text for people, or the facts as one piece of JSON."""
    from graduation.results import jsonable

    typer.echo(json.dumps(jsonable(facts), sort_keys=True, ensure_ascii=False, allow_nan=False) if as_json else text)

"""The program `graduation` and what it does with errors."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

# Before LightGBM or MLflow are loaded: no spinning threads, nothing phones home.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import typer

from graduation.cli import (
    backtesting,
    checking,
    demo,
    dictionaries,
    evaluating,
    harmonising,
    modelling,
    planning,
    scoring,
)
from graduation.errors import GraduationError, Interrupted

app = typer.Typer(
    name="graduation",
    help="Who is at risk of remaining or becoming extreme poor, and which intervention to offer within a budget.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def command(function: Callable[..., None]) -> None:
    """Add a command whose interruption is told as such, whatever the command-line library makes of it."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except KeyboardInterrupt:
            raise Interrupted("interrupted; no output was left half written") from None

    app.command()(run)


for one in (
    checking.check, harmonising.harmonise, modelling.train, evaluating.evaluate, backtesting.backtest,
    scoring.score, modelling.explain, planning.plan, planning.report, demo.demo,
):  # fmt: skip
    command(one)
app.add_typer(dictionaries.app)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 bug, 2 usage, 3 data refused, 4 wrong model, 5 interrupted."""
    try:
        app()
    except GraduationError as error:
        from graduation.schema import hide_in

        # A message may repeat what was typed, and a number of identity may have been.
        typer.secho(f"error: {hide_in(str(error))}", err=True, fg="red" if sys.stderr.isatty() else None)
        sys.exit(error.exit_code)

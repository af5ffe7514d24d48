"""The program `graduation` and what it does with errors."""

from __future__ import annotations

import os
import sys

# Before LightGBM or MLflow are loaded: no spinning threads, nothing phones home.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import click
import typer

from graduation.cli import modelling, demo, planning
from graduation.errors import GraduationError

INTERRUPTED = 5

app = typer.Typer(
    name="graduation",
    help="Who is at risk of remaining or becoming extreme poor, and which intervention to offer within a budget.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(modelling.check)
app.command()(modelling.train)
app.command()(modelling.score)
app.command()(modelling.explain)
app.command()(planning.plan)
app.command()(planning.report)
app.command()(demo.demo)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 bug, 2 usage, 3 data refused, 4 wrong model, 5 interrupted."""
    try:
        code = app(standalone_mode=False) or 0
    except GraduationError as error:
        typer.secho(f"error: {error}", err=True, fg="red" if sys.stderr.isatty() else None)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        typer.echo("interrupted: no output was left half written", err=True)
        code = INTERRUPTED
    sys.exit(code)

"""Commands for data dictionaries: propose one for an unknown file, list the shipped ones, show one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graduation.cli import options
from graduation.cli.console import give

app = typer.Typer(
    name="dictionary",
    help="Propose, list and show data dictionaries.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
KINDS = ".csv, .tsv, .txt, .parquet, .xlsx, .dta (Stata), .sav or .zsav (SPSS)"
Survey = Annotated[Path, typer.Argument(help=f"Survey: {KINDS}; one header and one row per household.")]
TomlOut = Annotated[
    Path | None, typer.Option("--out", help="Where to write the proposal, a .toml file [default: stdout].")
]
Name = Annotated[str | None, typer.Option("--name", help="Name of the dictionary [default: that of the file].")]
Which = Annotated[str, typer.Argument(help="A shipped name, or a .toml file.")]


@app.command()
def infer(
    survey: Survey,
    out: TomlOut = None,
    name: Name = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Propose a dictionary for an unknown survey: types, codes, missing codes, likely roles. A person then edits it.

    Example: `graduation dictionary infer survey.csv --out survey.toml`
    """
    from graduation.cli.loading import check_outputs
    from graduation.io import read_table, write_run_record, write_text
    from graduation.schema import infer_dictionary

    if out is not None:
        check_outputs(out, force=force, suffixes=(".toml",))
    proposal = infer_dictionary(read_table(survey), name=name or survey.stem, source=survey.name)
    if out is None:
        typer.echo(proposal.toml, nl=False)
    else:
        write_text(out, proposal.toml, force=force)
        write_run_record(out, command="dictionary infer", inputs=[survey], force=force, **proposal.metrics())
    if not quiet:
        words = [*proposal.notes(), *([f"Written to {out}: look at each `# check:`."] if out else [])]
        typer.echo("\n".join(words), err=True)


@app.command(name="list")
def list_shipped(as_json: options.Json = False) -> None:
    """List the dictionaries that come with the library.

    Example: `graduation dictionary list`
    """
    from graduation.schema import load_dictionary, shipped_dictionaries

    titles = {name: load_dictionary(name).title.en for name in shipped_dictionaries()}
    width = max(map(len, titles), default=0)
    give("\n".join(f"{name:{width}}  {title}" for name, title in titles.items()), titles, as_json=as_json)


@app.command()
def show(which: Which, language: options.Language = None, as_json: options.Json = False) -> None:
    """Show the columns of a dictionary: name, type, role, label, codes, unit, harmonised name.

    Example: `graduation dictionary show west_java_synthetic`
    """
    from graduation.cli.loading import language_from, settings_from
    from graduation.schema import dictionary_columns, load_dictionary

    chosen = language_from(language, settings_from(None))
    table = dictionary_columns(load_dictionary(which), chosen)
    give(
        table.to_csv(index=False, sep="\t", lineterminator="\n").rstrip("\n"), table.to_dict("records"), as_json=as_json
    )

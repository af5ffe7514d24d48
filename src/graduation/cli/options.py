"""Options that several commands share, so that they are spelt and explained alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RegistryFile = Annotated[Path, typer.Argument(help="Registry: .csv, .xlsx, .parquet, .dta, .sav; a row per household.")]
Schema = Annotated[
    str | None,
    typer.Option(
        "--schema", help="Data dictionary: a .toml file or a shipped name [default: dictionary.toml beside it]."
    ),
]
ModelFolder = Annotated[Path, typer.Option("--model", help="Model folder that `graduation train` wrote.")]
History = Annotated[
    list[Path] | None,
    typer.Option("--history", help="Earlier wave, for a model trained with three waves or more; may be repeated."),
]
Config = Annotated[Path | None, typer.Option("--config", help="Settings [default: graduation.toml here, if any].")]
Language = Annotated[str | None, typer.Option("--language", help="Of headings, labels and reasons: en or id.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Same seed and input: same output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace outputs that exist.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
Budget = Annotated[float | None, typer.Option("--budget", help="In the programme's currency, e.g. 500000000.")]
Programme = Annotated[str | None, typer.Option("--programme", help="Programme: a .toml file or a shipped name.")]
Records = Annotated[
    Path | None, typer.Option("--records", help="Past programme records; effects are estimated from them.")
]
After = Annotated[str, typer.Option("--after", help="Column of the records with welfare afterwards.")]
ChanceOfArms = Annotated[
    list[str] | None,
    typer.Option(
        "--chance",
        help="Where arms of the records were drawn by lot: arm=number or arm=column, for every arm, none too [default: "
        "columns chance_<arm>, else estimated].",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", help="Column of the records whose values stay together [default: the smallest place]."),
]
Capacities = Annotated[
    list[str] | None,
    typer.Option(
        "--capacity", help="Most households per arm, as arm=number, in place of the programme's; may be repeated."
    ),
]
Quotas = Annotated[
    list[str] | None,
    typer.Option(
        "--quota",
        help="Fewest households served in a place or group, as column=value:number; by name or code; repeatable.",
    ),
]
Shares = Annotated[
    list[str] | None,
    typer.Option("--share", help="Smallest share of those served, 0 to 1, as column=value:share; may be repeated."),
]
NeedWeight = Annotated[
    float, typer.Option("--need-weight", help="From 0, serve those helped most, to 1, serve the neediest.")
]
Averages = Annotated[
    bool, typer.Option("--average-effects", help="One effect per arm for everybody, whatever the records show.")
]
Line = Annotated[
    str | None, typer.Option("--line", help="Extreme-poverty line by its id, in place of the dictionary's.")
]
Deflators = Annotated[
    Path | None,
    typer.Option("--deflators", help="Table with a column deflator beside when and where it holds; divides welfare."),
]
MaxRejected = Annotated[
    float | None, typer.Option("--max-rejected", help="Refuse a file with a larger share of bad rows, 0 to 1.")
]
AFTER_COLUMN = "consumption_after_monthly_idr"

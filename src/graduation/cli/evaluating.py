"""evaluate: any table with an outcome and a risk, with nothing else of this library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graduation.cli import options
from graduation.cli.console import Progress, give
from graduation.cli.loading import TABLES, check_outputs, language_from, settings_from
from graduation.errors import UsageError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from graduation.evaluate import Comparison, Evaluation, MissedProfile, PathwayEvaluation
    from graduation.evaluate.quota import Quota

PAGES = (".html", ".htm")


def evaluate(
    table: Annotated[Path, typer.Argument(help="Table: .csv, .parquet or .xlsx, one row per household.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Column with 1 for extreme poor, 0 for not.")],
    risk: Annotated[str, typer.Option("--risk", help="Column with the probability that is evaluated, 0 to 1.")],
    score: Annotated[
        list[str] | None,
        typer.Option("--score", help="Column to compare with, higher = poorer (-column: lower = poorer); repeatable."),
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Column with 1 for extreme poor now: remain and become apart.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", help="Group column, or two crossed as sex:area; may be repeated.")
    ] = None,
    describe: Annotated[
        list[str] | None, typer.Option("--describe", help="Column that tells who is missed; may be repeated.")
    ] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column with survey weights.")] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help="Column with the sampling unit: village.")] = None,
    strata: Annotated[str | None, typer.Option("--strata", help="Column with the stratum of the design.")] = None,
    quota: Annotated[
        str | None, typer.Option("--quota", help="Length of the list: a share (0.05) or a number of households (1160).")
    ] = None,
    budget: options.Budget = None,
    cost: Annotated[str | None, typer.Option("--cost", help="With --budget: of a household, or a column.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Page (.html) or table of all figures (.csv, .parquet, .xlsx).")
    ] = None,
    language: options.Language = None,
    seed: options.Seed = None,
    config: options.Config = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Say how far any list can be trusted: errors with intervals, by group, beside other scores.

    Example: `graduation evaluate scored.csv --outcome poor_2024 --risk risk --group district --out trust.html`
    """
    from graduation import io, reports
    from graduation.evaluate import compare, evaluate_pathways, who_is_missed
    from graduation.evaluate import evaluate as measure

    settings, tell = settings_from(config), Progress(quiet=quiet)
    words, chosen = language_from(language, settings), settings.training.seed if seed is None else seed
    if out is not None:
        check_outputs(out, force=force, suffixes=(*PAGES, *TABLES))
    rows = _Columns(io.read_table(table), str(table))
    design: dict[str, Any] = {
        name: rows[one] for name, one in (("weight", weight), ("cluster", cluster), ("strata", strata)) if one
    }
    design |= {"quota": _quota(quota, budget, cost, rows), "seed": chosen}
    groups = _groups(group, rows)
    tell("measuring")
    now = () if state is None else (rows[state],)
    found: Any = (evaluate_pathways if now else measure)(rows[outcome], rows[risk], *now, groups=groups, **design)
    beside = None
    if score:
        tell("comparing")
        beside = compare(rows[outcome], {risk: rows[risk]} | _scores(score, risk, rows), **design)
    missed = None
    if describe:
        missed = who_is_missed(rows[outcome], rows[risk], rows.numbers_where_all_are(describe), **design)
    parts = [part for part in (found, beside, missed) if part is not None]
    facts = {**found.metrics(), **(beside.metrics() if beside else {})}
    if out is not None:
        if out.suffix in PAGES:
            page = reports.evaluation_page(found, comparison=beside, missed=missed, language=words)
            io.write_text(out, page, force=force)
        else:
            io.write_table(_all_figures(found, beside, missed), out, force=force)
        params: dict[str, Any] = {"outcome": outcome, "risk": risk, "score": score, "state": state, "group": group}
        params |= {"describe": describe, "weight": weight, "cluster": cluster, "strata": strata}
        params |= {"quota": quota, "budget": budget, "cost": cost}
        io.write_run_record(out, command="evaluate", inputs=[table], force=force, seed=chosen, params=params, **facts)
    give("\n\n".join(part.summary(rows=40) for part in parts), facts, as_json=as_json)


def _all_figures(
    found: Evaluation | PathwayEvaluation, beside: Comparison | None, missed: MissedProfile | None
) -> pd.DataFrame:
    """Return every figure in one table; the column `part` says what each row is about."""
    import pandas as pd

    apart = getattr(found, "parts", {"all": found})
    parts = {"figures": [found.frame()]}
    for name in ("groups", "curve", "coverage", "calibration"):
        parts[name] = [getattr(one, name).assign(pathway=pathway) for pathway, one in apart.items()]
    if beside is not None:
        parts |= {"comparison": [beside.table], "overlap": [beside.overlap]}
    if missed is not None:
        parts["missed"] = [missed.frame()]
    rows = [one.assign(part=name) for name, several in parts.items() for one in several if len(one)]
    table = pd.concat(rows, ignore_index=True)
    return table[["part", *table.columns.drop("part")]]


class _Columns:
    """The columns of a table, by name, an empty cell being a missing value."""

    def __init__(self, table: pd.DataFrame, source: str) -> None:
        self._table, self._source = table, source

    def __getitem__(self, name: str) -> pd.Series[Any]:
        if name not in self._table:
            hint = nearest(name, map(str, self._table)) or f"it has {', '.join(map(str, self._table))}"
            raise UsageError(f"{self._source} has no column '{name}'; {hint}")
        column = self._table[name]
        return column.mask(column.astype(str).str.strip() == "")

    def numbers_where_all_are(self, names: list[str]) -> pd.DataFrame:
        """Return columns as numbers where every known value is one, else as text."""
        import pandas as pd

        read = {name: self[name] for name in names}
        numbers = {name: pd.to_numeric(column, errors="coerce") for name, column in read.items()}
        whole = {name: bool(numbers[name].notna().eq(column.notna()).all()) for name, column in read.items()}
        return pd.DataFrame({name: numbers[name] if whole[name] else read[name] for name in names})


def _groups(texts: list[str] | None, rows: _Columns) -> pd.DataFrame:
    """Return the group columns; sex:area crosses two."""
    import pandas as pd

    from graduation.evaluate import cross_groups

    table = pd.DataFrame()
    for text in texts or []:
        names = text.split(":")
        crossed = cross_groups({name: rows[name] for name in names}) if len(names) > 1 else rows[text].to_frame()
        table[crossed.columns[-1]] = crossed.iloc[:, -1]
    return table


def _scores(texts: list[str], risk: str, rows: _Columns) -> dict[str, pd.Series[Any]]:
    """Return scores of which higher is poorer; a column named with a minus is turned."""
    import pandas as pd

    scores = {}
    for text in texts:
        name = text.removeprefix("-")
        if name in scores or name == risk:
            raise UsageError(f"column '{name}' is compared twice; name it once, in --risk or in --score")
        values = rows[name]
        scores[name] = values if name == text else -pd.to_numeric(values, errors="coerce")
    return scores


def _quota(quota: str | None, budget: float | None, cost: str | None, rows: _Columns) -> Quota:
    """Return the length of the list from a share, a number, or a budget and what a household costs."""
    from graduation.evaluate import Budget

    if (budget is None) != (cost is None) or (quota is not None and budget is not None):
        raise UsageError("give --quota, or --budget and --cost together, or neither for as many as are extreme poor")
    if budget is not None and cost is not None:
        number = _number(cost)
        return Budget(budget, cost=rows[cost] if number is None else number)
    number = None if quota is None else _number(quota)
    if quota is not None and number is None:
        raise UsageError(f"--quota is '{quota}'; expected a share such as 0.05 or a number of households such as 1160")
    return int(quota) if quota is not None and quota.isdigit() else number


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

"""Put results into a self-contained HTML page: text, tables, plots as SVG, no scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from graduation import plots
from graduation.results import Result, table_html
from graduation.schema import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Section:
    """One part of a page: a heading, what it says, tables, plots already drawn as SVG, and what stands below them.

    The rows of a `list` end in long texts.
    """

    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Markup, ...] = ()
    figures: tuple[Markup, ...] = ()
    below: tuple[str, ...] = ()
    kind: Literal["", "list"] = ""

    @property
    def anchor(self) -> str:
        return "".join(letter if letter.isalnum() else "-" for letter in self.title.lower())


def section(
    result: Result,
    *,
    title: str | None = None,
    text: Sequence[str] = (),
    table: pd.DataFrame | None = None,
    draw: Sequence[Callable[[Axes], Axes]] = (),
    rows: int = 25,
    notes: Sequence[str] | None = None,
    above: int | None = None,
) -> Section:
    """Return a section of a result: its table (or the one given), its notes, and the plots that `draw` makes.

    Parameters
    ----------
    result : Result
    title : str, optional
        By default the title of the result.
    text : sequence of str
        Sentences before the table; the result's notes follow it.
    table : DataFrame, optional
        Shown instead of the result's own.
    draw : sequence of callables
        Each draws on the axes it is given, for example ``result.plot``.
    rows : int
        Most rows of the table that are shown.
    notes : sequence of str, optional
        In place of the result's own.
    above : int, optional
        How many notes stand above the table, the others below it; by default all.
    """
    written = table_html(result.shown() if table is None else table, rows, language=result.language)
    shown = Markup(written)  # noqa: S704 - cells are escaped
    figures = tuple(Markup(plots.svg(plots.figure_of(one))) for one in draw)  # noqa: S704 - drawn by us
    told = tuple(result.notes() if notes is None else notes)
    split = len(told) if above is None else above
    return Section(title or result.heading, (*text, *told[:split]), (shown,), figures, told[split:])


def render_page(
    title: str, sections: Sequence[Section], *, lead: str = "", facts: dict[str, str] | None = None,
    language: Language = "en", about_a_list: bool = True,
) -> str:  # fmt: skip
    """Return the HTML of a page: title, lead sentence, a strip of key facts, sections, and what a list is not for."""
    template = environment().get_template("page.html")
    return template.render(
        title=title, lead=lead, facts=facts or {}, sections=sections, language=language, about_a_list=about_a_list
    )


def environment() -> Environment:
    """Return where templates come from and how they are filled: every text escaped, no name left out."""
    return Environment(
        loader=PackageLoader("graduation.reports"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip

"""What every result object can do: a tidy frame, a text, a page, a plot."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Whole numbers below this may be years or codes, and stay as they are.
SEPARATED_FROM = 10_000
NO_BREAK = "\u00a0"
# How a language writes figures, and what stands between two ends and after a table that is cut.
MARKS: dict[str, dict[int, int]] = {"en": {}, "id": str.maketrans(",.", ".,")}
WORDS = {"en": {"to": "to", "more": "more rows"}, "id": {"to": "sampai", "more": "baris lagi"}}


class Result:
    """Base of all results. A subclass is a frozen dataclass that gives `title` and `frame`, and draws in `plot`.

    One that speaks other languages than English has a field `language`, and gives `heading` too.
    """

    title: str = "Result"
    language: str = "en"

    @property
    def heading(self) -> str:
        """Return the title in the language of the result."""
        return self.title

    def frame(self) -> pd.DataFrame:
        """Return the result as one tidy table."""
        raise NotImplementedError

    def shown(self) -> pd.DataFrame:
        """Return the table that a reader sees; by default the frame itself."""
        return self.frame()

    def notes(self) -> list[str]:
        """Return the sentences a reader needs beside the table: units, denominators, limits."""
        return []

    def metrics(self) -> dict[str, float]:
        """Return the single figures of this result, by name, for experiment tracking."""
        return {}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what was computed on `ax`, or on a new figure, and return the axes."""
        raise NotImplementedError(f"{type(self).__name__} has no plot; use .frame()")

    def summary(self, rows: int = 20) -> str:
        """Return the title, the first `rows` of the table and the notes as plain text."""
        table = self.shown()
        written = partial(format_number, language=self.language)
        text = table.head(rows).to_string(index=False, na_rep="-", float_format=written)
        more = [f"... {_more(len(table) - rows, self.language)}"] if len(table) > rows else []
        return "\n".join([self.heading, "=" * len(self.heading), text, *more, *self.notes()])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes())
        table = table_html(self.shown(), language=self.language)
        return f"<h3>{html.escape(self.heading)}</h3>{table}{notes}"

    def __str__(self) -> str:
        return self.summary()


def table_html(table: pd.DataFrame, rows: int = 50, *, language: str = "en") -> str:
    """Return the first `rows` of a table as HTML, every cell escaped, its figures as the language writes them."""
    counts = [name for name in table.select_dtypes("integer") if table[name].abs().max() >= SEPARATED_FROM]
    shown = table.head(rows).to_html(
        index=False, na_rep="–", float_format=partial(format_number, language=language), border=0,
        classes="graduation", escape=True,
        formatters=dict.fromkeys(counts, lambda count: in_marks(f"{count:,}", language)),
    )  # fmt: skip
    more = f"<p>… {_more(len(table) - rows, language)}</p>" if len(table) > rows else ""
    return f"{shown}{more}"


def _more(rows: int, language: str) -> str:
    return f"{in_marks(f'{rows:,}', language)} {WORDS[language]['more']}"


def in_marks(figure: str, language: str) -> str:
    """Return a figure as written in English with the marks of a language for thousands and decimals.

    >>> in_marks("1,500.25", "en"), in_marks("1,500.25", "id")
    ('1,500.25', '1.500,25')
    """
    return figure.translate(MARKS[language])


def figures_by_method(table: pd.DataFrame) -> dict[str, float]:
    """Return figures of methods as ``<method>.<metric>``, their intervals with ``_low`` and ``_high``."""
    named: dict[str, float] = {}
    for row in table.to_dict("records"):
        name = f"{row['method']}.{row['metric']}"
        named |= {name: row["estimate"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
    return named


def with_interval(estimate: float, low: float, high: float, language: str = "en") -> str:
    """Write an estimate with its interval, or alone where there is none; no line breaks within.

    >>> with_interval(0.5, 0.4, 0.6).replace(NO_BREAK, " "), with_interval(12.0, float("nan"), float("nan"))
    ('0.500 (0.400 to 0.600)', '12')
    """
    alone, first, last = (format_number(figure, language) for figure in (estimate, low, high))
    both = f"{alone} ({first} {WORDS[language]['to']} {last})"
    return alone if math.isnan(low) else both.replace(" ", NO_BREAK)


def format_count(value: float) -> str:
    """Write a number of households or of money, which may be a sum of weights: whole where it is.

    >>> format_count(4.0), format_count(1160.5), format_count(0.25)
    ('4', '1,160.5', '0.25')
    """
    if not math.isfinite(value):
        return "-"
    if value == round(value) or abs(value) >= 1e6:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.3g}"


def format_number(value: float, language: str = "en") -> str:
    """Write a number as a reader wants it: whole numbers with separators, others to three decimals.

    >>> format_number(1500000.0), format_number(0.12345), format_number(0.12345, "id")
    ('1,500,000', '0.123', '0,123')
    """
    if not math.isfinite(value):
        return "-"
    is_whole = (value == round(value) and abs(value) >= 10) or abs(value) >= 1000
    return in_marks(f"{value:,.0f}" if is_whole else f"{value:.3f}", language)


def jsonable(content: Any) -> Any:
    """Return plain data that JSON can hold: numbers that are not finite become null, other things their text.

    >>> jsonable({"low": float("nan"), "sizes": (1, 2)})
    {'low': None, 'sizes': [1, 2]}
    """
    if isinstance(content, Mapping):
        return {str(name): jsonable(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [jsonable(value) for value in content]
    value = content.item() if isinstance(content, np.generic) else content
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)

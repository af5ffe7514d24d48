"""Draw tidy frames. Matplotlib is imported only when something is drawn."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = ("-", "--", ":")
INK, ACCENT, SECOND, MUTED = "#22313f", "#c0562f", "#2f7f86", "#9aa5ad"


def axes(ax: Axes | None, *, width: float = 6.4, height: float = 4.0) -> Axes:
    """Return `ax`, or the axes of a new figure that a notebook will show."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def bars(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    low: str | None = None,
    high: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one horizontal bar per row, first row on top, with an interval where `low` and `high` are named."""
    ax = axes(ax)
    if len(ax.figure.axes) == 1 and hasattr(ax.figure, "set_figheight"):
        # Every label needs its line: the more bars, the taller the figure.
        ax.figure.set_figheight(1.2 + 0.3 * max(len(frame), 3))
    table = frame.iloc[::-1]
    colours = [ACCENT if amount >= 0 else SECOND for amount in table[value]]
    ax.barh(table[label].astype(str), table[value], color=colours, height=0.7)
    if low and high:
        spread = [(table[value] - table[low]).clip(lower=0), (table[high] - table[value]).clip(lower=0)]
        ax.errorbar(table[value], table[label].astype(str), xerr=spread, fmt="none", ecolor=INK, capsize=3, lw=1)
    ax.axvline(0, color=INK, lw=0.8)
    return tidy(ax)


def lines(frame: pd.DataFrame, *, x: str, y: str, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw `y` against `x`, one line per value of `by`."""
    ax = axes(ax)
    parts = [("", frame)] if by is None else list(frame.groupby(by, sort=False))
    colours = [ACCENT, SECOND, INK, MUTED, "#7a5c99", "#b58a2a"]
    for number, (name, part) in enumerate(parts):
        style = STYLES[number // len(colours) % len(STYLES)]
        ax.plot(part[x], part[y], color=colours[number % len(colours)], ls=style, lw=1.8, label=str(name))
    if by is not None:
        ax.legend(frameon=False)
    ax.set_xlabel(x.replace("_", " "))
    ax.set_ylabel(y.replace("_", " "))
    return tidy(ax)


def tidy(ax: Axes) -> Axes:
    """Take away the lines of the frame that carry nothing."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=INK, labelsize=9)
    return ax


def figure_of(draw: Callable[[Axes], Axes], *, width: float = 6.4, height: float = 4.0) -> Figure:
    """Return a figure outside any notebook, drawn by ``draw(ax)``: for files, pages and tracking."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    draw(figure.subplots())
    return figure


def svg(figure: Figure) -> str:
    """Return a figure as SVG text; the same figure always gives the same text."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "graduation", "svg.fonttype": "none"}):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]

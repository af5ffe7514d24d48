"""Results speak as tables, text, page and plot; errors say where, what and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from graduation import plots
from graduation.errors import DataError, GraduationError, ModelError, NotEnoughData, Problem, UsageError, nearest
from graduation.results import Result, format_number, jsonable, table_html


@dataclass(frozen=True)
class Example(Result):
    rows: int = 3
    title = "An <example>"

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame({"name": [f"<b>{n}</b>" for n in range(self.rows)], "value": np.arange(self.rows) / 7})

    def notes(self) -> list[str]:
        return ["1 < 2 & all that"]


def test_text_and_page_come_from_the_same_frame_and_are_escaped() -> None:
    page, text = Example()._repr_html_(), str(Example())
    assert "&lt;b&gt;0&lt;/b&gt;" in page
    assert "<b>0</b>" not in page
    assert "1 &lt; 2 &amp; all that" in page
    assert "An &lt;example&gt;" in page
    assert "1 < 2 & all that" in text
    assert "0.143" in text


def test_long_tables_are_cut_and_say_so() -> None:
    assert "... 30 more rows" in Example(50).summary(rows=20)
    assert "… 10 more rows" in table_html(Example(60).frame(), rows=50)


def test_a_result_without_a_plot_says_where_to_look() -> None:
    with pytest.raises(NotImplementedError, match=r"use .frame\(\)"):
        Example().plot()


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (12.0, "12"), (1.5e6, "1,500,000"), (float("nan"), "-"), (3.0, "3.000")]
)
def test_numbers_are_written_for_readers(value: float, text: str) -> None:
    assert format_number(value) == text


def test_plots_draw_on_the_axes_given_and_the_same_figure_gives_the_same_svg() -> None:
    table = pd.DataFrame({"name": ["a", "b"], "value": [1.0, -1.0], "low": [0.5, -2.0], "high": [1.5, 0.0]})

    def draw(ax: Axes) -> Axes:
        return plots.bars(table, label="name", value="value", low="low", high="high", ax=ax)

    one, two = (plots.svg(plots.figure_of(draw)) for _ in range(2))
    assert one == two
    assert one.startswith("<svg")
    lines = plots.figure_of(lambda ax: plots.lines(table, x="low", y="high", by="name", ax=ax))
    assert len(lines.axes[0].lines) == 2


def test_errors_count_and_place_every_problem() -> None:
    problems = [Problem("a letter", "a number", "Correct it.", "age", 7), Problem("no rows", "some", "Check.")]
    message = str(DataError("wave.csv", problems))
    assert message.splitlines()[0] == "wave.csv: refused for 2 problems"
    assert "row 7, column 'age': a letter; expected a number. Correct it." in message


def test_every_error_has_one_root_and_its_exit_code() -> None:
    codes = {UsageError: 2, DataError: 3, NotEnoughData: 3, ModelError: 4}
    assert {kind: kind.exit_code for kind in codes} == codes
    assert all(issubclass(kind, GraduationError) for kind in codes)


def test_only_near_names_are_suggested() -> None:
    assert nearest("welfar", ["welfare", "size"]) == "did you mean 'welfare'?"
    assert nearest("zzz", ["welfare", "size"]) == ""


def test_json_holds_no_number_that_other_programs_refuse() -> None:
    content = {"a": float("nan"), "b": [float("inf"), np.float64(2.5), np.int64(3)], "c": {"d": True, "e": None}}
    assert jsonable(content) == {"a": None, "b": [None, 2.5, 3], "c": {"d": True, "e": None}}

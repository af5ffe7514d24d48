"""`graduation score` on files that are read chunk by chunk."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import graduation
from graduation.cli.console import RowProgress
from graduation.risk import Model


def test_the_command_line_streams_and_tells(
    type_in: Callable[..., tuple[int, str, str]], waves: graduation.Waves, model: Model, tmp_path: Path
) -> None:
    graduation.save_model(model, tmp_path / "model")
    source, table = tmp_path / "source", waves.tables[1]
    source.mkdir()
    for number, start in enumerate((0, 500, 1000)):
        table.iloc[start : start + 500 if number < 2 else None].to_parquet(source / f"part-{number}.parquet")
    words = ("score", source, "--model", tmp_path / "model", "--out", tmp_path / "s.parquet")
    code, out, err = type_in(*words, "--dry-run", "--json")
    assert (code, json.loads(out)["rows"]) == (0, len(table)), err
    code, out, err = type_in(*words, "--reasons", "1", "--json")
    assert code == 0, err
    assert json.loads(out)["rows"]["written"] == len(pd.read_parquet(tmp_path / "s.parquet"))
    code, _, err = type_in(*words)
    assert (code, "exists" in err) == (2, True)
    code, _, err = type_in(*words[:-1], tmp_path / "s.xlsx")
    assert (code, "only chunk by chunk" in err) == (2, True)
    code, _, err = type_in(*words, "--force", "--scheduler", "tcp://localhost:8786")
    assert (code, "give --engine dask" in err) == (2, True)
    code, _, err = type_in(*words, "--force", "--engine", "ray")
    assert (code, "expected one of local, dask" in err) == (2, True)
    lacking = tmp_path / "lacking.csv"
    table.drop(columns=["household_size"]).to_csv(lacking, index=False)
    code, _, err = type_in("score", lacking, "--model", tmp_path / "model", "--out", tmp_path / "l.csv")
    assert (code, "does not fit this registry" in err) == (4, True)
    code, _, err = type_in("score", tmp_path / "none-*.csv", "--model", tmp_path / "model", "--out", tmp_path / "n.csv")
    assert (code, "no file is called so" in err) == (2, True)


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_a_bar_is_no_wider_than_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    line = RowProgress(93_000_000, quiet=False)._line(12_345_678, 60.0)
    assert line.startswith("\r")
    assert len(line) == width

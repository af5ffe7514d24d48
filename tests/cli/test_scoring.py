"""`graduation score` on files that are read chunk by chunk."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import graduation
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
    lacking = tmp_path / "lacking.csv"
    table.drop(columns=["household_size"]).to_csv(lacking, index=False)
    code, _, err = type_in("score", lacking, "--model", tmp_path / "model", "--out", tmp_path / "l.csv")
    assert (code, "does not fit this registry" in err) == (4, True)
    code, _, err = type_in("score", tmp_path / "none-*.csv", "--model", tmp_path / "model", "--out", tmp_path / "n.csv")
    assert (code, "no file is called so" in err) == (2, True)

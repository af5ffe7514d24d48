"""A real panel that nobody here wrote goes through the same functions and commands."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.cli import main
from graduation.schema import load_dictionary
from tests.conftest import REAL_DATA, ROOT

EXAMPLE = ROOT / "examples" / "argentina_eph"
PAIRS = REAL_DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet"
needs_data = pytest.mark.skipif(not PAIRS.is_file(), reason="set GRADUATION_REAL_DATA to the folder of real data")


@pytest.mark.parametrize("name", ["dictionary.toml", "with_income.toml"])
def test_no_later_value_is_a_feature(name: str) -> None:
    dictionary = load_dictionary(EXAMPLE / name)
    assert dictionary.columns["indig_1"].known == "later"
    assert not {"indig", "indig_1", "W_1", "poor", "poor_1", "PONDERA"} & set(dictionary.features)
    assert "indig_1" not in dictionary.at_scoring().columns


def protocol_rows(rows: int, test_share: float = 1.0) -> pd.DataFrame:
    """Return some training rows and all test rows, or a share of them, of the protocol of the bars."""
    table = pd.read_parquet(PAIRS)
    train = table[table["t"].between(8040, 8049)].sample(rows, random_state=0)
    test = table[table["t"].between(8053, 8057)].sample(frac=test_share, random_state=0)
    return pd.concat([train, test])


@needs_data
def test_a_household_that_returns_is_keyed_by_time_and_never_parted_in_folds(tmp_path: Path) -> None:
    registry = graduation.read_registry(protocol_rows(4_000), schema=EXAMPLE / "dictionary.toml")
    panel = graduation.pair_waves(registry)
    train, test = panel.split("time", at=8053)
    assert registry.households.index.names == ["household_id", "quarter"]
    assert registry.households.index.is_unique
    assert panel.groups["household"].duplicated().any()
    assert train.groups["time"].max() + 4 <= 8053 <= test.groups["time"].min()
    assert len(test.outcome) == 26_514


@needs_data
def test_check_train_score_explain_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = protocol_rows(5_000, test_share=0.3)
    rows.to_parquet("pairs.parquet", index=False)
    rows[rows["t"] >= 8053].drop(columns=["indig_1"]).to_parquet("now.parquet", index=False)
    schema = str(EXAMPLE / "with_income.toml")
    split = ["--by", "time", "--at", "8053"]
    for words in (
        ["check", "pairs.parquet", "--schema", schema],
        ["train", "pairs.parquet", "--schema", schema, *split, "--no-refit", "--fast", "--out", "model"],
        ["score", "now.parquet", "--model", "model", "--out", "scores.parquet", "--reasons", "1"],
        ["explain", "now.parquet", "--model", "model", "--out", "drivers.csv"],
    ):
        monkeypatch.setattr(sys, "argv", ["graduation", *words, "--force"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (None, 0), capsys.readouterr().err
    scores = pd.read_parquet("scores.parquet").set_index(["household_id", "quarter"])["risk"]
    truth = rows[rows["t"] >= 8053].set_index(["hid", "t"])["indig_1"].loc[scores.index]
    figures = graduation.evaluate(truth.to_numpy(), np.asarray(scores)).metrics()
    # With 5,000 training rows and quick models; the bar with 30,000 is .858 (examples/argentina_eph/run.py).
    assert figures["roc_auc"] > 0.82
    assert {"become", "remain"} == set(pd.read_csv("drivers.csv")["pathway"])

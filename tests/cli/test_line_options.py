"""A model is used with the line and at the prices that it was trained with, or the difference is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd
import pytest

import graduation
from graduation.cli import main
from tests.cli.conftest import Answer
from tests.cli.test_cli import small_copy

QUICK = ("--fast", "--no-refit", "--quiet", "--by", "household")
LINE, OWN = "wb_ppp300_2024", "synthetic_bottom_10"
WELFARE = "consumption_per_head_monthly_idr"
STATE = """
[dictionary]
name = "d"
version = "1"
[columns]
hid = { type = "text", role = "id" }
poor = { type = "boolean", role = "state" }
"""


def poorer(folder: Path, year: int, rows: int = 400) -> Path:
    """Write rows of a sample wave in which so many are under the line that it can be learned."""
    path = small_copy(folder, year, rows)
    table = pd.read_csv(path, dtype=str)
    welfare = pd.to_numeric(table[WELFARE], errors="coerce") * 0.6
    table.assign(**{WELFARE: welfare.where(welfare > 0)}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two waves, and models trained with a line and with deflators."""
    folder = tmp_path_factory.mktemp("lines")
    waves = [poorer(folder / "data", year, rows=1000) for year in (2023, 2024)]
    (folder / "cpi.csv").write_text("wave,deflator\n2023,1.0\n2024,1.25\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, options in {"lined": ["--line", LINE], "real": ["--deflators", "cpi.csv"]}.items():
            words = ["train", *map(str, waves), "--out", name, *QUICK, *options]
            patch.setattr(sys, "argv", ["graduation", *words])
            with (folder / f"{name}.txt").open("w") as said, redirect_stdout(said), pytest.raises(SystemExit) as ended:
                main()
            assert ended.value.code in (None, 0)
    return folder


@pytest.mark.parametrize("told", ["option", "settings", "neither"])
def test_train_score_plan_with_a_line(type_in: Callable[..., Answer], place: Path, tmp_path: Path, told: str) -> None:
    wave, model = place / "data" / "registry_2024.csv", place / "lined"
    asked = ["--line", LINE] if told == "option" else []
    if told == "settings":
        (tmp_path / "graduation.toml").write_text(f'[registry]\nline = "{LINE}"\n')
    more = {"score": [], "plan": ["--budget", 90_000_000]} | ({"explain": []} if told == "neither" else {})
    for command, words in more.items():
        code, _, err = type_in(command, wave, "--model", model, "--out", f"{command}.csv", *words, *asked)
        assert code == 0, err
        note = f"note: read by the model's line {LINE}"
        assert (note in err) == (told == "neither")
        assert told != "neither" or f"in place of {OWN}" in err
    welfare = graduation.read_registry(wave).households[WELFARE]
    scores = pd.read_csv("score.csv").set_index("household_id")
    poor = welfare.reindex(scores.index).lt(graduation.load_line(LINE).monthly)
    assert ((scores["pathway"] == "remain") == poor)[welfare.reindex(scores.index).notna()].all()


def test_a_third_line_is_refused_and_the_remedy_named(
    type_in: Callable[..., Answer], place: Path, tmp_path: Path
) -> None:
    wave, model = poorer(tmp_path / "d", 2024), place / "lined"
    code, _, err = type_in("score", wave, "--model", model, "--out", "s.csv", "--line", "sk_bupati_2023")
    assert (code, f"--line {LINE}" in err) == (4, True)
    beside = wave.parent / "dictionary.toml"
    beside.write_text(beside.read_text().replace("800439", "800440"))
    code, _, err = type_in("score", wave, "--model", model, "--out", "s.csv")
    assert (code, f"its line is {LINE}" in err) == (4, True)
    beside.unlink()
    code, _, err = type_in("score", wave, "--model", model, "--out", "s.csv", "--line", "sk_bupati_2023")
    assert code == 4, err
    assert type_in("score", wave, "--model", model, "--out", "s.csv", "--line", LINE)[0] == 0


def test_a_line_that_is_not_shipped_can_be_named(type_in: Callable[..., Answer], place: Path) -> None:
    wave = place / "data" / "registry_2024.csv"
    assert type_in("check", wave, "--line", OWN)[0] == 0


def test_a_model_of_deflated_welfare_wants_deflators(type_in: Callable[..., Answer], place: Path) -> None:
    wave, real = place / "data" / "registry_2024.csv", place / "real"
    score, plan = ["score", "--out", "a.csv"], ["plan", "--budget", 5_000_000, "--out", "b.csv"]
    for command in (score, plan, ["report", "--out", "c.html"], ["explain"]):
        code, _, err = type_in(command[0], wave, "--model", real, *command[1:])
        assert code == 4, err
        assert "trained on deflated welfare" in err
        assert "--deflators TABLE" in err
    for command in (score, plan):
        code, _, err = type_in(command[0], wave, "--model", real, *command[1:], "--deflators", place / "cpi.csv")
        assert code == 0, err
        assert "not those of training" not in err
    record = json.loads(Path("a.csv.run.json").read_text())
    assert set(record["inputs"]) == {str(wave), str(place / "cpi.csv")}
    code, _, err = type_in(
        "score", wave, "--model", place / "lined", "--out", "d.csv", "--deflators", place / "cpi.csv"
    )
    assert (code, "is not deflated, the registry's is" in err) == (4, True)


def test_other_deflators_than_those_of_training_are_told(
    type_in: Callable[..., Answer], place: Path, tmp_path: Path
) -> None:
    (tmp_path / "new.csv").write_text("wave,deflator\n2024,1.5\n")
    wave = place / "data" / "registry_2024.csv"
    code, _, err = type_in("score", wave, "--model", place / "real", "--out", "a.csv", "--deflators", "new.csv")
    assert code == 0, err
    assert "the deflators new.csv are not those of training (cpi.csv)" in err


def test_training_writes_down_how_waves_were_read(place: Path) -> None:
    cards = {name: json.loads((place / name / "card.json").read_text()) for name in ("lined", "real")}
    assert [cards[name]["deflated"] for name in cards] == [False, True]
    assert cards["lined"]["reading"]["line_in_place_of"]["line_id"] == OWN
    record = json.loads((place / "real.run.json").read_text())
    told = cards["real"]["reading"]["deflators"]
    assert told == {"file": "cpi.csv", "sha256": record["inputs"]["cpi.csv"]}
    assert record["reading"]["deflators"] == told
    assert f"Extreme poor by consumption per head under the line {LINE}" in (place / "lined.txt").read_text()
    assert f"{OWN} (IDR 800,439 per head and month), deflated." in (place / "real.txt").read_text()


def test_harmonise_leaves_welfare_and_line_as_they_are(
    type_in: Callable[..., Answer], place: Path, tmp_path: Path
) -> None:
    wave = place / "data" / "registry_2024.csv"
    (tmp_path / "graduation.toml").write_text(f'[registry]\nline = "{LINE}"\ndeflators = "{place / "cpi.csv"}"\n')
    code, _, err = type_in("harmonise", wave, "--out", "common/w.csv")
    assert code == 0, err
    common, own = (graduation.read_registry(path) for path in (Path("common/w.csv"), wave))
    pd.testing.assert_series_equal(common.households[WELFARE], own.households[WELFARE])
    assert common.dictionary.line == own.dictionary.line
    record = json.loads(Path("common/w.csv.run.json").read_text())
    assert (record["command"], list(record["inputs"])) == ("harmonise", [str(wave)])
    code, out, err = type_in("check", "common/w.csv", "--json")
    assert code == 0, err
    poor = json.loads(out)[0]["extreme_poor"][0]["extreme_poor"]
    welfare = own.households[WELFARE] / 1.25
    assert poor == int((welfare < graduation.load_line(LINE).monthly).sum())


def test_a_registry_without_welfare_is_not_deflated(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "dictionary.toml").write_text(STATE.replace('role = "state"', 'role = "feature"'))
    (folder / "r.csv").write_text("hid,poor\na,1\nb,0\n")
    (tmp_path / "cpi.csv").write_text("wave,deflator\n2024,1.25\n")
    code, _, err = type_in("check", folder / "r.csv", "--deflators", "cpi.csv", "--line", LINE)
    assert code == 0, err
    assert "has no welfare, so no line and no deflators apply" in err


def test_a_line_is_refused_where_the_registry_tells_the_state(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "dictionary.toml").write_text(STATE)
    (folder / "r.csv").write_text("hid,poor\na,1\nb,0\n")
    code, _, err = type_in("check", folder / "r.csv", "--line", LINE)
    assert code == 2
    assert "the registry tells the state itself (column 'poor')" in err


def test_a_key_in_the_environment_and_one_in_the_settings_are_refused(
    type_in: Callable[..., Answer], place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave, key = place / "data" / "registry_2024.csv", tmp_path / "key.txt"
    key.write_text("sixteen letters and more")
    (tmp_path / "graduation.toml").write_text('[registry]\nkey_file = "key.txt"\n')
    assert type_in("check", wave)[0] == 0
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY_FILE", str(key))
    assert type_in("check", wave)[0] == 0
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY_FILE", str(tmp_path / "other.txt"))
    assert "GRADUATION_PSEUDONYM_KEY_FILE is set too" in type_in("check", wave)[2]
    monkeypatch.delenv("GRADUATION_PSEUDONYM_KEY_FILE")
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", "another secret of many letters")
    code, _, err = type_in("check", wave)
    assert (code, "GRADUATION_PSEUDONYM_KEY is set too" in err) == (2, True)


def test_the_page_of_a_check_counts_the_poor_by_their_line(
    type_in: Callable[..., Answer], place: Path, tmp_path: Path
) -> None:
    wave = place / "data" / "registry_2024.csv"
    code, out, err = type_in("check", wave, "--page", "c.html", "--json", "--line", "bps_ppp190_2021",
                             "--deflators", place / "cpi.csv")  # fmt: skip
    assert code == 0, err
    page, poor = Path("c.html").read_text(), json.loads(out)[0]["extreme_poor"][0]
    assert "under the line bps_ppp190_2021 (IDR 358,233 per head and month)" in page
    assert f"<td>{poor['extreme_poor']:,}</td>" in page or poor["extreme_poor"] < 5
    assert "Welfare was divided by deflators." in page
    assert "not meant for the prices" not in page + out
    assert type_in("check", wave, "--page", "id.html", "--language", "id")[0] == 0
    page = Path("id.html").read_text()
    assert "Miskin ekstrem menurut pengeluaran per kapita di bawah garis" in page


def test_backtest_takes_a_line_and_deflators(type_in: Callable[..., Answer]) -> None:
    said = " ".join(type_in("backtest", "--help")[1].split())
    assert "--line" in said
    assert "--deflators" in said

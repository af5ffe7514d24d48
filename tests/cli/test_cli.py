"""The command line as a user types it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graduation
from tests.cli.conftest import Answer
from tests.conftest import ROOT
from tests.test_panel import repeated_panel

SAMPLE, MODEL = ROOT / "data" / "sample", ROOT / "models" / "sample"
COMMANDS = ("check", "train", "evaluate", "backtest", "score", "explain", "plan", "report", "demo")


def small_copy(folder: Path, year: int, rows: int = 400) -> Path:
    """Write the first rows of a sample wave, with its dictionary, to a folder of the test's own."""
    folder.mkdir(exist_ok=True)
    (folder / "dictionary.toml").write_text((SAMPLE / "dictionary.toml").read_text())
    lines = (SAMPLE / f"registry_{year}.csv").read_text().splitlines(keepends=True)
    path = folder / f"registry_{year}.csv"
    path.write_text("".join(lines[: rows + 1]))
    return path


def test_the_program_is_installed_and_help_is_quick_to_load() -> None:
    code = (
        "import sys; from graduation.cli import app; print({'mlflow', 'lightgbm', 'shap', 'pandas'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "set()"
    program = Path(sys.executable).parent / "graduation"
    answer = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    assert all(command in answer for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(type_in: Callable[..., Answer], command: str) -> None:
    code, out, _ = type_in(command, "--help")
    assert code == 0
    assert f"graduation {command}" in " ".join(out.split())
    assert "Example" in out


def test_check_counts_rules_and_writes_the_rows_set_aside(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    code, out, err = type_in("check", SAMPLE / "registry_2024.csv")
    rejected = pd.read_csv(tmp_path / "registry_2024.rejected.csv")
    assert code == 0
    assert f"{rejected['row'].nunique()} set aside" in out
    assert {"row", "household_id", "column", "rule", "value", "expected"} == set(rejected)
    assert "registry_2024.rejected.csv says which and why" in err
    assert type_in("check", SAMPLE / "registry_2024.csv")[0] == 0
    (tmp_path / "registry_2024.rejected.csv").write_text("mine")
    again, _, problem = type_in("check", SAMPLE / "registry_2024.csv")
    assert (again, "--force" in problem) == (2, True)


def test_check_tells_all_problems_of_a_file_at_once(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    table = pd.read_csv(path, dtype=str).rename(columns={"floor_area_m2": "floor_area", "toilet": "wc"})
    table.to_csv(path, index=False)
    code, _, err = type_in("check", path)
    assert code == 3
    assert "refused for 2 problems" in err
    assert "Did you mean 'floor_area'?" in err
    assert "'toilet'" in err
    assert "Traceback" not in err


def test_train_score_explain_plan_report_one_after_another(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    waves = [small_copy(tmp_path / "r", year, rows=1200) for year in (2023, 2024)]
    code, out, err = type_in("train", *waves, "--out", "model", "--fast", "--no-refit", "--seed", "4")
    assert code == 0, err
    assert "roc_auc" in out
    assert "neediest_first" in out
    assert json.loads(Path("model.run.json").read_text())["command"] == "train"
    trained = graduation.load_model("model")

    code, out, err = type_in("score", waves[1], "--model", "model", "--out", "scores.csv", "--language", "id", "--json")
    assert code == 0, err
    scores = pd.read_csv("scores.csv")
    assert json.loads(out)["rows"]["written"] == len(scores)
    scores = scores.sort_values("rank")
    assert scores["risk"].is_monotonic_decreasing
    assert scores["reason_1"].str.contains("Pengeluaran per kapita").any()
    record = json.loads(Path("scores.csv.run.json").read_text())
    assert record["model_id"] == trained.model_id
    assert [one["path"] for one in record["sources"]] == [str(waves[1])]

    household = scores["household_id"].iloc[0]
    code, out, _ = type_in("explain", waves[1], "--model", "model", "--household", household)
    assert code == 0
    assert "contribution" in out
    code, _, err = type_in("explain", waves[1], "--model", "model", "--household", "BKS-none")
    assert (code, "no household 'BKS-none'" in err) == (2, True)

    code, out, err = type_in(
        "plan",
        waves[1],
        "--model",
        "model",
        "--budget",
        "90000000",
        "--capacity",
        "training=3",
        "--out",
        "plan.csv",
    )
    assert code == 0, err
    plan = pd.read_csv("plan.csv")
    assert 0 < plan["cost_idr"].sum() <= 90_000_000
    assert (plan["arm"] == "training").sum() <= 3

    code, out, err = type_in(
        "report", waves[1], "--model", "model", "--out", "page.html", "--budget", "90000000", "--quiet"
    )
    assert code == 0, err
    assert Path(out.strip()).read_text().startswith("<!doctype html>")


def test_outputs_are_never_replaced_without_force_and_refused_before_the_work(
    type_in: Callable[..., Answer], tmp_path: Path
) -> None:
    path = small_copy(tmp_path / "r", 2024)
    Path("scores.csv").write_text("mine")
    code, _, err = type_in("score", path, "--model", MODEL, "--out", "scores.csv")
    assert (code, "exists" in err) == (2, True)
    assert Path("scores.csv").read_text() == "mine"
    assert "scoring" not in err


def test_the_wrong_model_for_a_registry_ends_with_4(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("hid,quarter,IV1\n1,8040,2\n2,8040,1\n")
    code, _, err = type_in("score", path, "--model", MODEL, "--out", "scores.csv")
    assert code == 4
    assert "does not fit this registry" in err
    assert "'household_id'" in err
    assert not Path("scores.csv").exists()


def test_a_damaged_model_ends_with_4_and_usage_errors_with_2(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    code, _, err = type_in("score", path, "--model", tmp_path / "none", "--out", "s.csv")
    assert (code, "no model here" in err) == (4, True)
    assert type_in("score", path, "--out", "s.csv")[0] == 2
    assert type_in("scor")[0] == 2
    code, _, err = type_in("plan", path, "--model", MODEL, "--out", "p.csv")
    assert (code, "no budget" in err) == (2, True)
    code, _, err = type_in(
        "plan", path, "--model", MODEL, "--out", "p.csv", "--budget", "1e8", "--capacity", "training:3"
    )
    assert (code, "expected arm=number" in err) == (2, True)
    code, _, err = type_in("score", path, "--model", MODEL, "--out", "s.csv", "--language", "in")
    assert (code, "en or id" in err) == (2, True)


def test_reversed_waves_end_with_3(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    before, after = (small_copy(tmp_path / "r", year) for year in (2023, 2024))
    code, _, err = type_in("train", after, before, "--out", "model")
    assert (code, "Swap the two files" in err) == (3, True)
    assert not Path("model").exists()


def test_settings_stand_in_for_options(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    Path("graduation.toml").write_text('language = "id"\n')
    assert type_in("score", path, "--model", MODEL, "--out", "scores.parquet", "--quiet")[0] == 0
    assert pd.read_parquet("scores.parquet")["reason_1"].str.contains("Pengeluaran per kapita").any()
    Path("graduation.toml").write_text('languag = "id"\n')
    code, _, err = type_in("score", path, "--model", MODEL, "--out", "other.csv")
    assert (code, "languag" in err) == (3, True)


def test_identity_numbers_reach_no_output(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024, rows=800)
    table = pd.read_csv(path, dtype=str)
    numbers = {*table["head_nik"].dropna(), *table["family_card_number"].dropna()}
    said = [
        *type_in("check", path)[1:],
        *type_in("score", path, "--model", MODEL, "--out", "scores.csv", "--force")[1:],
        *type_in("report", path, "--model", MODEL, "--out", "page.html", "--force")[1:],
    ]
    written = [item.read_text() for item in tmp_path.iterdir() if item.is_file()]
    assert len(written) >= 4
    assert not any(number in text for text in [*said, *written] for number in numbers)


def test_an_interrupt_leaves_nothing_half_written_and_ends_with_5(
    type_in: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graduation.batch import scored

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scored, "run_parts", interrupted)
    path = small_copy(tmp_path / "r", 2024)
    code, _, err = type_in("score", path, "--model", MODEL, "--out", "scores.csv")
    assert (code, "interrupted" in err) == (5, True)
    assert not Path("scores.csv").exists()


def test_the_demo_does_the_whole_job(tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    words = [sys.executable, "-m", "graduation", "demo", "--out", "demo", "--households", "1000"]
    answer = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    folder = tmp_path / "demo"
    assert {"ranked_list.csv", "plan.csv", "report.html", "model", "mlflow.db", "registry"} <= {
        item.name for item in folder.iterdir()
    }
    last = answer.stdout.strip().splitlines()[-1]
    assert Path(last.removeprefix("open the report: ")).is_file()
    assert "MLflow run" in answer.stdout
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "mlruns").exists()


def test_the_demo_replaces_nothing_without_force(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    mine = tmp_path / "demo" / "registry" / "registry_2023.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    code, _, err = type_in("demo", "--out", "demo", "--households", "1000")
    assert (code, "exists" in err) == (2, True)
    assert mine.read_text() == "mine"


def test_what_cannot_be_written_is_refused_before_the_work(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    (tmp_path / "a_file").write_text("x")
    (tmp_path / "a_folder.csv").mkdir()
    Path("left.csv.run.json").write_text("{}")
    for out in ("s.txt", "/proc/nowhere/s.csv", "a_file/s.csv", "a_folder.csv", "left.csv"):
        code, _, err = type_in("score", path, "--model", MODEL, "--out", out)
        assert code == 2, (out, err)
        assert "reading" not in err
        assert "Traceback" not in err
    assert not list(tmp_path.glob("*.rejected.csv"))


def test_problems_of_several_files_name_each_file(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.csv", tmp_path / "other.csv"
    empty.write_text("")
    other.write_text("a,b\n1,2\n")
    code, _, err = type_in("check", empty, other, "--schema", "west_java_synthetic")
    assert code == 3
    assert "empty.csv" in err
    assert "other.csv" in err
    assert "no rows" in err


def test_json_is_one_piece_that_other_programs_read(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    waves = [small_copy(tmp_path / "r", year, rows=1200) for year in (2023, 2024)]
    code, out, _ = type_in("check", *waves, "--json")
    assert code == 0
    told = json.loads(out)
    assert [Path(one["source"]).name for one in told] == ["registry_2023.csv", "registry_2024.csv", "all files"]
    assert told[2]["family_card_shared_within"] > 0
    code, out, err = type_in("train", *waves, "--out", "model", "--fast", "--no-refit", "--json", "--quiet")
    assert code == 0, err
    json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    json.loads(Path("model/card.json").read_text(), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_a_registry_with_another_line_has_the_wrong_model(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    dictionary = path.parent / "dictionary.toml"
    dictionary.write_text(dictionary.read_text().replace("800439", "500000"))
    code, _, err = type_in("score", path, "--model", MODEL, "--out", "s.csv")
    assert code == 4
    assert "500,000" in err
    assert not Path("s.csv").exists()


def test_an_unknown_split_and_a_store_that_is_not_there_are_usage_errors(
    type_in: Callable[..., Answer], tmp_path: Path
) -> None:
    waves = [small_copy(tmp_path / "r", year, rows=600) for year in (2023, 2024)]
    code, _, err = type_in("train", *waves, "--out", "model", "--by", "rows")
    assert (code, "expected time, place or household" in err) == (2, True)
    code, _, err = type_in("train", *waves, "--out", "model", "--fast", "--no-refit", "--track", "--uri", "no://x")
    assert (code, "check the tracking URI" in err) == (2, True)
    assert Path("model.run.json").is_file()


def test_three_waves_train_a_model_that_asks_for_the_earlier_ones(
    type_in: Callable[..., Answer], tmp_path: Path
) -> None:
    made = graduation.make_waves(700, waves=3, seed=5)
    paths = [tmp_path / f"registry_{year}.csv" for year in (2023, 2024, 2025)]
    for table, path in zip(made.tables, paths, strict=True):
        table.to_csv(path, index=False)
    (tmp_path / "dictionary.toml").write_text((SAMPLE / "dictionary.toml").read_text())
    code, _, err = type_in("train", *paths, "--out", "model", "--by", "household", "--fast", "--no-refit")
    assert code == 0, err
    code, _, err = type_in("score", paths[2], "--model", "model", "--out", "s.csv")
    assert (code, "--history EARLIER" in err) == (4, True)
    earlier = ["--history", paths[0], "--history", paths[1]]
    code, _, err = type_in("score", paths[2], "--model", "model", "--out", "s.csv", *earlier)
    assert code == 0, err
    registries = [graduation.read_registry(path) for path in paths]
    full = graduation.with_history(registries[2], *registries[:2])
    expected = graduation.score(full, graduation.load_model("model"), reasons=0).table["risk"]
    scores = pd.read_csv("s.csv", index_col="household_id")["risk"]
    assert scores.to_dict() == pytest.approx(expected.to_dict())
    record = json.loads(Path("s.csv.run.json").read_text())
    assert (len(record["inputs"]), record["options"]["reasons"], record["options"]["level"]) == (3, 5, 0.9)
    for words in (
        ["explain", "--out", "d.csv"],
        ["plan", "--budget", "5e7", "--out", "p.csv"],
        ["report", "--out", "p.html"],
    ):
        code, _, err = type_in(words[0], paths[2], "--model", "model", *words[1:], *earlier)
        assert code == 0, err
    code, _, err = type_in("score", paths[2], "--model", MODEL, "--out", "t.csv", *earlier)
    assert (code, "leave --history out" in err) == (2, True)


def test_a_file_that_holds_households_several_times_is_its_own_history(
    type_in: Callable[..., Answer], tmp_path: Path
) -> None:
    panel = repeated_panel()
    table = panel.households.assign(poor_later=panel.outcome).reset_index()
    table.astype({"poor": int}).to_csv(tmp_path / "pairs.csv", index=False)
    (tmp_path / "dictionary.toml").write_text(
        '[dictionary]\nname = "r"\nversion = "1"\nrepeats = true\nhorizon = 4\n[columns]\n'
        'household_id = { type = "text", role = "id" }\nquarter = { type = "integer", role = "time" }\n'
        'poor = { type = "boolean", role = "state" }\nsize = { type = "integer" }\n'
        'poor_later = { type = "boolean", role = "outcome", known = "later" }\n'
    )
    code, _, err = type_in("train", "pairs.csv", "--out", "model", "--own-history", "--fast", "--no-refit")
    assert code == 0, err
    assert "times_extreme_poor_before" in graduation.load_model("model").dictionary.features
    code, _, err = type_in("score", "pairs.csv", "--model", "model", "--out", "s.csv")
    assert code == 0, err
    assert len(pd.read_csv("s.csv")) == len(table)


def test_a_split_by_row_needs_its_flag_and_says_that_it_flatters(
    type_in: Callable[..., Answer], tmp_path: Path
) -> None:
    waves = [small_copy(tmp_path / "r", year, rows=600) for year in (2023, 2024)]
    code, _, err = type_in("train", *waves, "--out", "model", "--by", "row")
    assert (code, "--allow-row-split" in err) == (2, True)
    forced = ("--by", "row", "--allow-row-split", "--fast", "--no-refit")
    code, out, _ = type_in("train", *waves, "--out", "model", *forced)
    assert (code, "WARNING: split by row" in out) == (0, True)


def test_check_may_come_before_every_other_command(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    assert type_in("check", path)[0] == 0
    assert type_in("score", path, "--model", MODEL, "--out", "s.csv")[0] == 0
    assert type_in("plan", path, "--model", MODEL, "--budget", "5e7", "--out", "p.csv")[0] == 0
    assert type_in("explain", path, "--model", MODEL)[0] == 0


def test_past_records_are_weighed_in_and_their_bad_rows_written(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    records = path.parent / "records.csv"
    table = pd.read_csv(SAMPLE / "programme_records.csv", dtype=str)
    table.loc[0, "floor_area_m2"] = "-1"
    table.to_csv(records, index=False)
    words = ["plan", path, "--model", MODEL, "--budget", "5e7", "--out", "p.csv", "--records", records]
    # The pilot has every arm but this one, which would take all the money.
    code, out, err = type_in(*words, "--capacity", "referral=0")
    assert code == 0, err
    assert "Each record counts by its survey weight" in out
    assert "assumed + estimated" in set(pd.read_csv("p.csv")["basis"])
    assert pd.read_csv("p.records.rejected.csv")["rule"].tolist() == ["below_minimum"]
    facts = json.loads(Path("p.csv.run.json").read_text())
    assert {effect["arm"] for effect in facts["effects"]} == {
        "cash",
        "training",
        "capital",
        "training_capital",
        "referral",
    }
    assert len(facts["programme"]["fingerprint"]) == 16


def test_known_chances_and_names_of_places_are_typed(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = small_copy(tmp_path / "r", 2024)
    records = path.parent / "records.csv"
    shutil.copy(SAMPLE / "programme_records.csv", records)
    words = ["plan", path, "--model", MODEL, "--budget", "5e7", "--out", "p.csv", "--average-effects"]
    shares = {"none": 0.28, "cash": 0.18, "training": 0.2, "capital": 0.18, "training_capital": 0.16}
    lot = [word for arm, share in shares.items() for word in ("--chance", f"{arm}={share}")]
    code, out, err = type_in(
        *words, "--records", records, *lot, "--cluster", "kecamatan", "--quota", "kecamatan=setu:2"
    )
    assert code == 0, err
    assert "assumed + estimated" in out
    facts = json.loads(Path("p.csv.run.json").read_text())
    assert (facts["chances"], facts["cluster"], facts["average_effects"]) == (shares, "kecamatan", True)
    assert "at least 2 where kecamatan is Setu" in {limit["limit"] for limit in facts["limits"]}
    assert (pd.read_csv("p.csv").query("arm != 'none'")["kecamatan"] == "Setu").sum() >= 2
    for more, message in (
        (["--records", records, *lot[2:]], "chances of the arms: none is given for 'none'"),
        (["--records", records, "--cluster", "vilage"], "did you mean 'village'"),
        (["--records", records, *lot[2:], "--chance", "none=shares"], "no column 'shares'"),
        (["--chance", "cash=0.5"], "give --records too"),
        (["--records", records, "--chance", "0.5"], "expected arm=number"),
    ):
        code, _, err = type_in(*words, "--force", *more)
        assert code in (2, 3)
        assert message in " ".join(err.lower().split())


def test_training_writes_a_scorecard_to_print_or_as_a_table(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    waves = [small_copy(tmp_path, year) for year in (2023, 2024)]
    training = ("train", *waves, "--fast", "--no-refit", "--quiet", "--language", "id", "--out")
    code, _, err = type_in(*training, "model", "--scorecard", "card.html")
    assert code == 0, err
    assert "Kartu skor" in Path("card.html").read_text()
    assert json.loads(Path("card.html.run.json").read_text())["command"] == "train"
    code, _, err = type_in(*training, "other", "--scorecard", "card.csv")
    assert code == 0, err
    assert {"question", "answer", "points"} <= set(pd.read_csv("card.csv"))


def test_a_scorecard_that_cannot_be_written_is_refused_before_the_work(
    type_in: Callable[..., Answer], tmp_path: Path
) -> None:
    waves = [small_copy(tmp_path, year) for year in (2023, 2024)]
    Path("there.html").write_text("mine")
    for name, reason in (
        ("there.html", "exists"), ("card.pdf", "cannot be written"), ("model/card.html", "inside the model folder"),
    ):  # fmt: skip
        code, _, err = type_in("train", *waves, "--out", "model", "--scorecard", name)
        assert (code, reason in err) == (2, True), err
        assert not Path("model").exists()
    assert Path("there.html").read_text() == "mine"


def four_years(folder: Path, *, time_unit: str = "") -> Path:
    """Write households of four years, each with its outcome a year later, and their dictionary."""
    folder.mkdir()
    (folder / "dictionary.toml").write_text(
        f'[dictionary]\nname = "y"\nversion = "1"\nrepeats = true\n{time_unit}\n[columns]\n'
        'household_id = { type = "text", role = "id" }\nyear = { type = "integer", role = "time" }\n'
        'poor = { type = "boolean", role = "state" }\nsize = { type = "integer", minimum = 0 }\n'
        'poor_later = { type = "boolean", role = "outcome", known = "later" }\n'
    )
    rng = np.random.default_rng(0)
    size = rng.integers(1, 9, 480)
    table = pd.DataFrame({"household_id": np.tile(np.arange(120), 4), "year": np.repeat(np.arange(2001, 2005), 120)})
    table = table.assign(size=size, poor=rng.integers(0, 2, 480), poor_later=(rng.random(480) < size / 12).astype(int))
    table.loc[3, "size"] = -1
    table.to_csv(folder / "years.csv", index=False)
    return folder / "years.csv"


def test_a_backtest_as_a_planner_types_it(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    path = four_years(tmp_path / "r", time_unit='time_unit = "year"')
    words = ("backtest", path, "--origins", "2", "--window", "1", "--seed", "2", "--out", "tests.csv")
    code, out, err = type_in(*words)
    assert code == 0, err
    assert "fitting model 2 of 2, as of 2004" in err
    assert "1 rows of" in err
    assert "All households: " in out
    table = pd.read_csv("tests.csv")
    assert set(table["age"]) == {0, 12, 24}
    assert set(table["pathway"]) == {"all", "remain", "become"}
    record = json.loads(Path("tests.csv.run.json").read_text())
    assert record["params"] == {"window": 1.0, "origins": 2, "fast": True, "tolerance": 0.01, "seed": 2}

    refused, _, problem = type_in(*words)
    assert (refused, "--force" in problem) == (2, True)
    code, out, err = type_in(*words, "--force", "--json", "--quiet")
    facts = json.loads(out)
    assert (code, facts["age_unit"], facts["out"]) == (0, "months", "tests.csv")
    assert len(facts["verdicts"]) == 3
    assert "fitting" not in err
    pd.testing.assert_frame_equal(pd.read_csv("tests.csv"), table)


def test_a_backtest_of_two_waves_or_with_wrong_options_is_refused(
    type_in: Callable[..., Answer], tmp_path: Path
) -> None:
    waves = [small_copy(tmp_path / "r", year) for year in (2023, 2024)]
    code, _, err = type_in("backtest", *waves, "--quiet")
    assert (code, "three waves or more" in err) == (3, True)
    code, _, err = type_in("backtest", *waves, "--quiet", "--tolerance", "3")
    assert (code, "tolerance is 3.0" in err) == (2, True)

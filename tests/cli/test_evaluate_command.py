"""`graduation evaluate`, as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graduation
from tests.cli.conftest import Answer

TypeIn = Callable[..., Answer]
COLUMNS = ("--outcome", "poor", "--risk", "risk")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    state = (rng.random(600) < 0.2).astype(int)
    risk = np.clip(rng.beta(1, 9, 600) + 0.3 * state, 0, 1).round(3)
    columns = {
        "household_id": [f"3216{i:012d}" for i in range(600)], "poor": (rng.random(600) < risk).astype(int),
        "risk": risk, "now": state, "decile": rng.integers(1, 11, 600),
        "spending": 1e6 - 4e5 * risk + rng.normal(0, 9e4, 600),
        "sex": rng.choice(["f", "m", ""], 600), "area": rng.choice(["rural", "urban"], 600),
        "weight": rng.uniform(1, 3, 600), "village": np.arange(600) // 12, "cost": rng.uniform(1, 2, 600),
        "rooms": rng.integers(1, 8, 600),
    }  # fmt: skip
    path = tmp_path / "scored.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_the_answer_is_that_of_the_functions(type_in: TypeIn, table: Path) -> None:
    code, out, _ = type_in("evaluate", table, *COLUMNS, "--weight", "weight", "--cluster", "village", "--json")
    assert code == 0
    rows = pd.read_csv(table)
    village = rows["village"].astype(str)  # a table of text keeps codes as they are written
    expected = graduation.evaluate(rows["poor"], rows["risk"], weight=rows["weight"], cluster=village).metrics()
    told = json.loads(out)
    assert {name: told[name] for name in expected} == pytest.approx(expected, nan_ok=True)


def test_text_tells_pathways_other_scores_and_who_is_missed(type_in: TypeIn, table: Path) -> None:
    code, out, err = type_in(
        "evaluate", table, *COLUMNS, "--state", "now", "--score=-spending", "--score=-decile", "--describe", "rooms",
        "--describe", "area", "--quota", "60",
    )  # fmt: skip
    assert code == 0, err
    for words in ("remain", "become", "spending", "roc_auc minus risk", "rooms: mean", "area: urban", "60 households"):
        assert words in out
    rows = pd.read_csv(table)
    auc = graduation.compare(rows["poor"], {"risk": rows["risk"], "spending": -rows["spending"]}).frame()
    assert f"{auc['roc_auc'][1]:.3f}" in out  # a score named with a minus is turned


def test_a_page_and_a_table_are_written_with_their_record(type_in: TypeIn, table: Path, tmp_path: Path) -> None:
    groups = ("--group", "sex", "--group", "sex:area")
    assert type_in("evaluate", table, *COLUMNS, *groups, "--out", "trust.html", "--language", "id")[0] == 0
    page = (tmp_path / "trust.html").read_text()
    assert "Seberapa andal daftar ini" in page
    assert "sex: f; area: rural" in page
    assert page.count("<svg") == 4
    assert "3216000000" not in page
    assert (tmp_path / "trust.html.run.json").exists()
    assert type_in("evaluate", table, *COLUMNS, *groups, "--out", "trust.csv")[0] == 0
    figures = pd.read_csv(tmp_path / "trust.csv")
    assert {"(missing)", "f", "m"} <= set(figures.loc[figures["group"] == "sex", "level"])
    assert type_in("evaluate", table, *COLUMNS, "--out", "trust.csv")[0] == 2


def test_a_budget_is_given_as_money_and_what_a_household_costs(type_in: TypeIn, table: Path) -> None:
    rows = pd.read_csv(table)
    for cost, given in (("1.5", 1.5), ("cost", rows["cost"])):
        code, out, _ = type_in("evaluate", table, *COLUMNS, "--budget", "90", "--cost", cost, "--json")
        assert code == 0
        expected = graduation.evaluate(rows["poor"], rows["risk"], quota=graduation.Budget(90.0, cost=given)).metrics()
        assert json.loads(out)["exclusion_error"] == pytest.approx(expected["exclusion_error"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--outcome", "poor", "--risk", "rsik"), 2, "no column 'rsik'; did you mean 'risk'"),
        ((*COLUMNS, "--quota", "many"), 2, "--quota is 'many'; expected a share"),
        ((*COLUMNS, "--quota", "601"), 2, "over 100 % of the 600"),
        ((*COLUMNS, "--budget", "90"), 2, "--budget and --cost together"),
        ((*COLUMNS, "--quota", "5", "--budget", "90", "--cost", "1"), 2, "--budget and --cost together"),
        (("--outcome", "decile", "--risk", "risk"), 3, "expected 0 or 1"),
        (("--outcome", "poor", "--risk", "spending"), 3, "expected probabilities in [0, 1]"),
        ((*COLUMNS, "--group", "sex:are"), 2, "no column 'are'; did you mean 'area'"),
        ((*COLUMNS, "--out", "trust.pdf"), 2, "trust.pdf"),
    ],
)
def test_mistakes_are_told(type_in: TypeIn, table: Path, words: tuple[str, ...], code: int, said: str) -> None:
    ended, out, err = type_in("evaluate", table, *words)
    assert ended == code
    assert said in err
    assert out == ""


def test_the_table_holds_all_that_was_asked_for_and_the_record_how(
    type_in: TypeIn, table: Path, tmp_path: Path
) -> None:
    words = ("--state", "now", "--group", "sex", "--score=-spending", "--describe", "rooms", "--quota", "60")
    assert type_in("evaluate", table, *COLUMNS, *words, "--out", "all.csv")[0] == 0
    figures = pd.read_csv(tmp_path / "all.csv")
    parts = {"figures", "groups", "curve", "coverage", "calibration", "comparison", "overlap", "missed"}
    assert set(figures["part"]) == parts
    assert set(figures.loc[figures["part"] == "groups", "pathway"]) == {"all", "remain", "become"}
    record = json.loads((tmp_path / "all.csv.run.json").read_text())
    assert record["params"]["quota"] == "60"
    assert record["params"]["group"] == ["sex"]


def test_a_column_is_compared_once(type_in: TypeIn, table: Path) -> None:
    for more in (("--score", "risk"), ("--score", "spending", "--score=-spending")):
        code, _, err = type_in("evaluate", table, *COLUMNS, *more)
        assert code == 2
        assert "compared twice" in err

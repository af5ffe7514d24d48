"""`graduation dictionary infer | list | show`, as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import graduation
from graduation.schema import load_dictionary, shipped_dictionaries
from tests.cli.conftest import Answer

TypeIn = Callable[..., Answer]


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    rows = {"hhid": [f"h{i}" for i in range(60)], "has_tv": ["1", "2", "9"] * 20, "floor": ["1", "2", "3"] * 20}
    path = tmp_path / "survey.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_a_proposal_is_written_and_reads_the_file(type_in: TypeIn, survey: Path, tmp_path: Path) -> None:
    code, out, err = type_in("dictionary", "infer", survey, "--out", "survey.toml")
    assert (code, out) == (0, "")
    assert "Found: id hhid" in err
    assert "check:" in err
    registry = graduation.read_registry(survey, schema=tmp_path / "survey.toml")
    assert (registry.n_rejected, registry.dictionary.name) == (0, "survey")
    record = json.loads((tmp_path / "survey.toml.run.json").read_text())
    assert (record["command"], record["columns"]) == ("dictionary infer", 3.0)


def test_without_out_the_proposal_is_all_of_stdout(type_in: TypeIn, survey: Path, tmp_path: Path) -> None:
    code, out, err = type_in("dictionary", "infer", survey, "--name", "mine")
    assert code == 0
    (tmp_path / "piped.toml").write_text(out)
    assert load_dictionary(tmp_path / "piped.toml").name == "mine"
    assert "3 columns" in err
    assert type_in("dictionary", "infer", survey, "--quiet")[2] == ""


@pytest.mark.parametrize("kind", [".parquet", ".xlsx"])
def test_other_files(type_in: TypeIn, survey: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"other{kind}"
    graduation.io.write_table(pd.read_csv(survey), path)
    code, out, _ = type_in("dictionary", "infer", path)
    assert code == 0
    assert '[columns.has_tv]\ntype = "boolean"' in out


def test_what_exists_is_not_replaced(type_in: TypeIn, survey: Path, tmp_path: Path) -> None:
    (tmp_path / "survey.toml").write_text("edited by hand")
    code, _, err = type_in("dictionary", "infer", survey, "--out", "survey.toml")
    assert (code, (tmp_path / "survey.toml").read_text()) == (2, "edited by hand")
    assert "--force" in err
    assert type_in("dictionary", "infer", survey, "--out", "survey.toml", "--force")[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("infer", "nowhere.csv"), 2, "no such file"),
        (("infer", "survey.csv", "--out", "survey.txt"), 2, "expected .toml"),
        (("infer", "twice.csv"), 3, "a column name used twice"),
        (("infer", "header.csv"), 3, "no rows"),
        (("infer", "empty.csv"), 3, "no columns"),
        (("show", "nothing"), 2, "no dictionary named 'nothing'"),
    ],
)
def test_errors_say_what_to_do(
    type_in: TypeIn, survey: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "twice.csv").write_text("a,a\n1,2\n3,4\n")
    (tmp_path / "header.csv").write_text("a,b\n")
    (tmp_path / "empty.csv").write_text("")
    found, _, err = type_in("dictionary", *words)
    assert found == code
    assert said in err
    assert "Traceback" not in err


def test_shipped_dictionaries_are_listed_with_their_titles(type_in: TypeIn) -> None:
    code, out, _ = type_in("dictionary", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == shipped_dictionaries()
    assert "Synthetic households of peri-urban West Java" in out
    assert set(json.loads(type_in("dictionary", "list", "--json")[1])) == set(shipped_dictionaries())


def test_a_dictionary_is_shown_column_by_column(type_in: TypeIn) -> None:
    code, out, _ = type_in("dictionary", "show", "west_java_synthetic")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split("\t")[:4] == ["name", "type", "role", "known"]
    assert len(lines) == 1 + len(load_dictionary("west_java_synthetic").columns)
    (toilet,) = [line for line in lines if line.startswith("toilet\t")]
    assert "1 Own" in toilet
    assert "1 Milik sendiri" in type_in("dictionary", "show", "west_java_synthetic", "--language", "id")[1]


def test_a_proposal_can_be_shown(type_in: TypeIn, survey: Path) -> None:
    type_in("dictionary", "infer", survey, "--out", "survey.toml")
    code, out, _ = type_in("dictionary", "show", "survey.toml", "--json")
    assert code == 0
    assert [row["role"] for row in json.loads(out)] == ["id", "feature", "feature"]

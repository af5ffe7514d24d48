"""check: the table, the page, the exit code."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graduation.cli import main
from tests.conftest import ROOT

Answer = tuple[int, str, str]
DICTIONARY = """
[dictionary]
name = "d"
version = "1"
[columns]
hid = { type = "text", role = "id" }
nik = { type = "text", role = "identity", privacy = "identifier", unique = true, required = false }
size = { type = "integer", maximum = 20 }
note = { type = "category", codes = { 1 = "One" }, required = false }
"""
NIK = "3216905205900001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    place.mkdir()
    (place / "dictionary.toml").write_text(DICTIONARY)
    (place / "good.csv").write_text("hid,nik,size,note\na,1,2,1\nb,2,3,1\n")
    (place / "bad.csv").write_text(
        f"hid,nik,size,note\na,{NIK},2,1\nb,{NIK},3,1\nc,,4,<b>x</b>\nd,,tiga,1\ne,,5,1\nf,,6,1\n"
    )
    return place


def test_a_page_tells_counts_examples_and_what_to_do(
    type_in: Callable[..., Answer], folder: Path, tmp_path: Path
) -> None:
    code, out, _ = type_in(
        "check", folder / "bad.csv", folder / "good.csv", "--page", "check.html", "--max-rejected", 1
    )
    page = (tmp_path / "check.html").read_text()
    assert code == 0
    assert "2 households accepted, 4 set aside" in out
    for said in ("bad.csv", "good.csv", "Every row obeys the dictionary", "not a number", "Enter digits only", "tiga"):
        assert said in page
    assert "&lt;b&gt;x" in page
    assert "<b>x" not in page
    assert not [hidden for hidden in (NIK, "http", "<script") if hidden in page]
    assert "priority for a visit" not in page
    assert json.loads((tmp_path / "check.html.run.json").read_text())["command"] == "check"


def test_the_page_exists_in_indonesian_and_tells_of_refused_files(
    type_in: Callable[..., Answer], folder: Path, tmp_path: Path
) -> None:
    (folder / "no.csv").write_text("x,y\n1,2\n")
    code, _, err = type_in("check", folder / "no.csv", folder / "bad.csv", "--page", "c.html", "--language", "id",
                           "--max-rejected", 1)  # fmt: skip
    page = (tmp_path / "c.html").read_text()
    assert code == 3
    assert "first names seen are" in err
    for said in ("disisihkan", "Ditolak", "&#39;x&#39;, &#39;y&#39;", "Isi angka saja"):
        assert said in page
    assert type_in("check", folder / "bad.csv", "--page", "c.html")[0] == 2


def test_strict_ends_with_3_when_a_row_is_set_aside(
    type_in: Callable[..., Answer], folder: Path, tmp_path: Path
) -> None:
    assert type_in("check", folder / "good.csv", "--strict")[0] == 0
    code, out, err = type_in("check", folder / "good.csv", folder / "bad.csv", "--strict", "--max-rejected", 1)
    assert code == 3
    assert "4 rows set aside" in err
    assert "Registry check" in out
    assert (tmp_path / "bad.rejected.csv").exists()


def test_an_encoding_can_be_stated(type_in: Callable[..., Answer], folder: Path) -> None:
    (folder / "old.csv").write_bytes("hid,size\né,2\nb,3\n".encode("cp1252"))
    code, _, err = type_in("check", folder / "old.csv")
    assert (code, "--encoding" in err) == (3, True)
    assert type_in("check", folder / "old.csv", "--encoding", "cp1252")[0] == 0


def test_files_of_one_name_have_lists_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / "data" / "sample" / "registry_2023.csv", tmp_path / folder / "registry.csv")
    schema = str(ROOT / "data" / "sample" / "dictionary.toml")
    monkeypatch.setattr(sys, "argv", ["graduation", "check", "a/registry.csv", "b/registry.csv", "--schema", schema])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (None, 0)
    assert (tmp_path / "a_registry.rejected.csv").read_bytes() == (tmp_path / "b_registry.rejected.csv").read_bytes()


def test_json_tells_refused_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("household_id,wave\na,2023\n")
    monkeypatch.setattr(sys, "argv", ["graduation", "check", "bad.csv", "--schema", "west_java_synthetic", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    (told,) = json.loads(capsys.readouterr().out)
    assert told["source"] == "bad.csv"
    assert any("survey_weight" in problem for problem in told["refused"])

"""What the README shows works as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import mlflow
import pytest

from graduation.cli import main
from graduation.settings import load_settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def in_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(None)
    return tmp_path


def test_the_python_story_runs(in_a_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (story,) = blocks("python")
    exec(compile(story, "README.md", "exec"), {})  # noqa: S102 - our own README
    said = capsys.readouterr().out
    assert "neediest_first" in said
    assert "Who gets what within the budget" in said
    assert (in_a_copy / "model" / "manifest.json").is_file()


def test_every_command_runs_in_order(in_a_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("graduation ")]
    assert len(lines) == 10
    for line in lines:
        words = shlex.split(line, comments=True)
        # The story in Python trains the full recipe on the same files.
        quick = ["--fast"] if words[1] == "train" else []
        monkeypatch.setattr(sys, "argv", words if words[-1] == "list" else [*words, *quick, "--force"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (None, 0), line
    for name in (
        "check.html",
        "common/registry_2024.parquet",
        "proposed.toml",
        "ranked_list.csv",
        "drivers.csv",
        "plan.csv",
        "report.html",
        "mlflow.db",
        "model.run.json",
    ):
        assert (in_a_copy / name).is_file()


def test_the_settings_are_valid(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    path = tmp_path / "graduation.toml"
    path.write_text(example)
    assert load_settings(path).tracking.experiment == "bekasi"


def test_every_linked_file_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(links) >= 8
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_room_is_on_the_map() -> None:
    rooms = {path.stem for path in (ROOT / "src" / "graduation").iterdir() if not path.name.startswith("__")} - {"py"}
    (room_map,) = [block for block in README.split("```") if block.strip().startswith("cli  ")]
    assert {room for room in rooms if re.search(rf"\b{room}\b", room_map)} == rooms

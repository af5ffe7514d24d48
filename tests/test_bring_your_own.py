"""The page on bringing one's own registry works as it stands, on a real survey."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest

import graduation
from graduation.cli import main
from graduation.schema import Dictionary, load_dictionary
from graduation.schema.column import Role
from tests.conftest import REAL_DATA, ROOT

PAGE = (ROOT / "docs" / "how-to" / "bring-your-own-registry.md").read_text(encoding="utf-8")
EPH = REAL_DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet"


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


def type_in(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [os.path.expandvars(word) for word in shlex.split(line)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (None, 0), line


@pytest.mark.skipif(not EPH.is_file(), reason="set GRADUATION_REAL_DATA to the folder of real data")
def test_every_step_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADUATION_REAL_DATA", str(REAL_DATA))
    (decisions,) = blocks("toml")
    (smaller,) = blocks("python")
    # The page has us save both as soon as it shows them; `extends` is read only when the dictionary is used.
    (tmp_path / "registry.toml").write_text(decisions, encoding="utf-8")
    exec(compile(smaller, "bring-your-own-registry.md", "exec"), {})  # noqa: S102 - our own page
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) == 6
    for line in lines:
        type_in(line, monkeypatch)
    said = capsys.readouterr()
    for shown in blocks(""):
        for sentence in filter(None, shown.splitlines()):
            assert sentence in said.out + said.err + (tmp_path / "proposed.toml").read_text(), sentence
    first_model(tmp_path)


def first_model(folder: Path) -> None:
    """What comes out is what the page says: the outcome is no feature, and the risk ranks as well as is told."""
    features = load_dictionary(folder / "registry.toml").features
    assert not {"indig", "indig_1", "poor", "poor_1", "W_1", "l_inc", "inc_ratio", "IPCF", "t", "hid"} & set(features)
    assert {"IV4", "II8", "V5", "IX_TOT", "REGION"} <= set(features)
    scores = pd.read_csv(folder / "scores.csv").set_index(["hid", "t"])["risk"]
    truth = pd.read_parquet(folder / "pairs.parquet").set_index(["hid", "t"])["indig_1"].loc[scores.index]
    assert len(scores) == 3_000
    assert 0.75 < graduation.evaluate(truth.to_numpy(), scores.to_numpy()).metrics()["roc_auc"] < 0.9
    assert {"become", "remain"} == set(pd.read_csv(folder / "drivers.csv")["pathway"])


def test_all_that_the_page_names_exists() -> None:
    rows = re.findall(r"^\| (`.+?) \|", PAGE, flags=re.MULTILINE)
    named = {name.split(" =")[0] for row in rows for name in re.findall(r"`([^`]+)`", row)} - {"value"}
    fields = set(graduation.Dictionary.model_fields["columns"].annotation.__args__[1].model_fields)
    assert len(named) >= 10
    assert named <= fields
    roles = re.search(r"^\| `role` \| (.+?) \|", PAGE, flags=re.MULTILINE)
    assert roles is not None
    assert set(re.findall(r"`(\w+)`", roles[1])) <= set(Role.__args__)
    assert {"horizon", "time_unit", "repeats"} <= set(Dictionary.model_fields)
    for linked in ("examples/argentina_eph", "tests/test_bring_your_own.py"):
        assert (ROOT / linked).exists()

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from graduation.schema import load_dictionary, validate

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_sample", DATA / "make_sample.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sample_files_are_up_to_date(script):
    assert script.outdated() == []


def test_check_fails_when_a_file_differs(script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "outdated", lambda: ["registry_2023.csv"])
    assert script.main(["--check"]) == 1
    assert "registry_2023.csv" in capsys.readouterr().err


def test_missing_files_count_as_outdated(script, tmp_path):
    assert len(script.outdated(tmp_path)) == 4


def test_sample_is_accepted_by_its_dictionary():
    dictionary = load_dictionary(DATA / "sample" / "dictionary.toml")
    assert dictionary.name == "sample_registry"
    assert dictionary.line.line_id == "synthetic_bottom_10"
    for year in (2023, 2024):
        table = pd.read_csv(DATA / "sample" / f"registry_{year}.csv", dtype=str)
        registry = validate(table, dictionary)
        assert 3_900 < len(registry.households) < 4_000
        poor = registry.households["consumption_per_head_monthly_idr"] < dictionary.line.monthly
        assert 0.08 < poor.mean() < 0.13


def test_sample_is_small_and_ends_lines_plainly():
    files = list((DATA / "sample").iterdir())
    assert sum(file.stat().st_size for file in files) < 4_000_000
    assert all(b"\r" not in file.read_bytes() for file in files)

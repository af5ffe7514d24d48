"""Settings are read from TOML, and all that is wrong with them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from graduation.errors import DataError, UsageError
from graduation.settings import Settings, load_settings


def test_defaults_and_a_file_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings() == Settings()
    Path("graduation.toml").write_text(
        'language = "id"\n[registry]\nschema = "d.toml"\n[plan]\nbudget = 5e8\n[tracking]\nuri = "http://host:5000"\n'
    )
    found = load_settings()
    assert (found.language, found.registry.schema_, found.plan.budget) == ("id", "d.toml", 5e8)
    assert found.tracking.uri == "http://host:5000"


def test_every_wrong_setting_is_told(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('langage = "id"\n[training]\nshare = 2\nby = "row"\n')
    with pytest.raises(DataError) as caught:
        load_settings(path)
    message = str(caught.value)
    assert len(caught.value.problems) == 3
    assert all(name in message for name in ("langage", "training.share", "training.by"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no settings file at .*none.toml"):
        load_settings(tmp_path / "none.toml")


def test_a_split_by_row_is_a_setting_only_with_its_flag(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[training]\nby = "row"\nallow_row_split = true\n')
    assert load_settings(path).training.by == "row"
    path.write_text('[training]\nby = "row"\n')
    with pytest.raises(DataError, match="allow_row_split = true"):
        load_settings(path)


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[registry]\nschema = "d.toml"\ndeflators = "in/cpi.csv"\nkey_file = "/k"\n[plan]\nprogramme = "p.toml"\n'
    )
    found = load_settings(path)
    assert found.registry.schema_ == str(tmp_path / "d.toml")
    assert found.registry.deflators == str(tmp_path / "in" / "cpi.csv")
    assert (found.registry.key_file, found.plan.programme) == ("/k", str(tmp_path / "p.toml"))
    path.write_text('[registry]\nschema = "bdt2015"\n')
    assert (load_settings(path).registry.schema_, load_settings(path).plan.programme) == ("bdt2015", "bekasi_2024")

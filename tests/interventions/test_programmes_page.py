"""The page on programmes: its pieces of TOML are one valid programme, and its examples run on it."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "programmes.md"


def test_the_page_gives_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [part.split("```")[0] for part in PAGE.read_text(encoding="utf-8").split("```toml")[1:]]
    (tmp_path / "my_regency.toml").write_text("\n".join(pieces), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    found = doctest.testfile(str(PAGE), module_relative=False, optionflags=flags)
    assert found.attempted > 12
    assert found.failed == 0

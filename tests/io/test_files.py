"""What the system refuses is told with its path and what to do, before the work where that is possible."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from graduation.errors import UsageError
from graduation.io import check_output, write_table, write_text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("mine")
    return path


def impossible(tmp_path: Path, file: Path) -> dict[str, Path]:
    (tmp_path / "folder.csv").mkdir()
    paths = {"a folder": tmp_path / "folder.csv", "under a file": file / "deep" / "out.csv"}
    if Path("/proc").is_dir():
        paths["no real file system"] = Path("/proc/x/out.csv")
    return paths | {"too long": tmp_path / f"{'x' * 300}.csv"}


def test_impossible_places_are_usage_errors_before_and_while_writing(tmp_path: Path, file: Path) -> None:
    for path in impossible(tmp_path, file).values():
        with pytest.raises(UsageError, match=r"is a folder|cannot be written"):
            check_output(path, force=True)
        with pytest.raises(UsageError, match=r"is a folder|cannot be written"):
            write_table(pd.DataFrame({"a": [1]}), path, force=True)
        with pytest.raises(UsageError, match=r"is a folder|cannot be written"):
            write_text(path, "text", force=True)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_an_output_is_checked_before_the_work_and_nothing_is_left(tmp_path: Path, file: Path) -> None:
    with pytest.raises(UsageError, match="--force"):
        check_output(file, force=False)
    with pytest.raises(UsageError, match=r"expected \.csv, \.parquet"):
        check_output(tmp_path / "out.doc", force=False, suffixes=(".csv", ".parquet"))
    check_output(file, force=True)
    check_output(tmp_path / "new" / "deeper" / "out.CSV", force=False, suffixes=(".csv", ".parquet"))
    assert [item.name for item in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "mine"

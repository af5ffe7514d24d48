"""Files of a large registry are found in order, and refused when they do not belong together."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from graduation.batch import find_sources
from graduation.batch.columnar import parquet_parts
from graduation.errors import DataError, UsageError


def part(path: Path, table: pd.DataFrame, **options: object) -> Path:
    table.to_parquet(path, index=False, **options)
    return path


TABLE = pd.DataFrame({"household_id": ["a", "b"], "size": [1, 2]})


def test_files_come_in_natural_order_and_empty_ones_are_skipped(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        part(tmp_path / f"part-{number}.parquet", TABLE)
    part(tmp_path / "part-3.parquet", TABLE.iloc[:0])
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "dictionary.toml").touch()
    source = find_sources(tmp_path)
    assert [path.name for path in source.files] == ["part-1.parquet", "part-2.parquet", "part-10.parquet"]
    assert [path.name for path in source.empty] == ["part-3.parquet"]
    assert find_sources(str(tmp_path / "part-1*.parquet")).files == (source.files[0], source.files[2])


def test_what_cannot_be_one_registry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="in this folder"):
        find_sources(tmp_path)
    with pytest.raises(UsageError, match="no file is called so"):
        find_sources(tmp_path / "*.csv")
    (tmp_path / "a.csv").write_text("household_id,size\n")
    with pytest.raises(DataError, match="no rows"):
        find_sources(tmp_path / "a.csv")
    part(tmp_path / "b.parquet", TABLE)
    with pytest.raises(UsageError, match=r"two kinds, such as .*a\.csv"):
        find_sources(tmp_path)


def test_another_schema_is_told_by_file_and_column(tmp_path: Path) -> None:
    part(tmp_path / "1.parquet", TABLE)
    part(tmp_path / "2.parquet", TABLE[["size", "household_id"]].astype({"size": "float32"}))
    assert len(find_sources(tmp_path).files) == 2
    part(tmp_path / "3.parquet", TABLE.rename(columns={"size": "n"}).assign(household_id=[1, 2]))
    with pytest.raises(DataError, match=r"3\.parquet has other columns.*'size' is missing, 'n' is new, 'household_id'"):
        find_sources(tmp_path)


def test_row_groups_are_joined_and_split(tmp_path: Path) -> None:
    table = pd.DataFrame({"household_id": [str(number) for number in range(100)]})
    small = parquet_parts(part(tmp_path / "small.parquet", table, row_group_size=10), rows=25)
    large = parquet_parts(part(tmp_path / "large.parquet", table, row_group_size=100), rows=30)
    assert [group.groups for group in small] == [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
    assert [(one.start, one.length) for one in large[0].parts] == [(0, 25), (25, 25), (50, 25), (75, 25)]


def test_files_of_one_name_are_called_by_their_folders(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        part(tmp_path / folder / "registry.parquet", TABLE)
    assert find_sources(tmp_path / "a").names == ("registry.parquet",)
    found = find_sources(tmp_path / "*" / "registry.parquet").names
    assert found == tuple(str(tmp_path / folder / "registry.parquet") for folder in ("a", "b"))


def test_no_table_of_a_folder_is_left_out_without_a_word(tmp_path: Path) -> None:
    part(tmp_path / "a.parquet", TABLE)
    for name in ("b.xlsx", "c.DTA", "d.csv.gz"):
        (tmp_path / name).touch()
    (tmp_path / "README.md").touch()
    with pytest.raises(UsageError, match=r"b\.xlsx, c\.DTA, d\.csv\.gz cannot be read in batches"):
        find_sources(tmp_path)
    assert len(find_sources(str(tmp_path / "*.parquet")).files) == 1


def test_what_an_earlier_run_wrote_is_no_registry(tmp_path: Path) -> None:
    for name in ("a.csv", "scores.csv", "scores.a.rejected.csv", ".hidden.csv", "harmonised.csv"):
        TABLE.to_csv(tmp_path / name, index=False)
    (tmp_path / "scores.csv.run.json").write_text('{"command": "score"}')
    (tmp_path / "harmonised.csv.run.json").write_text('{"command": "dictionary harmonise"}')
    (tmp_path / ".scores.csv.parts").mkdir()
    for given in (tmp_path, tmp_path / "*.csv"):
        assert [path.name for path in find_sources(given).files] == ["a.csv", "harmonised.csv"]


def test_what_a_run_leaves_that_was_stopped_in_its_last_moment_is_no_registry(tmp_path: Path) -> None:
    pd.DataFrame({"household_id": ["a"]}).to_parquet(tmp_path / "part.parquet")
    pd.DataFrame({"household_id": ["a"], "risk": [0.5]}).to_parquet(tmp_path / "scores.parquet")
    for given in (tmp_path, tmp_path / "*.parquet"):
        assert find_sources(given, out=tmp_path / "scores.parquet").files == (tmp_path / "part.parquet",)
        with pytest.raises(DataError, match="risk"):
            find_sources(given)

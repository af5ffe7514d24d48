"""Files are read as they stand and written whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from graduation.errors import DataError, UsageError
from graduation.io import read_registry, read_table, write_table
from graduation.io.files import atomic
from graduation.schema import Dictionary


def test_text_files_keep_leading_zeros_and_blank_cells(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("id;code\n001;07\n002;\n", encoding="utf-8-sig")
    table = read_table(path)
    assert table.to_dict("list") == {"id": ["001", "002"], "code": ["07", ""]}


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_every_kind_reads_to_the_same_registry(
    tmp_path: Path, small_table: pd.DataFrame, small_dictionary: Dictionary, suffix: str
) -> None:
    path = write_table(small_table, tmp_path / f"registry{suffix}")
    expected = read_registry(small_table, schema=small_dictionary).households
    pd.testing.assert_frame_equal(read_registry(path, schema=small_dictionary).households, expected)


def test_the_dictionary_beside_the_file_is_found(tmp_path: Path, small_table: pd.DataFrame) -> None:
    path = write_table(small_table, tmp_path / "registry.csv")
    with pytest.raises(UsageError, match=r"--schema .* or put dictionary.toml beside it"):
        read_registry(path)
    (tmp_path / "dictionary.toml").write_text(
        '[dictionary]\nname = "d"\nversion = "1"\n[columns]\nhousehold_id = { type = "text", role = "id" }\n'
    )
    assert list(read_registry(path).households.index) == list("abcdef")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", b"", "no rows"),
        ("a.csv", b"household_id,wave\n", "no rows"),
        ("a.csv", b"\xff\xfe\x00bad", "cannot be read"),
        ("a.parquet", b"not parquet", "cannot be read"),
        ("a.xlsx", b"not excel", "cannot be read"),
        ("a.csv", b'household_id,wave\n"a,2023\n', "cannot be read"),
    ],
)
def test_unreadable_files_are_refused_by_name(
    tmp_path: Path, small_dictionary: Dictionary, name: str, content: bytes, expected: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=expected) as caught:
        read_registry(path, schema=small_dictionary)
    assert str(path) in str(caught.value)


def test_missing_files_and_strange_endings_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(UsageError, match=r"expected .csv, .parquet, .xlsx"):
        read_table(tmp_path / "registry.doc")


def test_formulas_are_made_harmless_and_numbers_stay(tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["=1+1", "@cmd", "plain", None], "amount": [-5.0, 1.0, 2.0, 3.0]})
    back = pd.read_csv(write_table(table, tmp_path / "out.csv"))
    assert back["name"].tolist()[:3] == ["'=1+1", "'@cmd", "plain"]
    assert back["amount"].tolist() == [-5, 1, 2, 3]


def test_formulas_after_blanks_and_in_column_names_are_made_harmless(tmp_path: Path) -> None:
    table = pd.DataFrame({"=cmd": [" =1+1", "\n@x", "a b", "-id"], 7: [1, 2, 3, 4]})
    for suffix in (".csv", ".xlsx"):
        path = write_table(table, tmp_path / f"out{suffix}")
        back = pd.read_csv(path) if suffix == ".csv" else pd.read_excel(path)
        assert list(map(str, back.columns)) == ["'=cmd", "7"]
        assert back.iloc[:, 0].tolist() == ["' =1+1", "'\n@x", "a b", "'-id"]
    assert list(table.columns) == ["=cmd", 7]
    plain = table.rename(columns={7: "n"})
    pd.testing.assert_frame_equal(pd.read_parquet(write_table(plain, tmp_path / "out.parquet")), plain)


@pytest.mark.parametrize("suffix", [".CSV", ".Parquet", ".XLSX"])
def test_the_case_of_an_ending_does_not_matter(tmp_path: Path, suffix: str) -> None:
    path = write_table(pd.DataFrame({"a": ["1", "2"]}), tmp_path / f"out{suffix}")
    assert path.name == f"out{suffix}"
    assert read_table(path)["a"].tolist() == ["1", "2"]


def test_without_the_excel_packages_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"a": ["1"]})
    path = write_table(table, tmp_path / "out.xlsx")
    packages = ("openpyxl", "xlsxwriter")
    # A part that another test has loaded would be found without its package.
    for name in {*packages, *(name for name in sys.modules if name.partition(".")[0] in packages)}:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"pip install 'graduation\[excel\]'"):
        read_table(path)
    with pytest.raises(UsageError, match=r"pip install 'graduation\[excel\]'"):
        write_table(table, tmp_path / "new.xlsx")
    assert [item.name for item in tmp_path.iterdir()] == ["out.xlsx"]


def test_blank_rows_and_repeated_names_of_a_sheet_are_seen(tmp_path: Path, small_dictionary: Dictionary) -> None:
    sheet = pd.DataFrame([["household_id", "floor", "floor"], ["a", "1", "1"]])
    sheet.to_excel(tmp_path / "twice.xlsx", header=False, index=False)
    with pytest.raises(DataError, match="column 'floor': a column name used twice"):
        read_registry(tmp_path / "twice.xlsx", schema=small_dictionary)
    ids = pd.DataFrame([["hid", "n"], ["a", "1"], [None, None], ["b", "x"], ["c", "1"]])
    ids.to_excel(tmp_path / "ids.xlsx", header=False, index=False)
    columns = {"hid": {"name": "hid", "type": "text", "role": "id"}, "n": {"name": "n", "type": "integer"}}
    dictionary = Dictionary.model_validate({"name": "d", "version": "1", "columns": columns})
    assert read_registry(tmp_path / "ids.xlsx", schema=dictionary).rejected["row"].tolist() == [3]


def test_a_folder_and_a_file_that_may_not_be_read_are_usage_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        read_table(tmp_path / "folder.csv")
    path = write_table(pd.DataFrame({"a": ["1"]}), tmp_path / "out.csv")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match="Permission denied"):
        read_table(path)


def test_outputs_are_not_replaced_without_force(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1]})
    path = write_table(table, tmp_path / "out.csv")
    with pytest.raises(UsageError, match="--force"):
        write_table(table, path)
    write_table(table.assign(a=2), path, force=True)
    assert "2" in path.read_text()


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def interrupted() -> None:
        with atomic(path, force=True) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["out.csv"]


def identified(small_dictionary: Dictionary) -> Dictionary:
    columns = dict(small_dictionary.columns)
    columns["household_id"] = columns["household_id"].model_copy(update={"privacy": "identifier"})
    return small_dictionary.model_copy(update={"columns": columns})


def test_identifying_ids_become_keyed_pseudonyms(
    monkeypatch: pytest.MonkeyPatch, small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    table = small_table.assign(household_id=[f"32169001012300{n:02d}" for n in range(6)])
    dictionary = identified(small_dictionary)
    monkeypatch.delenv("GRADUATION_PSEUDONYM_KEY", raising=False)
    with pytest.raises(UsageError, match="GRADUATION_PSEUDONYM_KEY"):
        read_registry(table, schema=dictionary)
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", "a secret of the regency")
    one = read_registry(table, schema=dictionary)
    again = read_registry(table.iloc[::-1], schema=dictionary)
    assert list(one.households.index) == list(again.households.index)
    assert not any(raw in one.households.to_csv() for raw in table["household_id"])
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", "another secret, of a neighbour")
    assert set(read_registry(table, schema=dictionary).households.index).isdisjoint(one.households.index)


@pytest.mark.parametrize("order", [["household_id", "nik"], ["nik", "household_id"]])
def test_the_column_that_becomes_the_index_is_the_one_that_is_hidden(
    monkeypatch: pytest.MonkeyPatch, small_table: pd.DataFrame, small_dictionary: Dictionary, order: list[str]
) -> None:
    columns = {name: column for name, column in small_dictionary.columns.items() if name != "nik"}
    change = {"privacy": "identifier", "source": ("nik",)}
    columns["household_id"] = columns["household_id"].model_copy(update=change)
    dictionary = small_dictionary.model_copy(update={"columns": columns})
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", "a secret of the regency")
    registry = read_registry(small_table[[*order, *small_table.columns[2:]]], schema=dictionary)
    assert not set(registry.households.index) & {*small_table["nik"], *small_table["household_id"]}
    assert registry.unused == ("household_id",)

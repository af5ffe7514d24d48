"""The header is found where offices put it, and rows under it that are no households are not taken for some."""

from __future__ import annotations

from pathlib import Path

import pytest

from graduation.errors import DataError
from graduation.io import read_registry, read_table
from graduation.schema import Dictionary

ROWS = "a,30,1,2024-01-31\nb,31,2,\n"


@pytest.fixture
def dictionary() -> Dictionary:
    columns = {
        "hid": {"name": "hid", "type": "text", "role": "id"},
        "age": {"name": "age", "type": "integer"},
        "floor": {"name": "floor", "type": "category", "codes": {"1": "Tile", "2": "Earth"}},
        "seen": {"name": "seen", "type": "date", "required": False},
    }
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": columns})


def ids(tmp_path: Path, dictionary: Dictionary, text: str, suffix: str = ".csv") -> list[str]:
    path = tmp_path / f"table{suffix}"
    path.write_text(text, encoding="utf-8")
    return list(read_registry(path, schema=dictionary, max_rejected=1.0).households.index)


@pytest.mark.parametrize(
    "top",
    [
        "Data keluarga, tahun 2024\n\n",
        "Kabupaten Bekasi;;;\n",
        "Identitas,,Rumah,\nhid_x,age,y,\n",
        "".join(f"baris {number}\n" for number in range(19)),
        '"Judul, dengan koma\ndan dua baris",,,\n',
    ],
)
@pytest.mark.parametrize("numbers", ["", "1,2,3,4\n", "(1),(2),(3),(4)\n"])
def test_title_lines_and_numbered_columns_are_no_households(
    tmp_path: Path, dictionary: Dictionary, top: str, numbers: str
) -> None:
    assert ids(tmp_path, dictionary, f"{top}hid,age,floor,seen\n{numbers}{ROWS}") == ["a", "b"]


def test_rows_are_numbered_from_the_header_on(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"Judul\n\nhid,age,floor,seen\n(1),(2),(3),(4)\n{ROWS}c,x,1,\n")
    assert read_registry(path, schema=dictionary).rejected["row"].tolist() == [4]


def test_a_header_that_comes_again_is_set_aside(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"hid,age,floor,seen\n{ROWS}\ufeffhid,age,floor,seen\nc,1,1,\n", encoding="utf-8")
    registry = read_registry(path, schema=dictionary)
    assert registry.rejected[["row", "rule"]].to_numpy().tolist() == [[3, "header_again"]]
    assert list(registry.households.index) == ["a", "b", "c"]


def test_separators_of_other_endings(tmp_path: Path, dictionary: Dictionary) -> None:
    for suffix, separator in ((".tsv", "\t"), (".txt", ";"), (".csv", "\t")):
        text = f"Judul, dengan koma\nhid,age,floor,seen\n{ROWS}".replace(",", separator)
        assert ids(tmp_path, dictionary, text, suffix) == ["a", "b"]


def test_columns_without_a_name_are_dropped_or_told_by_place(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "table.csv"
    path.write_text("hid,,age,,floor\na,,1,,1\nb,,2,x,1\n")
    registry = read_registry(path, schema=dictionary)
    assert registry.unused == ("(column 4)",)
    assert list(registry.households.index) == ["a", "b"]


def test_a_file_without_any_known_column_names_what_was_seen(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "table.csv"
    path.write_text("nomor,umur\n1,2\n")
    with pytest.raises(DataError, match="first names seen are 'nomor', 'umur'"):
        read_registry(path, schema=dictionary)


def test_without_a_dictionary_the_first_line_is_the_header(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Judul,x\nhid,age\n1,2\n")
    assert list(read_table(path).columns) == ["Judul", "x"]
    assert len(read_table(path)) == 2

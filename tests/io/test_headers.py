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


def lost_and_kept(tmp_path: Path, dictionary: Dictionary, text: str) -> tuple[list[list[object]], list[str]]:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    registry = read_registry(path, schema=dictionary, max_rejected=1.0)
    return registry.rejected[["row", "rule"]].to_numpy().tolist(), list(registry.households.index)


def test_rows_between_two_headers_are_not_lost(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "table.csv"
    path.write_text("hid,umur,lantai\na,3,1\nb,4,2\nHID,age,floor\nc,5,1\n")
    with pytest.raises(DataError, match=r"row 3: two tables: .* names 'hid', and .* names 'hid', 'age', 'floor'"):
        read_registry(path, schema=dictionary)


def test_a_line_that_names_the_id_right_above_a_better_header_is_a_title(
    tmp_path: Path, dictionary: Dictionary
) -> None:
    assert ids(tmp_path, dictionary, f"hid,,,\nhid,age,floor,seen\n{ROWS}") == ["a", "b"]


def test_a_second_table_with_other_columns_refuses_the_file(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "table.csv"
    for second in ("hid,floor,age,seen", "age,hid,floor,"):
        path.write_text(f"hid,age,floor,seen\n{ROWS}Tabel 2,,,\n{second}\nc,1,1,\n")
        with pytest.raises(DataError, match="row 4: two tables"):
            read_registry(path, schema=dictionary)
    # The same columns in other words are the same header.
    found = lost_and_kept(tmp_path, dictionary, f"hid,age,floor,seen\n{ROWS} Hid ,AGE,lantai,\nc,1,1,\n")
    assert found == ([[3, "header_again"]], ["a", "b", "c"])


@pytest.mark.parametrize("numbers", ["1,2,,3\n", "(1),(2),,(3)\n"])
def test_numbers_under_names_pass_over_a_column_without_one(
    tmp_path: Path, dictionary: Dictionary, numbers: str
) -> None:
    assert ids(tmp_path, dictionary, f"hid,age,,floor\n{numbers}a,30,,1\nb,31,,2\n") == ["a", "b"]


def test_one_header_is_made_of_two_lines(tmp_path: Path, dictionary: Dictionary) -> None:
    top = "hid,Rumah,,seen\n,age,floor,\n"
    assert ids(tmp_path, dictionary, f"Judul\n{top}(1),(2),(3),(4)\n{ROWS}") == ["a", "b"]
    path = tmp_path / "table.csv"
    path.write_text("hid,Rumah,\n,age,lantai\na,1,1\n")
    with pytest.raises(DataError, match="'floor': missing from the file") as caught:
        read_registry(path, schema=dictionary)
    assert "'age'" not in str(caught.value)


WORDS = ["Jumlah", "TOTAL:", " Grand total", "sub total", "Rata-rata", "Sumber: Dinsos", "Catatan", "Keterangan *)"]


@pytest.mark.parametrize("word", [*WORDS, "Note: x", "source", "Mean", "Average size"])
def test_totals_and_notes_are_no_households_wherever_they_stand(
    tmp_path: Path, dictionary: Dictionary, word: str
) -> None:
    found = lost_and_kept(tmp_path, dictionary, f"hid,age,floor,seen\na,30,1,\n{word},30,1,\nb,31,2,\n")
    assert found == ([[2, "not_a_household"]], ["a", "b"])


def test_ids_that_only_look_like_totals_are_households(tmp_path: Path, dictionary: Dictionary) -> None:
    text = "hid,age,floor,seen\nTotal-1,30,1,\nnote12,30,1,\nSumberejo 3,1,1,\nMEAN_4,1,2,\n"
    assert lost_and_kept(tmp_path, dictionary, text)[0] == []


def test_what_stands_under_the_table_is_set_aside_and_not_shown(tmp_path: Path) -> None:
    columns = {name: {"name": name, "type": "text", "required": False} for name in ("age", "floor", "seen")}
    named = {"hid": {"name": "hid", "type": "text", "role": "id"}, **columns}
    lenient = Dictionary.model_validate({"name": "d", "version": "1", "columns": named})
    foot = "Jumlah,,61,\n,,,\nBekasi,,,12 Juni\nKepala Dinas,,,\nSITI AMINAH S.Sos NIP 197001011990031001,,,\n"
    text = f"hid,age,floor,seen\nA1,30,1,x\nSITI,,,\nA2,31,2,\nA10,,,\n{foot}"
    lost, kept = lost_and_kept(tmp_path, lenient, text)
    assert lost == [[row, "not_a_household"] for row in (5, 7, 8, 9)]
    # A household of which only the id is known has an id like the others; other rows amid the table stay.
    assert kept == ["A1", "A10", "A2", "SITI"]
    shown = read_registry(tmp_path / "table.csv", schema=lenient, max_rejected=1.0).rejected
    assert "SITI" not in shown.to_csv()


def test_a_table_of_ids_alone_has_no_foot(tmp_path: Path) -> None:
    columns = {"hid": {"name": "hid", "type": "text", "role": "id"}}
    alone = Dictionary.model_validate({"name": "d", "version": "1", "columns": columns})
    assert lost_and_kept(tmp_path, alone, "hid\nsatu\ndua\nJumlah\n") == ([[3, "not_a_household"]], ["dua", "satu"])

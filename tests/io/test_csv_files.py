"""Rows are numbered as in the file, and what cannot be read is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from graduation.errors import DataError
from graduation.io import read_registry, read_table
from graduation.schema import Dictionary

HEADER = "hid,age,floor\n"


@pytest.fixture
def dictionary() -> Dictionary:
    columns = {
        "hid": {"name": "hid", "type": "text", "role": "id"},
        "age": {"name": "age", "type": "integer"},
        "floor": {"name": "floor", "type": "category", "codes": {"1": "Tile", "2": "Earth"}},
    }
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": columns})


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rejected(path: Path, dictionary: Dictionary) -> list[tuple[object, ...]]:
    found = read_registry(path, schema=dictionary, max_rejected=1.0).rejected
    return list(found[["row", "column", "rule", "value"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_count_and_are_no_rows(tmp_path: Path, dictionary: Dictionary, end: str) -> None:
    text = f"{HEADER}a,30,1\n\n   \nb,x,2\n,,\n\nc,40,7\nd,50,1\n\n".replace("\n", end)
    path = write(tmp_path, text)
    assert rejected(path, dictionary) == [(4, "age", "not_a_number", "x"), (7, "floor", "unknown_code", "7")]
    assert list(read_registry(path, schema=dictionary).households.index) == ["a", "d"]
    assert list(read_table(path)["hid"]) == ["a", "b", "c", "d"]


def test_a_cell_with_a_line_break_is_one_row(tmp_path: Path, dictionary: Dictionary) -> None:
    path = write(tmp_path, f'{HEADER}"a\nb",30,1\nc,40,7\nd,50,1\n')
    assert rejected(path, dictionary) == [(2, "floor", "unknown_code", "7")]


def test_rows_with_too_few_or_too_many_cells_are_set_aside(tmp_path: Path, dictionary: Dictionary) -> None:
    path = write(tmp_path, f"{HEADER}a,30,1\nb,31\n\nc,32,1,9,9\nd,,\ne,33,2\nf,3x,2\n")
    registry = read_registry(path, schema=dictionary)
    assert rejected(path, dictionary) == [
        (2, "", "too_few_cells", "2 cells"), (4, "", "too_many_cells", "5 cells"), (7, "age", "not_a_number", "3x"),
    ]  # fmt: skip
    assert list(registry.households.index) == ["a", "d", "e"]
    assert registry.counts["households"].sum() == registry.n_rejected == 3
    assert "6 rows read, 3 households accepted, 3 set aside" in registry.summary()
    with pytest.raises(DataError, match="too few cells in 1 of 6 rows, first '2 cells'; expected 3 cells, as in"):
        read_registry(path, schema=dictionary, max_rejected=0.4)


def test_a_table_without_a_dictionary_names_each_such_row(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_table(write(tmp_path, f"{HEADER}a,30\nb,31,1\nc,32,1,9\n"))
    assert [problem.row for problem in caught.value.problems] == [1, 3]


@pytest.mark.parametrize("first", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n'])
def test_the_first_line_of_excel_is_understood(tmp_path: Path, dictionary: Dictionary, first: str) -> None:
    path = write(tmp_path, f"{first}hid;age;floor\na;30;1\nb;x;2\nc;3;1\n")
    assert rejected(path, dictionary) == [(2, "age", "not_a_number", "x")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"hid,age,floor\na,30,1\nb,31,\xe9\n", "line 3 is not UTF-8"),
        ("hid,age\na,30\n".encode("utf-16-le"), "line 1 holds a NUL byte; likeliest is utf-16-le"),
        (b"hid,age,floor\na,30,1\nb,3\x001,1\n", "line 3 holds a NUL byte"),
        (b'hid,age,floor\na,30,1\n\n"b,31,1\nc,32,1\n', "opened in row 3 is never closed"),
        (b'hid,age,floor\na,30,1\nb,31,"1\nc,32,1', "opened in row 2 is never closed"),
        (b'hid,age,floor\na,30,1\nb,31,"' + b"1\n" * 1_000_000, "opened in row 2 is never closed"),
        (b'hid,"age,floor\na,30,1\n', "opened in the header is never closed"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(
    tmp_path: Path, dictionary: Dictionary, content: bytes, expected: str
) -> None:
    with pytest.raises(DataError, match=expected) as caught:
        read_registry(write(tmp_path, content), schema=dictionary)
    assert "C error" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_quotation_marks_inside_a_cell_and_very_long_cells_are_text(tmp_path: Path) -> None:
    long = "x\n" * 1_000_000
    path = write(tmp_path, f'hid,note\na,5" pipe\nb,"say ""hi"""\nc,"{long}"\n')
    assert read_table(path)["note"].tolist() == ['5" pipe', 'say "hi"', long]


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n\n"])
def test_rows_between_two_stray_quotation_marks_are_set_aside(tmp_path: Path, dictionary: Dictionary, end: str) -> None:
    path = write(tmp_path, f'{HEADER}a,30,1\n"b,31,1\nc,32,1\n"d,33,1\ne,34,2{end}')
    lost = [(row, "", "swallowed_rows", "rows within a quotation") for row in (2, 3, 4)]
    assert rejected(path, dictionary) == lost
    assert list(read_registry(path, schema=dictionary, max_rejected=0.6).households.index) == ["a", "e"]


def test_rows_after_swallowed_ones_keep_their_numbers(tmp_path: Path, dictionary: Dictionary) -> None:
    text = f'{HEADER}a,30,1\n"b,31,1\n"c,32,1\nd,33\n"e,1,1\nf,1,1\n"g,1,1\nh,x,2\n'
    path = write(tmp_path, text)
    assert [row[0] for row in rejected(path, dictionary)] == [2, 3, 4, 5, 6, 7, 8]
    registry = read_registry(path, schema=dictionary, max_rejected=1.0)
    assert "8 rows read, 1 households accepted, 7 set aside" in registry.summary()


def test_an_empty_file_and_a_header_alone_have_no_rows(tmp_path: Path, dictionary: Dictionary) -> None:
    for text in ("", "\n\n", "hid,age,floor", HEADER, f"{HEADER}\n,,\n"):
        with pytest.raises(DataError, match="no rows") as caught:
            read_registry(write(tmp_path, text), schema=dictionary)
        assert len(caught.value.problems) == 1


def test_one_column_is_enough(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "hid\na\n\nb\n"))["hid"].tolist() == ["a", "b"]

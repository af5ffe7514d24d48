"""Workbooks are read as Excel shows them: types kept, nothing smeared, no formula taken for a blank."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from graduation.errors import DataError, UsageError
from graduation.io import read_registry, read_table
from graduation.schema import Column, Dictionary, Registry

HEADER = ["hid", "size", "floor", "welfare", "seen"]


@pytest.fixture
def dictionary() -> Dictionary:
    columns = {
        "hid": {"type": "text", "role": "id"},
        "size": {"type": "integer", "required": False},
        "floor": {"type": "category", "codes": {"1": "Tile", "2": "Earth"}, "required": False},
        "welfare": {"type": "number", "required": False},
        "seen": {"type": "date", "required": False},
    }
    named = {name: {"name": name, **column} for name, column in columns.items()}
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": named})


def made(path: Path, fill: Callable[[Any], None]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    fill(book)
    book.close()
    return path


def sheet_of(book: Any, *rows: list[Any], name: str = "data", top: int = 0) -> Any:
    sheet = book.add_worksheet(name)
    for place, row in enumerate([HEADER, *rows]):
        sheet.write_row(place + top, 0, row)
    return sheet


def read(path: Path, dictionary: Dictionary, **options: Any) -> Registry:
    return read_registry(path, schema=dictionary, max_rejected=1.0, **options)


def broken(registry: Registry) -> list[list[Any]]:
    return registry.rejected[["row", "rule"]].to_numpy().tolist()


def test_typed_cells_keep_their_values(tmp_path: Path, dictionary: Dictionary) -> None:
    def fill(book: Any) -> None:
        sheet = sheet_of(book, ["007", 3, 1, 1.125, None], [123, 4.0, "Tile", 2, 45_000], [1.5, 1, "2.0"])
        sheet.write_datetime(1, 4, datetime(2024, 1, 31), book.add_format({"num_format": "dd/mm/yyyy"}))

    households = read(made(tmp_path / "a.xlsx", fill), dictionary).households
    assert list(households.index) == ["007", "1.5", "123"]
    assert households["welfare"].tolist()[0] == 1.125
    assert households["floor"].tolist() == ["1", "2", "1"]
    assert [str(day.date()) for day in households["seen"].dropna()] == ["2024-01-31", "2023-03-15"]
    assert read_table(tmp_path / "a.xlsx")["hid"].tolist() == ["007", "123", "1.5"]


def test_title_rows_merged_or_not_are_no_header(tmp_path: Path, dictionary: Dictionary) -> None:
    def fill(book: Any) -> None:
        sheet = sheet_of(book, ["(1)", "(2)", "(3)", "(4)", "(5)"], ["a", 1], [], ["b", "x"], top=3)
        sheet.merge_range(0, 0, 1, 4, "Data keluarga")

    registry = read(made(tmp_path / "a.xlsx", fill), dictionary)
    assert list(registry.households.index) == ["a"]
    assert broken(registry) == [[4, "not_a_number"]]


def test_formulas_count_only_with_their_result(tmp_path: Path, dictionary: Dictionary) -> None:
    def fill(book: Any) -> None:
        sheet = sheet_of(book, ["a"], ["b"], ["c", 1])
        sheet.write_formula(1, 3, "=1+1", None, 2)
        # What a program writes that does not count: a nought.
        sheet.write_formula(2, 3, "=1+1")

    registry = read(made(tmp_path / "a.xlsx", fill), dictionary)
    assert registry.households["welfare"].tolist()[0] == 2
    assert broken(registry) == [[2, "formula_without_result"]]
    book = openpyxl.Workbook()
    for row in (["hid", "size"], ["a", "=1+1"], ["=A2", 3], ["b", 1]):
        book.active.append(row)
    book.save(tmp_path / "b.xlsx")
    assert broken(read(tmp_path / "b.xlsx", dictionary)) == [
        [1, "formula_without_result"],
        [2, "formula_without_result"],
    ]


def test_errors_break_a_rule_unless_they_are_missing_codes(tmp_path: Path, dictionary: Dictionary) -> None:
    path = made(tmp_path / "a.xlsx", lambda book: sheet_of(book, ["a", "#N/A"], ["b", 1], ["#REF!", 1]) and None)
    assert broken(read(path, dictionary)) == [[1, "error_cell"], [3, "error_cell"]]
    size = dictionary.columns["size"].model_copy(update={"missing": ("#N/A",)})
    lenient = dictionary.model_copy(update={"columns": {**dictionary.columns, "size": size}})
    assert list(read(path, lenient).households.index) == ["a", "b"]


def test_merged_cells_do_not_smear(tmp_path: Path, dictionary: Dictionary) -> None:
    def fill(book: Any) -> None:
        sheet = sheet_of(book, ["a", 1, 1], ["b", 1], ["c", 1, 2], ["d"], ["e", 1])
        sheet.merge_range(1, 2, 2, 2, 1)
        sheet.merge_range(4, 1, 4, 2, 2)

    registry = read(made(tmp_path / "a.xlsx", fill), dictionary)
    assert broken(registry) == [[2, "merged_cells"], [4, "merged_cells"]]
    assert list(registry.households.index) == ["a", "c", "e"]


def test_cells_beside_the_table_are_not_lost(tmp_path: Path, dictionary: Dictionary) -> None:
    path = made(tmp_path / "a.xlsx", lambda book: sheet_of(book, ["a", 1], ["b", 1, 1, 1, None, "x"]) and None)
    assert broken(read(path, dictionary)) == [[2, "too_many_cells"]]


def test_ids_that_excel_rounded_are_found(tmp_path: Path, dictionary: Dictionary) -> None:
    path = made(tmp_path / "a.xlsx", lambda book: sheet_of(book, [3216010101010000], ["3216010101010001"]) and None)
    registry = read(path, dictionary)
    assert broken(registry) == [[1, "digits_lost"]]
    assert list(registry.households.index) == ["3216010101010001"]


def test_a_rounded_nik_costs_no_household_its_place(tmp_path: Path, dictionary: Dictionary) -> None:
    nik = {
        "name": "nik",
        "type": "text",
        "role": "identity",
        "privacy": "identifier",
        "unique": True,
        "required": False,
    }
    columns = {**dictionary.columns, "nik": Column.model_validate(nik)}
    book = tmp_path / "a.xlsx"
    # Excel keeps 15 digits, so both end up as one number.
    rounded = pd.DataFrame({"hid": ["a", "b"], "size": [1, 2], "nik": [3216010101010001, 3216010101010002]})
    rounded.to_excel(book, index=False)
    registry = read(book, dictionary.model_copy(update={"columns": columns}))
    assert list(registry.households.index) == ["a", "b"]
    assert registry.findings["rule"].tolist() == ["digits_lost", "digits_lost"]


def test_the_sheet_that_fits_is_read_and_of_two_one_must_be_named(tmp_path: Path, dictionary: Dictionary) -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("notes").write_row(0, 0, ["hid", "is the number of the household"])
        sheet_of(book, ["a"], name="2024")

    assert list(read(made(tmp_path / "one.xlsx", fill), dictionary).households.index) == ["a"]

    def twice(book: Any) -> None:
        for name in ("2023", "2024"):
            sheet_of(book, [name], name=name)

    path = made(tmp_path / "two.xlsx", twice)
    with pytest.raises(UsageError, match="'2023', '2024' fit the dictionary; name one with --sheet"):
        read(path, dictionary)
    assert list(read(path, dictionary, sheet="2024").households.index) == ["2024"]
    with pytest.raises(UsageError, match="no sheet '2025'; there are 2023, 2024"):
        read(path, dictionary, sheet="2025")


def test_other_files_named_xlsx_are_told(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 100)
    with pytest.raises(DataError, match="old or password-protected"):
        read(path, dictionary)


def test_a_stated_size_that_is_too_small_loses_no_row(tmp_path: Path, dictionary: Dictionary) -> None:
    from zipfile import ZipFile

    path = made(tmp_path / "a.xlsx", lambda book: sheet_of(book, ["a"], ["b"], ["c"]) and None)
    small = tmp_path / "small.xlsx"
    with ZipFile(path) as whole, ZipFile(small, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            changed.writestr(name, content.replace(b'ref="A1:E4"', b'ref="A1:B2"'))
    assert list(read(small, dictionary).households.index) == ["a", "b", "c"]


def test_a_hidden_sheet_is_read_only_where_no_other_fits(tmp_path: Path, dictionary: Dictionary) -> None:
    def fill(book: Any) -> None:
        sheet_of(book, ["old", 1], name="lama").hide()
        sheet_of(book, ["new", 1], name="baru").activate()

    path = made(tmp_path / "a.xlsx", fill)
    assert list(read(path, dictionary).households.index) == ["new"]
    assert list(read(path, dictionary, sheet="lama").households.index) == ["old"]
    with pytest.raises(UsageError, match=r"there are lama \(hidden\), baru"):
        read(path, dictionary, sheet="x")

    def only_hidden(book: Any) -> None:
        book.add_worksheet("catatan").write_row(0, 0, ["x", "y"])
        sheet_of(book, ["old", 1], name="lama").hide()

    assert list(read(made(tmp_path / "b.xlsx", only_hidden), dictionary).households.index) == ["old"]


def test_a_heading_merged_over_two_lines_is_one_header(tmp_path: Path, dictionary: Dictionary) -> None:
    book = openpyxl.Workbook()
    heading = (["hid", "Ekonomi", None, None, "seen"], [None, "size", None, "welfare"], [1, 2, None, 3, 4])
    for row in (*heading, ["a", 3, None, 9.5]):
        book.active.append(row)
    for merged in ("A1:A2", "B1:D1", "B2:C2", "E1:E2"):
        book.active.merge_cells(merged)
    book.save(tmp_path / "a.xlsx")
    households = read(tmp_path / "a.xlsx", dictionary).households
    assert households[["size", "welfare"]].to_numpy().tolist() == [[3, 9.5]]
    assert list(households.index) == ["a"]


def test_typed_dates_among_texts_of_later_days_may_be_swapped(tmp_path: Path, dictionary: Dictionary) -> None:
    days = [datetime(2024, 3, 4), "15/04/2024", datetime(2024, 6, 6), "31.01.2024"]

    def saved(*more: object) -> Registry:
        book = openpyxl.Workbook()
        book.active.append(["hid", "seen"])
        for row, day in enumerate([*days, *more]):
            book.active.append([f"a{row}", day])
        book.save(tmp_path / "a.xlsx")
        return read(tmp_path / "a.xlsx", dictionary)

    assert broken(saved()) == [[1, "unclear_date"]]
    assert saved().households["seen"].dt.strftime("%m-%d").tolist() == ["04-15", "06-06", "01-31"]
    assert broken(saved(datetime(2024, 3, 14))) == []


def test_days_are_counted_from_where_the_workbook_counts_them(tmp_path: Path, dictionary: Dictionary) -> None:
    def fill(book: Any) -> None:
        sheet = sheet_of(book, ["a", 1, 1, 1, 43_894], ["b", 1, 1, 43_894, 2024])
        sheet.write_datetime(3, 4, datetime(2024, 3, 4), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_string(3, 0, "c")

    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    fill(book)
    book.close()
    registry = read(path, dictionary)
    assert registry.households["seen"].dt.strftime("%Y-%m-%d").tolist() == ["2024-03-05", "2024-03-04"]
    assert broken(registry) == [[2, "unclear_date"]]

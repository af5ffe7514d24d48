"""Cells come out typed as the dictionary says, or break a rule that says what was expected."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graduation.errors import DataError
from graduation.schema import Column, Dictionary, coerce, validate
from graduation.schema.codes import plain_number
from graduation.schema.written import FEW, Writing, cell_text, cells_of

EXCEL = Writing(spreadsheet=True)


def typed(cells: Any, writing: Writing | None = None, **column: Any) -> tuple[list[Any], dict[str, list[int]]]:
    """Return the values (None where missing) and the rows that break each rule."""
    values, breaches = coerce(pd.Series(cells), Column(name="x", **column), writing)
    found = {breach.rule: breach.rows.tolist() for breach in breaches}
    return values.astype(object).where(values.notna(), None).tolist(), found


def days(cells: Any, writing: Writing | None = None, **column: Any) -> tuple[list[str | None], dict[str, list[int]]]:
    values, found = typed(cells, writing, type="date", **column)
    return [None if value is None else str(value.date()) for value in values], found


def test_dates_are_read_year_first_and_day_first() -> None:
    cells = ["2024-01-31", "2024/1/5", "31/01/2024", "5-1-2024", "", "2024-01-31 10:30"]
    assert days(cells) == (["2024-01-31", "2024-01-05", "2024-01-31", "2024-01-05", None, "2024-01-31"], {})
    assert coerce(pd.Series(cells), Column(name="x", type="date"))[0].dtype == "datetime64[ns]"


def test_dates_that_do_not_exist_or_read_two_ways_break_a_rule() -> None:
    assert days(["31/02/2024", "2024-13-01", "13/13/2024", "kemarin"])[1] == {"not_a_date": [0, 1, 2, 3]}
    assert days(["1/2/24", "2024-01-01"])[1] == {"unclear_date": [0]}
    # One cell can only be month first and none can only be day first, so 01/02 may well be the second of January.
    assert days(["01/02/2024", "01/31/2024"])[1] == {"not_a_date": [1], "unclear_date": [0]}
    assert days(["01/02/2024", "01/31/2024", "31/01/2024"])[1] == {"not_a_date": [1], "unclear_date": [0]}


def test_days_before_dots_come_first_whatever_others_do() -> None:
    cells = ["31.01.2024", "03.04.2024", "04.15.2024"]
    assert days(cells) == (["2024-01-31", "2024-04-03", None], {"not_a_date": [2]})
    assert days(["03.04.2024", "04/15/2024"]) == (["2024-04-03", None], {"not_a_date": [1]})


def test_a_column_that_proves_both_conventions_leaves_the_others_unclear() -> None:
    cells = ["03/04/2024", "15/04/2024", "04/15/2024", "05/06/2024", "07/07/2024"]
    read = [None, "2024-04-15", None, None, "2024-07-07"]
    assert days(cells) == (read, {"not_a_date": [2], "unclear_date": [0, 3]})


def test_typed_dates_may_be_swapped_where_texts_have_later_days() -> None:
    early = [datetime(2024, 3, 4), datetime(2024, 5, 5), "15/04/2024"]
    assert days(early)[1] == {"unclear_date": [0]}
    assert days(early, date_format="%d/%m/%Y")[1] == {"unclear_date": [0]}
    assert days([*early, datetime(2024, 3, 14)])[1] == {}
    assert days([datetime(2024, 3, 4), "2024-04-15"])[1] == {}


def test_a_stated_format_is_followed_and_no_other() -> None:
    cells = ["31.01.24", "30.02.24", "2024-01-31"]
    assert days(cells, date_format="%d.%m.%y") == (["2024-01-31", None, None], {"not_a_date": [1, 2]})


def test_typed_dates_stay_and_serials_count_in_spreadsheets_only() -> None:
    assert days(pd.to_datetime(["2024-01-31", None])) == (["2024-01-31", None], {})
    mixed = [datetime(2024, 1, 31), date(2024, 2, 1), 45_000, 2010, "31/01/2024"]
    found = days(mixed, EXCEL)
    assert found == (["2024-01-31", "2024-02-01", "2023-03-15", None, "2024-01-31"], {"unclear_date": [3]})
    assert days(mixed)[1] == {"not_a_date": [2, 3]}
    assert days(pd.Series(np.array(["9999-12-31"], dtype="datetime64[s]")))[1] == {"not_a_date": [0]}


def test_a_bit_is_read_from_a_number_made_of_the_mask() -> None:
    cells = ["1", "2", "3", "5", "8", "99", "", "1.0", "x"]
    values, found = typed(cells, type="boolean", bit=2, mask=7, no=("99",))
    assert values == [False, True, True, False, None, False, None, False, None]
    assert found == {"unknown_code": [4, 8]}
    # "1" is yes for other columns, but here it is another bit.
    assert typed([1.0, 2.0, np.nan], type="boolean", bit=2, mask=3)[0] == [False, True, None]
    assert typed(["9", "1"], type="boolean", bit=1, mask=3, missing=("9",))[0] == [None, True]


def test_codes_are_met_as_they_are_by_number_or_by_a_label_of_one_code() -> None:
    codes = {"1": {"en": "Tile", "id": "Ubin"}, "2": {"en": "Earth", "id": "Tanah"}, "03": "Other", "4": "Other"}
    cells = ["1", "01", "1.0", " tile ", "UBIN", "3", "other", "5", "9.0"]
    values, found = typed(cells, type="category", codes=codes, missing=("9",))
    assert values == ["1", "1", "1", "1", "1", "03", None, None, None]
    assert found == {"unknown_code": [6, 7]}


def test_a_label_never_takes_the_place_of_a_code() -> None:
    assert typed(["1", "2"], type="category", codes={"1": "2", "2": "1"})[0] == ["1", "2"]
    assert typed(["1", "01"], type="category", codes={"1": "a", "01": "b"})[0] == ["1", "01"]


def test_yes_and_no_are_met_by_number_too() -> None:
    assert typed(["1", "2.0", "01", "9"], type="boolean", yes=("1",), no=("2",), missing=("9",)) == (
        [True, False, True, None], {},
    )  # fmt: skip
    assert typed([True, None, False], type="boolean") == ([True, None, False], {})


def test_codes_of_areas_are_told_by_their_length() -> None:
    cells = ["32.16.06", "3216060", "32", "3216062001", "321", "62803.5", "x", ""]
    values, found = typed(cells, type="text", area="kemendagri")
    assert values == ["321606", None, "32", "3216062001", None, None, None, None]
    assert found == {"bps_area_code": [1], "not_an_area_code": [4, 5, 6]}
    assert typed(["321606", "3216060"], type="text", area="bps")[1] == {"kemendagri_area_code": [0]}
    coded = typed(["32.16.06", "Babelan", "321601", "3216060"], type="category", area="kemendagri",
                  codes={"321606": "Tambun", "321602": "Babelan"})  # fmt: skip
    assert coded == (["321606", "321602", None, None], {"bps_area_code": [3], "unknown_code": [2]})


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12,5", "1.500", "7", "1.234,25"], [12.5, 1500, 7, 1234.25]),
        (["12.5", "1.500", "1,500", "1,234.25"], [12.5, 1.5, 1500, 1234.25]),
        (["1.234.567", "1.500"], [1_234_567, 1500]),
        (["1,234,567", "1.500"], [1_234_567, 1.5]),
        (["0.875", "1.125"], [0.875, 1.125]),
        (["0,875", "1,125"], [0.875, 1.125]),
        (["+3", "-4", "1e3", "1.5e3"], [3, -4, 1000, 1500]),
        ([" 5 ", ".5", "5."], [5, 0.5, 5]),
    ],
)
def test_one_clear_cell_tells_the_decimal_mark_of_all(cells: list[str], expected: list[float]) -> None:
    assert typed(cells, type="number") == (expected, {})


def test_without_evidence_or_with_both_nothing_is_guessed() -> None:
    assert typed(["1.500", "1,500", "7"], type="number") == ([None, None, 7], {"unclear_number": [0, 1]})
    assert typed(["1.5", "1,5", "7"], type="number") == ([None, None, 7], {"unclear_number": [0, 1]})
    assert typed(["1.500"], Writing(","), type="number") == ([1500], {})
    assert typed(["1.500"], Writing("."), type="number") == ([1.5], {})


def test_what_is_no_number_breaks_a_rule() -> None:
    cells = ["Rp 5", "5 kg", "1 000", "1e400", "9" * 400, "NaN", "inf", "1.2.3", "0,12,3", "٣", "1_000", "0x10"]
    values, found = typed(cells, type="number")
    assert values == [None] * len(cells)
    assert found == {"not_a_number": list(range(len(cells)))}


def test_typed_numbers_are_never_guessed_about() -> None:
    cells = [1.125, Decimal("1.500"), 7, "1.125", True, 10**400]
    assert typed(cells, type="number") == (
        [1.125, 1.5, 7, None, None, None], {"unclear_number": [3], "not_a_number": [4, 5]},
    )  # fmt: skip
    assert typed([1.125, np.nan, np.inf], type="number") == ([1.125, None, None], {"not_a_number": [2]})
    assert typed(["99.0", "99", "98"], type="number", missing=("99",))[0] == [None, None, 98]
    assert typed(pd.array([1, None, 99], dtype="Int64"), type="integer", missing=("99",))[0] == [1, None, None]


def test_identifiers_that_lost_digits_are_found() -> None:
    cells = ["007", "3.21601E+15", "3,21601e+15", "12E3", "3216010101010001"]
    values, found = typed(cells, type="text", role="id")
    assert values[0] == "007"
    assert found == {"digits_lost": [1, 2]}
    assert typed([3216010101010001.0, 1e16], type="text", role="household") == (
        ["3216010101010001", "1e+16"], {"digits_lost": [1]},
    )  # fmt: skip
    assert typed(pd.Series([3.0, 2.0**25], dtype="float32"), type="text", role="identity")[1] == {"digits_lost": [1]}
    # Excel keeps 15 digits; Python and Parquet keep them all.
    whole: list[object] = [3216010101010001, "a"]
    assert typed(whole, EXCEL, type="text", role="id")[1] == {"digits_lost": [0]}
    assert typed(whole, type="text", role="id") == (["3216010101010001", "a"], {})
    assert typed([1e16], type="text") == (["1e+16"], {})


def test_cells_that_programs_spoilt_are_set_aside_unless_missing() -> None:
    cells = ["a", "#N/A", "=A1+1", "b\ufffd", "= dua", "#REF!"]
    found = {"error_cell": [1, 5], "formula_without_result": [2], "lost_characters": [3]}
    assert typed(cells, type="text")[1] == found
    assert typed(["1", "#N/A"], type="number", missing=("#N/A",)) == ([1, None], {})
    assert typed([datetime(2024, 3, 4), "3-4"], EXCEL, type="text")[1] == {"became_a_date": [0]}


def test_working_on_distinct_cells_changes_nothing() -> None:
    few = pd.Series(["1", "2", "", "7", None] * FEW)
    many = pd.Series([str(number) for number in range(5 * FEW)])
    assert len(cells_of(few).distinct) <= 5
    assert cells_of(many).place is None
    column = Column(name="x", type="integer", maximum=5)
    for cells in (few, many, few.astype("category"), few.astype(object)):
        values, breaches = coerce(cells, column)
        alone = [coerce(cells.iloc[[row]], column)[0].iloc[0] for row in range(5)]
        assert values.iloc[:5].tolist() == pytest.approx(alone, nan_ok=True)
        wrong = pd.to_numeric(cells, errors="coerce") > 5
        assert breaches[0].rows.tolist() == np.flatnonzero(wrong).tolist()


def test_text_of_any_cell() -> None:
    cells = pd.Series([1, 1.0, 1.5, True, None, np.nan, " a ", b"b", date(2024, 1, 2), datetime(2024, 1, 2, 3), ""])
    assert cell_text(cells).fillna("-").tolist() == [
        "1", "1", "1.5", "true", "-", "-", "a", "b", "2024-01-02", "2024-01-02 03:00:00", "-",
    ]  # fmt: skip
    assert plain_number("007") == "7"


def file_dictionary(**options: Any) -> Dictionary:
    columns = {
        "hid": {"name": "hid", "type": "text", "role": "id"},
        "a": {"name": "a", "type": "number"},
        "b": {"name": "b", "type": "number", "required": False},
        "d": {"name": "d", "type": "date", "required": False},
    }
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": columns, **options})


def test_the_decimal_mark_is_that_of_the_whole_file() -> None:
    table = pd.DataFrame({"hid": ["x", "y"], "a": ["1.500", "2.250"], "b": ["0.5", "7"]})
    with pytest.raises(DataError, match=r"unclear number in 2 of 2 rows, first '1\.500'"):
        validate(table, file_dictionary())
    own = table.assign(a=["1.500", "2.25"])
    assert validate(own, file_dictionary()).households["a"].tolist() == [1.5, 2.25]
    comma = table.assign(b=["0,5", "7"])
    assert validate(comma, file_dictionary()).households["a"].tolist() == [1500, 2250]
    with pytest.raises(DataError, match=r"state decimal = "):
        validate(table.assign(b="7"), file_dictionary())
    assert validate(table.assign(b="7"), file_dictionary(decimal=".")).households["a"].tolist() == [1.5, 2.25]


def numbers_of(a: list[object], b: list[object], **options: Any) -> tuple[list[object], list[int]]:
    """Return the values of column a that are accepted, and the rows of which a is unclear."""
    table = pd.DataFrame({"hid": [f"h{row}" for row in range(len(a))], "a": a, "b": b})
    registry = validate(table, file_dictionary(**options), max_rejected=1.0)
    unclear = registry.rejected.query("rule == 'unclear_number' and column == 'a'")
    return registry.households["a"].tolist(), unclear["row"].tolist()


@pytest.mark.parametrize("weights", [["72.5", "30", "21.5"], ["1.123", "0.912", "2.5"]])
def test_a_decimal_point_in_one_column_does_not_make_thousands_of_another_small(weights: list[object]) -> None:
    assert numbers_of(["850.000", "450.000", "7"], weights) == ([7], [1, 2])
    assert numbers_of(["-850.000", "0.875", "1234567.125"], weights) == ([-850, 0.875, 1234567.125], [])
    commas = [str(weight).replace(".", ",") for weight in weights]
    assert numbers_of(["850,000", "450,000", "7"], [*commas]) == ([7], [1, 2])
    # Written as the whole file is, thousands are thousands.
    assert numbers_of(["850.000", "450.000", "7"], [*commas]) == ([850_000, 450_000, 7], [])


@pytest.mark.parametrize("whole", ["3.0", "3.", "12.00"])
def test_noughts_behind_a_point_say_nothing_about_other_cells(whole: str) -> None:
    assert numbers_of(["850.000", "450.000", "7"], [whole, "", "4"]) == ([7], [1, 2])
    assert numbers_of([whole, "850.000", "7"], ["1", "2", "3"]) == ([float(whole), 7], [2])
    assert numbers_of(["850.000", "1.450.000", "7"], [whole, "", "4"]) == ([850_000, 1_450_000, 7], [])
    assert numbers_of([whole, "5.0", "7"], ["0,5", "2", "3"]) == ([float(whole), 5, 7], [])


def test_a_text_that_reads_both_ways_is_not_trusted_among_typed_numbers() -> None:
    for decimals in (["72,5", 30, 1], ["72.5", 30, 1], [72.5, 30, 1]):
        assert numbers_of([850_000, "850.000", "450.000"], [*decimals]) == ([850_000], [2, 3])
    assert numbers_of([850_000, "850.000", "1.450.000"], [1, 2, 3]) == ([850_000, 850_000, 1_450_000], [])


def test_a_stated_mark_that_a_cell_of_the_column_belies_settles_nothing_in_it() -> None:
    assert numbers_of(["850.000", "1.500.000", "72.5"], ["1.125", "2", "3"], decimal=".") == ([72.5], [1])
    assert numbers_of(["850,000", "1.500,5", "72.5"], ["1.125", "2", "3"], decimal=".") == ([72.5], [1])
    table = pd.DataFrame({"hid": ["x", "y", "z"], "a": ["850.000", "1.500.000", "7"], "b": "1.125"})
    registry = validate(table, file_dictionary(decimal="."), max_rejected=1.0)
    assert registry.households["b"].tolist() == [1.125]
    assert "is stated, but '1.500.000' of this column" in registry.rejected["expected"].iloc[0]


def test_two_decimal_marks_refuse_the_file_and_show_one_cell_of_each() -> None:
    table = pd.DataFrame({"hid": ["x", "y", "z"], "a": ["1.5", "2", "3"], "b": ["7", "0,5", "1"]})
    with pytest.raises(DataError, match=r"'1\.5' \(row 1, column 'a'\) and '0,5' \(row 2, column 'b'\)"):
        validate(table, file_dictionary(), max_rejected=1.0)
    stated = validate(table, file_dictionary(decimal="."))
    assert stated.rejected[["row", "rule"]].to_numpy().tolist() == [[2, "not_a_number"]]


def test_plain_tables_write_dates_as_text_that_reads_again() -> None:
    table = pd.DataFrame({"hid": ["x", "y"], "a": [1, 2], "d": ["31/01/2024", ""]})
    registry = validate(table, file_dictionary())
    plain = registry.plain()
    assert plain["d"].tolist() == ["2024-01-31", None]
    again = validate(plain, file_dictionary().plain()).households
    pd.testing.assert_frame_equal(again, registry.households)

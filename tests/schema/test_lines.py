"""Lines have a source and a validity; welfare is compared with a line of its own money, period and prices."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import graduation
from graduation.errors import DataError, ModelError, UsageError
from graduation.io import write_registry
from graduation.schema import Dictionary, Line, Registry, load_line, shipped_lines

WELFARE = "consumption_per_head_monthly_idr"


@pytest.mark.parametrize("line_id", shipped_lines())
def test_every_line_says_where_it_comes_from_and_when_it_holds(line_id: str) -> None:
    line = load_line(line_id)
    assert line.source
    assert line.basis
    assert line.mark in ("found", "computed")
    assert line.valid_from is not None
    assert 250_000 < line.monthly < 600_000


@pytest.mark.parametrize(
    ("line_id", "monthly"),
    [
        ("kemendagri_ppp190_2017", 305_868),
        ("bps_ppp190_2021", 358_233),
        ("kemenko_pmk_2021", 322_170),
        ("sk_bupati_2023", 322_170),
        ("bps_ppp190_2022", 348_990),
        ("bps_ppp190_2023", 351_957),
        ("bps_ppp215_2024", 366_703),
        ("press_2025", 391_000),
        ("wb_ppp300_2024", 546_400),
    ],
)
def test_lines_by_month_are_those_of_their_sources(line_id: str, monthly: float) -> None:
    assert load_line(line_id).monthly == pytest.approx(monthly, abs=1)


def test_month_length_is_that_of_the_source() -> None:
    march = load_line("bps_ppp190_2023")
    assert march.monthly * 12 / 365 == pytest.approx(11_571, abs=1)
    assert load_line("sk_bupati_2023").monthly * 4 == 1_288_680  # the worked example of the decree


def test_a_line_of_other_money_or_period_is_refused(registries: list[Registry]) -> None:
    dictionary = registries[0].dictionary
    dollars = Line(line_id="dollars", value=2.15, period="day", month_days=30, currency="USD PPP")
    with pytest.raises(UsageError, match="in 'IDR per month', but the line 'dollars' is compared in USD PPP"):
        dictionary.with_line(dollars)
    column = dictionary.columns[WELFARE].model_copy(update={"unit": "IDR per day"})
    daily = dictionary.model_copy(update={"columns": {**dictionary.columns, WELFARE: column}})
    with pytest.raises(UsageError, match="in 'IDR per day'"):
        daily.with_line(load_line("sk_bupati_2023"))


def test_a_deflator_divides_welfare_of_its_time_and_place(registries: list[Registry]) -> None:
    registry = registries[1]
    places = sorted(registry.households["kecamatan"].unique())
    deflators = pd.DataFrame({"wave": 2024, "kecamatan": places, "deflator": 1.0})
    deflators.loc[0, "deflator"] = 2.0
    real = graduation.deflate(registry, deflators)
    first = registry.households["kecamatan"] == places[0]
    before, after = registry.households[WELFARE], real.households[WELFARE]
    pd.testing.assert_series_equal(after[first] * 2, before[first])
    pd.testing.assert_series_equal(after[~first], before[~first])
    assert (registry.households[WELFARE] == before).sum() == before.notna().sum()


def test_row_order_of_deflators_and_the_type_of_a_year_do_not_matter(registries: list[Registry]) -> None:
    both = pd.DataFrame({"wave": ["2024", "2023"], "deflator": ["1.1", "1.0"]})
    one = graduation.deflate(registries[1], both).households
    other = graduation.deflate(registries[1], both[::-1].astype({"wave": float})).households
    pd.testing.assert_frame_equal(one, other)


def test_every_fault_of_a_table_of_deflators_is_told(registries: list[Registry]) -> None:
    table = pd.DataFrame({"wave": [2024, 2024, 2023], "deflator": [1.0, 1.1, 0.0]})
    with pytest.raises(DataError) as caught:
        graduation.deflate(registries[1], table)
    assert [problem.found for problem in caught.value.problems] == [
        "wave 2024 stands twice in the table",
        "wave 2023 has no deflator above zero",
    ]
    with pytest.raises(DataError, match="wave 2024 has no deflator"):
        graduation.deflate(registries[1], pd.DataFrame({"wave": [2023], "deflator": [1.0]}))
    with pytest.raises(UsageError, match="expected 'deflator'"):
        graduation.deflate(registries[1], pd.DataFrame({"year": [2024], "cpi": [1.0]}))


@pytest.mark.parametrize("bad", [float("inf"), -1.0, None, "x"])
def test_no_odd_deflator_is_used(registries: list[Registry], bad: object) -> None:
    with pytest.raises(DataError, match="no deflator above zero"):
        graduation.deflate(registries[1], pd.DataFrame({"wave": [2024], "deflator": [bad]}))


@pytest.mark.parametrize(
    "unit",
    ["IDR/year", "IDR per annum", "IDR per quarter", "IDR/hari", "thousand IDR per month", "IDR per month and year",
     "IDR per household and month", "IDR per adult equivalent and month", "idr per month", "IDR"],
)  # fmt: skip
def test_welfare_in_any_other_unit_than_the_line_is_refused(registries: list[Registry], unit: str) -> None:
    with pytest.raises(UsageError, match='unit = "IDR per month" or "IDR per head and month"'):
        measured(registries[0], unit).with_line(load_line("sk_bupati_2023"))


@pytest.mark.parametrize("unit", ["IDR per month", "IDR per head and month", ""])
def test_welfare_in_the_unit_of_the_line_or_in_none_is_taken(registries: list[Registry], unit: str) -> None:
    line = load_line("sk_bupati_2023")
    assert measured(registries[0], unit).with_line(line).line == line


def test_a_line_per_adult_equivalent_has_its_own_unit(registries: list[Registry]) -> None:
    line = Line(line_id="a", value=5, period="day", month_days=30, currency="USD", per="adult equivalent")
    assert measured(registries[0], "USD per adult equivalent and month").with_line(line).line == line
    with pytest.raises(UsageError, match="compared in USD per adult equivalent and month"):
        measured(registries[0], "USD per head and month").with_line(line)


def measured(registry: Registry, unit: str) -> Dictionary:
    column = registry.dictionary.columns[WELFARE].model_copy(update={"unit": unit})
    columns = {**registry.dictionary.columns, WELFARE: column}
    return registry.dictionary.model_copy(update={"columns": columns})


def test_welfare_is_deflated_once(registries: list[Registry]) -> None:
    table = pd.DataFrame({"wave": [2024], "deflator": [1.1]})
    real = graduation.deflate(registries[1], table)
    assert real.dictionary.deflated
    with pytest.raises(UsageError, match="deflated already"):
        graduation.deflate(real, table)


def test_a_written_registry_says_that_it_is_deflated(registries: list[Registry], tmp_path: Path) -> None:
    real = graduation.deflate(registries[1], pd.DataFrame({"wave": [2024], "deflator": [1.1]}))
    assert graduation.read_registry(write_registry(real, tmp_path / "real.csv")).dictionary.deflated


def test_a_model_refuses_welfare_at_other_prices(registries: list[Registry], model: graduation.Model) -> None:
    real = graduation.deflate(registries[1], pd.DataFrame({"wave": [2024], "deflator": [1.1]}))
    with pytest.raises(ModelError, match="not deflated, the registry's is"):
        graduation.score(real, model)


def test_prices_do_not_matter_where_welfare_is_not_used(registries: list[Registry]) -> None:
    dictionary = registries[0].dictionary
    told = dictionary.columns["is_urban"].model_copy(update={"role": "state"})
    unused = dictionary.columns[WELFARE].model_copy(update={"feature": False})
    bare = dictionary.model_copy(update={"columns": {**dictionary.columns, "is_urban": told, WELFARE: unused}})
    assert bare.model_copy(update={"deflated": True}).at_scoring() == bare.at_scoring()


def test_a_line_is_refused_where_a_column_tells_the_state(registries: list[Registry]) -> None:
    dictionary = registries[0].dictionary
    told = dictionary.columns["is_urban"].model_copy(update={"role": "state"})
    with pytest.raises(UsageError, match="tells the state itself"):
        dictionary.model_copy(update={"columns": {**dictionary.columns, "is_urban": told}}).with_line(
            load_line("sk_bupati_2023")
        )


@pytest.mark.parametrize("cells", [["1,05", "1,1"], ["1.05", "1.1"], ["1,050", "1,1"]])
def test_a_decimal_comma_is_understood(registries: list[Registry], cells: list[str]) -> None:
    given = pd.DataFrame({"wave": [2024, 2023], "deflator": cells})
    exact = pd.DataFrame({"wave": [2024, 2023], "deflator": [1.05, 1.1]})
    one, other = (graduation.deflate(registries[1], table).households for table in (given, exact))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("cells", [["1,234", "1,234"], ["1,05", "1.1"], ["1,234", "1000"]])
def test_a_comma_that_may_part_thousands_is_asked_about(registries: list[Registry], cells: list[str]) -> None:
    with pytest.raises(DataError, match="is not clear"):
        graduation.deflate(registries[1], pd.DataFrame({"wave": [2024, 2023], "deflator": cells}))

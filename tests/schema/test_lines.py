"""Lines have a source and a validity; welfare is compared with a line of its own money, period and prices."""

from __future__ import annotations

import pandas as pd
import pytest

import graduation
from graduation.errors import DataError, UsageError
from graduation.schema import Line, Registry, load_line, shipped_lines

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

"""The number of extreme poor always says of what, and by which line."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import graduation
from graduation.schema import Registry, load_line

WELFARE = "consumption_per_head_monthly_idr"


def small(registry: Registry, **columns: list[object]) -> Registry:
    households = registry.households.head(4).assign(**columns)
    return replace(registry, households=households)


def test_households_and_persons_are_counted_apart(registries: list[Registry]) -> None:
    line = registries[0].dictionary.line
    assert line is not None
    rows = small(
        registries[0],
        **{
            WELFARE: [line.monthly - 1, line.monthly, line.monthly - 1, float("nan")],
            "household_size": [5.0, 3.0, float("nan"), 2.0],
            "survey_weight": [2.0, 1.0, 1.0, 9.0],
        },
    )
    table = graduation.count_poor(rows).frame().set_index("unit")
    assert table.loc["households", ["extreme_poor", "known"]].tolist() == [2, 3]
    # The third household is extreme poor, but of unknown size; of the fourth the state is not known.
    assert table.loc["persons", ["extreme_poor", "known"]].tolist() == [5, 8]
    assert table.loc["households", "weighted_share"] == pytest.approx(3 / 4)
    assert table.loc["persons", "weighted_share"] == pytest.approx(10 / 13)


def test_the_line_is_named_and_its_validity_told(registries: list[Registry]) -> None:
    dictionary = registries[0].dictionary.with_line(load_line("bps_ppp190_2021"))
    notes = " ".join(graduation.count_poor(replace(registries[0], dictionary=dictionary)).notes())
    assert "bps_ppp190_2021 (IDR 358,233 per head and month)" in notes
    assert "not meant for the prices of 2023" in notes
    valid = registries[0].dictionary.with_line(load_line("bps_ppp190_2023"))
    assert "not meant" not in " ".join(graduation.count_poor(replace(registries[0], dictionary=valid)).notes())


def test_a_registry_without_a_size_counts_households_and_says_so(registries: list[Registry]) -> None:
    dictionary = registries[0].dictionary.model_copy(update={"size": None})
    count = graduation.count_poor(replace(registries[0], dictionary=dictionary))
    assert count.frame()["unit"].tolist() == ["households"]
    assert any("size = " in note for note in count.notes())


def test_row_order_does_not_matter(registries: list[Registry]) -> None:
    turned = replace(registries[0], households=registries[0].households[::-1])
    pd.testing.assert_frame_equal(graduation.count_poor(turned).frame(), graduation.count_poor(registries[0]).frame())


def test_a_line_of_other_years_is_not_reproached_where_welfare_is_deflated(registries: list[Registry]) -> None:
    dictionary = registries[0].dictionary.with_line(load_line("bps_ppp190_2021"))
    table = pd.DataFrame({"wave": [2023], "deflator": [1.1]})
    real = graduation.deflate(replace(registries[0], dictionary=dictionary), table)
    notes = " ".join(graduation.count_poor(real).notes())
    assert "not meant" not in notes
    assert "divided by deflators" in notes


def test_an_unstated_unit_of_welfare_is_told(registries: list[Registry]) -> None:
    dictionary = registries[0].dictionary
    column = dictionary.columns[WELFARE].model_copy(update={"unit": ""})
    bare = dictionary.model_copy(update={"columns": {**dictionary.columns, WELFARE: column}})
    notes = graduation.count_poor(replace(registries[0], dictionary=bare)).notes()
    assert any("unit of welfare is not stated" in note and '"IDR per month"' in note for note in notes)
    assert not any("not stated" in note for note in graduation.count_poor(registries[0]).notes())


def test_a_page_hides_numbers_of_a_few_households(registries: list[Registry]) -> None:
    line = registries[0].dictionary.line
    assert line is not None
    rows = small(registries[0], **{WELFARE: [line.monthly - 1] * 4})
    page = graduation.check_page(rows)
    assert "under 5" in page
    assert "100.00%" not in page
    assert "100.00%" in graduation.check_page(replace(rows, households=pd.concat([rows.households] * 2)))

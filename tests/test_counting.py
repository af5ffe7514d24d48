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

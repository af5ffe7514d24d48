"""Values that break a rule are shown where they are codes, numbers or known words, not where they may be names."""

from __future__ import annotations

import pandas as pd
import pytest

from graduation.schema import Dictionary, validate

DICTIONARY = Dictionary.model_validate(
    {
        "name": "d",
        "version": "1",
        "columns": {
            "household_id": {"name": "household_id", "type": "text", "role": "id"},
            "floor": {
                "name": "floor",
                "type": "category",
                "codes": {"1": {"en": "cement", "id": "semen"}, "2": {"en": "earth", "id": "tanah"}},
                "required": False,
            },
            "rooms": {"name": "rooms", "type": "number", "required": False},
            "reason": {"name": "reason", "type": "text", "role": "programme", "required": False},
            "name": {"name": "name", "type": "text", "role": "identity", "required": False},
        },
    }
)


def told(column: str, cell: str, household: str = "H-1") -> pd.Series:
    table = pd.DataFrame({"household_id": ["H-7", "H-8", household], column: ["1", "1", cell]}, index=[0, 0, 0])
    registry = validate(table, DICTIONARY)
    return pd.concat([registry.rejected, registry.findings]).iloc[-1]


@pytest.mark.parametrize(
    "cell",
    [
        "4O",
        "99a",
        "1,5,6",
        "1.2.3,4",
        "semen",
        "EARTH",
        "tidak tahu",
        "#N/A",
        "30 juta",
        "36 m2",
        "12 Mei 1990",
        "floor",
    ],
)
def test_codes_numbers_and_known_words_are_shown(cell: str) -> None:
    assert told("rooms", cell)["value"] == cell


@pytest.mark.parametrize(
    "cell", ["AGUS", "SITI AMINAH", "siti", "Siti-Aminah", "Ny. Al", "Mei", "Juni", "SITI 3", "sItI7"]
)
def test_what_may_be_a_name_is_told_by_its_length(cell: str) -> None:
    for column in ("rooms", "floor"):
        assert told(column, cell)["value"] == f"(a text of {len(cell)} letters)"


@pytest.mark.parametrize("cell", ["3216905205900001", "3216.9052.0590.0001", "3216 9052 0590 0001"])
def test_numbers_of_identity_are_hidden(cell: str) -> None:
    assert told("floor", cell)["value"] == "(hidden)"
    assert told("floor", "9", household=cell)["household_id"] == "(hidden)"


@pytest.mark.parametrize(
    ("cell", "shown"), [("=VLOOKUP(A1,'SITI',2)", "=VLOOKUP(..."), ('="SITI"', "=..."), ("=A1+B2", "=A1+B2")]
)
def test_of_a_formula_its_beginning_is_shown(cell: str, shown: str) -> None:
    assert told("rooms", cell)["value"] == shown


def test_a_name_among_ids_is_hidden_and_ids_are_not() -> None:
    assert told("floor", "9", household="SITI")["household_id"] == "(a text of 4 letters)"
    assert told("floor", "9", household="Bekasi-Setu-0001")["household_id"] == "Bekasi-Setu-0001"
    words = pd.DataFrame({"household_id": ["alpha", "beta"], "floor": ["1", "9"]})
    assert validate(words, DICTIONARY).rejected["household_id"].tolist() == ["beta"]


def test_numbers_in_free_text_are_hidden_and_told_and_the_row_is_kept() -> None:
    texts = ["NIK 3216905205900001 ganda", "pindah", "KK 3216.9012.0120.0001", None, "telp 08123456789"]
    table = pd.DataFrame({"household_id": list("abcde"), "reason": texts, "name": texts})
    registry = validate(table, DICTIONARY)
    assert registry.households["reason"].tolist() == ["NIK (hidden) ganda", "pindah", "KK (hidden)", pd.NA, texts[4]]
    assert registry.findings[["row", "column", "rule"]].values.tolist() == [
        [1, "reason", "number_of_identity"],
        [3, "reason", "number_of_identity"],
    ]
    assert not registry.findings["value"].str.contains("3216").any()
    assert registry.n_rejected == 0

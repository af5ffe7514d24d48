"""Numbers of identity are hidden however they are spelt, and other numbers are not."""

from __future__ import annotations

import pandas as pd
import pytest

from graduation.schema.hiding import bare_numbers, hide_in, hide_numbers, holding_numbers

SPELLINGS = [
    "3216905205900001",
    "321690520590000",
    "'3216905205900001",
    "32169052059000012",
    "3216.9052.0590.0001",
    "3216 9052 0590 0001",
    "3216  9052   0590 0001",
    "3216\u00a09052\u00a00590\u00a00001",
    "3216/9052/0590/0001",
    "3216_9052_0590_0001",
    "3216 - 9052 - 0590 - 0001",
    "3216--9052--0590--0001",
    "3216\u20119052\u20110590\u20110001",
    "32.16.90.52.05.90.0001",
    "321690.520590.0001",
    "321690.5205900001",
    "3.216.905.205.900.001",
    "3,216,905,205,900,001",
    "3 2 1 6 9 0 5 2 0 5 9 0 0 0 0 1",
    "3216905205900001.0",
    "3216 9052 0590 001",
    "\uff13216905205900001",
]
OTHERS = [
    "1500000",
    "32160120590000",
    "0.30000000000000004",
    "1234567.8901234567",
    "-6.17511012345 106.86503612",
    "1,500,000 of 12,000,000 rows",
    "12.500.000 - 13.500.000",
    "2024-05-17 1500000",
    "17-05-1990 15000000",
    "15000000 2024-05-17",
    "2024-05-17 12:30:45.123456",
    "one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13",
    "3216070101 and 3216070102",
    "/data/2024/05/17/registry_2024.csv",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "1234567890123456789a",
    "row 12\n  3216. 9052 0590",
]


@pytest.mark.parametrize("number", SPELLINGS)
def test_a_number_is_hidden_however_it_is_spelt(number: str) -> None:
    for text in (number, f"KK {number} twice", f"no household '{number}' here", f"KK.{number}", f"{number} 12/05/1990"):
        assert "(hidden)" in hide_in(text)
        assert not {"3216", "0001", "9052"} & {hide_in(text)[start : start + 4] for start in range(len(text))}


@pytest.mark.parametrize("text", OTHERS)
def test_other_numbers_are_shown(text: str) -> None:
    assert hide_in(text) == text


def test_columns_are_hidden_as_their_cells_are() -> None:
    texts = pd.Series([*SPELLINGS, *OTHERS, None])
    assert hide_numbers(texts).dropna().tolist() == [hide_in(text) for text in (*SPELLINGS, *OTHERS)]
    assert holding_numbers(texts).tolist() == [True] * len(SPELLINGS) + [False] * (len(OTHERS) + 1)


def test_labels_of_rows_may_repeat() -> None:
    texts = pd.Series(["3216.9052.0590.0001", "x", None, SPELLINGS[0]], index=[0, 0, 1, 1])
    assert hide_numbers(texts).tolist() == ["(hidden)", "x", pd.NA, "(hidden)"]
    assert bare_numbers(texts).tolist() == [SPELLINGS[0], "x", pd.NA, SPELLINGS[0]]
    assert hide_numbers(texts).index.tolist() == [0, 0, 1, 1]


def test_one_number_is_the_same_bare_number_however_it_is_spelt() -> None:
    whole = [number for number in SPELLINGS if bare_numbers(pd.Series([number]))[0] == SPELLINGS[0]]
    assert len(whole) == len(SPELLINGS) - 4

"""Numbers of identity are checked for how they are built, and rows are never set aside for them."""

from __future__ import annotations

import pandas as pd
import pytest

from graduation.datasets import Waves
from graduation.schema import Column, Dictionary
from graduation.schema.identity import (
    disagreeing_numbers,
    disagreements,
    is_sound,
    structure_breaches,
)

NIK = Column(name="nik", type="text", structure="nik")
CARD = Column(name="no_kk", type="text", structure="family_card")


def rules(number: str | None, column: Column = NIK) -> set[str]:
    """Return the rules that one number breaks, beside a sound one that breaks none."""
    text = pd.Series(["3216901205900001", number], index=["x", "y"], dtype="string")
    breaches = structure_breaches(text, column)
    assert all(breach.rows.tolist() == [1] and breach.keeps and breach.column == column.name for breach in breaches)
    return {breach.rule for breach in breaches}


@pytest.mark.parametrize(
    ("number", "broken"),
    [
        ("3216901205900001", set()),
        ("3216905205900001", set()),
        (None, set()),
        ("3216-9012-0590-0001", set()),
        ("'3216901205900001", set()),
        ("321690120590000", {"nik_not_16_digits"}),
        ("32169012059000010", {"nik_not_16_digits"}),
        ("3216901205900O01", {"nik_not_16_digits"}),
        ("٣٢١٦٩٠١٢٠٥٩٠٠٠٠١", {"nik_not_16_digits"}),
        ("3.2169E+15", {"nik_not_16_digits"}),
        ("0016901205900001", {"nik_area"}),
        ("2216901205900001", {"nik_area"}),
        ("9716901205900001", {"nik_area"}),
        ("3200901205900001", {"nik_area"}),
        ("3216001205900001", {"nik_area"}),
        ("3216900005900001", {"nik_birth_date"}),
        ("3216903205900001", {"nik_birth_date"}),
        ("3216904005900001", {"nik_birth_date"}),
        ("3216907205900001", {"nik_birth_date"}),
        ("3216907105900001", set()),
        ("3216903104900001", {"nik_birth_date"}),
        ("3216901213900001", {"nik_birth_date"}),
        ("3216901200900001", {"nik_birth_date"}),
        ("3216902902000001", set()),
        ("3216906902960001", set()),
        ("3216902902990001", {"nik_birth_date"}),
        ("3216901205900000", {"nik_serial"}),
        ("9999999999999999", {"nik_area", "nik_birth_date"}),
        ("0000000000000000", {"nik_area", "nik_birth_date", "nik_serial"}),
    ],
)
def test_how_a_nik_is_built(number: str | None, broken: set[str]) -> None:
    assert rules(number) == broken


def test_a_family_card_has_a_date_of_issue_without_the_40_rule() -> None:
    assert rules("3216901201200001", CARD) == set()
    assert rules("3216905201200001", CARD) == {"family_card_issue_date"}
    assert rules("3216901201200000", CARD) == {"family_card_serial"}
    assert rules("32169", CARD) == {"family_card_not_16_digits"}


def test_a_column_without_a_structure_is_not_checked() -> None:
    assert structure_breaches(pd.Series(["12"]), Column(name="name", type="text")) == []


def test_every_made_up_number_is_built_as_it_should_be(waves: Waves) -> None:
    for table in waves.tables:
        assert structure_breaches(table["head_nik"], NIK) == []
        assert structure_breaches(table["family_card_number"], CARD) == []


def test_numbers_that_tell_another_birth_date_or_sex_are_found() -> None:
    text = pd.Series(["3216901205900001"] * 4 + ["bad"], index=list("abcde"))
    born = pd.Series(pd.to_datetime(["1990-05-12", "1890-05-12", "1990-05-13", None, "1990-05-13"]), index=text.index)
    woman = pd.Series([False, True, pd.NA, False, True], index=text.index, dtype="boolean")
    found = disagreements(text, NIK, birth_date=born, is_female=woman)
    assert {breach.rule: breach.rows.tolist() for breach in found} == {
        "nik_birth_date_disagrees": [2],
        "nik_sex_disagrees": [1],
    }
    assert all(breach.keeps for breach in found)
    assert disagreements(text, NIK) == []


PERSONS = Dictionary.model_validate(
    {
        "name": "persons",
        "version": "1",
        "unit": "person",
        "columns": {
            name: {"name": name, **column}
            for name, column in {
                "person_id": {"type": "text", "role": "id"},
                "number": {"type": "text", "role": "identity", "structure": "nik", "source": ["NIK"], "missing": ["-"]},
                "card": {"type": "text", "role": "identity", "structure": "family_card"},
                "born": {"type": "date", "harmonised": "birth_date"},
                "sex": {"type": "boolean", "harmonised": "is_female", "yes": ["2"], "no": ["1"]},
            }.items()
        },
    }
)


def test_numbers_are_compared_with_the_person_of_their_row() -> None:
    table = pd.DataFrame(
        {
            "person_id": list("abcd"),
            "NIK": ["3216901205900001", "-", "12", "3216905205900001"],
            "card": ["3216901201200001", None, "3216905201200001", "3216901201200001"],
            "born": ["1990-05-12", "1990-05-12", "1990-05-12", "1991-05-12"],
            "sex": ["2", "2", "1", "2"],
        }
    )
    found = disagreeing_numbers(table, PERSONS)
    assert {(breach.column, breach.rule): breach.rows.tolist() for breach in found} == {
        ("number", "nik_birth_date_disagrees"): [3],
        ("number", "nik_sex_disagrees"): [0],
    }
    assert disagreeing_numbers(table[["person_id"]], PERSONS) == []
    without = disagreeing_numbers(table[["person_id", "NIK"]], PERSONS)
    assert without == []


def test_of_two_numbers_in_a_row_neither_is_compared_with_the_person() -> None:
    columns = {**PERSONS.columns, "other": PERSONS.columns["number"].model_copy(update={"name": "other", "source": ()})}
    two = PERSONS.model_copy(update={"columns": columns})
    table = pd.DataFrame({"person_id": ["a"], "NIK": ["3216901205900001"], "other": ["3216901205900001"], "sex": ["2"]})
    assert disagreeing_numbers(table, two) == []


def test_a_sound_number_breaks_no_rule() -> None:
    text = pd.Series(["3216901205900001", "3216901205900000", "12", None])
    assert is_sound(text, "nik").tolist() == [True, False, False, False]

"""Who shares a number is found within and between files, and no number is held or shown."""

from __future__ import annotations

import pandas as pd
import pytest

from graduation.schema import Dictionary
from graduation.schema.duplicates import Duplicates, find_duplicates, identity_tokens

ONE, TWO, THREE = "3216901205900001", "3216905205900002", "3216901305900003"
CARD = "3216901201200001"


def dictionary_of(unit: str = "household", **columns: dict[str, object]) -> Dictionary:
    named = {name: {"name": name, "type": "text", **column} for name, column in columns.items()}
    return Dictionary.model_validate({"name": "d", "version": "1", "unit": unit, "columns": named})


FAMILIES = dictionary_of(
    id={"role": "id"},
    head_nik={"role": "identity", "structure": "nik"},
    card={"role": "identity", "structure": "family_card"},
)
PERSONS = dictionary_of(
    "person",
    person={"role": "id"},
    family={"role": "household"},
    nik={"role": "identity", "structure": "nik", "source": ["NIK"]},
    card={"role": "identity", "structure": "family_card"},
)


def families(**columns: list[str | None]) -> pd.DataFrame:
    n = len(columns["id"])
    return pd.DataFrame({"head_nik": [None] * n, "card": [None] * n, **columns})


def found(**tables: pd.DataFrame) -> Duplicates:
    return find_duplicates({name: identity_tokens(table, table, FAMILIES) for name, table in tables.items()})


def rows(duplicates: Duplicates) -> list[tuple[object, ...]]:
    columns = ["group", "number", "file", "id", "within", "between"]
    return list(duplicates.shared[columns].itertuples(index=False, name=None))


def test_a_number_shared_within_a_file() -> None:
    table = families(id=["a", "b", "c"], head_nik=[ONE, "3216-9012-0590-0001", TWO])
    assert rows(found(x=table)) == [(1, "nik", "x", "a", True, False), (1, "nik", "x", "b", True, False)]
    assert found(x=table).metrics() == {
        "nik_shared_within": 1, "nik_shared_between": 0,
        "family_card_shared_within": 0, "family_card_shared_between": 0,
    }  # fmt: skip


def test_a_number_shared_between_files_by_different_households() -> None:
    x = families(id=["a", "b"], card=[CARD, None], head_nik=[ONE, TWO])
    y = families(id=["z", "b"], card=[CARD, None], head_nik=[THREE, TWO])
    assert rows(found(x=x, y=y)) == [
        (1, "family_card", "x", "a", False, True),
        (1, "family_card", "y", "z", False, True),
    ]


def test_the_same_household_in_two_waves_or_twice_in_a_file_is_no_duplicate() -> None:
    table = families(id=["a", "a", "b"], head_nik=[ONE, ONE, TWO])
    assert rows(found(x=table, y=table)) == []


def test_placeholders_and_missing_numbers_are_shared_by_nobody() -> None:
    table = families(id=list("abcdef"), head_nik=["9999999999999999"] * 2 + [None, None, "0", "0"])
    assert rows(found(x=table)) == []


def test_a_person_and_a_family_card_are_compared_by_their_own_ids() -> None:
    table = pd.DataFrame(
        {"person": list("pqrs"), "family": ["f", "f", "g", "g"], "NIK": [ONE, TWO, ONE, THREE], "card": [CARD] * 4}
    )
    answer = find_duplicates({"x": identity_tokens(table, table, PERSONS)})
    assert rows(answer) == [
        (1, "family_card", "x", "f", True, False), (1, "family_card", "x", "g", True, False),
        (2, "nik", "x", "p", True, False), (2, "nik", "x", "r", True, False),
    ]  # fmt: skip
    one_family = table.assign(family="f", NIK=None)
    assert rows(find_duplicates({"x": identity_tokens(one_family, one_family, PERSONS)})) == []


def test_ids_are_the_pseudonyms_and_no_number_is_held() -> None:
    table = families(id=[CARD, THREE], head_nik=[ONE, ONE])
    hidden = table.assign(id=["p1", "p2"])
    tokens = identity_tokens(table, hidden, FAMILIES)
    text = tokens.to_csv() + str(find_duplicates({"x": tokens})) + find_duplicates({"x": tokens}).shared.to_csv()
    assert set(tokens["id"]) == {"p1", "p2"}
    assert tokens["token"].dtype == "uint64"
    assert not any(number in text for number in (ONE, CARD, THREE))


def test_tokens_differ_with_the_key_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    table = families(id=["a"], head_nik=[ONE])
    here = identity_tokens(table, table, FAMILIES)
    monkeypatch.setattr("graduation.schema.duplicates._KEY", "another 16 bytes")
    assert (identity_tokens(table, table, FAMILIES)["token"] != here["token"]).all()


def test_the_order_of_rows_and_the_key_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [f"32169012{month:02d}90{serial:04d}" for serial in range(1, 5) for month in range(1, 10)]
    table = families(id=[f"h{i:02d}" for i in range(72)], head_nik=numbers * 2, card=[*numbers[::-1], *numbers])
    first = found(x=table.iloc[:50], y=table.iloc[50:]).shared
    assert first["group"].nunique() >= 36
    monkeypatch.setattr("graduation.schema.duplicates._KEY", "another 16 bytes")
    mixed = table.sample(frac=1, random_state=1)
    again = found(x=mixed[mixed["id"] < "h50"], y=mixed[mixed["id"] >= "h50"]).shared
    pd.testing.assert_frame_equal(first, again)


def test_a_table_without_numbers_of_identity_has_no_duplicates() -> None:
    plain = dictionary_of(id={"role": "id"})
    table = pd.DataFrame({"id": ["a", "b"]})
    answer = find_duplicates({"x": identity_tokens(table, table, plain)})
    assert len(answer.shared) == 0
    assert answer.frame()["groups"].sum() == 0
    assert "1 file" in answer.notes()[0]

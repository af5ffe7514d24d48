"""Ids that a program took for numbers make neither two households of one, nor one of two."""

from __future__ import annotations

from pathlib import Path

import pytest

from graduation.io import read_registry
from graduation.schema import Dictionary, Registry


@pytest.fixture
def dictionary() -> Dictionary:
    columns = {
        "hid": {"name": "hid", "type": "text", "role": "id"},
        "nik": {"name": "nik", "type": "text", "role": "identity", "required": False},
        "size": {"name": "size", "type": "integer"},
    }
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": columns})


def read(folder: Path, dictionary: Dictionary, *ids: str) -> Registry:
    path = folder / "table.csv"
    path.write_text("\n".join(["hid,nik,size", *(f"{one},,{row + 1}" for row, one in enumerate(ids))]))
    return read_registry(path, schema=dictionary, max_rejected=1.0)


def test_where_some_ids_are_numbers_they_are_set_aside(tmp_path: Path, dictionary: Dictionary) -> None:
    registry = read(tmp_path, dictionary, "0012.0", "12", "012", "12.0", "K1.0")
    assert registry.rejected[["row", "rule"]].to_numpy().tolist() == [[1, "became_a_number"], [4, "became_a_number"]]
    assert list(registry.households.index) == ["012", "12", "K1.0"]


def test_where_all_ids_are_numbers_they_are_read_without_noughts_and_told(
    tmp_path: Path, dictionary: Dictionary
) -> None:
    registry = read(tmp_path, dictionary, "12.0", "7.0")
    assert list(registry.households.index) == ["12", "7"]
    assert registry.findings["rule"].tolist() == ["became_a_number"] * 2
    assert not len(registry.rejected)


def test_ids_as_they_were_given_are_left_alone(tmp_path: Path, dictionary: Dictionary) -> None:
    registry = read(tmp_path, dictionary, "1.01", "12", "1.0.0")
    assert not len(registry.rejected) + len(registry.findings)

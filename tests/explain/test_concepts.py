"""Features that tell of one variable are one concept, by the dictionary alone."""

from __future__ import annotations

from typing import Any

import pytest

from graduation.explain import PROTECTED, concepts_of
from graduation.risk import STATE_FEATURE
from graduation.schema import Column, Dictionary, load_dictionary

BITS = {"type": "boolean", "mask": 3, "source": ["411"]}


def joined(dictionary: Dictionary, features: list[str], **options: Any) -> dict[str, tuple[str, ...]]:
    return {one.code: one.features for one in concepts_of(dictionary, features, **options)}


def with_columns(dictionary: Dictionary, **columns: dict[str, Any]) -> Dictionary:
    more = {name: Column.model_validate({"name": name, **column}) for name, column in columns.items()}
    return dictionary.model_copy(update={"columns": {**dictionary.columns, **more}})


@pytest.mark.parametrize(
    "columns",
    [
        {"one": {**BITS, "bit": 1}, "two": {**BITS, "bit": 2}},
        {"one": {"type": "category", "source": ["B2"]}, "two": {"type": "boolean", "source": ["b2", "x"]}},
        {"one": {"type": "number"}, "two": {"type": "boolean", "concept": "one"}},
        {"one": {"type": "number"}, "two": {"type": "number", "history": True, "made_of": ["one"]}},
        {"one": {"type": "number", "concept": "two"}, "two": {"type": "number", "concept": "one"}},
    ],
)
def test_what_tells_of_one_variable_is_one_concept(
    small_dictionary: Dictionary, columns: dict[str, dict[str, Any]]
) -> None:
    dictionary = with_columns(small_dictionary, **columns)
    assert joined(dictionary, ["household_size", "one", "two"]) == {
        "household_size": ("household_size",), "one": ("one", "two"),
    }  # fmt: skip


def test_a_group_may_have_a_word_of_its_own_and_bits_are_called_by_all_their_names(
    small_dictionary: Dictionary,
) -> None:
    goods = {name: {"type": "boolean", "concept": "goods"} for name in ("fridge", "car")}
    bits = {"a": {**BITS, "bit": 1, "label": "Card A"}, "b": {**BITS, "bit": 2, "label": "Card B"}}
    dictionary = with_columns(small_dictionary, **goods, **bits)
    found = concepts_of(dictionary, ["fridge", "car", "a", "b"])
    assert [(one.code, one.label.en) for one in found] == [("goods", "goods"), ("a", "Card A / Card B")]


def test_the_shipped_dictionary_joins_what_follows_from_a_column_and_hides_what_is_protected() -> None:
    dictionary = load_dictionary("west_java_synthetic")
    features = [*dictionary.features, "floor_m2_per_person", "working_age_share", STATE_FEATURE]
    found = joined(dictionary, features)
    assert found["floor_area_m2"] == ("floor_area_m2", "floor_m2_per_person")
    assert found["consumption_per_head_monthly_idr"] == ("consumption_per_head_monthly_idr", STATE_FEATURE)
    assert found[PROTECTED] == ("n_elderly", "is_head_female", "has_severe_disability")
    told = joined(dictionary, features, tell_protected=True)
    assert PROTECTED not in told
    assert sorted(name for names in told.values() for name in names) == sorted(features)


def test_words_for_reasons_are_no_part_of_a_dictionarys_fingerprint(small_dictionary: Dictionary) -> None:
    floor = small_dictionary.columns["floor"]
    worded = {"concept": "dwelling", "less": floor.label, "better": ("1",)}
    said = with_columns(small_dictionary, floor={**floor.model_dump(), **worded})
    assert said.to_json() != small_dictionary.to_json()
    assert said.fingerprint == small_dictionary.fingerprint
    fault = "which is none of its answers"
    assert fault in said.columns["floor"].model_copy(update={"better": ("3",)}).faults()[0]

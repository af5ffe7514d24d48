"""A place is named as the list and the page show it, in either language, or by its code."""

from __future__ import annotations

import pytest

from graduation.allocate import Capacity, Quota, Share, by_code
from graduation.errors import UsageError
from graduation.schema import Column, Dictionary, load_dictionary

CODES = {
    "1": {"en": "Coast", "id": "Pesisir"}, "2": {"en": "Sukamaju", "id": "Sukamaju"}, "3": {"en": "Sukamaju"},
}  # fmt: skip
COLUMNS = {
    "id": Column(name="id", type="text", role="id"),
    "zone": Column(name="zone", type="category", codes=CODES),
    "told": Column(name="told", type="category", codes=CODES, open=True),
    "school": Column(name="school", type="integer", codes={"2": {"en": "primary"}}),
    "has_trade": Column(name="has_trade", type="boolean"),
}
DICTIONARY = Dictionary(name="t", version="1", columns=COLUMNS)


@pytest.mark.parametrize("level", ["Coast", "PESISIR ", "1", "01", 1, 1.0])
def test_a_label_in_either_language_serves_as_well_as_the_code(level: str | float) -> None:
    limits = [Quota("zone", level, 5), Share("zone", level, 0.5), Capacity("cash", 9, level, "zone")]
    found = by_code(limits, DICTIONARY)
    assert [limit.level for limit in found] == ["1"] * 3
    assert [limit.text("en") for limit in found] == [
        "at least 5 where zone is Coast", "at least 50% of those served where zone is Coast",
        "at most 9 in cash where zone is Coast",
    ]  # fmt: skip
    assert found[0].text("id") == "paling sedikit 5 dengan zone Pesisir"


def test_what_has_no_codes_is_left_as_it_is() -> None:
    limits = [Quota("has_trade", True, 5), Capacity("cash", 9), Quota("elsewhere", "x", 1), Quota("told", "new", 1)]
    limits.append(Quota("school", 3, 1))
    assert by_code(limits, DICTIONARY) == limits
    assert by_code([Quota("school", "Primary", 1)], DICTIONARY) == [Quota("school", "2", 1)]


def test_unknown_and_ambiguous_names_are_told_together_with_labels_and_codes() -> None:
    with pytest.raises(UsageError) as refused:
        by_code([Quota("zone", "sukamaju", 5), Share("zone", "Pesisr", 0.5), Quota("zone", "x", 1)], DICTIONARY)
    message = str(refused.value)
    assert "at least 5 where zone is sukamaju: 2 codes are called so; give one of 2, 3" in message
    assert "did you mean Coast (1)?" in message
    assert "'zone' has Coast (1), Sukamaju (2), Sukamaju (3)" in message
    with pytest.raises(UsageError, match=r"did you mean Tambelang \(321604\)\?"):
        by_code([Quota("kecamatan", "Tambelan", 5)], load_dictionary("west_java_synthetic"))

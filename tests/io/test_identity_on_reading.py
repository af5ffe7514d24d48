"""Numbers of identity are checked and compared when a registry is read, and no row is lost for them."""

from __future__ import annotations

import pandas as pd
import pytest

from graduation import read_registry
from graduation.schema import Dictionary, find_duplicates

COLUMNS: dict[str, dict[str, object]] = {
    "no_kk": {"type": "text", "role": "id", "privacy": "identifier", "structure": "family_card"},
    "nik": {"type": "text", "role": "identity", "structure": "nik", "required": False},
    "is_head_female": {"type": "boolean"},
}
DICTIONARY = Dictionary.model_validate(
    {"name": "d", "version": "1", "columns": {name: {"name": name, **column} for name, column in COLUMNS.items()}}
)
TABLE = pd.DataFrame(
    {
        "no_kk": ["3216901201200001", "3216901201200002", "3216901201200000"],
        "nik": ["3216901205900001", "3216901205900001", "12"],
        "is_head_female": ["1", "0", "0"],
    }
)


def test_odd_numbers_are_told_and_kept_and_shared_ones_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", "a secret of the regency")
    registry = read_registry(TABLE, schema=DICTIONARY)
    assert len(registry.households) == 3
    assert registry.n_rejected == 0
    told = registry.findings.set_index("rule")
    assert set(told.index) == {"family_card_serial", "nik_not_16_digits", "nik_sex_disagrees"}
    assert set(told["value"]) == {"(hidden)"}
    shared = find_duplicates({"x": registry.tokens}).shared
    assert shared["number"].tolist() == ["nik", "nik"]
    assert set(shared["id"]) < set(registry.households.index)

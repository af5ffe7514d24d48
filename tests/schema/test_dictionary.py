"""Dictionaries say what is wrong with themselves; lines are never bare numbers."""

from pathlib import Path

import pytest

from graduation.errors import DataError, UsageError
from graduation.schema import Dictionary, dictionary_from_json, load_dictionary, load_line


def test_a_dictionary_survives_json(small_dictionary: Dictionary) -> None:
    again = dictionary_from_json(small_dictionary.to_json())
    assert again == small_dictionary
    assert again.fingerprint == small_dictionary.fingerprint


def test_a_local_dictionary_extends_a_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "local.toml"
    path.write_text(
        '[dictionary]\nextends = "west_java_synthetic"\nname = "local"\nversion = "7"\n'
        '[columns.well_depth_m]\ntype = "number"\nlabel = "Kedalaman sumur"\n'
    )
    local, shipped = load_dictionary(path), load_dictionary("west_java_synthetic")
    assert (local.name, local.version) == ("local", "7")
    assert set(local.columns) - set(shipped.columns) == {"well_depth_m"}
    assert local.columns["well_depth_m"].title("en") == "Kedalaman sumur"
    assert local.fingerprint != shipped.fingerprint


def test_every_fault_of_a_dictionary_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        '[dictionary]\nname = "bad"\nversion = "1"\n'
        '[columns.a]\ntype = "numbr"\n[columns.b]\ntype = "number"\nrol = "id"\n'
    )
    with pytest.raises(DataError) as caught:
        load_dictionary(path)
    assert len(caught.value.problems) == 2
    assert "columns.a.type" in str(caught.value)
    assert "columns.b.rol" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[columns.a]\ntype = "number"\n', "no column has the role 'id'"),
        ('[columns.a]\ntype = "text"\nrole = "id"\n[columns.b]\ntype = "text"\nrole = "id"\n', "two columns have"),
        ('[columns.a]\ntype = "text"\nrole = "id"\n[columns.w]\ntype = "number"\nrole = "welfare"\n', "needs a line"),
    ],
)
def test_roles_must_fit_together(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f'[dictionary]\nname = "bad"\nversion = "1"\n{text}')
    with pytest.raises(DataError, match=expected):
        load_dictionary(path)


def test_a_missing_dictionary_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'west_java_synthetic'"):
        load_dictionary("west_java_synthetik")


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("[dictionary\n")
    with pytest.raises(DataError, match="line 1"):
        load_dictionary(path)


def test_what_is_known_later_is_no_feature_and_not_needed_to_score(small_dictionary: Dictionary) -> None:
    columns = dict(small_dictionary.columns)
    columns["later"] = columns["household_size"].model_copy(update={"name": "later", "known": "later"})
    wider = small_dictionary.model_copy(update={"columns": columns})
    assert "later" not in wider.features
    assert "later" not in wider.at_scoring().columns
    assert "household_size" in wider.features


def test_lines_carry_unit_period_and_month_length() -> None:
    line = load_line("sk_bupati_2023")
    assert (line.period, line.month_days, line.currency) == ("day", 30, "IDR")
    assert line.monthly == pytest.approx(10_739 * 30)
    assert load_line("wb_ppp300_2024").monthly == 546_400
    with pytest.raises(UsageError, match="sk_bupati_2023"):
        load_line("sk_bupati_2032")

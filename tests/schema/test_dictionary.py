"""Dictionaries say what is wrong with themselves; lines are never bare numbers."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from graduation.errors import DataError, UsageError
from graduation.schema import Dictionary, TimeUnit, dictionary_from_json, load_dictionary, load_line


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
        ('[columns.a]\ntype = "text"\nrole = "id"\n[columns.s]\ntype = "integer"\nrole = "score"\n', "needs direction"),
        ('time_unit = "year"\n[columns.a]\ntype = "text"\nrole = "id"\n', "'time_unit' needs a column with the role"),
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


ID = '[columns.hid]\ntype = "text"\nrole = "id"\n'


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ('type = "text"\nrole = "identity"\nfeature = true', "'a' has the role 'identity', which may not be a feature"),
        ('type = "number"\nrole = "weight"\nfeature = true', "'weight', which may not be a feature"),
        ('type = "boolean"\nrole = "state"\nfeature = true', "'state', which may not be a feature"),
        ('type = "boolean"\nrole = "outcome"\nfeature = true', "'outcome', which may not be a feature"),
        ('type = "integer"\nrole = "time"\nfeature = true', "'time', which may not be a feature"),
        ('type = "number"\nrole = "state"', "its type must be boolean, not number"),
        ('type = "category"\nrole = "outcome"', "its type must be boolean, not category"),
        ('type = "text"\nrole = "time"', "its type must be integer or number, not text"),
        ('type = "text"\nrole = "welfare"', "its type must be number or integer, not text"),
        ('type = "boolean"\nrole = "weight"', "its type must be number or integer, not boolean"),
        ('type = "number"\nrole = "welfare"\nprivacy = "identifier"', "would be dropped as an identifier"),
    ],
)
def test_what_contradicts_a_role_is_refused(tmp_path: Path, column: str, expected: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f'[dictionary]\nname = "bad"\nversion = "1"\n{ID}[columns.a]\n{column}\n')
    with pytest.raises(DataError, match=expected):
        load_dictionary(path)


def test_an_id_may_be_no_feature_and_not_be_optional(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f'[dictionary]\nname = "bad"\nversion = "1"\n{ID}feature = true\nrequired = false\n')
    with pytest.raises(DataError) as caught:
        load_dictionary(path)
    assert "'id', which may not be a feature" in str(caught.value)
    assert "may not be required = false" in str(caught.value)


def test_an_outcome_counts_as_later_whatever_the_dictionary_says(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        f'[dictionary]\nname = "own"\nversion = "1"\n{ID}'
        '[columns.y]\ntype = "boolean"\nrole = "outcome"\nknown = "scoring"\n[columns.x]\ntype = "number"\n'
    )
    dictionary = load_dictionary(path)
    assert dictionary.features == ["x"]
    assert list(dictionary.at_scoring().columns) == ["hid", "x"]


def test_an_unknown_name_is_answered_by_the_nearest_one(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        f'[dictionary]\nname = "bad"\nversion = "1"\nrepeat = true\n{ID}'
        '[columns.a]\ntype = "numbr"\nrol = "feature"\n[columns.b]\ntype = "category"\ncodes = { 1 = { fr = "un" } }\n'
    )
    with pytest.raises(DataError) as caught:
        load_dictionary(path)
    remedies = {problem.found.split(":")[0]: problem.remedy for problem in caught.value.problems}
    assert remedies["repeat"] == "Did you mean 'repeats'?"
    assert remedies["columns.a.rol"] == "Did you mean 'role'?"
    assert remedies["columns.a.type"] == "Correct it in the file."
    assert remedies["columns.b.codes.1.fr"] == "Remove it; known are: en, id, value."


def test_a_value_where_a_table_belongs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("dictionary = 1\ncolumns = 2\n")
    with pytest.raises(DataError) as caught:
        load_dictionary(path)
    assert len(caught.value.problems) == 2
    path.write_text('[dictionary]\nname = "bad"\nversion = "1"\n[columns]\na = 1\n')
    with pytest.raises(DataError, match=r"columns\.a"):
        load_dictionary(path)


def test_a_folder_is_no_dictionary_and_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(UsageError, match="it is a folder"):
        load_dictionary(tmp_path / "folder.toml")
    path = tmp_path / "OWN.TOML"
    path.write_text(f'[dictionary]\nname = "own"\nversion = "1"\n{ID}', encoding="utf-8-sig")
    assert load_dictionary(path).name == "own"


@pytest.mark.parametrize(("unit", "months"), [("month", 1), ("quarter", 3), ("year", 12), (None, None)])
def test_a_unit_of_time_tells_its_months_and_fits_models_that_did_not_know_it(
    small_dictionary: Dictionary, unit: TimeUnit | None, months: int | None
) -> None:
    timed = Dictionary.model_validate({**small_dictionary.model_dump(), "time_unit": unit})
    assert timed.months == months
    assert timed.at_scoring().fingerprint == small_dictionary.at_scoring().fingerprint
    assert dictionary_from_json(timed.to_json()) == timed


def test_an_unknown_unit_of_time_is_refused_and_shipped_dictionaries_say_theirs(small_dictionary: Dictionary) -> None:
    with pytest.raises(ValidationError, match="'month', 'quarter' or 'year'"):
        Dictionary.model_validate({**small_dictionary.model_dump(), "time_unit": "week"})
    assert load_dictionary("west_java_synthetic").months == 12

"""Bad input gets one clear error or is set aside with the rule it broke; good input comes out typed."""

import pandas as pd
import pytest

from graduation.errors import DataError, UsageError
from graduation.panel import extreme_poor
from graduation.schema import Dictionary, locate, validate


def rules(table: pd.DataFrame, dictionary: Dictionary, **options: float) -> list[tuple[int, str, str]]:
    rejected = validate(table, dictionary, max_rejected=1.0).rejected
    return list(rejected[["row", "column", "rule"]].itertuples(index=False, name=None))


def test_good_rows_come_out_typed_and_sorted(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    registry = validate(small_table.iloc[::-1], small_dictionary)
    households = registry.households
    assert list(households.index) == list("abcdef")
    assert households["welfare"].iloc[:4].tolist() == [50, 80, 120, 200]
    assert households["has_tv"].astype(object).where(households["has_tv"].notna(), None).tolist() == [
        True, False, True, None, None, False,
    ]  # fmt: skip
    assert "nik" not in households
    assert registry.counts.empty


def test_row_order_never_matters(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    shuffled = validate(small_table.sample(frac=1, random_state=1), small_dictionary)
    pd.testing.assert_frame_equal(shuffled.households, validate(small_table, small_dictionary).households)


def test_typed_and_text_files_read_alike(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    typed = small_table.assign(
        welfare=pd.to_numeric(small_table["welfare"]),
        has_tv=pd.to_numeric(small_table["has_tv"]),
        floor=pd.to_numeric(small_table["floor"]),
        wave=2023,
    )
    expected = validate(small_table, small_dictionary).households
    pd.testing.assert_frame_equal(validate(typed, small_dictionary).households, expected)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("floor", "7", "unknown_code"),
        ("welfare", "-5", "below_minimum"),
        ("welfare", "12a", "not_a_number"),
        ("welfare", "inf", "not_a_number"),
        ("household_size", "41", "above_maximum"),
        ("household_size", "2.5", "not_whole"),
        ("has_tv", "3", "not_yes_or_no"),
        ("household_id", "", "missing_value"),
        ("wave", "", "missing_value"),
    ],
)
def test_a_bad_cell_sets_its_row_aside(
    small_table: pd.DataFrame, small_dictionary: Dictionary, column: str, value: str, rule: str
) -> None:
    small_table.loc[2, column] = value
    registry = validate(small_table, small_dictionary)
    assert rules(small_table, small_dictionary) == [(3, column, rule)]
    assert len(registry.households) == 5
    assert registry.counts["households"].tolist() == [1]


def test_rejected_rows_name_row_column_value_and_what_was_expected(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    small_table.loc[4, "floor"] = "9"
    row = validate(small_table, small_dictionary).rejected.iloc[0]
    assert (row["row"], row["household_id"], row["value"], row["expected"]) == (5, "e", "9", "one of 1, 2")


def test_exact_copies_keep_one_and_contradictions_keep_none(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    copy = pd.concat([small_table, small_table.iloc[[0]]], ignore_index=True)
    assert rules(copy, small_dictionary) == [(7, "household_id", "repeated_row")]
    clash = pd.concat([small_table, small_table.iloc[[0]].assign(welfare="999")], ignore_index=True)
    found = rules(clash, small_dictionary)
    assert {(row, rule) for row, column, rule in found if column == "household_id"} == {
        (1, "duplicate_household"), (7, "duplicate_household"),
    }  # fmt: skip
    assert "a" not in validate(clash, small_dictionary).households.index


def test_one_person_in_two_households_is_set_aside_without_showing_the_number(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    small_table.loc[1, "nik"] = small_table.loc[0, "nik"]
    registry = validate(small_table, small_dictionary)
    assert set(registry.rejected["rule"]) == {"duplicate_value"}
    assert set(registry.rejected["value"]) == {"(hidden)"}
    assert small_table.loc[0, "nik"] not in registry.rejected.to_csv() + registry.summary()


def test_all_problems_of_a_file_are_told_at_once_with_the_nearest_name(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    broken = small_table.rename(columns={"welfare": "welfar", "floor": "xyz"})
    with pytest.raises(DataError) as caught:
        validate(broken, small_dictionary, source="wave.csv")
    message = str(caught.value)
    assert len(caught.value.problems) == 2
    assert "wave.csv" in message
    assert "Did you mean 'welfar'?" in message
    assert "'floor'" in message


def test_an_empty_table_an_empty_column_and_a_name_used_twice_are_refused(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    with pytest.raises(DataError, match="no rows"):
        validate(small_table.iloc[:0], small_dictionary)
    with pytest.raises(DataError, match="column 'floor': no usable value in any row"):
        validate(small_table.assign(floor=""), small_dictionary)
    twice = pd.concat([small_table, small_table[["floor"]]], axis=1)
    with pytest.raises(DataError, match="used twice"):
        validate(twice, small_dictionary)


def test_too_many_bad_rows_refuse_the_file_and_name_each_rule(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    spoiled = small_table.assign(floor=["8", "8", "8", "8", "1", "2"])
    with pytest.raises(DataError, match="unknown code in 4 of 6 rows, first '8'; expected one of 1, 2"):
        validate(spoiled, small_dictionary)


def test_another_source_name_is_found_and_unknown_columns_are_named(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    registry = validate(small_table.rename(columns={"household_size": "HHSIZE"}).assign(note="x"), small_dictionary)
    assert registry.households["household_size"].notna().all()
    assert registry.unused == ("note",)
    assert "note" in registry.summary()


def test_optional_features_that_are_absent_appear_as_missing(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    columns = dict(small_dictionary.columns)
    columns["floor"] = columns["floor"].model_copy(update={"required": False})
    optional = small_dictionary.model_copy(update={"columns": columns})
    households = validate(small_table.drop(columns="floor"), optional).households
    assert households["floor"].isna().all()


def with_columns(dictionary: Dictionary, **columns: dict[str, object] | None) -> Dictionary:
    """Return the dictionary checked anew, with columns changed, added or (None) left out."""
    content = dictionary.model_dump()
    for name, change in columns.items():
        content["columns"][name] = {**content["columns"].get(name, {"name": name}), **(change or {})}
        if change is None:
            del content["columns"][name]
    return Dictionary.model_validate(content)


def test_a_missing_column_unknown_codes_and_a_repeated_id_are_told_together(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    broken = small_table.drop(columns="welfare").assign(floor=["1", "8", "1", "2", "1", "1"])
    broken.loc[3, "household_id"] = "a"
    with pytest.raises(DataError) as caught:
        validate(broken, small_dictionary)
    message = str(caught.value)
    assert "column 'welfare': missing from the file" in message
    assert "row 2, column 'floor': unknown code in 1 of 6 rows, first '8'" in message
    assert "row 1, column 'household_id': duplicate household in 2 of 6 rows" in message


def test_without_an_id_the_other_columns_are_still_checked(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    with pytest.raises(DataError) as caught:
        validate(small_table.drop(columns="household_id").assign(floor="8"), small_dictionary)
    assert "missing from the file" in str(caught.value)
    assert "unknown code in 6 of 6 rows" in str(caught.value)
    assert "repeated" not in str(caught.value)


def test_problems_of_several_files_name_the_file_of_each(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    errors = []
    for source in ("a.csv", "b.csv"):
        with pytest.raises(DataError) as caught:
            validate(small_table.drop(columns="floor"), small_dictionary, source=source)
        errors.append(caught.value)
    together = DataError.of_all(errors)
    assert [problem.source for problem in together.problems] == ["a.csv", "b.csv"]
    assert "1. in a.csv: column 'floor': missing" in str(together)
    assert "2. in b.csv: column 'floor': missing" in str(together)
    assert DataError.of_all(errors[:1]) is errors[0]


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_the_share_that_may_be_set_aside_is_a_share(
    small_table: pd.DataFrame, small_dictionary: Dictionary, share: float
) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        validate(small_table, small_dictionary, max_rejected=share)


def test_optional_welfare_and_state_that_are_absent_appear_as_missing(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    dictionary = with_columns(
        small_dictionary, welfare={"required": False}, poor={"type": "boolean", "role": "state", "required": False}
    )
    households = validate(small_table.drop(columns="welfare"), dictionary).households
    assert households["welfare"].isna().all()
    assert households["poor"].isna().all()
    assert extreme_poor(households, dictionary).isna().all()


def test_weights_below_zero_are_set_aside_and_zeros_stay(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    dictionary = with_columns(small_dictionary, weight={"type": "number", "role": "weight"})
    weighted = small_table.assign(weight=["0", "-1", "inf", "2", "1", "1"])
    registry = validate(weighted, dictionary)
    assert registry.rejected[["row", "rule"]].to_numpy().tolist() == [[2, "below_minimum"], [3, "not_a_number"]]
    assert registry.households["weight"].tolist() == [0, 2, 1, 1]
    with pytest.raises(DataError, match="column 'weight': zero in every row"):
        validate(small_table.assign(weight="0"), dictionary)
    with pytest.raises(DataError, match="column 'weight': zero in every row"):
        validate(small_table.assign(weight=["0", "0", "0", "0", "0", "-1"]), dictionary)


def test_an_identifier_that_is_neither_id_nor_identity_is_dropped(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    dictionary = with_columns(small_dictionary, phone={"type": "text", "privacy": "identifier"})
    registry = validate(small_table.assign(phone="0812"), dictionary)
    assert "phone" not in registry.households
    assert "phone" not in dictionary.features
    assert "phone" not in validate(small_table, with_columns(dictionary, phone={"required": False})).households


def test_the_same_column_is_found_whatever_the_order_of_the_table(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    dictionary = with_columns(small_dictionary, household_id={"source": ("KK",)}, nik=None)
    both = small_table.assign(kk=range(6))
    assert locate(both, dictionary)["household_id"] == "kk"
    assert locate(both[both.columns[::-1]], dictionary)["household_id"] == "kk"
    assert locate(both.drop(columns="kk"), dictionary)["household_id"] == "household_id"


def test_a_unique_value_is_compared_within_a_time(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    repeats = small_dictionary.model_copy(update={"repeats": True})
    numbered = small_table.assign(nik=[f"n{place}" for place in range(len(small_table))])
    both = pd.concat([numbered, numbered.assign(wave="2024")])
    assert not validate(both, repeats).n_rejected
    shared = both.assign(nik=both["nik"].where((both["wave"] != "2024") | (both["nik"] != "n1"), "n0"))
    assert rules(shared, repeats) == [(7, "nik", "duplicate_value"), (8, "nik", "duplicate_value")]

"""Features are dictionary columns and named functions of them."""

from __future__ import annotations

import pandas as pd

from graduation.features import feature_frame, feature_title, floor_m2_per_person, working_age_share
from graduation.schema import Dictionary, load_dictionary, validate


def test_features_are_floats_or_text_and_leave_out_everything_else(
    small_table: pd.DataFrame, small_dictionary: Dictionary
) -> None:
    X = feature_frame(validate(small_table, small_dictionary).households, small_dictionary)
    assert list(X) == ["household_size", "has_tv", "floor"]
    assert X["has_tv"].tolist()[:3] == [1.0, 0.0, 1.0]
    assert X["has_tv"].isna().sum() == 2
    assert X["floor"].iloc[0] == "1"
    assert X["floor"].iloc[4] is None


def test_derived_features_have_units_and_survive_zeros() -> None:
    size = pd.Series([2.0, 0.0, 4.0])
    assert floor_m2_per_person(pd.Series([20.0, 20.0, 20.0]), size).tolist()[::2] == [10, 5]
    assert working_age_share(pd.Series([1.0, 0.0, 4.0]), size).isna().tolist() == [False, True, False]


def test_derived_features_need_all_their_columns(small_table: pd.DataFrame, small_dictionary: Dictionary) -> None:
    households = validate(small_table, small_dictionary).households
    assert "floor_m2_per_person" not in feature_frame(households, small_dictionary)
    assert "floor_m2_per_person" in {*load_names()}


def load_names() -> list[str]:
    import graduation

    waves = graduation.make_waves(300, seed=0)
    registry = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    return list(feature_frame(registry.households, waves.dictionary))


def test_titles_speak_both_languages() -> None:
    dictionary = load_dictionary("west_java_synthetic")
    assert feature_title("floor_m2_per_person", dictionary, "id") == "Luas lantai per orang (m2)"
    assert feature_title("floor_area_m2", dictionary, "en") != feature_title("floor_area_m2", dictionary, "id")
    assert feature_title("no_such_name", dictionary) == "no such name"

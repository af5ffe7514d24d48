"""The traps of Indonesia's registries: one answer has different codes, and one code stands for different answers."""

from __future__ import annotations

from collections import Counter
from datetime import date
from importlib import resources

import pandas as pd
import pytest

import graduation
from graduation.errors import DataError, UsageError
from graduation.schema import (
    Column,
    Dictionary,
    Registry,
    dictionary_from_toml,
    dictionary_toml,
    load_dictionary,
    recode_area,
)

HOUSEHOLDS = ("regsosek2022k", "bdt2015", "p3ke", "dtsen", "susenas_kor_2024", "west_java_synthetic")
PERSONS = ("regsosek2022k_members", "bdt2015_members", "p3ke_members", "dtsen_members")
SHIPPED = sorted(
    file.name.removesuffix(".toml")
    for file in (resources.files("graduation.schema") / "dictionaries").iterdir()
    if file.name.endswith(".toml")
)


def read(dictionary: str, **columns: object) -> Registry:
    """Read a table of one dictionary; ids are made up and open, other columns have their names in the source."""
    schema = with_open_ids(load_dictionary(dictionary))
    length = max(len(cells) for cells in columns.values() if isinstance(cells, list))
    ids = {schema.columns[schema.id].names()[0]: [f"K{n}" for n in range(length)]}
    if household := schema.one("household"):
        ids |= {schema.columns[household].names()[0]: ["H1"] * length}
    return graduation.read_registry(pd.DataFrame({**ids, **columns}), schema=schema, max_rejected=1.0)


def told(dictionary: str) -> set[str]:
    """Return the common features that a dictionary names."""
    return {one.harmonised for one in load_dictionary(dictionary).columns.values()} - {""}


def with_open_ids(dictionary: Dictionary) -> Dictionary:
    """Return a dictionary whose ids are no pseudonyms, so that rows can be told apart."""
    ids = [name for role in ("id", "household") for name in dictionary.role(role)]
    opened = {name: dictionary.columns[name].model_copy(update={"privacy": "open", "structure": None}) for name in ids}
    return dictionary.model_copy(update={"columns": {**dictionary.columns, **opened}})


def column(dictionary: str, feature: str, codes: list[object], **others: object) -> list[object]:
    """Return what the codes of the columns that tell a common feature mean in common words."""
    own = load_dictionary(dictionary)
    told = [one.names()[0] for one in own.columns.values() if one.harmonised == feature]
    registry = read(dictionary, **{told[0]: codes}, **others)
    assert not registry.n_rejected, registry.rejected
    values = graduation.harmonise(registry).registry.households[feature]
    return [None if pd.isna(value) else value for value in values.sort_index()]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_dictionary_is_whole(name: str) -> None:
    dictionary = load_dictionary(name)
    assert dictionary.title.en
    assert dictionary.title.id
    for one in dictionary.columns.values():
        assert one.label.en, one.name
        assert one.label.id, one.name
        assert all(code.en and code.id for code in one.codes.values()), one.name
    assert dictionary_from_toml(dictionary_toml(dictionary)) == dictionary


@pytest.mark.parametrize("name", [*HOUSEHOLDS, *PERSONS])
def test_every_common_word_is_known_to_the_common_set(name: str) -> None:
    own = load_dictionary(name)
    common = load_dictionary("household" if own.unit == "household" else "household_members")
    told = {one.harmonised for one in own.columns.values()} - {""}
    assert told <= set(common.columns)
    for one in own.columns.values():
        target = common.columns.get(one.harmonised)
        words = {code.value for code in one.codes.values()} - {""}
        if target is not None and words and one.type != "boolean":
            assert words <= set(target.codes or (*target.yes, *target.no)), one.name


def test_the_common_set_can_be_built_from_each_registry() -> None:
    common = load_dictionary("household")
    roster = set(load_dictionary("household_roster").columns) - {"household_id"}
    counts = {name: len(told(name) | (roster if f"{name}_members" in PERSONS else set())) for name in HOUSEHOLDS}
    assert len(common.features) >= 40
    # P3KE asks little of the dwelling and no assets; of persons in Susenas no public code list was found.
    assert counts["susenas_kor_2024"] >= 27
    assert counts["p3ke"] >= 38
    assert min(counts[name] for name in ("regsosek2022k", "bdt2015", "dtsen")) >= 60, counts


def test_roof_codes_5_and_6_are_swapped_between_regsosek_and_susenas() -> None:
    assert column("regsosek2022k", "roof_material", [5, 6]) == ["wood", "bamboo"]
    assert column("susenas_kor_2024", "roof_material", [5, 6]) == ["bamboo", "wood"]


def test_yes_and_no_are_1_2_or_1_5_or_3_4() -> None:
    assert column("regsosek2022k", "owns_refrigerator", [1, 2]) == [True, False]
    assert column("susenas_kor_2024", "owns_refrigerator", [1, 5, 8, 9]) == [True, False, None, None]
    assert column("bdt2015", "owns_refrigerator", [3, 4]) == [True, False]
    assert column("bdt2015", "owns_gas_cylinder", [1, 2]) == [True, False]


def test_a_yes_of_another_registry_is_set_aside_not_read_as_something_else() -> None:
    registry = read("susenas_kor_2024", R2001B=[1, 2, 5])
    assert registry.rejected["value"].tolist() == ["2"]
    registry = read("bdt2015", ada_lemari_es=[1, 2, 3, 4])
    assert registry.rejected["value"].tolist() == ["1", "2"]


def test_a_printed_column_of_threes_and_fours_that_somebody_recoded_is_refused() -> None:
    table = pd.DataFrame({"id_bdt": ["a", "b", "c"], "ada_tv": ["1", "2", "1"]})
    with pytest.raises(DataError, match="3 \\(yes\\) or 4 \\(no\\)"):
        graduation.read_registry(table, schema=with_open_ids(load_dictionary("bdt2015")))


def test_floors_and_water_have_another_number_of_codes() -> None:
    assert column("regsosek2022k", "floor_material", [5, 8, 9]) == ["wood", "earth", "other"]
    assert column("bdt2015", "floor_material", [5, 8, 9, 10]) == ["wood", "wood", "earth", "other"]
    assert column("regsosek2022k", "drinking_water", [3, 4, 11]) == ["piped", "borehole", "other"]
    assert column("bdt2015", "drinking_water", [3, 4, 5, 12]) == ["piped", "piped", "borehole", "other"]
    assert column("regsosek2022k", "sewage", [3, 4]) == ["water_body", "hole"]
    assert column("bdt2015", "sewage", [3, 4]) == ["hole", "water_body"]


def test_fuels_start_at_0_or_1_and_mean_something_else() -> None:
    assert column("regsosek2022k", "cooking_fuel", [1, 4, 10, 12]) == ["electricity", "lpg_3kg", "firewood", "none"]
    assert column("susenas_kor_2024", "cooking_fuel", [0, 1, 4, 10]) == ["none", "electricity", "lpg_3kg", "firewood"]
    assert column("bdt2015", "cooking_fuel", [1, 3, 8, 9]) == ["electricity", "lpg_3kg", "firewood", "none"]


def test_power_has_five_classes_or_three_and_none_without_a_meter() -> None:
    assert column("regsosek2022k", "electricity_power", [1, 2, 3, 4, 5]) == [1, 2, 3, 3, 3]
    assert column("susenas_kor_2024", "electricity_power", [1, 2, 3]) == [1, 2, 3]
    assert column("bdt2015", "electricity_power", [1, 5, 6]) == [1, 3, 0]
    skipped = column("regsosek2022k", "electricity_power", ["1", "", ""], **{"307a": ["1", "2", "4"]})
    assert skipped == [1, 0, 0]


def test_bit_masks_are_taken_apart() -> None:
    members = read("regsosek2022k_members", **{"411": [0, 1, 5, 7, ""], "431a": ["1", "5", "8", "99", "0"]}).households
    members = members.sort_index()
    assert members["has_birth_certificate"].tolist() == [False, True, True, True, pd.NA]
    assert members["has_child_card"].tolist() == [False, False, False, True, pd.NA]
    assert members["has_identity_card"].tolist() == [False, False, True, True, pd.NA]
    # 99 is "other"; read as a mask it would be all of 1, 2, 32 and 64.
    assert members["has_pbi"].tolist() == [True, True, False, False, False]
    assert members["has_employer_insurance"].tolist() == [False, True, False, False, False]
    assert members["has_other_insurance"].tolist() == [False, False, True, pd.NA, False]


def test_a_mask_with_a_bit_that_does_not_exist_is_set_aside() -> None:
    registry = read("regsosek2022k_members", **{"411": [3, 8, "x"]})
    assert set(registry.rejected["value"]) == {"8", "x"}
    assert len(registry.households) == 1


def test_masks_without_named_bits_are_no_features() -> None:
    columns = load_dictionary("regsosek2022k_members").columns
    assert not columns["business_internet"].is_feature
    assert not columns["work_insurance"].is_feature


def test_area_codes_of_bps_are_not_those_of_kemendagri() -> None:
    registry = read("bdt2015", kode_kecamatan=["321606", "32.16.06", "3216081", "32160"])
    assert registry.households["kecamatan"].tolist() == ["321606", "321606"]
    assert dict(zip(registry.rejected["value"], registry.rejected["rule"], strict=True)) == {
        "3216081": "bps_area_code",
        "32160": "not_an_area_code",
    }


def test_the_same_sub_district_in_both_codings() -> None:
    bps = with_open_ids(load_dictionary("bdt2015"))
    kecamatan = bps.columns["kecamatan"].model_copy(update={"area": "bps"})
    dictionary = bps.model_copy(update={"columns": {**bps.columns, "kecamatan": kecamatan}})
    table = pd.DataFrame({"id_bdt": ["a", "b"], "kode_kecamatan": ["3216081", "3216999"], "luas_lantai": ["20", "30"]})
    result = graduation.harmonise(graduation.read_registry(table, schema=dictionary))
    assert result.registry.households["kecamatan"].fillna("?").tolist() == ["321606", "?"]
    assert recode_area(pd.Series(["321606"]), to="bps").tolist() == ["3216081"]


def test_leading_zeros_of_codes_do_not_matter() -> None:
    members = read("bdt2015_members", jenis_cacat=["00", "0", "05", 5, "12"]).households.sort_index()
    assert members["disability"].tolist() == ["00", "00", "05", "05", "12"]


def test_words_in_place_of_codes_are_understood() -> None:
    assert column("dtsen", "roof_material", ["Genteng", "seng", "Asbes/seng"]) == ["tile", "metal", None]
    assert column("p3ke", "floor_material", ["Tanah", "Keramik", "Semen/bata merah"]) == ["earth", "ceramic", "cement"]


@pytest.mark.parametrize("name", [*HOUSEHOLDS, *PERSONS])
@pytest.mark.parametrize("language", ["en", "id"])
def test_labels_are_read_as_their_codes_by_every_column_of_the_question(name: str, language: str) -> None:
    dictionary = load_dictionary(name)
    coded: dict[str, Column] = {}
    for one in dictionary.columns.values():
        if one.codes and one.type == "category" and one.source:
            coded.setdefault(one.source[0], one)
    for source, one in coded.items():
        labels = {code: meaning.id if language == "id" else meaning.en for code, meaning in one.codes.items()}
        times = Counter(label.casefold() for label in labels.values())
        labels = {code: label for code, label in labels.items() if times[label.casefold()] == 1}
        registry = read(name, **{source: list(labels.values())})
        assert not registry.n_rejected, registry.rejected
        expected = [None if code in one.missing else code for code in labels]
        values = registry.households[one.name]
        by_row = values.loc[[f"K{number}" for number in range(len(labels))]]
        assert [None if pd.isna(value) else value for value in by_row] == expected, one.name


def test_yes_and_no_are_read_as_words_whatever_the_codes() -> None:
    assert column("bdt2015", "owns_refrigerator", ["Ya", "TIDAK", "yes", "No"]) == [True, False, True, False]
    assert column("susenas_kor_2024", "owns_refrigerator", ["Ya", "Tidak", 1, 5]) == [True, False, True, False]
    women = read("regsosek2022k_members", **{"405": ["Laki-laki", "perempuan", 1, 2]}).households.sort_index()
    assert women["is_female"].tolist() == [False, True, False, True]


def test_an_open_code_is_told_and_kept() -> None:
    registry = read("dtsen", id_lantai_terluas=["6", "Semen plesteran"], id_sumberpenerangan=["Petromaks", "1"])
    assert not registry.n_rejected
    assert registry.findings["rule"].tolist() == ["not_yes_or_no", "unknown_code", "unknown_code"]
    households = registry.households.sort_index()
    assert households["floor_material"].tolist() == ["6", "Semen plesteran"]
    assert households["has_own_meter"].tolist() == [pd.NA, True]
    members = read("p3ke_members", hubungan_dengan_kepala_keluarga=["Anak Kandung", "Anak"], pendidikan=["3", "SMA"])
    common = graduation.harmonise(members)
    assert common.registry.households.sort_index()["relation"].fillna("?").tolist() == ["?", "child"]
    # A number is a code of one dictionary; where none is listed it says nothing, though the common set has a 3 too.
    assert common.registry.households["education"].isna().all()
    assert set(common.unmatched["value"]) == {"Anak Kandung", "3", "SMA"}


def test_a_household_without_grid_electricity_has_no_meter_in_any_registry() -> None:
    for name, source in (("bdt2015", "sumber_penerangan"), ("regsosek2022k", "307a")):
        codes = ["2", "3"] if name == "bdt2015" else ["3", "4"]
        households = graduation.harmonise(read(name, **{source: codes})).registry.households
        assert households["has_own_meter"].tolist() == [False, False]
        assert households["electricity_power"].tolist() == [0, 0]


def test_sub_districts_are_taken_from_codes_of_villages_and_unknown_ones_counted() -> None:
    result = graduation.harmonise(read("p3ke", kode_kemdagri=["32.16.06.2001", "32.16"], kecamatan=["Setu", "Setu"]))
    assert result.registry.households["kecamatan"].fillna("?").sort_values().tolist() == ["321606", "?"]
    assert result.unmatched.to_numpy().tolist() == [["kecamatan", "3216", 1]]


def test_an_answer_without_a_common_word_is_counted() -> None:
    result = graduation.harmonise(read("p3ke", jenis_atap=["Genteng", "Rumbia", "Rumbia"]))
    assert result.unmatched.to_numpy().tolist() == [["roof_material", "Rumbia", 2]]
    merged = graduation.harmonise(read("dtsen", id_dayapenerangan=["1", "<=900 watt"]))
    assert merged.unmatched["rows"].tolist() == [1]


def test_any_of_the_nine_difficulties_makes_a_severe_disability() -> None:
    registry = read("regsosek2022k_members", **{"428a": [4, 2, 4, ""], "428b": [3, 4, 4, 4]} | {
        f"428{letter}": [4, 4, 4, 4] for letter in "cdefghi"
    })  # fmt: skip
    told = graduation.harmonise(registry).registry.households.sort_index()["has_severe_disability"]
    assert told.tolist() == [False, True, False, pd.NA]


def test_ages_follow_from_dates_of_birth_on_a_day() -> None:
    registry = read("p3ke", tanggal_lahir=["24/11/1980", "25-11-1980", "2030-01-01", ""])
    result = graduation.harmonise(registry, on=date(2026, 11, 24)).registry.households.sort_index()
    assert result["head_age_years"].fillna(-1).tolist() == [46, 45, -1, -1]


def test_welfare_weights_and_programmes_come_along(registries: list[Registry]) -> None:
    result = graduation.harmonise(registries[0])
    own, common = registries[0], result.registry
    kept = ["wave", "survey_weight", "consumption_per_head_monthly_idr", "receives_pkh"]
    pd.testing.assert_frame_equal(common.households[kept], own.households[kept])
    assert common.dictionary.one("welfare") == own.dictionary.one("welfare")
    assert common.dictionary.line == own.dictionary.line
    assert graduation.count_poor(common).frame().equals(graduation.count_poor(own).frame())


def test_harmonising_says_what_a_dictionary_lacks(small_dictionary: Dictionary) -> None:
    table = pd.DataFrame({"household_id": ["a"]})
    with pytest.raises(UsageError, match="names none of its columns"):
        graduation.harmonise(Registry(table.set_index("household_id"), table, table, small_dictionary))

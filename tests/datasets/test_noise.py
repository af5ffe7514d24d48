import numpy as np
import pytest

from graduation.datasets import make_waves
from graduation.datasets.identity import family_cards, head_numbers
from graduation.datasets.settings import population
from graduation.schema import validate


@pytest.fixture(scope="module")
def waves():
    return make_waves(6_000, waves=2, seed=13)


@pytest.mark.parametrize("wave", [0, 1])
def test_validate_sets_aside_exactly_what_was_spoiled(waves, wave):
    registry = validate(waves.tables[wave], waves.dictionary)
    noise = population()["noise"]
    counts = registry.counts.set_index(["rule", "column"])["households"].to_dict()
    assert counts == {
        ("below_minimum", "floor_area_m2"): round(6_000 * noise["spoiled"]),
        ("unknown_code", "floor_material"): round(6_000 * noise["spoiled"]),
        ("not_a_number", "head_age_years"): round(6_000 * noise["spoiled"]),
        ("repeated_row", "household_id"): round(6_000 * noise["exact_copies"]),
        ("duplicate_value", "family_card_number"): 2 * round(6_000 * noise["second_ids"]),
    }
    assert registry.n_rejected == registry.counts["households"].sum()


def test_records_obey_the_same_dictionary(waves):
    registry = validate(waves.records, waves.dictionary)
    assert registry.n_rejected == 0
    assert set(registry.unused) == {"arm", "assignment_probability", "consumption_after_monthly_idr"}


def test_questions_stay_open_at_one_to_four_percent(waves):
    shares = waves.tables[0].isna().mean()
    asked = shares[shares > 0]
    assert asked.between(0.005, 0.045).all()
    assert len(asked) > 30
    never = ["household_id", "family_card_number", "head_nik", "wave", "kecamatan", "village", "survey_weight"]
    assert (shares[never] == 0).all()


def test_floor_areas_are_heaped(waves):
    area = validate(waves.tables[0], waves.dictionary).households["floor_area_m2"].dropna()
    assert area.isin(population()["noise"]["common_floor_m2"]).mean() > 0.5


def test_no_number_can_belong_to_a_person(waves):
    for table in (*waves.tables, waves.records):
        for name in ("head_nik", "family_card_number"):
            numbers = table[name]
            assert numbers.str.fullmatch(r"\d{16}").all()
            assert (numbers.str[4:6].astype(int) >= 90).all()
            assert numbers.str[:4].eq("3216").all()


def test_nik_agrees_with_sex_and_age(waves):
    known = waves.records.dropna(subset=["is_head_female", "head_age_years"])
    day = known["head_nik"].str[6:8].astype(int)
    assert ((day > 40) == (known["is_head_female"] == 1)).all()
    born = known["wave"].astype(int) - known["head_age_years"].astype(int)
    assert (known["head_nik"].str[10:12].astype(int) == born % 100).all()


def test_each_household_has_its_own_card_and_keeps_it(waves):
    seen = np.concatenate([table[["household_id", "family_card_number"]].to_numpy() for table in waves.tables])
    cards = {}
    for household, card in seen:
        cards.setdefault(household, set()).add(card)
    assert all(len(held) == 1 for held in cards.values())
    families = waves.tables[0].drop_duplicates("family_card_number")
    assert len(families) == 6_000
    assert not set(families["family_card_number"]) & set(waves.records["family_card_number"])


def test_numbers_stay_unique_for_millions_of_households():
    numbers = np.unique(
        np.concatenate([np.arange(5_000), np.arange(3_359_000, 3_365_000), np.arange(9_999_000, 10**7)])
    )
    assert family_cards(numbers, "registry").is_unique
    niks = head_numbers(numbers, np.full(len(numbers), 1970), np.zeros(len(numbers), dtype=bool), "registry")
    assert niks.is_unique
    assert niks.str.len().eq(16).all()

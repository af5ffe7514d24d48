"""Only answers that mean the same are put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from graduation import harmonise, read_registry
from graduation.errors import UsageError
from graduation.io import write_registry
from graduation.roster import Roster, household_features, with_members
from graduation.schema import Column, Dictionary, Registry, load_dictionary, validate
from tests.roster.conftest import random_members, roster


def heads(ids: pd.Index, **columns: object) -> Roster:
    told = {name: [value] * len(ids) for name, value in columns.items()}
    return household_features(roster(household_id=list(ids), relation=["head"] * len(ids), **told))


def silent(registry: Registry, *names: str) -> Registry:
    nothing = {name: registry.households[name].mask(registry.households.index.notna()) for name in names}
    return replace(registry, households=registry.households.assign(**nothing))


def test_a_registry_with_codes_of_its_own_gets_no_words(registries: list[Registry]) -> None:
    registry = silent(registries[0], "head_sector")
    told = heads(registry.households.index, is_working="yes", sector="trade")
    with pytest.raises(UsageError, match=r"head_sector.*harmonise the registry first"):
        with_members(registry, told)
    common = harmonise(registry).registry
    assert set(with_members(common, told).households["head_sector"]) == {"trade"}


def test_codes_that_are_words_of_the_roster_are_filled(registries: list[Registry]) -> None:
    registry = silent(registries[0], "head_education")
    joined = with_members(registry, heads(registry.households.index, education=4))
    assert set(joined.households["head_education"]) == {4}


def test_a_column_that_the_registry_means_otherwise_stays(registries: list[Registry]) -> None:
    first = registries[0]
    over_64 = Column(name="n_elderly", type="integer", required=False)
    own = first.dictionary.model_copy(update={"columns": {**first.dictionary.columns, "n_elderly": over_64}})
    table = first.households.assign(n_elderly=float("nan"))
    registry = replace(first, households=table, dictionary=own)
    told = heads(table.index, age_years=70)
    assert with_members(registry, told).households["n_elderly"].isna().all()
    assert (with_members(harmonise(registry).registry, told).households["n_elderly"] == 1).all()


def test_the_common_dictionaries_are_harmonised_already(members: Registry) -> None:
    again = harmonise(members).registry
    names = list(members.households)
    pd.testing.assert_frame_equal(again.households[names], members.households)
    told = household_features(members).households.reset_index()
    households = validate(told, load_dictionary("household"))
    common = harmonise(households).registry
    names = [name for name in told if name != "household_id"]
    pd.testing.assert_frame_equal(common.households[names], households.households[names])
    # 9/8 is a ratio and no thousand.
    assert (common.households["dependency_ratio"].dropna() % 1 != 0).any()


def test_what_was_harmonised_and_written_can_be_harmonised_again(registries: list[Registry], tmp_path: Path) -> None:
    once = harmonise(registries[0]).registry
    path = write_registry(once, tmp_path / "common.csv")
    again = harmonise(read_registry(path)).registry
    assert again.dictionary.line == once.dictionary.line
    pd.testing.assert_frame_equal(again.households[list(once.households)], once.households)


def test_a_column_with_a_common_name_and_codes_of_its_own_tells_nothing(small_dictionary: Dictionary) -> None:
    sector = {"name": "head_sector", "type": "category", "codes": {"0": {"en": "None"}, "1": {"en": "Trade"}}}
    columns = {
        **small_dictionary.columns,
        "head_sector": Column.model_validate(sector),
        "household_size": load_dictionary("household").columns["household_size"],
    }
    dictionary = small_dictionary.model_copy(update={"columns": columns})
    table = pd.DataFrame(
        {"household_id": ["a"], "wave": [1], "village": ["v"], "head_sector": ["1"], "household_size": [3]}
    )
    households = table.set_index("household_id")
    found = harmonise(Registry(households, table, table, dictionary))
    made = found.coverage.set_index("feature")["made_of"]
    assert made[made != ""].to_dict() == {"household_size": "household_size"}
    assert found.registry.households["household_size"].tolist() == [3]


def test_ages_of_heads_that_are_written_can_be_read(tmp_path: Path) -> None:
    born = ["2021-01-01", "1896-01-01", "1894-01-01", "2025-06-01", "1985-01-01"]
    members = roster(household_id=list("abcde"), relation=["head"] * 5, birth_date=born)
    told = household_features(members, on=date(2025, 1, 1)).households
    assert told["head_age_years"].fillna(-1).tolist() == [4, 129, -1, -1, 40]
    read = validate(told.reset_index(), load_dictionary("household"))
    assert not read.n_rejected
    assert read.households["head_age_years"].fillna(-1).tolist() == [4, 129, -1, -1, 40]


def test_an_age_too_high_for_the_common_words_is_missing(members: Registry) -> None:
    dictionary = load_dictionary("p3ke")
    opened = dictionary.columns[dictionary.id].model_copy(update={"privacy": "open", "structure": None})
    open_ids = dictionary.model_copy(update={"columns": {**dictionary.columns, dictionary.id: opened}})
    raw = pd.DataFrame({opened.names()[0]: ["a", "b"], "tanggal_lahir": ["1890-01-01", "1900-01-01"]})
    common = harmonise(read_registry(raw, schema=open_ids), on=date(2025, 1, 1)).registry
    assert common.households["head_age_years"].fillna(-1).tolist() == [-1, 125]
    for name, column in (("household", "head_age_years"), ("household_members", "age_years")):
        limits = load_dictionary(name).columns[column]
        assert (limits.minimum, limits.maximum) == (0, 130)


def test_nobody_accepted_is_a_table_without_rows() -> None:
    table = random_members(4).assign(birth_date="1990-01-01", age_years=999)
    empty = validate(table, load_dictionary("household_members"), max_rejected=1)
    assert empty.households.empty
    assert empty.households["birth_date"].dtype == "datetime64[ns]"
    again = harmonise(empty, on=date(2025, 1, 1)).registry
    assert again.households["birth_date"].dtype == "datetime64[ns]"
    assert again.plain().empty
    assert household_features(again, on=date(2025, 1, 1)).households.empty

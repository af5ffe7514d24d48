"""Ids that identify become pseudonyms, the same for the same key, and the key is never kept with the data."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pandas as pd
import pytest

from graduation.errors import UsageError
from graduation.io.pseudonyms import key_mark, with_pseudonyms
from graduation.schema import Dictionary

KEY = "a secret of the regency"


def dictionary_of(unit: str = "household", **columns: dict[str, object]) -> Dictionary:
    named = {name: {"name": name, "type": "text", **column} for name, column in columns.items()}
    return Dictionary.model_validate({"name": "d", "version": "1", "unit": unit, "columns": named})


FAMILIES = dictionary_of(no_kk={"role": "id", "privacy": "identifier", "missing": ["-"]})
PERSONS = dictionary_of(
    "person",
    nik={"role": "id", "privacy": "identifier"},
    no_kk={"role": "household", "privacy": "identifier", "missing": ["-"]},
    relation={},
)
FAMILY_TABLE = pd.DataFrame({"no_kk": ["3216900101200001", "3216900201200002"]})
PERSON_TABLE = pd.DataFrame(
    {
        "nik": ["3216900101900001", "3216904101900002", "3216900101900003"],
        "no_kk": ["3216900201200002", " 3216900101200001 ", "-"],
        "relation": ["head", "head", "child"],
    }
)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRADUATION_PSEUDONYM_KEY", "GRADUATION_PSEUDONYM_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def key_file(folder: Path, text: str = KEY) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "key.txt"
    path.write_text(text + "\n")
    return path


def test_a_pseudonym_is_the_keyed_hash_of_the_id(tmp_path: Path) -> None:
    hidden = with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=key_file(tmp_path))
    expected = [hmac.new(KEY.encode(), one.encode(), hashlib.sha256).hexdigest()[:20] for one in FAMILY_TABLE["no_kk"]]
    assert hidden["no_kk"].tolist() == expected
    assert FAMILY_TABLE["no_kk"].str.startswith("3216").all()


def test_rosters_still_join_with_their_households(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", KEY)
    families, persons = with_pseudonyms(FAMILY_TABLE, FAMILIES), with_pseudonyms(PERSON_TABLE, PERSONS)
    assert persons["no_kk"].tolist()[:2] == families["no_kk"].tolist()[::-1]
    assert not persons["nik"].str.contains("3216").any()
    assert persons["relation"].equals(PERSON_TABLE["relation"])


def test_persons_without_a_household_do_not_share_a_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", KEY)
    assert with_pseudonyms(PERSON_TABLE, PERSONS)["no_kk"].isna().tolist() == [False, False, True]


def test_a_link_that_identifies_nobody_stays_as_it_is() -> None:
    open_link = dictionary_of("person", nik={"role": "id"}, no_kk={"role": "household"})
    table = PERSON_TABLE.assign(nik=["p1", "p2", "p3"], no_kk=["h1", "h2", "-"])
    assert with_pseudonyms(table, open_link) is table


@pytest.mark.parametrize("name", ["nik", "no_kk"])
@pytest.mark.parametrize("privacy", ["open", "personal"])
def test_numbers_of_identity_are_no_open_ids(name: str, privacy: str) -> None:
    ids = {"nik": {"role": "id"}, "no_kk": {"role": "household", "missing": ["-"]}}
    for column in ids.values():
        column["privacy"] = privacy
    table = PERSON_TABLE.assign(nik=["p1", "p2", "p3"], no_kk=["h1", "h2", "-"])
    half = table.assign(**{name: ["3216900101900001", "h1", "h2"]})
    assert with_pseudonyms(half, dictionary_of("person", **ids)) is half
    most = table.assign(**{name: ["3216.9001.0190.0001", "'3216904101900002", "h2"]})
    with pytest.raises(UsageError, match=f"column '{name}'.*privacy = \"identifier\"") as refused:
        with_pseudonyms(most, dictionary_of("person", **ids))
    assert "3216" not in str(refused.value)


def test_one_number_has_one_pseudonym_however_it_is_spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", KEY)
    number = "3216900101200001"
    parted = [mark.join(["3216", "9001", "0120", "0001"]) for mark in (" ", ".", "-", "\u00a0", "/", "_")]
    table = pd.DataFrame({"no_kk": [number, f"'{number}", f" {number} ", f"{number}.0", *parted]})
    assert set(with_pseudonyms(table, FAMILIES)["no_kk"]) == {with_pseudonyms(FAMILY_TABLE, FAMILIES)["no_kk"][0]}
    table.index = pd.Index([0] * len(table))
    assert with_pseudonyms(table, FAMILIES)["no_kk"].nunique() == 1
    typed = pd.DataFrame({"no_kk": [int(number)]})
    assert with_pseudonyms(typed, FAMILIES)["no_kk"][0] == with_pseudonyms(FAMILY_TABLE, FAMILIES)["no_kk"][0]


def test_other_ids_are_hashed_as_they_are_spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", KEY)
    table = pd.DataFrame({"no_kk": ["A-1", "A1", " A1 ", "3216.0", "3216", "12-5", "125"]})
    assert with_pseudonyms(table, FAMILIES)["no_kk"].nunique() == 6


@pytest.mark.parametrize("where", ["parameter", "variable", "file variable"])
def test_the_same_key_gives_the_same_pseudonyms_wherever_it_comes_from(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = key_file(tmp_path)
    if where == "variable":
        monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", KEY)
    if where == "file variable":
        monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY_FILE", str(path))
    given = path if where == "parameter" else None
    expected = hmac.new(KEY.encode(), FAMILY_TABLE["no_kk"][0].encode(), hashlib.sha256).hexdigest()[:20]
    assert with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=given)["no_kk"][0] == expected


@pytest.mark.parametrize("text", ["", " \n", "fifteen letters"])
def test_empty_and_short_keys_are_refused_without_showing_them(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too short") as refused:
        with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=key_file(tmp_path, text))
    assert "fifteen" not in str(refused.value)


def test_no_key_two_keys_and_an_unreadable_key_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no key is set"):
        with_pseudonyms(FAMILY_TABLE, FAMILIES)
    with pytest.raises(UsageError, match="cannot be read"):
        with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff" * 40)
    with pytest.raises(UsageError, match="no UTF-8 text"):
        with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=tmp_path / "bytes")
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY_FILE", str(key_file(tmp_path)))
    with pytest.raises(UsageError, match="both"):
        with_pseudonyms(FAMILY_TABLE, FAMILIES)
    assert len(with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=key_file(tmp_path))) == 2


def test_a_key_that_lies_with_the_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    source = data / "registry.csv"
    for path in (key_file(data), key_file(data / "below")):
        with pytest.raises(UsageError, match="apart from the data"):
            with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=path, source=source)
    apart = key_file(tmp_path / "apart")
    assert len(with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=apart, source=source)) == 2
    assert len(with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=data / ".." / "apart" / "key.txt", source=source)) == 2


def test_a_link_to_the_data_does_not_hide_that_the_key_lies_with_it(tmp_path: Path) -> None:
    key = key_file(tmp_path / "data")
    (tmp_path / "data" / "registry.csv").write_text("no_kk\n")
    link = tmp_path / "elsewhere.csv"
    link.symlink_to(tmp_path / "data" / "registry.csv")
    with pytest.raises(UsageError, match="apart from the data"):
        with_pseudonyms(FAMILY_TABLE, FAMILIES, key_file=key, source=link)


def test_no_key_is_asked_where_nothing_identifies() -> None:
    plain, table = dictionary_of(no_kk={"role": "id"}), FAMILY_TABLE.assign(no_kk=["h1", "h2"])
    assert with_pseudonyms(table, plain) is table


def test_a_mark_tells_keys_apart_without_telling_them(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "other")]
    for file in files:
        file.write_text(f"{KEY} {file.name}")
    marks = {str(key_mark(FAMILIES, file, tmp_path / "data" / "registry.csv")) for file in [*files, files[0]]}
    assert len(marks) == 2
    assert not any(KEY in mark for mark in marks)
    assert key_mark(dictionary_of(a={"role": "id"}), files[0], tmp_path / "data" / "registry.csv") is None

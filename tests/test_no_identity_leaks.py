"""No NIK, family card or name reaches an output, a log, an MLflow run or an error message.

Every word that a command says or writes is searched for every number and name of the registry it read. The same search
finds all of them in the registry itself, so it would find them elsewhere.
"""

from __future__ import annotations

import gzip
import io
import logging
import re
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
import pytest

from graduation.cli import main
from tests.conftest import ROOT

SAMPLE = ROOT / "data" / "sample"
ROWS = 900
# Every number begins with the first, every name with the second; what follows is told apart below.
BEGINNINGS = rb"(?=(3216[\x00-\xff]{0,20}|[Zz]ulaikha[\x00-\xff]{0,20}))"
# What may part the digits of a number, as bytes; the last is a blank that does not break.
PARTED = rb"[\s.,/_'-]|\xc2\xa0|\xa0"
KEY = "a secret of the regency"
PRIVATE = ("household_id", "head_nik", "family_card_number", "head_name", "nik", "no_kk", "nama")
PRIVATE_COLUMNS = """
[columns.household_id]
type = "text"
role = "id"
privacy = "identifier"

[columns.head_name]
type = "text"
role = "identity"
privacy = "identifier"
required = false
label = { en = "Name of the head", id = "Nama kepala keluarga" }

[columns.note]
type = "text"
role = "programme"
required = false

[columns.answer]
type = "category"
role = "programme"
required = false
"""


def family_number(index: int) -> str:
    return f"32169{1 + index % 8}{index % 28 + 1:02d}0120{index + 1:04d}"


def private_registry(folder: Path) -> list[Path]:
    """Write two waves of the sample whose ids are family cards, with names, and faults in what is private."""
    folder.mkdir()
    (folder / "dictionary.toml").write_text((SAMPLE / "dictionary.toml").read_text() + PRIVATE_COLUMNS)
    numbers: dict[str, str] = {}
    for year in (2023, 2024):
        table = pd.read_csv(SAMPLE / f"registry_{year}.csv", dtype=str, keep_default_na=False).head(ROWS)
        place = [numbers.setdefault(one, family_number(len(numbers))) for one in table["household_id"]]
        table = table.assign(household_id=place, head_name=[f"Zulaikha-{number[-4:]}x" for number in place])
        with_notes(with_faults(table)).to_csv(folder / f"registry_{year}.csv", index=False)
    return sorted(folder.glob("*.csv"))


def private_roster(path: Path, registry: Path) -> Path:
    """Write a head and a child for each household of a registry, under their own numbers and names."""
    families = pd.read_csv(registry, dtype=str)["household_id"].drop_duplicates()
    head = pd.DataFrame({"no_kk": families, "409": "1", "406": "1980-05-17"})
    table = pd.concat([head, head.assign(**{"409": "3", "406": "2015-05-17"})], ignore_index=True)
    table["nik"] = [f"3216982{1 + index % 8}0580{index + 1:04d}" for index in range(len(table))]
    table = table.assign(nama="Zulaikha-" + table["nik"].str[-4:] + "y", **{"405": "1"})
    table.loc[3, "no_kk"], table.loc[4, "409"], table.loc[5, "406"] = "", "77", "30 February"
    table.to_csv(path, index=False)
    return path


def with_faults(table: pd.DataFrame) -> pd.DataFrame:
    """Plant what goes wrong with private columns: lost digits, letters, two of the same, households told twice."""
    faulty = table.copy()
    faulty.loc[0, "head_nik"] = table.loc[0, "head_nik"][:15]
    faulty.loc[1, "head_nik"] = table.loc[1, "head_nik"][:12] + "O" + table.loc[1, "head_nik"][13:]
    faulty.loc[2, "head_nik"] = f"'{table.loc[2, 'head_nik']}"
    faulty.loc[3, "head_nik"] = table.loc[4, "head_nik"]
    faulty.loc[5, "family_card_number"] = table.loc[6, "family_card_number"]
    faulty.loc[7, "head_name"] = ""
    faulty.loc[8, "floor_area_m2"] = "-4"
    faulty.loc[9, "household_id"] = table.loc[10, "household_id"]
    return faulty


def parted(number: str, mark: str) -> str:
    return mark.join([number[:4], number[4:8], number[8:12], number[12:]])


def with_notes(table: pd.DataFrame) -> pd.DataFrame:
    """Write numbers of identity into free text and answers, parted in every way."""
    marks = ["", ".", " ", "-", "/", "_", "\u00a0", "  "]
    numbers = [parted(number, marks[row % len(marks)]) for row, number in enumerate(table["household_id"])]
    notes = [f"NIK {number} twice" if row % 9 == 0 else "visited" for row, number in enumerate(numbers)]
    return table.assign(note=notes, answer=[number if row < 20 else "yes" for row, number in enumerate(numbers)])


def secrets_of(*paths: Path) -> set[bytes]:
    """Return every number and name in these registries."""
    tables = [pd.read_csv(path, dtype=str) for path in paths]
    cells = pd.concat([table[name] for table in tables for name in PRIVATE if name in table]).dropna()
    return {cell.strip("'").encode() for cell in cells.unique()}


def leaked(text: bytes, secrets: set[bytes]) -> set[bytes]:
    """Return the numbers and names that stand anywhere in a text."""
    windows = b"\n".join(re.findall(BEGINNINGS, text) + re.findall(BEGINNINGS, re.sub(PARTED, b"", text)))
    return {secret for secret in secrets if secret in windows}


def opened(path: Path) -> bytes:
    """Return all that a file says: archives opened, tables as text, databases as they lie and as they dump."""
    raw = path.read_bytes()
    if raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as database:
            return raw + "\n".join(database.iterdump()).encode()
    if raw.startswith(b"PAR1"):
        return raw + pd.read_parquet(path).to_csv().encode()
    if raw.startswith(b"\x1f\x8b"):
        return raw + gzip.decompress(raw)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return raw + b"\n".join(archive.read(name) for name in archive.namelist())
    return raw


def written(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.name.encode() + b"\n" + opened(path) for path in files}


Answer = tuple[int, str]


@pytest.fixture
def type_in(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> Callable[..., Answer]:
    """Run a command in an empty folder; return its exit code, and all that it said on both streams and in logs."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", KEY)
    monkeypatch.delenv("GRADUATION_PSEUDONYM_KEY_FILE", raising=False)
    caplog.set_level(logging.DEBUG)

    def run(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["graduation", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        heard = said.out + said.err + caplog.text
        caplog.clear()
        return int(ended.value.code or 0), heard

    return run


def test_no_identity_reaches_an_output_a_log_or_an_mlflow_run(type_in: Callable[..., Answer], tmp_path: Path) -> None:
    waves = private_registry(tmp_path / "registry")
    members = private_roster(tmp_path / "members.csv", waves[1])
    secrets = secrets_of(*waves, members)
    scored = [waves[1], "--model", "model"]
    budget = ["--budget", "90000000"]
    tracking = ["--track", "--uri", f"sqlite:///{tmp_path / 'work' / 'runs.db'}"]
    persons = ["--members-schema", "regsosek2022k_members", "--on", "2024-01-01"]
    steps: list[Iterable[object]] = [
        ["check", *waves, "--out", "."],
        ["train", *waves, "--out", "model", "--no-refit", "--fast", "--scorecard", "card.xlsx", *tracking],
        *(["score", *scored, "--out", f"scores.{kind}"] for kind in ("csv", "xlsx", "parquet")),
        ["explain", *scored, "--out", "drivers.csv"],
        ["plan", *scored, "--out", "plan.xlsx", *budget],
        ["report", *scored, "--out", "page.html", *budget],
        ["harmonise", waves[1], "--out", "common/registry.parquet", "--members", members, *persons],
    ]
    said = []
    for words in steps:
        code, heard = type_in(*words)
        assert code == 0, heard
        said.append(heard)
    some = pd.read_csv("scores.csv", dtype=str)["household_id"].iloc[0]
    code, heard = type_in("explain", *scored, "--household", some)
    assert code == 0, heard
    for mark in ("", ".", " ", "\u00a0", "/", "_", "   "):
        typed = parted(family_number(3), mark)
        code, mistaken = type_in("explain", *scored, "--household", typed)
        assert (code, "no household '(hidden)'" in mistaken, typed in mistaken) == (2, True, False)
    files = written(tmp_path / "work")

    assert {Path(name).suffix for name in files} >= {".csv", ".xlsx", ".parquet", ".html", ".json", ".db"}
    assert some.encode() in files["scores.xlsx"]
    assert some.encode() in files["scores.parquet"]
    assert sum("rejected" in name for name in files) >= 4
    joined = pd.read_parquet("common/registry.parquet")["n_children_under_7"]
    assert len(secrets) > 5 * ROWS
    assert leaked(b"\n".join(path.read_bytes() for path in (*waves, members)), secrets) == secrets
    assert {name: leaked(text, secrets) for name, text in files.items() if leaked(text, secrets)} == {}
    assert leaked("\n".join([*said, heard]).encode(), secrets) == set()
    assert joined.eq(0).sum() > 0.9 * len(joined)


def no_header(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def every_card_twice(path: Path) -> None:
    table = pd.read_csv(path, dtype=str)
    table["family_card_number"] = table["family_card_number"].iloc[0]
    table.to_csv(path, index=False)


def no_size_and_cells_too_many(path: Path) -> None:
    table = pd.read_csv(path, dtype=str).drop(columns="household_size")
    table.to_csv(path, index=False)
    path.write_text(path.read_text() + ",".join([*table.iloc[0].fillna(""), *table.iloc[1].fillna("")]) + "\n")


def an_open_quote(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:5], '"' + lines[5], *lines[6:]]))


def in_the_weight(path: Path) -> None:
    table = pd.read_csv(path, dtype=str)
    table.assign(survey_weight=table["household_id"] + "x").to_csv(path, index=False)


def in_the_floor(path: Path) -> None:
    table = pd.read_csv(path, dtype=str)
    table.loc[:3, "floor_material"] = table["household_id"]
    table.to_csv(path, index=False)


def parted_in_the_floor(path: Path) -> None:
    table = pd.read_csv(path, dtype=str)
    for row, mark in enumerate([".", " ", "  ", "\u00a0", "/", "_"]):
        table.loc[row, "floor_material"] = parted(table["household_id"].iloc[row], mark)
    table.to_csv(path, index=False)


def names_in_other_columns(path: Path) -> None:
    table = pd.read_csv(path, dtype=str)
    names = table["head_name"].str.replace(r"[-0-9x]", "", regex=True)
    table.loc[:3, "floor_material"] = names
    table.loc[4:9, "floor_area_m2"] = table["head_name"]
    table.loc[20:29, "is_urban"] = names.str.lower()
    table.to_csv(path, index=False)


def names_in_a_whole_column(path: Path) -> None:
    table = pd.read_csv(path, dtype=str)
    table.assign(floor_area_m2=table["head_name"]).to_csv(path, index=False)


def renamed(path: Path, name: str) -> None:
    table = pd.read_csv(path, dtype=str)
    table.assign(**{name: "1"}).to_csv(path, index=False)


def number_in_the_header(path: Path) -> None:
    renamed(path, family_number(5))


def parted_number_in_the_header(path: Path) -> None:
    renamed(path, parted(family_number(5), "."))


def first_row_in_the_header(path: Path) -> None:
    table = pd.read_csv(path, dtype=str)[["head_name", "household_id"]]
    table["household_id"] = [parted(one, ".") for one in table["household_id"]]
    table.to_csv(path, index=False, header=False)


def open_ids(path: Path) -> None:
    dictionary = path.parent / "dictionary.toml"
    text = dictionary.read_text().replace('role = "id"\nprivacy = "identifier"', 'role = "id"')
    dictionary.write_text(text)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (no_header, 3),
        (every_card_twice, 3),
        (no_size_and_cells_too_many, 3),
        (an_open_quote, 3),
        (in_the_weight, 3),
        (in_the_floor, 0),
        (parted_in_the_floor, 0),
        (names_in_other_columns, 0),
        (names_in_a_whole_column, 3),
        (number_in_the_header, 3),
        (parted_number_in_the_header, 3),
        (first_row_in_the_header, 3),
        (open_ids, 2),
    ],
)
def test_no_identity_reaches_an_error_message(
    type_in: Callable[..., Answer], tmp_path: Path, spoil: Callable[[Path], None], expected: int
) -> None:
    wave = private_registry(tmp_path / "registry")[1]
    secrets = secrets_of(wave) | {b"Zulaikha", b"zulaikha"}
    spoil(wave)
    code, heard = type_in("check", wave, "--out", ".")
    assert code == expected, heard
    assert leaked(wave.read_bytes(), secrets)
    files = written(tmp_path / "work")
    assert leaked(heard.encode() + b"\n".join(files.values()), secrets) == set()


def test_a_missing_or_misplaced_key_stops_the_reading_and_shows_neither_key_nor_numbers(
    type_in: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = private_registry(tmp_path / "registry")[1]
    monkeypatch.setenv("GRADUATION_PSEUDONYM_KEY", "too short a")
    code, heard = type_in("check", wave)
    assert (code, "GRADUATION_PSEUDONYM_KEY" in heard) == (2, True)
    assert "too short a" not in heard
    assert leaked(heard.encode(), secrets_of(wave)) == set()
    assert written(tmp_path / "work") == {}


def test_the_search_opens_what_is_packed(tmp_path: Path) -> None:
    secret = family_number(77)
    table = pd.DataFrame({"id": [secret] * 50})
    table.to_parquet(tmp_path / "t.parquet", compression="zstd")
    table.to_excel(tmp_path / "t.xlsx")
    table.to_csv(tmp_path / "t.csv.gz")
    with sqlite3.connect(tmp_path / "t.db") as database:
        table.to_sql("t", database)
    shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "t.db")
    found = written(tmp_path)
    assert len(found) == 5
    assert all(leaked(text, {secret.encode()}) for text in found.values())

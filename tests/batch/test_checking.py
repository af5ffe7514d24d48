"""Chunks put together are the registry that `read_registry` gives, cell by cell and row by row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graduation.batch import Checker, Reader, find_sources
from graduation.errors import DataError, UsageError
from graduation.io import read_registry
from graduation.schema import Dictionary
from tests.batch.streaming import Streamed, streamed
from tests.io import corrupter

COLUMNS: dict[str, dict[str, object]] = {
    "household_id": {"type": "text", "role": "id"},
    "card": {"type": "text", "unique": True, "required": False},
    "size": {"type": "integer", "minimum": 1, "maximum": 20, "missing": ["98", "TT"], "required": False},
    "income": {"type": "number", "minimum": 0, "required": False},
    "floor": {"type": "category", "codes": {"1": "Tanah", "2": "Ubin"}, "missing": ["9"], "required": False},
    "has_tv": {"type": "boolean", "required": False},
    "visited": {"type": "date", "required": False},
}
# Dirt in each column, beside what is sound.
CELLS = {
    "card": ["", "", "k1", "k2"],
    "size": ["3", "4", " 5 ", "98", "TT", "", "3.5", "99", "x", "+7", "1e1"],
    "income": ["120000", "1500.25", "0.5", "", "-1", "nan", "1e400", "12.", "1,250,000", "#N/A"],
    "floor": ["1", "2", "9", "1.0", "02", "ubin", "3", "", "=A1"],
    "has_tv": ["1", "0", "ya", "Tidak", "", "2", "true"],
    "visited": ["2024-01-31", "31/01/2024", "", "2024-02-30"],
}


def dictionary(**options: object) -> Dictionary:
    columns = {name: {"name": name, **column} for name, column in COLUMNS.items()}
    return Dictionary.model_validate({"name": "chunks", "version": "1", "columns": columns, **options})


def dirty(seed: int, n_rows: int = 400) -> pd.DataFrame:
    """Return a table in which most cells are sound and each kind of dirt occurs, some of it in late rows only."""
    rng = np.random.default_rng(seed)
    columns = {"household_id": np.array([f"H{number:05}" for number in range(n_rows)], dtype=object)}
    for name, cells in CELLS.items():
        sound = rng.random(n_rows) < (0.97 if seed % 2 else 0.7)
        columns[name] = np.where(sound, cells[0], rng.choice(cells, n_rows)).astype(object)
    table = pd.DataFrame(columns)
    again = rng.choice(n_rows, 6, replace=False)
    table.loc[again[:2], "household_id"] = ""
    copies = table.iloc[again[2:]].copy()
    copies.iloc[:2, 2] = "9"
    return pd.concat([table, copies], ignore_index=True)


def assert_same(path: Path, schema: Dictionary, **options: object) -> Streamed:
    whole = read_registry(path, schema=schema, max_rejected=1.0)
    parts = streamed(path, schema, **options)
    pd.testing.assert_frame_equal(parts.households, whole.households)
    pd.testing.assert_frame_equal(parts.rejected, whole.rejected, check_dtype=False)
    pd.testing.assert_frame_equal(parts.findings, whole.findings.reset_index(drop=True), check_dtype=False)
    counts = whole.counts.itertuples(index=False)
    assert parts.tally.counts == {(rule, column, aside): number for rule, column, number, aside in counts}
    return parts


@pytest.mark.parametrize("seed", range(4))
def test_dirty_tables_are_read_as_in_memory(tmp_path: Path, seed: int) -> None:
    table = dirty(seed)
    table.to_csv(tmp_path / "t.csv", index=False)
    table.replace("", None).to_parquet(tmp_path / "t.parquet", index=False, row_group_size=150)
    assert assert_same(tmp_path / "t.csv", dictionary()).n_chunks > 2
    assert assert_same(tmp_path / "t.parquet", dictionary()).n_chunks > 2


def test_typed_columns_are_read_as_in_memory(tmp_path: Path) -> None:
    n = 300
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"household_id": np.arange(n), "size": rng.integers(0, 22, n).astype("int8")})
    table["income"] = pd.Series(rng.normal(100, 80, n), dtype="float32").mask(rng.random(n) < 0.1)
    table["floor"] = pd.Categorical(rng.choice(["1", "2", "9", "3"], n))
    table["has_tv"] = rng.choice([0.0, 1.0, 2.0, np.nan], n)
    table["visited"] = pd.Timestamp("2024-01-05")
    table.to_parquet(tmp_path / "t.parquet", index=False, row_group_size=100)
    assert assert_same(tmp_path / "t.parquet", dictionary()).n_chunks == 6


@pytest.mark.parametrize("kind", ["csv_header_again", "csv_feet", "csv_quotes", "csv_decimal_comma", "csv_spellings",
                                  "csv_headings", "csv_encoding", "csv_truncated_rows", "csv_line_ends"])  # fmt: skip
def test_spoilt_files_are_read_as_in_memory(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrupter, "ROWS", 240)
    rng = np.random.default_rng(3)
    case = getattr(corrupter, kind)(corrupter.true_table(rng), rng)
    path = tmp_path / f"t{case.suffix}"
    path.write_bytes(case.content)
    schema, options = corrupter.dictionary(), case.options
    try:
        whole = read_registry(path, schema=schema, max_rejected=1.0, **options)
    except DataError:
        with pytest.raises(DataError):
            streamed(path, schema, rows=50, **options)
        return
    parts = streamed(path, schema, rows=50, **options)
    pd.testing.assert_frame_equal(parts.households, whole.households)
    pd.testing.assert_frame_equal(parts.rejected, whole.rejected, check_dtype=False)


def rows_of(income: list[str]) -> str:
    return "household_id;income\n" + "".join(f"H{number:04};{cell}\n" for number, cell in enumerate(income))


@pytest.mark.parametrize(
    ("early", "late", "said"),
    [
        ("1500.25", "2000,5", "decimal point and with a decimal comma"),
        ("1.500", "12.25", "a later row tells"),
        ("1500", "12.25", ""),
    ],
)
def test_a_later_decimal_mark_stops_only_where_it_changes_a_number(
    tmp_path: Path, early: str, late: str, said: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows_of([early] * 900 + [late]))
    if said:
        with pytest.raises(DataError, match=said):
            streamed(path, dictionary(), rows=100)
    else:
        assert assert_same(path, dictionary(), rows=100).households["income"].iloc[-1] == 12.25


def test_months_before_days_further_on_stop_where_dates_read_two_ways(tmp_path: Path) -> None:
    text = "household_id,visited\n" + "".join(f"H{number:04},03/04/2024\n" for number in range(900))
    (tmp_path / "t.csv").write_text(text + "H9999,04/23/2024\n")
    with pytest.raises(DataError, match="reads two ways"):
        streamed(tmp_path / "t.csv", dictionary(), rows=100)


def test_what_only_the_end_tells_is_told_there(tmp_path: Path) -> None:
    columns = {**COLUMNS, "size": {"type": "integer"}}
    schema = dictionary(columns={name: {"name": name, **column} for name, column in columns.items()})
    path = tmp_path / "t.csv"
    path.write_text("household_id,size\n" + "".join(f"H{number:04},\n" for number in range(900)))
    with pytest.raises(DataError, match="no usable value in any row"):
        streamed(path, schema, rows=100)
    path.write_text("household_id,size\n" + "".join(f"H{number:04},{number % 30}\n" for number in range(900)))
    with pytest.raises(DataError, match="above maximum in 270 of 900 rows, first '21'"):
        streamed(path, dictionary(), rows=100, max_rejected=0.1)
    path.write_bytes(path.read_bytes() + b"H\xe9,1\n")
    with pytest.raises(DataError, match="line 902 is not UTF-8"):
        streamed(path, dictionary(), rows=100)


def test_numbers_of_identity_become_the_pseudonyms_of_memory(tmp_path: Path) -> None:
    columns = {**COLUMNS, "household_id": {"type": "text", "role": "id", "privacy": "identifier", "structure": "nik"}}
    schema = dictionary(columns={name: {"name": name, **column} for name, column in columns.items()})
    (tmp_path / "data").mkdir()
    path, key = tmp_path / "data" / "t.csv", tmp_path / "key"
    key.write_text("a secret of sixteen letters")
    ids = [f"321690520590{number:04}" for number in range(1, 300)]
    path.write_text("household_id,size\n" + "".join(f"{one},3\n" for one in ids))
    whole = read_registry(path, schema=schema, key_file=key)
    parts = streamed(path, schema, key_file=key)
    pd.testing.assert_frame_equal(parts.households, whole.households)
    assert not set(ids) & set(parts.households.index)
    with pytest.raises(UsageError, match="holds numbers of identity"):
        streamed(path, dictionary())


def test_threads_and_skipped_chunks_change_nothing(tmp_path: Path) -> None:
    table = dirty(1)
    for name in ("t.csv", "t.parquet"):
        table.to_csv(tmp_path / name, index=False) if name == "t.csv" else table.to_parquet(
            tmp_path / name, index=False
        )
        reader, checker = Reader(find_sources(tmp_path / name), dictionary(), rows=64), Checker(dictionary())
        alone = [checker.check(piece) for piece in reader.read()]
        with ThreadPoolExecutor(2) as pool:
            both = list(pool.map(Checker(dictionary()).check, reader.read(skip={(0, 0), (0, 2)})))
        kept = [chunk for chunk in alone if chunk.number not in (0, 2)]
        assert [chunk.number for chunk in both] == [chunk.number for chunk in kept]
        for one, other in zip(both, kept, strict=True):
            pd.testing.assert_frame_equal(one.households, other.households)
            assert np.array_equal(one.hashes["key"], other.hashes["key"])
        assert [(0, chunk.number) for chunk in alone] == reader.chunks() or reader.source.kind == "text"

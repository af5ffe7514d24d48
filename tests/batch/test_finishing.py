"""The final files: columns, ranks, bands, the highest only, and every row accounted for."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graduation.batch import assembling
from graduation.batch.assembling import BANDS
from graduation.batch.parts import Done
from graduation.batch.repeats import Repeats
from graduation.errors import DataError, GraduationError, UsageError
from graduation.io.outputs import neutralised
from graduation.schema import validate
from graduation.workflows.scoring import rank_by_risk
from tests.batch.toy import DICTIONARY, Toy, hidden_files, make_table, rejected_of, scored


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy(make_table(200, seed=5))


@pytest.fixture(scope="module")
def expected(toy: Toy) -> pd.DataFrame:
    """What one table in memory gives."""
    registry = validate(toy.table, DICTIONARY, max_rejected=1)
    good = np.setdiff1d(np.arange(200), registry.rejected["row"].to_numpy(dtype=int) - 1)
    table = scored(toy.table.iloc[good].reset_index(drop=True)).to_pandas()
    rank = rank_by_risk(table.set_index("household_id")["risk"], 7)
    table.insert(6, "rank", rank)
    table.insert(7, "rank_in_district", table.groupby("district", observed=True)["rank"].rank())
    cuts = np.cumsum(list(BANDS.values())) * len(table)
    table.insert(8, "band", np.array([*BANDS, "low"])[np.searchsorted(np.ceil(cuts), rank)])
    return table.assign(model_id="m1")


@pytest.mark.parametrize("n_threads", [1, 3])
def test_parquet(toy: Toy, expected: pd.DataFrame, tmp_path: Path, n_threads: int) -> None:
    out = tmp_path / "scores.parquet"
    told = toy.run(out, n_threads=n_threads, constants={"model_id": "m1"})
    again = tmp_path / "again.parquet"
    toy.run(again, n_threads=2, constants={"model_id": "m1"})
    assert out.read_bytes() == again.read_bytes()
    pd.testing.assert_frame_equal(
        pd.read_parquet(out), expected, check_dtype=False, check_categorical=False, check_column_type=False
    )
    pq.ParquetFile(out, page_checksum_verification=True).read()
    rejected = validate(toy.table, DICTIONARY, max_rejected=1).rejected
    assert rejected_of(out).read_text() == neutralised(rejected).to_csv(index=False, lineterminator="\n")
    rows = told["rows"]
    assert (rows["read"], rows["written"]) == (200, len(expected))
    assert rows["set_aside"] == rejected["row"].nunique() == 200 - len(expected)
    assert hidden_files(tmp_path) == []


def test_run_record_tells_rows_rules_and_checksums(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    told = toy.run(out)
    record = json.loads((tmp_path / "scores.parquet.run.json").read_text())
    assert record["output"]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert record["rejected"]["sha256"] == hashlib.sha256(rejected_of(out).read_bytes()).hexdigest()
    assert (record["rows"], record["run_id"], record["model_id"]) == (told["rows"], toy.plan.run_id, "model")
    counts = validate(toy.table, DICTIONARY, max_rejected=1).counts
    rules = {(one["rule"], one["column"]): one["rows"] for one in record["rules"]}
    assert rules == {(rule, column): n for rule, column, n, _ in counts.itertuples(index=False)}


def test_csv_has_no_formulas(toy: Toy, expected: pd.DataFrame, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    toy.run(out, constants={"=model": "@m1"})
    wanted = neutralised(expected.rename(columns={"model_id": "=model"}).assign(**{"=model": "@m1"}))
    assert set(wanted["district"].dropna()) == {"'-north", "south"}
    assert wanted["reason_1"].str.startswith("'-amount").all()
    pd.testing.assert_frame_equal(pd.read_csv(out), wanted, check_dtype=False, check_categorical=False)
    assert b"\r" not in out.read_bytes()


@pytest.mark.parametrize("top", [1, 25, 10_000])
def test_highest_only(toy: Toy, expected: pd.DataFrame, tmp_path: Path, top: int) -> None:
    out = tmp_path / "scores.parquet"
    told = toy.run(out, top=top)
    wanted = expected.sort_values("rank", ignore_index=True).head(top).drop(columns="model_id")
    pd.testing.assert_frame_equal(
        pd.read_parquet(out), wanted, check_dtype=False, check_categorical=False, check_column_type=False
    )
    assert told["rows"]["written"] == len(wanted)
    assert told["rows"]["ranked"] == len(expected)


def test_the_highest_of_a_part_do_not_hold_the_texts_of_all_its_rows() -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([2, 2], pa.int32()), pa.array(["a", "b", "c"]))
    few = assembling._few(pa.table({"rank": [1, 2], "reason_1": coded}))
    assert few["reason_1"].to_pylist() == ["c", "c"]
    assert few["reason_1"].chunk(0).dictionary.to_pylist() == ["c"]


def test_too_many_set_aside_are_refused(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    with pytest.raises(DataError, match=r"duplicate household in \d+ of 200 rows") as told:
        toy.run(out, max_rejected=0.05)
    assert told.value.exit_code == 3
    assert not out.exists()
    assert not rejected_of(out).exists()


def test_list_of_an_earlier_run_does_not_stay_beside_another_output(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    toy.run(out)
    assert rejected_of(out).exists()
    clean = make_table(50, repeated=0).assign(phone=None, amount="1")
    Toy(clean).run(out, force=True)
    assert not rejected_of(out).exists()
    assert len(pd.read_parquet(out)) == 50


def test_chunk_whose_rows_are_all_set_aside(tmp_path: Path) -> None:
    table = make_table(90, repeated=0)
    table.loc[30:59, "amount"] = "-4"
    table.loc[:29, "district"] = None
    told = Toy(table, 30).run(tmp_path / "scores.parquet")
    assert told["rows"]["read"] == 90 == told["rows"]["written"] + told["rows"]["set_aside"]
    assert len(pd.read_parquet(tmp_path / "scores.parquet")) == told["rows"]["written"] <= 60


def test_no_rows_are_refused(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scores.parquet: refused[\s\S]*no rows"):
        Toy(toy.table.iloc[:0]).run(tmp_path / "scores.parquet")


def test_another_list_of_rejected_rows_is_not_replaced(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    rejected_of(out).write_text("mine")
    with pytest.raises(UsageError, match=r"rejected.csv exists; .*--force"):
        toy.run(out)
    assert (rejected_of(out).read_text(), out.exists()) == ("mine", False)
    toy.run(out, resume=True, force=True)
    assert rejected_of(out).read_text() != "mine"


def test_lost_rows_are_noticed(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "scores.parquet"
    monkeypatch.setattr(Repeats, "rejected", lambda self, place: self.parts[place].rejected().iloc[1:])
    with pytest.raises(GraduationError, match="rows are set aside"):
        toy.run(out)
    assert not out.exists()


def test_rows_written_twice_are_noticed(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, real = tmp_path / "scores.parquet", assembling.ranks_of

    def twice(part: Done, scratch: Path) -> tuple[np.ndarray, np.ndarray]:
        kept, ranks = real(part, scratch)
        return kept, ranks[[0, *range(len(ranks) - 1)]]

    monkeypatch.setattr(assembling, "ranks_of", twice)
    with pytest.raises(GraduationError, match="some of them twice"):
        toy.run(out)
    assert not out.exists()

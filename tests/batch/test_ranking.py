"""Ranks over all parts are those of all households at once."""

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduation.batch.merging import stretches
from graduation.batch.parts import Done, Part, by_rank, save_part
from graduation.batch.ranking import rank_parts, ranks_of
from graduation.errors import DataError
from graduation.panel import hash_labels
from graduation.workflows.scoring import rank_by_risk

NONE = pd.DataFrame({"row": pd.Series(dtype=int), "rule": pd.Series(dtype=str)})


def save(folder: Path, number: int, risk: pd.Series, place: pd.Series) -> Done:
    table = pa.table({"household_id": risk.index.to_numpy(dtype=object), "risk": risk.to_numpy()})
    code = pa.array(place.where(place.notna(), None), pa.string())
    part = Part(table, hash_labels(risk.index, 3), np.arange(len(risk)), {}, NONE, len(risk), code)
    return save_part(folder, number, part, source="file.csv: rows 1 to 9")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7), st.sampled_from([1, 2, 30, 10_000]), st.sampled_from([4, 40, 500]))
def test_as_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, seed: int, parts: int, levels: int, limit: int
) -> None:
    folder, rng = tmp_path_factory.mktemp("parts"), np.random.default_rng(seed)
    n = int(rng.integers(parts, 300))
    ids = pd.Index([f"H{number}" for number in rng.permutation(n)])
    risk = pd.Series(rng.integers(0, levels, n) / levels, index=ids)
    place = pd.Series(rng.choice(["a", "b", "c", None], n), index=ids)
    gone = pd.Series(rng.random(n) < 0.2, index=ids)
    done, dropped = [], {}
    for number, rows in enumerate(np.array_split(np.arange(n), parts)):
        done.append(save(folder, number, risk.iloc[rows], place.iloc[rows]))
        if gone.iloc[rows].any():
            dropped[number] = np.flatnonzero(gone.iloc[rows])
    (folder / "final").mkdir()
    assert rank_parts(done, folder / "final", dropped, limit=limit) == n - gone.sum()
    ranks = np.concatenate([ranks_of(part, folder / "final")[1] for part in done])
    kept = risk[~gone]
    expected = pd.Series(rank_by_risk(kept, 3), index=kept.index)
    assert ranks["rank"].tolist() == expected.tolist()
    within = expected.groupby(place[~gone]).rank().reindex(kept.index).fillna(0)
    assert ranks["within"].tolist() == within.tolist()


def test_stretches_are_bounded_even_among_equal_risks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = pd.Index([f"H{number}" for number in range(5_000)])
    risk = pd.Series(rng.choice([0.25, 0.5], 5_000), index=names)
    place = pd.Series(None, index=names, dtype=object)
    done = [save(tmp_path, number, risk[number::8], place[number::8]) for number in range(8)]
    sizes = [
        len(one.records) for one in stretches([part.path("order.npy") for part in done], ["risk", "tie"], limit=300)
    ]
    assert sum(sizes) == 5_000
    assert max(sizes) <= 300


def test_memory_holds_a_stretch_and_not_all(tmp_path: Path) -> None:
    rng, n, done = np.random.default_rng(1), 40_000, []
    for number in range(10):
        table = pa.table({"risk": np.round(rng.random(n), 2)})
        tie = rng.integers(0, 2**64, n, dtype="uint64")
        done.append(save_part(tmp_path, number, Part(table, tie, np.arange(n), {}, NONE, n), source="rows"))
    (tmp_path / "final").mkdir()
    tracemalloc.start()
    rank_parts(done, tmp_path / "final", {}, limit=20_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All records are 9.6 MB, and take four times as much to be sorted at once.
    assert peak < 5_000_000


@pytest.mark.parametrize("bad", [np.nan, -0.1, 1.5])
def test_what_is_no_probability_is_refused(tmp_path: Path, bad: float) -> None:
    risk = pd.Series([0.1, bad], index=["a", "b"])
    with pytest.raises(DataError, match="rows 1 to 9"):
        save(tmp_path, 0, risk, pd.Series(None, index=risk.index, dtype=object))
    assert list(tmp_path.iterdir()) == []


def test_order_with_ties_that_the_upper_half_does_not_part() -> None:
    tie = np.array([5, 3, 4, 1 << 40, 2], dtype="uint64")
    key = np.array([1, 1, 0, 1, 1], dtype="uint64")
    assert by_rank(key, tie).tolist() == np.lexsort((tie, key)).tolist() == [2, 4, 1, 0, 3]

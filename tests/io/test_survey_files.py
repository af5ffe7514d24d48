"""Files of statistics programs: codes stay codes, ids keep their digits, missing is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from graduation.errors import DataError, UsageError
from graduation.io import read_registry
from graduation.schema import Dictionary


@pytest.fixture
def dictionary() -> Dictionary:
    columns = {
        "hid": {"type": "text", "role": "id"},
        "floor": {"type": "category", "codes": {"1": "Tile", "2": "Earth"}, "required": False},
        "welfare": {"type": "number", "required": False},
        "seen": {"type": "date", "required": False},
    }
    named = {name: {"name": name, **column} for name, column in columns.items()}
    return Dictionary.model_validate({"name": "d", "version": "1", "columns": named})


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hid": ["a", "b"], "floor": [1.0, np.nan], "welfare": [1.5, 2.0],
            "seen": pd.to_datetime(["2024-01-31", None]),
        }
    )  # fmt: skip


def check(path: Path, dictionary: Dictionary) -> None:
    households = read_registry(path, schema=dictionary).households
    assert households.index.tolist() == ["a", "b"]
    assert households["floor"].fillna("-").tolist() == ["1", "-"]
    assert households["welfare"].tolist() == [1.5, 2]
    assert households["seen"].dropna().astype(str).tolist() == ["2024-01-31"]


def test_stata_codes_are_not_replaced_by_labels(tmp_path: Path, dictionary: Dictionary, table: pd.DataFrame) -> None:
    path = tmp_path / "a.dta"
    table.to_stata(path, write_index=False, value_labels={"floor": {1: "Earth"}}, version=118)
    check(path, dictionary)


def test_extended_missing_values_of_stata_are_missing(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "a.dta"
    pd.DataFrame({"hid": ["a", "b"], "welfare": [1.5, np.nan]}).to_stata(path, write_index=False)
    data = path.read_bytes()
    # The missing value `.` becomes `.a`, which is 2**1023 * (1 + 1/4096).
    plain, letter = np.float64(2.0**1023), np.float64(2.0**1023 * (1 + 1 / 4096))
    assert plain.tobytes() in data
    path.write_bytes(data.replace(plain.tobytes(), letter.tobytes()))
    assert read_registry(path, schema=dictionary).households["welfare"].fillna(-1).tolist() == [1.5, -1]


def test_ids_in_single_precision_have_lost_digits(tmp_path: Path, dictionary: Dictionary) -> None:
    path = tmp_path / "a.dta"
    pd.DataFrame({"hid": np.array([7, 2**25], dtype="float32")}).to_stata(path, write_index=False)
    registry = read_registry(path, schema=dictionary)
    assert registry.households.index.tolist() == ["7"]
    assert registry.rejected["rule"].tolist() == ["digits_lost"]


def test_spss_needs_its_package(tmp_path: Path, dictionary: Dictionary, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.sav"
    path.write_bytes(b"$FL2")
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(UsageError, match=r"pip install 'graduation\[spss\]'"):
        read_registry(path, schema=dictionary)


@pytest.mark.parametrize("suffix", [".sav", ".zsav"])
def test_spss(tmp_path: Path, dictionary: Dictionary, table: pd.DataFrame, suffix: str) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    path = tmp_path / f"a{suffix}"
    pyreadstat.write_sav(table, str(path), variable_value_labels={"floor": {1: "Earth"}}, compress=suffix == ".zsav")
    check(path, dictionary)
    missing = tmp_path / f"missing{suffix}"
    pyreadstat.write_sav(table, str(missing), missing_ranges={"welfare": [2]})
    assert read_registry(missing, schema=dictionary).households["welfare"].fillna(-1).tolist() == [1.5, -1]
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match="cannot be read"):
        read_registry(path, schema=dictionary)


def test_an_index_of_pandas_is_a_column_of_parquet(tmp_path: Path, dictionary: Dictionary, table: pd.DataFrame) -> None:
    table.set_index("hid").to_parquet(tmp_path / "a.parquet")
    check(tmp_path / "a.parquet", dictionary)


def test_whole_numbers_with_gaps_keep_their_digits(tmp_path: Path, dictionary: Dictionary) -> None:
    ids = pa.array([2**60 + 1, None, 5], type=pa.int64())
    parquet.write_table(pa.table({"hid": ids}), tmp_path / "a.parquet")
    registry = read_registry(tmp_path / "a.parquet", schema=dictionary)
    assert registry.households.index.tolist() == [str(2**60 + 1), "5"]
    assert registry.rejected["rule"].tolist() == ["missing_value"]


def test_lists_in_cells_are_refused(tmp_path: Path, dictionary: Dictionary) -> None:
    parquet.write_table(pa.table({"hid": ["a"], "welfare": [[1.0]]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="column 'welfare': lists in its cells"):
        read_registry(tmp_path / "a.parquet", schema=dictionary)

"""What many tests share: one small made-up registry, and one model trained on it."""

from __future__ import annotations

import os
from pathlib import Path

# Two test processes on two cores: one thread each.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ.setdefault("MPLBACKEND", "Agg")

import pandas as pd
import pytest

import graduation
from graduation.schema import Dictionary, Registry

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("GRADUATION_REAL_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def waves() -> graduation.Waves:
    return graduation.make_waves(1_500, seed=3)


@pytest.fixture(scope="session")
def registries(waves: graduation.Waves) -> list[Registry]:
    return [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]


@pytest.fixture(scope="session")
def panel(registries: list[Registry]) -> graduation.Panel:
    return graduation.pair_waves(*registries)


@pytest.fixture(scope="session")
def run(panel: graduation.Panel) -> graduation.TrainingRun:
    return graduation.train(panel, by="household", refit=False, fast=True, seed=1)


@pytest.fixture(scope="session")
def model(run: graduation.TrainingRun) -> graduation.Model:
    return run.model


@pytest.fixture
def small_dictionary() -> Dictionary:
    """A dictionary of a few columns, one of each kind."""
    return Dictionary.model_validate(
        {
            "name": "small",
            "version": "1",
            "line": {"line_id": "test", "value": 100, "period": "month", "month_days": 30},
            "columns": {
                name: {"name": name, **column}
                for name, column in {
                    "household_id": {"type": "text", "role": "id"},
                    "nik": {"type": "text", "role": "identity", "unique": True, "required": False},
                    "wave": {"type": "integer", "role": "time"},
                    "village": {"type": "text", "role": "place"},
                    "welfare": {"type": "number", "role": "welfare", "minimum": 0},
                    "household_size": {"type": "integer", "minimum": 1, "maximum": 40, "source": ["hhsize"]},
                    "has_tv": {"type": "boolean", "yes": ["1"], "no": ["2"], "missing": ["9"]},
                    "floor": {"type": "category", "codes": {"1": {"en": "Tile", "id": "Ubin"}, "2": {"en": "Earth"}}},
                }.items()
            },
        }
    )


@pytest.fixture
def small_table() -> pd.DataFrame:
    """Six good rows for `small_dictionary`, as text."""
    return pd.DataFrame(
        {
            "household_id": list("abcdef"),
            "nik": [f"32169001010{n}0000" for n in range(6)],
            "wave": ["2023"] * 6,
            "village": ["v1", "v1", "v2", "v2", "v3", "v3"],
            "welfare": ["50", "80", "120", "200", "", "300"],
            "household_size": ["1", "2", "3", "4", "5", "6"],
            "has_tv": ["1", "2", "1", "9", "", "2"],
            "floor": ["1", "2", "1", "2", "", "1"],
        }
    )

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graduation.interventions import EffectModel
from graduation.risk.scores import Scores


@pytest.fixture
def households() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 300
    table = pd.DataFrame(
        {
            "n_working_age": rng.integers(0, 5, n),
            "head_age_years": rng.integers(20, 85, n).astype(float),
            "head_education": rng.integers(0, 6, n),
            "has_severe_disability": rng.random(n) < 0.1,
            "kecamatan": rng.choice(["Babelan", "Cibitung", "Tarumajaya"], n),
        },
        index=pd.Index([f"H{number:04d}" for number in range(n)], name="household_id"),
    )
    table.loc[table.index[::20], "head_age_years"] = np.nan
    return table


@pytest.fixture
def scores(households: pd.DataFrame) -> Scores:
    risk = pd.Series(np.random.default_rng(1).beta(0.6, 6, len(households)), index=households.index)
    rank = risk.rank(ascending=False, method="first").astype(int)
    return Scores(pd.DataFrame({"pathway": "become", "risk": risk, "rank": rank}), "test")


@pytest.fixture(scope="session")
def real_data() -> Path:
    default = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("GRADUATION_REAL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real data are not at {folder}; set GRADUATION_REAL_DATA")
    return folder


def effect_model(**effects: tuple[float, float]) -> EffectModel:
    """Return a model with these effects and standard errors, as if it had been fitted."""
    model = EffectModel()
    rows = [{"arm": arm, "effect": effect, "standard_error": error} for arm, (effect, error) in effects.items()]
    table = pd.DataFrame(rows)
    reach = 1.96 * table["standard_error"]
    model.average_effects_ = table.assign(
        low=table["effect"] - reach, high=table["effect"] + reach, basis="estimated", trimmed_share=0.0
    )
    model.arms_, model.n_records_, model.is_weighted_ = ["none", *effects], 180, False
    model.is_personal_, model.heterogeneity_ = False, pd.DataFrame()
    model.dropped_ = pd.DataFrame({"reason": ["no arm"], "records": [20]})
    return model

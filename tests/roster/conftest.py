"""Rosters small enough to count by hand, and one that is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graduation.schema import Registry, load_dictionary, validate

SECTORS = ("agriculture", "manufacturing", "construction", "trade", "services", "public")


def roster(**columns: list[object]) -> pd.DataFrame:
    """Return persons with running numbers; every household number is `a` and everybody a child unless told."""
    n = len(next(iter(columns.values())))
    plain = {"person_id": [f"p{i}" for i in range(n)], "household_id": ["a"] * n, "relation": ["child"] * n}
    return pd.DataFrame({**plain, **columns})


def random_members(n: int, seed: int = 0, *, missing: float = 0.05) -> pd.DataFrame:
    """Draw persons with every column, some answers missing, in about `n / 4` households."""
    rng = np.random.default_rng(seed)

    def some(values: np.ndarray) -> pd.Series:
        return pd.Series(values).astype(object).mask(rng.random(n) < missing)

    def yes_or_no(share: float) -> pd.Series:
        return some(rng.random(n) < share)

    household = rng.integers(0, max(n // 4, 1), n)
    relation = np.where(pd.Series(household).duplicated(), rng.choice(["spouse", "child", "parent"], n), "head")
    return pd.DataFrame(
        {
            "person_id": [f"p{i:07d}" for i in range(n)],
            "household_id": [f"h{i:07d}" for i in household],
            "relation": np.where(rng.random(n) < 0.02, "head", relation),
            "presence": some(rng.choice(["present", "new", "dead", "moved"], n, p=[0.9, 0.05, 0.02, 0.03])),
            "age_years": some(rng.integers(0, 95, n)),
            "is_female": yes_or_no(0.5),
            "marital_status": some(rng.choice(["never_married", "married", "widowed"], n)),
            "is_attending_school": yes_or_no(0.3),
            "ever_attended_school": yes_or_no(0.9),
            "education": some(rng.integers(0, 6, n)),
            "is_working": yes_or_no(0.5),
            "sector": some(rng.choice(SECTORS, n)),
            "employment_status": some(rng.choice(["own_account", "employee"], n)),
            "has_business": yes_or_no(0.1),
            "has_severe_disability": yes_or_no(0.02),
            "has_chronic_illness": yes_or_no(0.1),
            "is_pregnant": yes_or_no(0.02),
        }
    )


@pytest.fixture(scope="session")
def members() -> Registry:
    return validate(random_members(4_000, seed=1), load_dictionary("household_members"))

"""How long `allocate` takes, and how far its benefit is below the bound: five arms, money alone and with capacities."""

import time

import numpy as np
import pandas as pd

import graduation
from graduation.risk import Scores

programme = graduation.load_programme("bekasi_2024")
limits = [graduation.Capacity("training", 200), graduation.Capacity("capital", 300)]
print(f"{'households':>10} {'capacities':>10} {'seconds':>8} {'gap':>8}")
for n in (4_000, 100_000):
    rng = np.random.default_rng(0)
    index = pd.Index([f"h{number}" for number in range(n)], name="household_id")
    columns = {"n_working_age": (0, 4), "head_age_years": (20, 75), "head_education": (1, 6)}
    households = pd.DataFrame({name: rng.integers(*span, n) for name, span in columns.items()}, index=index)
    households["has_severe_disability"] = pd.array(rng.random(n) < 0.05, dtype="boolean")
    risk = pd.Series(rng.beta(1, 8, n), index=index)
    table = pd.DataFrame({"pathway": "become", "risk": risk, "rank": risk.rank(ascending=False, method="first")})
    suited = graduation.recommend(households, Scores(table.astype({"rank": int}), "none"), programme)
    for capacities in ((), limits):
        start = time.perf_counter()
        found = graduation.allocate(suited, budget=n * 400_000, capacities=capacities)
        print(f"{n:>10,} {len(capacities):>10} {time.perf_counter() - start:>8.1f} {found.gap:>8.0e}")

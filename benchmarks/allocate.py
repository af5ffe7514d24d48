"""How long `allocate` takes, how much memory, and how far its value is below the bound, with all kinds of limits.

Five arms, "none" among them, costs that differ by place and household, 23 places with a quota and a capacity each, and
one share. Each row is a process of its own, so that its memory is its own: ``python benchmarks/allocate.py [n ...]``.
"""

import resource
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

import graduation
from graduation.allocate import Share
from graduation.interventions import risk_after
from graduation.risk import Scores

PLACES, SIZES = 23, (4_000, 100_000, 1_000_000)


def offers(n: int) -> graduation.Recommendations:
    """Return recommendations for made-up households whose costs and effects all differ."""
    rng = np.random.default_rng(0)
    index = pd.Index([f"h{number}" for number in range(n)], name="household_id")
    spans = {"n_working_age": (0, 4), "head_age_years": (20, 75), "head_education": (1, 6), "household_size": (1, 9)}
    households = pd.DataFrame({name: rng.integers(*span, n) for name, span in spans.items()}, index=index)
    households["has_severe_disability"] = pd.array(rng.random(n) < 0.05, dtype="boolean")
    place = rng.choice(PLACES, n, p=rng.dirichlet(np.full(PLACES, 8.0)))
    households["kecamatan"] = np.array([f"K{number:02d}" for number in range(PLACES)])[place]
    households["head_sex"] = np.where(rng.random(n) < 0.18, "female", "male")
    risk = pd.Series(rng.beta(1, 8, n), index=index)
    table = pd.DataFrame({"pathway": "become", "risk": risk, "rank": risk.rank(ascending=False, method="first")})
    suited = graduation.recommend(
        households, Scores(table.astype({"rank": int}), "none"), graduation.load_programme("bekasi_2024")
    )
    plain = suited.offers
    factor = rng.uniform(0.9, 1.3, PLACES)[place] * (1 + 0.05 * households["household_size"].to_numpy())
    effect = plain.effect * rng.lognormal(0, 0.5, plain.effect.shape)
    after = risk_after(plain.risk[:, None], effect, suited.programme.welfare_residual_sd)
    benefit = plain.risk[:, None] - after
    cost = np.round(plain.cost * factor[:, None], -3)
    changed = replace(plain, cost=cost, effect=effect, risk_after=after, benefit=benefit, value=benefit)
    return replace(suited, offers=changed)


def limits(suited: graduation.Recommendations) -> dict[str, list]:
    """Return a quota and a capacity for each place, and one share."""
    rng = np.random.default_rng(1)
    sizes = suited.households["kecamatan"].value_counts().sort_index()
    seats = (sizes * rng.uniform(0.002, 0.02, len(sizes))).astype(int)
    return {
        "quotas": [graduation.Quota("kecamatan", name, int(0.06 * size)) for name, size in sizes.items()],
        "capacities": [graduation.Capacity("capital", int(s), place=p, column="kecamatan") for p, s in seats.items()],
        "shares": [Share("head_sex", "female", 0.3)],
    }


def row(n: int) -> str:
    """Return one row of the table, measured in this process."""
    suited = offers(n)
    asked = limits(suited)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    found = graduation.allocate(suited, budget=n * 400_000, **asked)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peaks = f"{before.ru_maxrss / 2**20:>9.2f} {after.ru_maxrss / 2**20:>9.2f}"
    binding = int((found.limits["shadow_price"] > 0).sum())
    return f"{n:>10,} {len(found.limits):>7} {binding:>8} {wall:>8.1f} {cpu:>7.1f} {peaks} {found.gap:>9.1e}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--row"]:
        print(row(int(sys.argv[2])))
    else:
        print(f"{'':>27} {'':>8} {'':>7} {'peak GB':>9} {'peak GB':>9}")
        head = ("households", "limits", "binding", "seconds", "CPU s", "before", "after", "gap")
        print("{:>10} {:>7} {:>8} {:>8} {:>7} {:>9} {:>9} {:>9}".format(*head))
        for size in [int(text) for text in sys.argv[1:]] or SIZES:
            done = subprocess.run([sys.executable, __file__, "--row", str(size)], capture_output=True, text=True)
            print(done.stdout.rstrip() or done.stderr, flush=True)

"""How a model of EPH households ages: `python benchmarks/backtest.py [share of households] [csv to write]`.

Models of six quarters, 2005 to 2014, on every later quarter; first from all of the past, then from first waves of the
last three years only. Households are drawn by a hash, each with all its rows.
"""

import sys
import time

import pandas as pd
from eph import DATA, ROOT

import graduation
from graduation.panel import in_hashed_share

WINDOW_QUARTERS = 12
SHARE = 0.1


def main() -> None:
    share = float(sys.argv[1]) if len(sys.argv) > 1 else SHARE
    table = pd.read_parquet(DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet")
    table = table[in_hashed_share(table["hid"].astype(str), share, seed=0)]
    registry = graduation.read_registry(table, schema=ROOT / "examples" / "argentina_eph" / "with_income.toml")
    panel = graduation.pair_waves(registry)
    for window in (None, WINDOW_QUARTERS):
        start = time.perf_counter()
        found = graduation.backtest(panel, window=window)
        print(f"\nwindow: {window or 'all past'}; {time.perf_counter() - start:.0f} s")
        print(found.summary(rows=60))
        if len(sys.argv) > 2:
            found.frame().to_csv(f"{sys.argv[2]}.{window or 'all'}.csv", index=False)


if __name__ == "__main__":
    main()

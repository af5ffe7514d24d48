"""All figures of effects and plans, one table: real trials, then waves whose truth is known.

`--seeds 200` sets how many pilots the coverage rests on; `--only real` or `--only waves` runs one half.
"""

from __future__ import annotations

import argparse
import warnings

import real
import waves


def main() -> None:
    warnings.filterwarnings("ignore", category=FutureWarning)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--only", choices=["real", "waves"])
    chosen = parser.parse_args()
    parts = []
    if chosen.only != "waves":
        parts += [real.averages, real.rules, real.comparison_groups, real.known_outcomes]
    if chosen.only != "real":
        parts += [lambda: waves.coverage(chosen.seeds), waves.plans]
    print(f"{'figure':<52} {'bar':<22} {'measured':<72} reached")
    for part in parts:
        for figure, bar, measured, reached in part():
            print(f"{figure:<52} {bar:<22} {measured:<72} {'yes' if reached else 'NO'}", flush=True)


if __name__ == "__main__":
    main()

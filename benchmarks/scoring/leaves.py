"""What explaining costs by leaves and depth, the engine beside LightGBM: a table, and the picture in docs/images.

    python benchmarks/scoring/leaves.py [--draw docs/images/leaves-and-depth.png]

Boosters of 400 trees on the table of `kernel.py`; CPU microseconds a row, medians of turns. A leaf has at most as many
features on its path as its depth, so limits above what the trees reach change nothing.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from kernel import FEW, ROWS, grow, in_turns, table, told

from graduation.trees import Explainer, Forest, TooLarge

LEAVES, DEPTHS = (15, 31, 63, 127), (5, 8, -1)
COLOURS = {5: "#7a9e9f", 8: "#b8860b", -1: "#8b2e16"}
NAMES = {5: "depth 5", 8: "depth 8", -1: "no limit"}


def cost(leaves: int, depth: int, X: np.ndarray) -> dict[str, float]:
    """Return CPU microseconds a row of the engine and of LightGBM, and what the tables take."""
    booster = grow(leaves, depth)
    start = time.process_time()
    try:
        engine = Explainer.of(Forest.from_text(booster.model_to_string()))
    except TooLarge:
        return {"engine": np.nan, "lightgbm": np.nan, "build_s": np.nan, "tables_mb": np.nan}
    built = time.process_time() - start
    spent = in_turns(
        engine=(lambda: told(engine, X), len(X)),
        lightgbm=(lambda: booster.predict(X[:FEW], pred_contrib=True, num_threads=1), FEW),
    )
    return {**spent, "build_s": built, "tables_mb": engine.tables.amounts.nbytes / 1e6}


def draw(costs: pd.DataFrame, path: Path) -> None:
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for depth, one in costs.groupby("depth", sort=False):
        axes.plot(one["leaves"], one["engine"], "o-", color=COLOURS[depth], label=NAMES[depth])
        axes.plot(one["leaves"], one["lightgbm"], "o--", color=COLOURS[depth], alpha=0.6)
    axes.set(xscale="log", yscale="log", xlabel="leaves a tree (400 trees)", ylabel="CPU microseconds a row")
    axes.set_xticks(LEAVES, map(str, LEAVES))
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("Exact reasons: solid ours, dashed LightGBM's pred_contrib", loc="left")
    axes.legend(title="limit", frameon=False)
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draw", type=Path)
    asked = parser.parse_args()
    X, _ = table(ROWS, seed=5)
    rows = [{"depth": depth, "leaves": leaves, **cost(leaves, depth, X)} for depth in DEPTHS for leaves in LEAVES]
    costs = pd.DataFrame(rows).assign(ratio=lambda one: one["lightgbm"] / one["engine"])
    print(costs.replace({"depth": NAMES}).round(1).to_string(index=False))
    if asked.draw:
        draw(costs, asked.draw)


if __name__ == "__main__":
    main()

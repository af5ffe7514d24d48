"""1,000 bootstrap replicates on 100,000 households with ten group columns, beside scikit-learn and fairlearn by loop.

`python benchmarks/evaluate.py`. The loop draws rows and measures four figures and their groups for a few replicates
only; its time for 1,000 is computed from these.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame
from sklearn.metrics import average_precision_score, brier_score_loss, recall_score, roc_auc_score

from graduation import evaluate

HOUSEHOLDS, GROUPS, LOOPS = 100_000, 10, 3


def survey() -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(0)
    risk = rng.beta(1, 12, HOUSEHOLDS)
    levels = [23, 10, 2, 2, 2, 3, 3, 4, 5, 6]
    groups = pd.DataFrame({f"group_{i}": rng.integers(0, levels[i], HOUSEHOLDS) for i in range(GROUPS)})
    return (rng.random(HOUSEHOLDS) < risk).astype(int), risk, rng.gamma(4, 1, HOUSEHOLDS), groups


def loop(outcome: np.ndarray, risk: np.ndarray, weight: np.ndarray, groups: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    for _ in range(LOOPS):
        rows = rng.integers(0, HOUSEHOLDS, HOUSEHOLDS)
        y, score, w = outcome[rows], risk[rows], weight[rows]
        roc_auc_score(y, score, sample_weight=w)
        average_precision_score(y, score, sample_weight=w)
        brier_score_loss(y, score, sample_weight=w)
        listed = (score >= np.quantile(score, 1 - y.mean())).astype(int)
        recall_score(y, listed, sample_weight=w)
        for name in groups:
            levels = groups[name].to_numpy()[rows]
            MetricFrame(metrics=recall_score, y_true=y, y_pred=listed, sensitive_features=levels)
            MetricFrame(metrics=roc_auc_score, y_true=y, y_pred=score, sensitive_features=levels)


def main() -> None:
    outcome, risk, weight, groups = survey()
    evaluate(outcome[:1_000], risk[:1_000], groups=groups[:1_000])  # compiles
    clocks = {}
    for name, run in (
        ("graduation", lambda: evaluate(outcome, risk, weight=weight, groups=groups)),
        ("loop", lambda: loop(outcome, risk, weight, groups)),
    ):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        clocks[name] = (time.perf_counter() - wall, time.process_time() - cpu)
    scale = 1_000 / LOOPS
    ours, theirs = clocks["graduation"], tuple(scale * seconds for seconds in clocks["loop"])
    print(f"{HOUSEHOLDS:,} households, {GROUPS} group columns, 1,000 replicates")
    print(f"graduation.evaluate: {ours[0]:.1f} s wall, {ours[1]:.1f} s of processors (23 figures, 9 by group, curves)")
    print(f"scikit-learn and fairlearn in a loop: {theirs[0]:,.0f} s (from {LOOPS} replicates; 4 figures, 2 by group)")
    print(f"ratio of processor seconds: {theirs[1] / ours[1]:.0f}")


if __name__ == "__main__":
    main()

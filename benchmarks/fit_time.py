"""Seconds of `RiskClassifier.fit` against its bars: 90 s for 30,000 x 60, 40 s for 3,000 x 100, fast in a tenth."""

import time

import numpy as np
import pandas as pd

import graduation

print(f"{'rows x columns':<14} {'bar':>5} {'seconds':>8} {'fast, bar':>9} {'seconds':>8} {'AUC':>6} {'fast':>6}")
for rows, columns, bar in ((3_000, 100, 40), (30_000, 60, 90)):
    rng = np.random.default_rng(0)
    n = rows + 10_000
    numbers = pd.DataFrame(rng.normal(size=(n, columns * 2 // 3)), columns=[f"n{i}" for i in range(columns * 2 // 3)])
    labels = {f"c{i}": rng.choice(list("abcdefgh"), n) for i in range(columns - numbers.shape[1])}
    X = numbers.mask(rng.random(numbers.shape) < 0.1).assign(**labels)
    log_odds = -3 + numbers.iloc[:, :8].sum(axis=1) * 0.3 + (X["c0"] == "a") + numbers["n8"] * (X["c1"] == "b")
    y = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).to_numpy().astype(int)
    seconds, auc = [], []
    for fast in (False, True):
        start = time.perf_counter()
        model = graduation.RiskClassifier(fast=fast).fit(X[:rows], y[:rows])
        seconds.append(time.perf_counter() - start)
        auc.append(graduation.evaluate(y[rows:], model.predict_proba(X[rows:])[:, 1]).metrics()["roc_auc"])
    print(f"{rows:>6,} x {columns:<5} {bar:>5} {seconds[0]:>8.1f} {bar / 10:>9.1f} {seconds[1]:>8.1f}", end=" ")
    print(f"{auc[0]:>6.3f} {auc[1]:>6.3f}")

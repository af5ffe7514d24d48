"""Does a second thread pay in training? Times of `RiskClassifier.fit`, one thread against all, by rows."""

import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import graduation
from graduation.features import feature_frame
from graduation.risk import classifier

print(f"{'rows':>8} {'one thread':>11} {'all threads':>12} {'ratio':>6}")
for households in (4_000, 30_000, 150_000):
    waves = graduation.make_waves(households, seed=0)
    panel = graduation.pair_waves(*(graduation.read_registry(one, schema=waves.dictionary) for one in waves.tables))
    X = feature_frame(panel.households, panel.dictionary)
    seconds = {}
    for name, rows in (("one", len(X) + 1), ("all", 0)):
        classifier.ROWS_THAT_PAY_FOR_THREADS = rows
        start = time.perf_counter()
        graduation.RiskClassifier().fit(X, panel.outcome, panel.weight, panel.groups["household"])
        seconds[name] = time.perf_counter() - start
    print(f"{len(X):>8,} {seconds['one']:>10.1f}s {seconds['all']:>11.1f}s {seconds['all'] / seconds['one']:>6.2f}")

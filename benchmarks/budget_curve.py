"""How long a budget curve takes for many households: the path of spending alone, and with intervals."""

import time

import numpy as np

from graduation.interventions.valuing.paths import at_spends, best_path, half_sampled

print(f"{'households':>10} {'moves':>10} {'path and gains, s':>18} {'200 half samples, s':>20}")
for n in (10_000, 100_000, 1_000_000):
    rng = np.random.default_rng(0)
    none = np.zeros((n, 1))
    effect = np.hstack([none, rng.normal([0.05, 0.08, 0.10], 0.1, (n, 3))])
    cost = np.hstack([none, rng.uniform([1, 4, 8], [2, 6, 12], (n, 3))])
    value = effect + rng.normal(0, 1, effect.shape)
    weight, grid = np.ones(n), np.linspace(0, 3, 101)
    start = time.perf_counter()
    path = best_path(effect, cost, value)
    at_spends(path, weight, grid)
    middle = time.perf_counter()
    half_sampled([path], weight, np.arange(n) // 20, grid, draws=200, seed=0)
    end = time.perf_counter()
    print(f"{n:>10,} {len(path.unit):>10,} {middle - start:>18.2f} {end - middle:>20.2f}")

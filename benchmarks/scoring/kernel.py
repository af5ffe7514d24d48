"""Scores, exact contributions and the five strongest of each row: the engine beside LightGBM and shap, CPU time.

Every figure is a ratio of medians measured in turns in one run, for machines are shared. The boosters are grown here,
on a made-up table of 60 columns, 20 of them categories, 6 % missing (`--quick` grows fewer trees).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import shap

from graduation.explain import Concept, Ranked, Ranking
from graduation.schema import Label
from graduation.trees import Explainer, Forest, TooLarge

QUICK = "--quick" in sys.argv
TREES = 60 if QUICK else 400
ROWS, FEW, TURNS = 16_384, 150, 5
SAMPLE = Path(__file__).parents[2] / "models" / "sample" / "pooled.lightgbm.txt"
# Leaves, depth, and how many times faster than LightGBM the engine is to be.
SHAPES = [(31, -1, 90), (63, -1, 60), (15, -1, None), (127, -1, None), (31, 5, None), (31, 8, None)]


def table(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(99)
    X = rng.normal(size=(rows, 60))
    X[:, 20:30] = np.exp(X[:, 20:30])
    X[:, 30:40] = rng.integers(0, 20, (rows, 10))
    X[:, 40:] = rng.integers(0, fixed.integers(3, 25, 20), (rows, 20))
    effects = fixed.normal(size=(20, 30))[np.arange(20), X[:, 40:].astype(int)].sum(axis=1)
    z = np.tanh(X[:, :40]) @ fixed.normal(size=40) * 0.3 + 0.3 * effects + 0.3 * X[:, 0] * X[:, 1]
    y = rng.random(rows) < 1 / (1 + np.exp(z.mean() - z))
    X[rng.random(X.shape) < 0.06] = np.nan
    return X, y.astype(int)


def grow(leaves: int, depth: int) -> lgb.Booster:
    X, y = table(20_000, seed=0)
    params = {"objective": "binary", "num_leaves": leaves, "max_depth": depth, "learning_rate": 0.05}
    params |= {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}
    return lgb.train(params, lgb.Dataset(X, y, categorical_feature=[*range(40, 60)], params=params), TREES)


def told(engine: Explainer, X: np.ndarray) -> tuple[np.ndarray, Ranked]:
    """Return scores and the five strongest contributions of each row."""
    walk, names = engine.walk(X), [str(number) for number in range(engine.forest.n_features)]
    return walk.raw, Ranking(names, [Concept(name, (name,), Label()) for name in names], both=True)(walk.amounts)


def in_turns(**ways: tuple[Callable[[], Any], int]) -> dict[str, float]:
    """Return the median CPU microseconds a row of each way, measured in turns after one run to warm up."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS + 1):
        for name, (way, rows) in ways.items():
            start = time.process_time()
            way()
            if turn:
                spent[name].append((time.process_time() - start) / rows * 1e6)
    return {name: statistics.median(times) for name, times in spent.items()}


def compare(name: str, booster: lgb.Booster, X: np.ndarray, bar: int | None, *, plain: bool = False) -> None:
    forest = Forest.from_text(booster.model_to_string())
    start = time.process_time()
    try:
        engine = Explainer.of(forest)
    except TooLarge as error:
        print(f"{name:<22} {error}")
        return
    building = time.process_time() - start
    ways = {
        "engine": (lambda: told(engine, X), len(X)),
        "lightgbm": (lambda: booster.predict(X[:FEW], pred_contrib=True, num_threads=1), FEW),
        "score": (lambda: booster.predict(X[:2_000], raw_score=True, num_threads=1), 2_000),
    }
    if plain:
        slow = Explainer.of(forest, compiled=False)
        ways["numpy"] = (lambda: told(slow, X), len(X))
    cost = in_turns(**ways)
    error = np.abs(engine.contributions(X[:FEW])[0] - booster.predict(X[:FEW], pred_contrib=True)[:, :-1]).max()
    same = np.array_equal(engine.raw(X), booster.predict(X, raw_score=True))
    ratio, size = cost["lightgbm"] / cost["engine"], engine.tables.amounts.nbytes / 1e6
    print(
        f"{name:<22} {cost['engine']:>7.1f} {cost['lightgbm']:>9.0f} {cost['score']:>7.1f} {ratio:>6.0f}x"
        f" {f'{bar}x' if bar else '':>5} {building:>7.1f} {size:>6.0f} {error:>9.1e} {same!s:>6}"
    )
    if plain:
        ratio = cost["lightgbm"] / cost["numpy"]
        print(f"{'  the same in numpy':<22} {cost['numpy']:>7.1f} {'':>9} {'':>7} {ratio:>6.0f}x   40x")


def cores(booster: lgb.Booster, X: np.ndarray) -> None:
    """Print how much sooner two threads are done: wall time, so only a quiet machine tells."""
    forest = Forest.from_text(booster.model_to_string())
    engines = [Explainer.of(forest, threads=threads) for threads in (1, 2)]
    walls: list[list[float]] = [[], []]
    many = np.vstack([X] * 4)
    for _ in range(TURNS):
        for engine, wall in zip(engines, walls, strict=True):
            start = time.perf_counter()
            told(engine, many)
            wall.append(time.perf_counter() - start)
    one, two = map(statistics.median, walls)
    print(f"two threads: {one / two:.2f}x sooner (bar 1.8x, quiet machine)")


def against_background(X: np.ndarray) -> None:
    """Print the interventional engine beside shap, which is right on numbers only: trees without categories."""
    rows, y = table(20_000, seed=0)
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    booster = lgb.train(params, lgb.Dataset(np.nan_to_num(rows), y), TREES)
    forest, X = Forest.from_text(booster.model_to_string()), np.nan_to_num(X)
    for size in (10, 100, 1_000):
        start = time.process_time()
        engine = Explainer.of(forest, background=np.nan_to_num(rows[:size]))
        building = time.process_time() - start
        cost = in_turns(engine=(partial(told, engine, X), len(X)))
        print(f"background of {size:>5}: {cost['engine']:.1f} us a row, tables {building:.1f} s")
    background = np.nan_to_num(rows[:100])
    engine = Explainer.of(forest, background=background)
    explain = shap.TreeExplainer(booster, background, feature_perturbation="interventional").shap_values
    few = partial(explain, X[:50], check_additivity=False)
    cost = in_turns(engine=(partial(told, engine, X), len(X)), shap=(few, 50))
    error = np.abs(few() - engine.contributions(X[:50])[0]).max()
    ratio = cost["shap"] / cost["engine"]
    print(f"shap, background of 100: {cost['shap']:.0f} us a row, {ratio:.0f}x (bar 500x); apart by {error:.1e}")


if __name__ == "__main__":
    X, _ = table(ROWS, seed=5)
    print(f"{'booster':<22} {'engine':>7} {'lightgbm':>9} {'score':>7} {'ratio':>7} {'bar':>5} {'build s':>7} ", end="")
    print(f"{'MB':>5} {'error':>9} {'scores':>6}   (CPU us a row; score: LightGBM's raw score alone)")
    for leaves, depth, bar in SHAPES[:2] if QUICK else SHAPES:
        limit = "no limit" if depth < 0 else f"depth {depth}"
        compare(f"{leaves} leaves, {limit}", booster := grow(leaves, depth), X, bar, plain=bar == 90)
        if bar == 90:
            cores(booster, X)
    sample = lgb.Booster(model_file=SAMPLE)
    answers = np.random.default_rng(0).integers(0, 6, (ROWS, sample.num_feature())).astype(float)
    compare("our model, pooled", sample, answers, None)
    against_background(X)

"""Scoring with reasons from file to file beside what an analyst would write: CPU, time and memory of whole processes.

    python benchmarks/scoring/run.py [--rows 200000] [--many 1000000] [--few 10000] [--runs 5] [--most 10000000]

One table of 60 features, one booster of 400 trees with 31 leaves. Each way is a process of its own, imports counted,
in turns; CPU is user and system time of all its threads; medians of the runs. The naive script (read_csv, scikit-
learn's ordinal encoder, predict_proba, shap.TreeExplainer, to_csv) and the careful one (LightGBM's predict and
pred_contrib, Parquet) would take hours, so they read `--few` rows and hardly any: their start and their cost per row
tell what all rows would cost them (marked ~). With `--most`, ours reads that many once, for its memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
TREES, LEAVES, TRAINING_ROWS = 400, 31, 50_000
Way = tuple[str, Path, int]


def make_model(folder: Path) -> None:
    """Train the booster and save it as a model folder, and as text with the levels of its categories."""
    import lightgbm as lgb
    import numpy as np
    from table import dictionary, outcome, table

    from graduation.features import feature_frame
    from graduation.io import read_registry, save_model
    from graduation.panel import UNKNOWN, extreme_poor
    from graduation.risk import Model, RiskClassifier, TransitionRisk
    from graduation.risk.calibration import Calibration
    from graduation.risk.encoding import TableEncoder
    from graduation.risk.ensemble import Ensemble
    from graduation.risk.linear import LinearPart
    from graduation.risk.transition import POOLED, Mixture, with_state

    rows, known = table(TRAINING_ROWS), dictionary()
    households = read_registry(rows.to_pandas(), schema=known).households
    X, state = feature_frame(households, known), extreme_poor(households, known)
    risk = TransitionRisk(tells_state=known.tells_state)
    nothing = LinearPart([], np.zeros((1, 0)), np.zeros(1))
    risk.classifiers_ = {}
    for name, part in ((POOLED, with_state(X, state.to_numpy())), (UNKNOWN, X)):
        encoder = TableEncoder().fit(part)
        data = lgb.Dataset(
            encoder.transform(part), outcome(rows),
            categorical_feature=[place for place, one in enumerate(encoder.used_) if one in encoder.levels_],
        )  # fmt: skip
        rounds = TREES if name == POOLED else 1
        booster = lgb.train({"objective": "binary", "num_leaves": LEAVES, "verbosity": -1, "seed": 0}, data, rounds)
        made = risk.classifiers_[name] = RiskClassifier()
        made.encoder_, made.classes_ = encoder, np.array([0, 1])
        made.ensemble_ = Ensemble(0.0, nothing, booster, [[0, 0, rounds]], {}, Calibration(), float("nan"))
    risk.mixtures_ = {name: Mixture(0.0, {POOLED: 1.0}) for name in ("remain", "become")}
    risk.mixtures_[UNKNOWN] = Mixture(0.0, {UNKNOWN: 1.0})
    save_model(Model(risk, known.at_scoring()), folder / "model")
    pooled = risk.classifiers_[POOLED]
    (folder / "booster.txt").write_text(pooled.ensemble_.booster.model_to_string())
    (folder / "encoding.json").write_text(
        json.dumps({"used": pooled.encoder_.used_, "levels": pooled.encoder_.levels_})
    )


def _encoded(frame, folder: Path):
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OrdinalEncoder

    told = json.loads((folder / "encoding.json").read_text())
    levels = told["levels"]
    frame = frame.rename(columns={"is_extreme_poor": "is_extreme_poor_now"})
    table = frame[told["used"]].astype(dict.fromkeys(levels, object))
    table[list(levels)] = table[list(levels)].map(lambda cell: cell if cell is None or cell != cell else _whole(cell))
    ordinal = OrdinalEncoder(categories=list(levels.values()), handle_unknown="use_encoded_value", unknown_value=np.nan)
    ways = ColumnTransformer(
        [("codes", ordinal, list(levels))], remainder="passthrough", verbose_feature_names_out=False
    )
    ways.set_output(transform="pandas")
    return ways.fit_transform(table)[told["used"]].astype(float).to_numpy()


def _whole(cell) -> str:
    return str(int(cell)) if isinstance(cell, float) else str(cell)


def naive(source: Path, folder: Path) -> None:
    """Do what an analyst would write."""
    import lightgbm as lgb
    import numpy as np
    import pandas as pd
    import shap

    frame = pd.read_csv(source)
    X, booster = _encoded(frame, folder), lgb.Booster(model_file=folder / "booster.txt")
    values = shap.TreeExplainer(booster).shap_values(X)
    frame.assign(risk=booster.predict(X)).join(pd.DataFrame(np.asarray(values)).add_prefix("shap_")).to_csv(
        folder / "naive.csv", index=False
    )


def careful(source: Path, folder: Path) -> None:
    """Do what an engineer would write."""
    import lightgbm as lgb
    import pandas as pd

    frame = pd.read_parquet(source)
    X, booster = _encoded(frame, folder), lgb.Booster(model_file=folder / "booster.txt")
    told = pd.DataFrame(booster.predict(X, pred_contrib=True)).add_prefix("shap_").astype("float32")
    told.assign(household_id=frame["household_id"], risk=booster.predict(X)).to_parquet(folder / "careful.parquet")


def risk_alone(source: Path, folder: Path) -> None:
    """Write LightGBM's own predictions, without any reason."""
    import lightgbm as lgb
    import pandas as pd

    frame = pd.read_parquet(source)
    X, booster = _encoded(frame, folder), lgb.Booster(model_file=folder / "booster.txt")
    pd.DataFrame({"household_id": frame["household_id"], "risk": booster.predict(X)}).to_parquet(
        folder / "risk.parquet"
    )


def ours(source: Path, folder: Path, threads: int = 2) -> None:
    """Score with five reasons in words."""
    from graduation import score_file
    from graduation.batch import ScoringSettings

    out = folder / f"ours_{source.stem}.parquet"
    score_file(source, folder / "model", out, settings=ScoringSettings(threads=threads), force=True)


def on_one_core(source: Path, folder: Path) -> None:
    """Do the same on one thread."""
    ours(source, folder, threads=1)


WAYS = {one.__name__: one for one in (naive, careful, risk_alone, ours, on_one_core)}
HARDLY_ANY = 200


def measured(way: str, source: Path, folder: Path, script: str = __file__) -> tuple[float, float, float]:
    """Return CPU seconds, seconds and peak memory (GB, of the largest process) of a way of a script."""
    words = [sys.executable, "-W", "ignore", script, "--one", way, str(source), str(folder)]
    start = time.perf_counter()
    child = subprocess.Popen(words, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"})
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{way} failed")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1e6


def all_rows(few: tuple[float, ...], hardly: tuple[float, ...], n_few: int, n: int) -> tuple[float, float]:
    """Return CPU seconds and seconds of a script that costs each row the same, on n rows."""
    return tuple(
        a + (b - a) / (n_few - HARDLY_ANY) * (n - HARDLY_ANY) for a, b in zip(hardly[:2], few[:2], strict=True)
    )  # type: ignore[return-value]


def ratio(what: str, theirs: tuple[float, ...], mine: tuple[float, ...], bar: float, *, most: bool = False) -> None:
    cpu, wall = (mine[place] / theirs[place] if most else theirs[place] / mine[place] for place in range(2))
    told = "at most" if most else "at least"
    print(f"{what}: {cpu:.2f}x of CPU (bar: {told} {bar}x), {wall:.2f}x of time")


def main() -> None:
    """Print a table, and the ratios with their bars."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=3)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    if asked.one:
        WAYS[asked.one[0]](Path(asked.one[1]), Path(asked.one[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        compare(asked, Path(name))


def compare(asked: argparse.Namespace, folder: Path) -> None:
    from table import write

    make_model(folder)
    sizes = {"hardly": HARDLY_ANY, "few": asked.few, "some": asked.rows, "many": asked.many}
    files = {f"{stem}.{kind}": folder / f"{stem}.{kind}" for stem in sizes for kind in ("csv", "parquet")}
    ways = [
        ("naive", "hardly.csv"), ("naive", "few.csv"), ("ours", "some.csv"), ("ours", "some.parquet"),
        ("careful", "hardly.parquet"), ("careful", "few.parquet"), ("ours", "many.parquet"),
        ("on_one_core", "many.parquet"), ("risk_alone", "many.parquet"),
    ]  # fmt: skip
    for _, file in ways:
        if not files[file].exists():
            write(files[file], sizes[file.partition(".")[0]])
    # Its kernels are compiled once per installation.
    measured("ours", files["hardly.csv"], folder)
    runs = [{one: measured(one[0], files[one[1]], folder) for one in ways} for _ in range(asked.runs)]
    told = {one: tuple(median(run[one][place] for run in runs) for place in range(3)) for one in ways}
    if asked.most:
        told["ours", "most.parquet"] = measured("ours", write(folder / "most.parquet", asked.most), folder)
        sizes["most"] = asked.most
    print(f"{'way':<12} {'file':<14} {'rows':>10} {'CPU s':>8} {'wall s':>8} {'peak GB':>8} {'CPU us/row':>11}")
    for (way, file), (cpu, wall, peak) in told.items():
        n = sizes[file.partition(".")[0]]
        print(f"{way:<12} {file:<14} {n:>10,} {cpu:>8.1f} {wall:>8.1f} {peak:>8.2f} {cpu / n * 1e6:>11.1f}")
    analyst = all_rows(told["naive", "few.csv"], told["naive", "hardly.csv"], asked.few, asked.rows)
    engineer = all_rows(told["careful", "few.parquet"], told["careful", "hardly.parquet"], asked.few, asked.many)
    many = told["ours", "many.parquet"]
    for name, cost, n in (("naive", analyst, asked.rows), ("careful", engineer, asked.many)):
        print(f"{name} on {n:,} rows: ~{cost[0]:,.0f} s of CPU, ~{cost[1]:,.0f} s")
    ratio("naive script, CSV", analyst, told["ours", "some.csv"], 45)
    ratio("careful script, Parquet", engineer, many, 90)
    ratio("ours beside risk alone", told["risk_alone", "many.parquet"], many, 0.8, most=True)
    ratio("CSV beside Parquet", told["ours", "some.parquet"], told["ours", "some.csv"], 1.4, most=True)
    print(f"two threads: {told['on_one_core', 'many.parquet'][1] / many[1]:.2f}x sooner (bar 1.8x, quiet machine)")
    if asked.most:
        print(f"peak at {asked.most:,} rows: {told['ours', 'most.parquet'][2] / many[2]:.2f}x (bar 1.1x)")


if __name__ == "__main__":
    main()

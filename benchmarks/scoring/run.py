"""Scoring with reasons from file to file beside what an analyst would write: CPU, time and memory of whole processes.

    python benchmarks/scoring/run.py [--rows 200000] [--few 20000] [--runs 3] [--rows-many 1000000]

One table of 60 features, one booster of 400 trees with 31 leaves. Each way is a process of its own, imports counted, in
turns; CPU is user and system time of all its threads. The naive script (read_csv, scikit-learn's ordinal encoder,
predict_proba, shap.TreeExplainer, to_csv) and the careful one (LightGBM's predict and pred_contrib, Parquet) read only
`--few` rows, for every row costs them the same but for some three seconds of imports, which fewer rows share.
Ratios are of CPU per row.
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


def ours(source: Path, folder: Path) -> None:
    """Score with five reasons in words."""
    from graduation import score_file

    score_file(source, folder / "model", folder / f"ours_{source.stem}.parquet", force=True)


WAYS = {one.__name__: one for one in (naive, careful, risk_alone, ours)}


def measured(way: str, source: Path, folder: Path) -> tuple[float, float, float]:
    """Return CPU seconds, seconds and peak memory (GB) of a process."""
    words = [sys.executable, "-W", "ignore", __file__, "--one", way, str(source), str(folder)]
    start = time.perf_counter()
    child = subprocess.Popen(words, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"})
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{way} failed")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1e6


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=3)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rows-many", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    if asked.one:
        WAYS[asked.one[0]](Path(asked.one[1]), Path(asked.one[2]))
        return
    from table import write

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_model(folder)
        sizes = {"few": asked.few, "some": asked.rows, "many": asked.rows_many}
        files = {
            size: write(folder / size, n) for stem, n in sizes.items() for size in (f"{stem}.csv", f"{stem}.parquet")
        }
        ways = [
            ("naive", "few.csv"), ("ours", "some.csv"), ("careful", "few.parquet"), ("risk_alone", "some.parquet"),
            ("ours", "some.parquet"), ("risk_alone", "many.parquet"), ("ours", "many.parquet"),
        ]  # fmt: skip
        # Its kernels are compiled once per installation.
        measured("ours", files["few.csv"], folder)
        runs = [{one: measured(one[0], files[one[1]], folder) for one in ways} for _ in range(asked.runs)]
        print(f"{'way':<12} {'file':<14} {'rows':>10} {'CPU s':>8} {'wall s':>8} {'peak GB':>8} {'CPU us/row':>11}")
        for way, file in ways:
            cpu, wall, peak = (median(run[way, file][place] for run in runs) for place in range(3))
            n = sizes[file.split(".")[0]]
            print(f"{way:<12} {file:<14} {n:>10,} {cpu:>8.1f} {wall:>8.1f} {peak:>8.2f} {cpu / n * 1e6:>11.1f}")


if __name__ == "__main__":
    main()

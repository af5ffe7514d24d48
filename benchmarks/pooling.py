"""Does a sparse pathway deserve a model of its own? EPH, the protocol of `examples/argentina_eph/run.py`, no weights."""

import os
from dataclasses import replace
from pathlib import Path

import pandas as pd

import graduation
from graduation.features import feature_frame
from graduation.risk import PATHWAYS, transition

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("GRADUATION_REAL_DATA", ROOT.parent / "shared" / "data"))

table = pd.read_parquet(DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet")
train = table[table["t"].between(8040, 8049)].sample(30_000, random_state=0)
pairs = pd.concat([train, table[table["t"].between(8053, 8057)]])
print(f"{'features':<18} {'model':<7} {'remain AUC':>10} {'become AUC':>10}")
for name in ("dictionary", "with_income"):
    registry = graduation.read_registry(pairs, schema=ROOT / "examples" / "argentina_eph" / f"{name}.toml")
    panel = graduation.pair_waves(registry)
    learn, test = replace(panel, weight=panel.weight * 0 + 1).split("time", at=8053)
    features = [feature_frame(part.households, part.dictionary) for part in (learn, test)]
    for kind, cases in (("own", 0), ("pooled", 10**6)):
        transition.CASES_PER_FEATURE = cases
        model = graduation.TransitionRisk().fit(
            features[0], learn.outcome, learn.state, groups=learn.groups["household"]
        )
        risk = pd.Series(model.predict_risk(features[1], test.state), index=test.outcome.index)
        auc = {
            way: graduation.evaluate(test.outcome[test.state == code], risk[test.state == code]).metrics()["roc_auc"]
            for way, code in PATHWAYS.items()
        }
        print(f"{name:<18} {kind:<7} {auc['remain']:>10.3f} {auc['become']:>10.3f}")

"""Does a sparse pathway deserve a model of its own? EPH: AUC of each pathway, own model against pooled."""

import pandas as pd
from eph import DICTIONARIES, protocol

import graduation
from graduation.risk import PATHWAYS, transition

print(f"{'features':<12} {'model':<7} {'remain AUC':>10} {'become AUC':>10}")
for name in DICTIONARIES:
    learn, test, features = protocol(name)
    for kind, cases in (("own", 0), ("pooled", 10**6)):
        transition.CASES_PER_FEATURE = cases
        households = learn.groups["household"]
        model = graduation.TransitionRisk().fit(features[0], learn.outcome, learn.state, groups=households)
        risk = pd.Series(model.predict_risk(features[1], test.state), index=test.outcome.index)
        auc = {
            way: graduation.evaluate(test.outcome[test.state == code], risk[test.state == code]).metrics()["roc_auc"]
            for way, code in PATHWAYS.items()
        }
        print(f"{name:<12} {kind:<7} {auc['remain']:>10.3f} {auc['become']:>10.3f}")

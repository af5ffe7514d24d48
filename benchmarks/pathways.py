"""What serves those who remain: own, pooled or weighed models? And those whose state is unknown: one or a mixture?

EPH pairs of 2006Q4-2009Q1 to learn from, 2010Q1-2010Q3 to be judged on (not the quarters of the protocol), and waves.
"""

import numpy as np
import pandas as pd
from eph import DATA, ROOT

import graduation
from graduation.features import feature_frame
from graduation.panel import Panel
from graduation.risk.transition import PATHWAYS, with_state

LEARN, TEST = (8027, 8036), (8040, 8042)


def eph() -> tuple[Panel, Panel]:
    table = pd.read_parquet(DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet")
    learn = table[table["t"].between(*LEARN)].sample(30_000, random_state=0)
    schema = ROOT / "examples" / "argentina_eph" / "with_income.toml"
    pairs = pd.concat([learn, table[table["t"].between(*TEST)]])
    panel = graduation.pair_waves(graduation.read_registry(pairs, schema=schema))
    later = panel.groups["time"] >= TEST[0]
    return panel.subset(~later), panel.subset(later)


def waves(rows: int) -> tuple[Panel, Panel]:
    made = graduation.make_waves(rows + 20_000, seed=77)
    panel = graduation.pair_waves(*(graduation.read_registry(table, schema=made.dictionary) for table in made.tables))
    learn = np.random.default_rng(0).permutation(len(panel.outcome)) < rows
    return panel.subset(learn), panel.subset(~learn)


def figures(outcome: np.ndarray, risk: np.ndarray) -> str:
    found = graduation.evaluate(outcome, risk).metrics()
    return f"{found['roc_auc']:>7.4f} {found['average_precision']:>7.4f} {found['log_loss']:>8.4f}"


print(f"{'data':<8} {'households':<11} {'model':<16} {'AUC':>7} {'AP':>7} {'log loss':>8}")
for name, (learn, test), tells in (
    ("waves", waves(3_000), ["consumption_per_head_monthly_idr"]),
    ("EPH", eph(), ["l_inc", "DECCFR"]),
):
    X, Z = (feature_frame(part.households, part.dictionary) for part in (learn, test))
    y, z, now, then = (part.to_numpy() for part in (learn.outcome, test.outcome, learn.state, test.state))
    group = learn.groups["household"].to_numpy()
    both = graduation.TransitionRisk(tells_state=tells).fit(X, y, now, groups=group)
    pooled = both.classifiers_["pooled"].predict_proba(with_state(Z, then))[:, 1]
    weighed = both.predict_risk(Z, then)
    for pathway, code in PATHWAYS.items():
        rows, judged = now == code, then == code
        own = graduation.RiskClassifier().fit(X[rows], y[rows], groups=group[rows]).predict_proba(Z[judged])[:, 1]
        for model, risk in (("own", own), ("pooled", pooled[judged]), ("weighed (ours)", weighed[judged])):
            print(f"{name:<8} {pathway:<11} {model:<16} {figures(z[judged], risk)}", flush=True)
    blind, unseen = X.drop(columns=tells), Z.drop(columns=tells)
    status = graduation.RiskClassifier().fit(blind, now, groups=group).predict_proba(unseen)[:, 1]
    stated = graduation.RiskClassifier().fit(with_state(blind, now), y, groups=group)
    remain, become = (
        stated.predict_proba(with_state(unseen, np.full(len(unseen), code)))[:, 1] for code in PATHWAYS.values()
    )
    mixture = status * remain + (1 - status) * become
    direct = both.predict_risk(Z, np.full(len(Z), np.nan))
    for model, risk in (("one model (ours)", direct), ("mixture", mixture)):
        print(f"{name:<8} {'unknown':<11} {model:<16} {figures(z, risk)}", flush=True)

"""Small trees against LightGBM's defaults and a regularised logit. EPH: AUC and average precision, one run."""

import lightgbm
from eph import DICTIONARIES, protocol
from sklearn.linear_model import LogisticRegression

import graduation
from graduation.risk.candidates import prepared

print(f"{'features':<12} {'model':<18} {'AUC':>6} {'AP':>6}")
for name in DICTIONARIES:
    learn, test, (X, Z) = protocol(name)
    ours = graduation.RiskClassifier().fit(X, learn.outcome, groups=learn.groups["household"])
    codes = [ours.encoder_.transform(part) for part in (X, Z)]
    defaults = lightgbm.LGBMClassifier(verbosity=-1).fit(
        codes[0], learn.outcome, categorical_feature=ours.encoder_.categorical_positions_
    )
    logit = prepared(LogisticRegression(C=0.01, max_iter=1000)).fit(X, learn.outcome)
    for kind, risk in (
        ("ours", ours.predict_proba(Z)[:, 1]),
        ("LightGBM defaults", defaults.predict_proba(codes[1])[:, 1]),
        ("logit", logit.predict_proba(Z)[:, 1]),
    ):
        found = graduation.evaluate(test.outcome.to_numpy(), risk).metrics()
        print(f"{name:<12} {kind:<18} {found['roc_auc']:>6.3f} {found['average_precision']:>6.3f}")

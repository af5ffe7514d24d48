"""How often the 90 % range of a risk holds the true risk, in made-up surveys whose risks are known."""

import numpy as np
import pandas as pd

import graduation

SURVEYS, UNSEEN = 10, 2_000


def survey(n: int, seed: int, world: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return features, outcomes and true risks; `bent` has thresholds, a hump and interactions."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 10)), columns=[f"x{i}" for i in range(10)])
    for i in range(5):
        X[f"b{i}"] = (rng.random(n) < 0.3).astype(float)
    X["place"] = rng.choice(list("abcdefgh"), n)
    log_odds = -2.5 + 0.5 * X["x0"] - 0.4 * X["x1"] + 0.3 * X["b0"] + 0.5 * X["b1"]
    log_odds += X["place"].map(dict(zip("abcdefgh", np.linspace(-0.5, 0.5, 8), strict=True)))
    if world == "bent":
        log_odds += 0.6 * (X["x0"] > 0) * X["x2"] - 0.4 * X["x3"] ** 2 + 0.5 * X["b0"] * X["b2"]
    if world == "many weak":
        log_odds += 0.12 * X.filter(like="x").sum(axis=1)
    risk = (1 / (1 + np.exp(-log_odds))).to_numpy()
    return X, (rng.random(n) < risk).astype(int), risk


print(f"{'world':<10} {'rows':>6} {'holds the truth':>16} {'without widening':>17} {'mean width':>11}")
for world in ("straight", "many weak", "bent"):
    for rows in (1_000, 4_000):
        found = []
        for seed in range(SURVEYS):
            X, y, _ = survey(rows, seed, world)
            Z, _, truth = survey(UNSEEN, 10_000 + seed, world)
            model = graduation.RiskClassifier(seed=seed).fit(X, y)
            low, high = model.predict_interval(Z).T
            half = (np.log(high / (1 - high)) - np.log(low / (1 - low))) / 2 / model.ensemble_.widening
            missed = np.abs(np.log(truth / (1 - truth)) - model.log_odds(Z))
            held = ((low <= truth) & (truth <= high)).mean()
            found.append((held, (missed <= half).mean(), (high - low).mean()))
        held, narrow, width = np.mean(found, axis=0)
        print(f"{world:<10} {rows:>6,} {held:>16.3f} {narrow:>17.3f} {width:>11.3f}", flush=True)

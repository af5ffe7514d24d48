"""Figures on the real trials: averages, learned rules, comparison groups, known potential outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from trials import DATA, TRIALS, Trial, job_corps_by_sex, lalonde, lalonde_against

import graduation
from graduation import EffectModel

Row = tuple[str, str, str, bool]


def averages() -> list[Row]:
    rows = []
    for trial in [*(load() for load in TRIALS), job_corps_by_sex()]:
        model = EffectModel(personal=False).fit(trial.X, trial.arm, trial.outcome, propensity=trial.chances)
        table = model.average_effects_.set_index("arm")
        for arm, (effect, error) in trial.known.items():
            off = (table.loc[arm, "effect"] - effect) / error
            found = f"{table.loc[arm, 'effect']:,.3f} beside {effect:,.3f} ({error:,.3f}): {off:+.2f} SE"
            rows.append((f"{trial.name}: average of {arm}", "within 0.5 SE", found, abs(off) <= 0.5))
    return rows


def rules(seed: int = 0) -> list[Row]:
    return [_rule(load(), seed) for load in TRIALS]


def _rule(trial: Trial, seed: int) -> Row:
    """Value of the arm that looks best, as learned on the other folds, less that of the best single arm."""
    assigned = np.empty(len(trial.arm), dtype=object)
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(trial.X, trial.arm):
        model = EffectModel().fit(trial.X.iloc[train], trial.arm[train], trial.outcome[train])
        assigned[test] = model.best_arm(trial.X.iloc[test])
    found = graduation.policy_value(assigned, trial.arm, trial.outcome, X=trial.X).frame().set_index("policy")
    rule, best = found.iloc[0], found.loc["best_single_arm"]
    off, error = float(best["difference"]), float(best["difference_standard_error"])
    told = f"{off:+,.3f} ({error:,.3f}); value's own SE {rule['standard_error']:,.3f}"
    is_met = off >= -0.25 * rule["standard_error"] and off + 1.96 * error >= 0
    return f"{trial.name}: rule less best single arm", ">= -0.25 SE, not < 0", told, bool(is_met)


def comparison_groups() -> list[Row]:
    trial = lalonde()
    truth = trial.outcome[trial.arm == "training"].mean() - trial.outcome[trial.arm == "none"].mean()
    rows = []
    for source in ("cps", "psid"):
        X, arm, outcome = lalonde_against(source)
        naive = outcome[arm == "training"].mean() - outcome[arm == "none"].mean()
        table = EffectModel(target="treated").fit(X, arm, outcome).average_effects_
        effect, error = table.loc[0, ["effect", "standard_error"]]
        nearer = 1 - abs(effect - truth) / abs(naive - truth)
        told = f"{effect:,.0f} ({error:,.0f}), naive {naive:,.0f}, trial {truth:,.0f}: {nearer:.1%} nearer"
        rows.append((f"LaLonde against {source.upper()}", "> 85 % nearer", told, bool(nearer > 0.85)))
    return rows


def known_outcomes() -> list[Row]:
    errors: dict[str, list[float]] = {}
    for number in range(5):
        table = pd.read_csv(DATA / "realcause_lalonde" / f"psid_sample{number}.csv")
        taken, y = table["t"].to_numpy() == 1, table["y"].to_numpy()
        X = table.drop(columns=["t", "y", "y0", "y1", "ite"])
        truth = float((table["y1"] - table["y0"])[taken].mean())
        arm = np.where(taken, "training", "none")
        ours = EffectModel(target="treated").fit(X, arm, y).average_effects_.loc[0, "effect"]
        found = {"ours": ours, "OLS": _ols(X, taken, y)}
        found |= {f"IPW, {name}": _ipw(X, taken, y, C) for name, C in (("scikit-learn's penalty", 1.0), ("none", 1e6))}
        for name, value in found.items():
            errors.setdefault(name, []).append(abs(float(value) - truth))
    mean = {name: float(np.mean(values)) for name, values in errors.items()}
    ours = mean.pop("ours")
    return [
        (f"RealCause: mean ATT error beside {name}", "lower", f"{ours:,.0f} beside {value:,.0f}", ours < value)
        for name, value in mean.items()
    ]


def _ols(X: pd.DataFrame, taken: np.ndarray, y: np.ndarray) -> float:
    return float(LinearRegression().fit(np.column_stack([X, taken]), y).coef_[-1])


def _ipw(X: pd.DataFrame, taken: np.ndarray, y: np.ndarray, C: float) -> float:
    Z = StandardScaler().fit_transform(X)
    chance = LogisticRegression(C=C, max_iter=5_000).fit(Z, taken).predict_proba(Z)[:, 1]
    odds = chance / (1 - chance)
    return float(y[taken].mean() - np.average(y[~taken], weights=odds[~taken]))

"""Figures on waves whose truth is known: intervals that hold the true averages, plans beside those of an oracle."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import ndtri

import graduation
from graduation import EffectModel, Programme
from graduation.features import feature_frame
from graduation.interventions import NO_ARM, risk_after
from graduation.interventions.estimating.nuisance import encoded, plain
from graduation.risk import Scores

Row = tuple[str, str, str, bool]
AFTER, PILOT = "consumption_after_monthly_idr", 2_400  # its pilot has 800 records
HOUSEHOLDS, SEEDS = 90_000, 3  # pilots of 30,000 records
BUDGETS = (15e9, 75e9)


def records_of(waves: graduation.Waves) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """Return features, arm and log welfare afterwards of the programme records."""
    dictionary = graduation.records_dictionary(waves.dictionary, after=AFTER)
    households = graduation.read_registry(waves.records, schema=dictionary).households
    return feature_frame(households, dictionary), households["arm"].astype(str), np.log(households[AFTER].astype(float))


def coverage(n_seeds: int) -> list[Row]:
    """Return how often 95 % intervals of average effects hold the truth."""
    rows = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for assignment in ("randomised", "confounded"):
            held = np.array(list(pool.map(_held, range(n_seeds), [assignment] * n_seeds)))
            for number, arm in enumerate(("capital", "cash", "training", "training_capital")):
                share = held[:, number].mean()
                told = f"{share:.1%} of {n_seeds} pilots of 800 records"
                rows.append((f"{assignment}: intervals that hold {arm}", "92 to 97 %", told, 0.92 <= share <= 0.97))
            told = f"{held.mean():.1%} of all {held.size}"
            rows.append((f"{assignment}: all arms", "92 to 97 %", told, 0.92 <= held.mean() <= 0.97))
    return rows


def _held(seed: int, assignment: str) -> list[bool]:
    waves = graduation.make_waves(PILOT, waves=1, seed=seed, assignment=assignment)
    table = EffectModel(personal=False).fit(*records_of(waves)).average_effects_
    truth = waves.truth.records.filter(like="effect_").mean()
    return [bool(row["low"] <= truth[f"effect_{row['arm']}"] <= row["high"]) for _, row in table.iterrows()]


def plans() -> list[Row]:
    """Return what plans with estimated effects avert, beside the best single arm and beside an oracle.

    The oracle knows each effect as far as the columns of the registry can tell it.
    """
    found = pd.concat([_plans(seed, effects) for effects in ("varied", "same") for seed in range(SEEDS)])
    rows = []
    for (effects, budget), part in found.groupby(["effects", "budget"], sort=False):
        sums = part[["ours", "oracle", "single", "averages"]].sum()
        per = f"; per seed {', '.join(f'{x:.0%}' for x in part['ours'] / part['oracle'])}"
        share = sums["ours"] / sums["oracle"]
        what = f"effects {effects}, Rp {budget / 1e9:,.0f} billion"
        if effects == "varied":
            told = f"{share:.1%}; with averages alone {sums['averages'] / sums['oracle']:.1%}{per}"
            rows.append((f"{what}: of the oracle's averted", ">= 90 %", told, share >= 0.9))
        else:
            single = sums["ours"] / sums["single"]
            rows.append((f"{what}: of the best single arm's", ">= 99 %", f"{single:.1%}", single >= 0.99))
    return rows


def _plans(seed: int, effects: str) -> pd.DataFrame:
    waves = graduation.make_waves(HOUSEHOLDS, waves=2, seed=seed, effects=effects)
    households = graduation.read_registry(waves.tables[-1], schema=waves.dictionary).households
    truth = waves.truth.households.loc[households.index]
    X, arm, outcome = records_of(waves)
    model = EffectModel(seed=seed).fit(X, arm, outcome)
    programme = _programme(waves, truth)
    risk = truth["risk_none"].clip(1e-6, 1 - 1e-6)
    rank = risk.rank(ascending=False, method="first").astype(int)
    scores = Scores(pd.DataFrame({"pathway": "become", "risk": risk, "rank": rank}), "truth")
    features = feature_frame(households, waves.dictionary)
    ours = graduation.recommend(households, scores, programme, effects=model, features=features)
    plain = EffectModel(seed=seed, personal=False).fit(X, arm, outcome)
    averages = graduation.recommend(households, scores, programme, effects=plain)
    true = truth[[f"effect_{name}" for name in programme.names]].to_numpy()
    oracle, truly = (_with_effects(ours, effect) for effect in (_knowable(features, true), true))
    rows = []
    for budget in BUDGETS:
        averted = {
            name: _averted(graduation.allocate(one, budget=budget).frame(), truly)
            for name, one in (("ours", ours), ("averages", averages), ("oracle", oracle))
        }
        rows.append({"effects": effects, "budget": budget, **averted, "single": _single(oracle, truly, budget)})
    return pd.DataFrame(rows)


def _programme(waves: graduation.Waves, truth: pd.DataFrame) -> Programme:
    """Return the shipped programme without its arms that no pilot tried, and the spread that the truth has."""
    shipped = graduation.load_programme("bekasi_2024")
    tried = tuple(arm for arm in shipped.interventions if f"effect_{arm.name}" in truth)
    z = ndtri(truth["risk_none"].clip(1e-6, 1 - 1e-6))
    known = truth["risk_none"].between(0.005, 0.995)
    gap = (truth["log_welfare_none"] - np.log(waves.line.monthly))[known]
    sd = float(-np.polyfit(z[known], gap, 1)[0])
    return shipped.model_copy(update={"interventions": tried, "welfare_residual_sd": sd})


def _knowable(features: pd.DataFrame, true: np.ndarray) -> np.ndarray:
    """Return the true effects as far as the registry's columns could ever tell them (n, arms).

    The rest, a part of each household's own, no method can see.
    """
    columns = encoded(plain(features))
    models = [lightgbm.LGBMRegressor(n_estimators=200, verbose=-1).fit(columns, effect) for effect in true.T]
    return np.column_stack([model.predict(columns) for model in models])


def _with_effects(ours: graduation.Recommendations, effect: np.ndarray) -> graduation.Recommendations:
    risk = ours.offers.risk[:, None]
    after = risk_after(risk, effect, ours.programme.welfare_residual_sd)
    gain = risk - after
    return replace(ours, offers=replace(ours.offers, effect=effect, risk_after=after, benefit=gain, value=gain))


def _averted(table: pd.DataFrame, truly: graduation.Recommendations) -> float:
    """Return the true fall of the risk, over all who are given something."""
    arm = table.set_index("household_id")["arm"].reindex(truly.offers.ids)
    served = (arm != NO_ARM).to_numpy()
    number = pd.Index(truly.offers.arms).get_indexer(arm[served])
    return float(truly.offers.benefit[np.flatnonzero(served), number].sum())


def _single(oracle: graduation.Recommendations, truly: graduation.Recommendations, budget: float) -> float:
    """Return what the best single arm averts when it goes to whom, as far as can be known, it helps most."""
    offers, best = oracle.offers, 0.0
    for number in range(len(offers.arms)):
        gain = np.where(offers.helpful[:, number], offers.benefit[:, number], -1.0)
        served = np.argsort(-gain, kind="stable")[: int(budget / offers.cost[0, number])]
        best = max(best, float(truly.offers.benefit[served[gain[served] > 0], number].sum()))
    return best

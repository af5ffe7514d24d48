"""Known effects of real trials, where the data are present."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graduation.interventions import EffectModel


def near(table: pd.DataFrame, arm: str, known: float, error: float) -> None:
    row = table.set_index("arm").loc[arm]
    assert row["low"] < known < row["high"]
    assert row["effect"] == pytest.approx(known, abs=error)
    assert row["standard_error"] == pytest.approx(error, rel=0.25)


def test_lalonde_trial(real_data: Path) -> None:
    trial = pd.read_csv(real_data / "lalonde" / "nsw_dw.csv")
    arm, X = np.where(trial["treat"] == 1, "training", "none"), trial.drop(columns=["data_id", "treat", "re78"])
    near(EffectModel(personal=False).fit(X, arm, trial["re78"]).average_effects_, "training", 1_794, 671)


def test_job_corps(real_data: Path) -> None:
    trial = pd.read_csv(real_data / "jobcorps" / "jobcorps.csv")
    arm = np.where(trial["assignment"] == 1, "training", "none")
    near(
        EffectModel(personal=False).fit(trial.iloc[:, 1:29], arm, trial["earny4"]).average_effects_,
        "training",
        16.1,
        4.1,
    )


def test_pakistan(real_data: Path) -> None:
    trial = pd.read_csv(real_data / "pakistan_graduation" / "graduation.csv")
    known = trial[trial["ctotal_pcmonth_end"].notna()]
    arm = np.where(known["treatment"] == 1, "graduation", "none")
    X = known[[name for name in known if name.endswith("_bsl")]]
    near(EffectModel(personal=False).fit(X, arm, known["ctotal_pcmonth_end"]).average_effects_, "graduation", 12.3, 3.7)


def test_liberia_skills_cash_and_both(real_data: Path) -> None:
    trial = pd.read_csv(real_data / "liberia_skills_cash" / "liberia_round5.csv")
    trial = trial[trial["fam_asb_lt"].notna()]
    taken = [trial["tpcashass"] == 1, trial["cashassonly"] == 1, trial["tpassonly"] == 1]
    arm = np.select(taken, ["both", "cash", "skills"], "none")
    blocks = trial[["tp_strata_alt", "cg_strata"]].astype(str)
    X = pd.concat([trial[[name for name in trial if name.endswith("_b")]], blocks], axis=1)
    table = EffectModel(personal=False).fit(X, arm, trial["fam_asb_lt"]).average_effects_
    for name, effect, error in (("skills", -0.083, 0.093), ("cash", 0.132, 0.097), ("both", -0.247, 0.088)):
        near(table, name, effect, error)

"""Real trials as features known before, arm and outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

Trial = tuple[pd.DataFrame, np.ndarray, pd.Series]


def lalonde(folder: Path) -> Trial:
    table = pd.read_csv(folder / "lalonde" / "nsw_dw.csv")
    X = table.drop(columns=["data_id", "treat", "re78"])
    return X, np.where(table["treat"] == 1, "training", "none"), table["re78"]


def job_corps(folder: Path) -> Trial:
    table = pd.read_csv(folder / "jobcorps" / "jobcorps.csv")
    return table.iloc[:, 1:29], np.where(table["assignment"] == 1, "training", "none"), table["earny4"]


def pakistan(folder: Path) -> Trial:
    table = pd.read_csv(folder / "pakistan_graduation" / "graduation.csv")
    table = table[table["ctotal_pcmonth_end"].notna()]
    X = table[[name for name in table if name.endswith("_bsl")]]
    return X, np.where(table["treatment"] == 1, "graduation", "none"), table["ctotal_pcmonth_end"]


def liberia(folder: Path) -> Trial:
    """Return the outcome with its sign turned: in the file, lower is better."""
    table = pd.read_csv(folder / "liberia_skills_cash" / "liberia_round5.csv")
    table = table[table["fam_asb_lt"].notna()]
    taken = [table["tpcashass"] == 1, table["cashassonly"] == 1, table["tpassonly"] == 1]
    blocks = table[["tp_strata_alt", "cg_strata"]].astype(str)
    X = pd.concat([table[[name for name in table if name.endswith("_b")]], blocks], axis=1)
    return X, np.select(taken, ["both", "cash", "skills"], "none"), -table["fam_asb_lt"]

"""The real trials: features known before, arm, outcome (more is better) and the effect that was reproduced."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(os.environ.get("GRADUATION_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))


@dataclass(frozen=True)
class Trial:
    """`known` are effects with their standard errors, as reproduced in the data's own page."""

    name: str
    X: pd.DataFrame
    arm: np.ndarray
    outcome: np.ndarray
    known: dict[str, tuple[float, float]]
    chances: dict[str, float] | None = None


def lalonde() -> Trial:
    table = pd.read_csv(DATA / "lalonde" / "nsw_dw.csv")
    arm = np.where(table["treat"] == 1, "training", "none")
    # Drawn by lot with one chance for all.
    share = float((arm == "training").mean())
    chances = {"training": share, "none": 1 - share}
    known = {"training": (1_794.0, 671.0)}
    return Trial("LaLonde", _lalonde_features(table), arm, table["re78"].to_numpy(), known, chances)


def lalonde_against(source: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the trained of the trial with the comparison group of a survey."""
    trial = pd.read_csv(DATA / "lalonde" / "nsw_dw.csv")
    others = pd.read_csv(DATA / "lalonde" / f"{source}_controls.csv")
    table = pd.concat([trial[trial["treat"] == 1], others], ignore_index=True)
    return _lalonde_features(table), np.where(table["treat"] == 1, "training", "none"), table["re78"].to_numpy()


def _lalonde_features(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=["data_id", "treat", "re78"])


def job_corps() -> Trial:
    table = pd.read_csv(DATA / "jobcorps" / "jobcorps.csv")
    arm = np.where(table["assignment"] == 1, "training", "none")
    known = {"training": (16.1, 4.1)}
    return Trial("Job Corps, year 4", table.iloc[:, 1:29], arm, table["earny4"].to_numpy(), known)


def job_corps_by_sex() -> Trial:
    """Job Corps beside the adjusted effect of the data's page: fewer women were turned away than men, by design."""
    return replace(job_corps(), name="Job Corps, adjusted", known={"training": (19.7, 3.9)})


def pakistan(after: str, known: tuple[float, float]) -> Trial:
    table = pd.read_csv(DATA / "pakistan_graduation" / "graduation.csv")
    table = table[table[f"ctotal_pcmonth_{after}"].notna()].reset_index(drop=True)
    arm = np.where(table["treatment"] == 1, "graduation", "none")
    X = table[[name for name in table if name.endswith("_bsl")]]
    outcome = table[f"ctotal_pcmonth_{after}"].to_numpy()
    return Trial(f"Pakistan, {after}", X, arm, outcome, {"graduation": known})


def liberia() -> Trial:
    table = pd.read_csv(DATA / "liberia_skills_cash" / "liberia_round5.csv")
    table = table[table["fam_asb_lt"].notna()].reset_index(drop=True)
    taken = [table["tpcashass"] == 1, table["cashassonly"] == 1, table["tpassonly"] == 1]
    arm = np.select(taken, ["both", "cash", "skills"], "none")
    blocks = table[["tp_strata_alt", "cg_strata"]].astype(str)
    X = pd.concat([table[[name for name in table if name.endswith("_b")]], blocks], axis=1)
    # Lower is better in the file.
    known = {"skills": (0.083, 0.093), "cash": (-0.132, 0.097), "both": (0.247, 0.088)}
    return Trial("Liberia", X, arm, -table["fam_asb_lt"].to_numpy(), known)


TRIALS: tuple[Callable[[], Trial], ...] = (
    lalonde,
    job_corps,
    lambda: pakistan("end", (12.3, 3.7)),
    lambda: pakistan("fup", (6.0, 3.6)),
    liberia,
)

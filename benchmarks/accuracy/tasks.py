"""Real and made-up tasks: what to learn from, and later or other households to be judged on."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

import graduation
from graduation.features import feature_frame

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("GRADUATION_REAL_DATA", ROOT.parent / "shared" / "data"))
EPH = ROOT / "examples" / "argentina_eph"
# The protocol of the published bars: learn from pairs of 2010Q1-2012Q2, be judged on pairs of 2013Q2-2014Q2.
LEARN, TEST, ROWS = (8040, 8049), (8053, 8057), 30_000


@dataclass(frozen=True)
class Task:
    """One table to learn from (features, outcome, household, state now where it is known) and one to be judged on."""

    X: pd.DataFrame
    y: np.ndarray
    group: np.ndarray
    Z: pd.DataFrame
    z: np.ndarray
    state: np.ndarray | None = None
    test_state: np.ndarray | None = None


def tasks(seed: int) -> Iterator[tuple[str, Callable[[], Task]]]:
    """Yield every task by name, smallest first, made when it is called."""
    if DATA.is_dir():
        yield "pakistan 500", lambda: _split(*_pakistan(), share=0.6, seed=seed)
        yield "liberia 570", lambda: _split(*_liberia(), share=0.6, seed=seed)
    for rows in (1_000, 3_000):
        yield from _by_size(rows, seed)
    if DATA.is_dir():
        yield "cps 4,000", lambda: _split(*_cps(), share=0.25, seed=seed)
        yield "job corps 4,600", lambda: _split(*_job_corps(), share=0.5, seed=seed)
    yield from _by_size(10_000, seed)
    yield "waves wb_300 10,000", lambda: _waves(10_000, "wb_300", seed)
    if DATA.is_dir():
        yield "eph registry 30,000", lambda: _eph("dictionary", ROWS, seed)
        yield "eph income 30,000", lambda: _eph("with_income", ROWS, seed)


def _by_size(rows: int, seed: int) -> Iterator[tuple[str, Callable[[], Task]]]:
    if DATA.is_dir():
        yield f"eph registry {rows:,}", lambda: _eph("dictionary", rows, seed)
        yield f"eph income {rows:,}", lambda: _eph("with_income", rows, seed)
    yield f"waves bottom_10 {rows:,}", lambda: _waves(rows, "bottom_10", seed)


@lru_cache(2)
def _eph_panel(dictionary: str, seed: int) -> graduation.Panel:
    """Return the rows of the protocol, without the state among the features, like the bars."""
    table = pd.read_parquet(DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet")
    learn = table[table["t"].between(*LEARN)].sample(ROWS, random_state=seed)
    pairs = pd.concat([learn, table[table["t"].between(*TEST)]])
    return graduation.pair_waves(graduation.read_registry(pairs, schema=EPH / f"{dictionary}.toml"))


def _eph(dictionary: str, rows: int, seed: int) -> Task:
    panel = _eph_panel(dictionary, seed)
    later = (panel.groups["time"] >= TEST[0]).to_numpy()
    drawn = np.flatnonzero(~later)
    drawn = np.sort(np.random.default_rng(seed).choice(drawn, min(rows, len(drawn)), replace=False))
    return _task(panel, drawn, np.flatnonzero(later))


def _waves(rows: int, scenario: str, seed: int) -> Task:
    made = graduation.make_waves(rows + 20_000, seed=1_000 + seed, scenario=scenario)
    panel = graduation.pair_waves(*(graduation.read_registry(table, schema=made.dictionary) for table in made.tables))
    order = np.random.default_rng(seed).permutation(len(panel.outcome))
    return _task(panel, order[:rows], order[rows:])


def _task(panel: graduation.Panel, learn: np.ndarray, test: np.ndarray) -> Task:
    features = feature_frame(panel.households, panel.dictionary).reset_index(drop=True)
    outcome, state = panel.outcome.to_numpy(), panel.state.to_numpy()
    return Task(
        features.iloc[learn].reset_index(drop=True), outcome[learn], panel.groups["household"].to_numpy()[learn],
        features.iloc[test].reset_index(drop=True), outcome[test], state[learn], state[test],
    )  # fmt: skip


def _split(X: pd.DataFrame, y: np.ndarray, *, share: float, seed: int) -> Task:
    order = np.random.default_rng(seed).permutation(len(y))
    learn, test = np.split(order, [int(share * len(y))])
    parts = (X.iloc[learn].reset_index(drop=True), X.iloc[test].reset_index(drop=True))
    return Task(parts[0], y[learn], learn, parts[1], y[test])


def _pakistan() -> tuple[pd.DataFrame, np.ndarray]:
    """Poorest quarter by consumption three years after, from baseline and assignment."""
    table = pd.read_csv(DATA / "pakistan_graduation" / "graduation.csv").dropna(subset="ctotal_pcmonth_fup")
    later = table["ctotal_pcmonth_fup"]
    X = table[["treatment", *(name for name in table if name.endswith("_bsl"))]]
    return X, (later < later.quantile(0.25)).astype(int).to_numpy()


def _liberia() -> tuple[pd.DataFrame, np.ndarray]:
    """Quarter with the most antisocial behaviour, from baseline and assignment."""
    table = pd.read_csv(DATA / "liberia_skills_cash" / "liberia_round5.csv").dropna(subset="fam_asb_lt")
    later = table["fam_asb_lt"]
    X = table[[*(name for name in table if name.endswith("_b")), "cashassonly", "tpassonly", "tpcashass"]]
    return X, (later > later.quantile(0.75)).astype(int).to_numpy()


def _cps() -> tuple[pd.DataFrame, np.ndarray]:
    """Lowest 15 % of earnings in 1978, from earlier earnings and traits."""
    table = pd.read_csv(DATA / "lalonde" / "cps_controls.csv")
    later = table["re78"]
    return table.drop(columns=["re78", "data_id", "treat"]), (later < later.quantile(0.15)).astype(int).to_numpy()


def _job_corps() -> tuple[pd.DataFrame, np.ndarray]:
    """Lowest fifth of earnings in year 4, from assignment and the 28 baseline columns after it."""
    table = pd.read_csv(DATA / "jobcorps" / "jobcorps.csv")
    later = table["earny4"]
    return table.iloc[:, :29], (later <= later.quantile(0.2)).astype(int).to_numpy()

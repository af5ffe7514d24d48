"""How households move in a year: rank correlation and transitions, beside those of a bivariate normal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from graduation.datasets.measures import Measure, class_of, measure, share, targets
from graduation.datasets.settings import Floats
from graduation.datasets.tables import WELFARE

GRID = 20_001


def dynamic_measures(before: pd.DataFrame, after: pd.DataFrame) -> list[Measure]:
    """Return yearly rank correlation and transitions of the households that both waves hold."""
    settings = targets()["dynamics"]
    pair = pd.concat([before[WELFARE], after[WELFARE]], axis=1, join="inner", keys=["before", "after"]).dropna()
    rank = float(pair.corr(method="spearman").to_numpy()[0, 1])
    error = float((1 - rank**2) / np.sqrt(len(pair)))
    found = [measure("dynamics", "rank_correlation", "log consumption, a year apart", (rank, error),
                     settings["correlation"])]  # fmt: skip
    classes, fifths = targets()["classes"], settings["quintiles"]
    names = [f"fifth {number + 1}" for number in range(len(fifths) + 1)]
    for cuts, labels in ((classes["cuts"], classes["names"]), (fifths, names)):
        start, end = (class_of(wave, cuts) for wave in (before, after))
        moves = pd.DataFrame({"start": pd.Series(start, before.index), "end": pd.Series(end, after.index)}).dropna()
        found += _transitions(moves[(moves >= 0).all(axis=1)], cuts, labels)
    return found


def _transitions(moves: pd.DataFrame, cuts: Sequence[float], names: Sequence[str]) -> list[Measure]:
    """Return the share in % of each class that is in each class a year later."""
    settings = targets()["dynamics"]
    tables = [100 * normal_transitions(rho, cuts) for rho in settings["correlation"]]
    low, high = np.min(tables, axis=0) * (1 - settings["relative"]), np.max(tables, axis=0) * (1 + settings["relative"])
    found = []
    for i, start in enumerate(names):
        ends = moves.loc[moves["start"] == i, "end"].to_numpy()
        for j, end in enumerate(names):
            moved = share((ends == j).astype(float))
            found.append(measure("dynamics", f"from_{start}", f"to {end}", moved, (low[i, j], high[i, j])))
    return found


def normal_transitions(rho: float, cuts: Sequence[float]) -> Floats:
    """Return the chance of each class (columns) a year after each class (rows) when ranks are bivariate normal.

    Examples
    --------
    >>> (100 * normal_transitions(0.7, [0.2, 0.4, 0.6, 0.8])[0]).round(1).tolist()
    [56.5, 25.8, 12.2, 4.7, 0.9]
    """
    even = (np.arange(GRID) + 0.5) / GRID
    bounds = [0.0, *cuts, 1.0]
    rows = []
    for low, high in pairwise(bounds):
        index = ndtri(low + (high - low) * even)
        passed = ndtr((ndtri(bounds)[:, None] - rho * index) / np.sqrt(1 - rho**2)).mean(axis=1)
        rows.append(np.diff(passed))
    return np.array(rows)

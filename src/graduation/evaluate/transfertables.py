"""The tables of a transfer: metrics with differences between methods, lists, and curves over lists of every length."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.evaluate.columns import Floats
from graduation.evaluate.draws import Design, intervals
from graduation.evaluate.listsums import ListSums
from graduation.evaluate.schemes import ALPHAS, UNIVERSAL, Scheme
from graduation.evaluate.worth import METRICS, Equal, Worth, utility_sums

FIGURES = ["estimate", "low", "high"]
GAP = ["difference", "difference_low", "difference_high"]


def worth_table(methods: list[str], point: Floats, spread: Floats, design: Design) -> pd.DataFrame:
    """Return one row per method and metric, with the difference to the untargeted transfer."""
    base = methods.index(UNIVERSAL)
    figures = [
        *_figures(point, spread, design),
        *_figures(point - point[:, [base]], spread - spread[:, [base]], design),
    ]
    values = np.stack(figures, axis=2)
    rows = [[method, metric, *values[i, j].tolist()] for i, method in enumerate(methods) for j, metric in _metrics()]
    return pd.DataFrame(rows, columns=["method", "metric", *FIGURES, *GAP])


def difference_table(methods: list[str], point: Floats, spread: Floats, design: Design) -> pd.DataFrame:
    """Return one row per pair of methods and metric: method minus the other, from the same draws."""
    rows: list[list[object]] = []
    for i, method in enumerate(methods):
        values = np.stack(_figures(point[:, [i]] - point, spread[:, [i]] - spread, design), axis=2)
        for k, other in enumerate(methods):
            rows += [[method, other, metric, *values[k, j].tolist()] for j, metric in _metrics() if k != i]
    return pd.DataFrame(rows, columns=["method", "other", "metric", *GAP])


def _metrics() -> list[tuple[int, str]]:
    return list(enumerate(METRICS))


def _figures(point: Floats, spread: Floats, design: Design) -> list[Floats]:
    """Return the estimate and its interval, which there is none of where there is no estimate."""
    ends = (np.where(np.isnan(point[0]), np.nan, end) for end in intervals(spread, design))
    return [point[0], *ends]


def list_table(worth: Worth, screening_cost: float) -> pd.DataFrame:
    """Return one row per method: how long its list is and what each household on it is paid."""
    rows = []
    for scheme in worth.schemes:
        households = scheme.share * worth.households
        screening = screening_cost * worth.households if scheme.screened else 0.0
        rows.append([scheme.name, scheme.share, households, scheme.benefit, screening])
    return pd.DataFrame(rows, columns=["method", "list_share", "households", "benefit", "screening"])


def curve_table(worth: Worth, weight: Floats, equal: Equal) -> pd.DataFrame:
    """Return poverty, welfare and worth after the transfer, by method, for lists of every length."""
    return pd.concat([_curve(worth, scheme, weight, equal) for scheme in worth.schemes], ignore_index=True)


def _curve(worth: Worth, scheme: Scheme, weight: Floats, equal: Equal) -> pd.DataFrame:
    people, persons = worth.people, np.array([weight @ worth.people.members])
    curve = {"method": scheme.name, "list_share": scheme.shares, "benefit": scheme.benefits}
    for alpha in ALPHAS:
        relief = np.stack([people.relief(alpha, benefit) for benefit in scheme.benefits], axis=1)
        taken = ListSums.of(scheme.ranking, relief, np.zeros(len(weight)), scheme.shares).sums(weight[None])[0]
        left = weight @ people.poverty(alpha, 0.0) - taken
        curve[f"fgt{alpha}_after"] = np.maximum(left / persons, 0.0)
    welfare = utility_sums(people, scheme).sums(weight[None])
    total = equal(weight[None], people.equal_consumption(persons, welfare))[0] * worth.households
    more = {"welfare": welfare[0], "money_equivalent": total, "money_multiple": total / worth.budget}
    return pd.DataFrame(curve | more)

"""What age alone does to a model: models of several ages beside one another on the same later waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.evaluate.calibration import calibration_line, scores
from graduation.evaluate.draws import Design, intervals
from graduation.evaluate.quota import ListSize
from graduation.evaluate.ranking import Ranking, average_precision, cut_list, list_metrics, ratio, roc_auc

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

METRICS = (
    "roc_auc", "average_precision", "exclusion_error", "calibration_in_the_large", "calibration_slope", "brier",
    "log_loss",
)  # fmt: skip
# Without both outcomes these say nothing.
NEEDS_BOTH = ("roc_auc", "average_precision", "exclusion_error", "calibration_slope")
FIGURES = (*METRICS, "mean_risk", "prevalence")
CALIBRATION_ERROR = "calibration_error"  # calibration in the large without its sign
DECAYING = ("roc_auc", "average_precision", "exclusion_error", "log_loss", CALIBRATION_ERROR)
DECAY_COLUMNS = ["pathway", "metric", "per_unit", "low", "high", "waves", "note"]
NO_TWO_AGES = "no wave with models of two ages"


@dataclass(frozen=True)
class Cell:
    """One model on one later wave, all its households or those of one pathway, from the highest risk to the lowest."""

    origin: float
    tested: float
    age: float
    pathway: str
    ranking: Ranking
    weight: Floats
    unit: Integers
    n_seen: int  # households that training saw at an earlier time
    line: Floats  # calibration line in the data, where draws start from

    @classmethod
    def of(cls, key: tuple[float, float, float, str], columns: pd.DataFrame) -> Cell:
        """Sort `columns` (risk, outcome, weight, unit, seen) so that the order of the rows changes nothing."""
        origin, tested, age, pathway = key
        rows = columns[columns["weight"] > 0]
        rows = rows.sort_values(["risk", "outcome", "weight", "unit"], ascending=[False, True, True, True])
        weight, unit = rows["weight"].to_numpy("float64"), rows["unit"].to_numpy(np.intp)
        ranking = Ranking.of(rows["risk"].to_numpy("float64"), rows["outcome"].to_numpy("float64"))
        line = np.full((2, 1), np.nan)
        if 0 < ranking.outcome.sum() < len(ranking.outcome):
            line = calibration_line(ranking.blocks(weight[None]), ranking.scores)
        return cls(origin, tested, age, pathway, ranking, weight, unit, int(rows["seen"].sum()), line)

    @property
    def n(self) -> int:
        return len(self.weight)

    @property
    def n_positive(self) -> int:
        return int(self.ranking.outcome.sum())

    @property
    def has_both(self) -> bool:
        return 0 < self.n_positive < self.n

    def figures(self, counts: Floats) -> Floats:
        """Return FIGURES (replicates, figures) for how often each sampling unit counts (replicates, units)."""
        if self.n == 0:
            return np.full((len(counts), len(FIGURES)), np.nan)
        risk = self.ranking.scores
        blocks = self.ranking.blocks(np.take(counts, self.unit, axis=1) * self.weight)
        mean_risk, prevalence = ratio(blocks.total @ risk, blocks.everybody), ratio(blocks.all_poor, blocks.everybody)
        found = {"mean_risk": mean_risk, "prevalence": prevalence, "calibration_in_the_large": mean_risk - prevalence}
        found |= scores(blocks, risk)
        if self.has_both:
            found |= {"roc_auc": roc_auc(blocks), "average_precision": average_precision(blocks)}
            found["exclusion_error"] = list_metrics(blocks, cut_list(blocks, ListSize("poor")))["exclusion_error"]
            found["calibration_slope"] = calibration_line(blocks, risk, self.line)[1]
        nothing = np.full(len(counts), np.nan)
        return np.stack([found.get(name, nothing) for name in FIGURES], axis=1)


@dataclass(frozen=True)
class Measured:
    """Figures of all cells, in the data (cells, figures) and in the draws (draws, cells, figures)."""

    cells: tuple[Cell, ...]
    point: Floats
    draws: Floats
    design: Design

    def of(self, metric: str) -> tuple[Floats, Floats]:
        """Return one metric in the data (1, cells) and in the draws (draws, cells)."""
        if metric == CALIBRATION_ERROR:
            point, draws = self.of("calibration_in_the_large")
            return np.abs(point), np.abs(draws)
        column = FIGURES.index(metric)
        return self.point[None, :, column], self.draws[:, :, column]

    def table(self, age_unit: str) -> pd.DataFrame:
        """Return one row per cell and metric."""
        rows = [row for place, cell in enumerate(self.cells) for row in self._rows(place, cell, age_unit)]
        return pd.DataFrame(rows)

    def _rows(self, place: int, cell: Cell, age_unit: str) -> list[dict[str, Any]]:
        low, high = intervals(self.draws[:, place], self.design)
        key = {"origin": cell.origin, "tested": cell.tested, "age": cell.age, "age_unit": age_unit}
        sizes = {"n": cell.n, "n_positive": cell.n_positive, "n_seen_in_training": cell.n_seen}
        rows = []
        for column, metric in enumerate(METRICS):
            value = float(self.point[place, column])
            ends = (np.nan, np.nan) if np.isnan(value) else (float(low[column]), float(high[column]))
            figures = {"metric": metric, "estimate": value, "low": ends[0], "high": ends[1]}
            rows.append({**key, "pathway": cell.pathway, **figures, **sizes, "note": _note(cell, metric, value, ends)})
        return rows


def _note(cell: Cell, metric: str, value: float, ends: tuple[float, float]) -> str:
    if np.isnan(value):
        why = "one outcome only" if metric in NEEDS_BOTH and not cell.has_both else "no finite answer"
        return f"undefined: {why if cell.n else 'no households'}"
    return "no interval: undefined in most draws" if np.isnan(ends[0]) else ""


def decay_table(measured: Measured, pathways: tuple[str, ...]) -> pd.DataFrame:
    """Return the change of each metric per unit of age, by pathway, with its interval and the waves behind it."""
    rows = [_decay(measured, pathway, metric) for pathway in pathways for metric in DECAYING]
    return pd.DataFrame(rows, columns=DECAY_COLUMNS)


def _decay(measured: Measured, pathway: str, metric: str) -> list[object]:
    point, draws = measured.of(metric)
    chosen = [i for i, cell in enumerate(measured.cells) if cell.pathway == pathway and not np.isnan(point[0, i])]
    cells = [measured.cells[i] for i in chosen]
    ages = pd.Series([cell.age for cell in cells], dtype="float64").groupby([cell.tested for cell in cells]).nunique()
    waves = int((ages > 1).sum())
    if not waves:
        return [pathway, metric, np.nan, np.nan, np.nan, 0, NO_TWO_AGES]
    estimate = float(_slope(point[:, chosen], cells)[0])
    low, high = intervals(_slope(draws[:, chosen], cells)[:, None], measured.design)
    return [pathway, metric, estimate, float(low[0]), float(high[0]), waves, ""]


def _slope(values: Floats, cells: list[Cell]) -> Floats:
    """Return the slope on age of the least squares ``metric = effect of the wave + slope x age``, for each draw.

    Weighted by the extreme poor of the wave; what is undefined in a draw is left out of it.
    """
    wave = np.unique([cell.tested for cell in cells], return_inverse=True)[1]
    in_wave = np.eye(wave.max() + 1)[wave]
    age = np.array([cell.age for cell in cells])
    weight = np.isfinite(values) * np.array([float(cell.n_positive) for cell in cells])
    mean_age = ratio((weight * age) @ in_wave, weight @ in_wave)
    apart = np.nan_to_num(age - mean_age[:, wave])
    return ratio((weight * apart * np.nan_to_num(values)).sum(axis=1), (weight * apart**2).sum(axis=1))

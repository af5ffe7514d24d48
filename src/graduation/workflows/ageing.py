"""What a backtest found: figures by age, decay, and when to retrain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.results import NO_BREAK, Result, with_interval
from graduation.workflows.decay import METRICS
from graduation.workflows.expiry import CALIBRATION_TOLERANCE, LOSS, NAMES, OFF

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PATHWAY_NAMES = tuple(NAMES)
MOST_COLOURED = 6
COLOURS = (plots.ACCENT, plots.SECOND, plots.INK, "#7a5c99", "#b58a2a", plots.MUTED)


@dataclass(frozen=True, eq=False)
class Backtest(Result):
    """Models trained on the past, each tested on every later wave.

    Attributes
    ----------
    cells : DataFrame
        One row per model, test wave, pathway ("all", "remain", "become") and metric: `origin` (when the model was
        trained), `tested` (first wave of the test), `age` and `age_unit`, `pathway`, `metric`, `estimate`, `low`,
        `high`, `n`, `n_positive`, `n_seen_in_training` (households that training saw at an earlier time), `note`.
    decay : DataFrame
        pathway, metric, `per_unit` (change per unit of age on the same waves), low, high, `waves` (with models of two
        ages), note.
    losses : DataFrame
        pathway, `older_by` (than the freshest model of the same waves), `auc_lost`, `off` (mean risk over prevalence,
        less 1), their bands, and whether either calls for a new model.
    verdicts : DataFrame
        pathway, `retrain_by`, `recalibrate_by`, `seen_up_to`, `verdict` in words.
    age_unit : str
        "months", or units of the time column where the dictionary does not say what they are.
    tolerance : float
    remarks : tuple of str
    """

    cells: pd.DataFrame
    decay: pd.DataFrame
    losses: pd.DataFrame
    verdicts: pd.DataFrame
    age_unit: str
    tolerance: float
    remarks: tuple[str, ...]
    title = "Backtest: models of the past on later waves"

    @property
    def expires_after(self) -> float | None:
        """Return the age, in `age_unit`, by which a model of all households must be renewed; None if none was seen."""
        whole = self.verdicts[self.verdicts["pathway"] == "all"]
        age = float(np.nanmin(whole[["retrain_by", "recalibrate_by"]].to_numpy("float64"), initial=np.inf))
        return age if np.isfinite(age) else None

    def frame(self) -> pd.DataFrame:
        """Return `cells`: one row per model, test wave, pathway and metric."""
        return self.cells.copy()

    def shown(self) -> pd.DataFrame:
        """Return what older models lost beside the freshest, by pathway; without such pairs, each test."""
        if self.losses.empty:
            return self._tests()
        table = self.losses
        return pd.DataFrame(
            {
                "pathway": table["pathway"],
                f"older by ({self.age_unit})": table["older_by"],
                "waves": table["waves"],
                "older models": table["models"],
                "extreme poor": table["n_positive"],
                "AUC, freshest": table["roc_auc_freshest"],
                "AUC lost": [with_interval(*row) for row in _bands(table, LOSS)],
                "mean risk off by %": [_percent(*row) for row in _bands(table, OFF)],
                "freshest off by %": [f"{100 * value:+.0f}" for value in table["off_freshest"]],
                "calls for": [_sign(*row) for row in table[["ranks_worse", "calibration_off", "hint"]].to_numpy()],
            }
        )

    def _tests(self) -> pd.DataFrame:
        """Return one row per model, test wave and pathway, the figures with their intervals."""
        ends = self.cells[["estimate", "low", "high"]].itertuples(index=False, name=None)
        cells = self.cells.assign(text=[with_interval(*row) for row in ends])
        key = ["pathway", "origin", "tested", "age", "n", "n_positive"]
        wide = cells.pivot_table(index=key, columns="metric", values="text", aggfunc="first", sort=False)
        return wide[list(METRICS)].reset_index().rename_axis(columns=None)

    def notes(self) -> list[str]:
        """Return the verdicts, the decay, the rule and its limits."""
        return [*self.verdicts["verdict"], *self._fresh_words(), *self._decay_words(), *self._rule(), *self.remarks]

    def _fresh_words(self) -> list[str]:
        """Say where even the freshest models' mean risk is off, which no retraining on the same past would mend."""
        whole = self.losses[self.losses["pathway"] == "all"].head(1)
        if whole.empty or not abs(whole["off_freshest"].iloc[0]) > CALIBRATION_TOLERANCE:
            return []
        off = 100 * whole["off_freshest"].iloc[0]
        return [
            f"Even the freshest models' mean risk is {off:+.0f} % off the prevalence: the level moves faster than "
            "outcomes become known. Read risks as an order, and try a shorter window."
        ]

    def _decay_words(self) -> list[str]:
        one = self.age_unit.removesuffix("s") if self.age_unit in ("months", "waves") else "unit"
        known = self.decay[self.decay["waves"] > 0].groupby("pathway", sort=False)
        return [
            f"{NAMES[str(pathway)]}, change per {one} of age on the same waves (95 %): {_slopes(rows)}."
            for pathway, rows in known
        ]

    def _rule(self) -> list[str]:
        if self.losses.empty:
            return []
        return [
            "Rule: retrain by the smallest age at which a model ranks worse than the freshest one on the same waves by "
            f"more than {self.tolerance:g} AUC; recalibrate by the smallest at which its mean risk misses the "
            f"prevalence of these waves together by over {100 * CALIBRATION_TOLERANCE:.0f} % of it more than the "
            "freshest one's does. Both only where the 95 % band, drawn over all ages at once, excludes 0 (for mean "
            "risk, of the miss and of the difference), and where that age and all greater ones together show it too; "
            "each pathway by itself. Ranks of one older model alone are a hint.",
            "Ages between models are put together in steps of the least gap; each is the mean of its step.",
            "Limits: the bands tell what other households of the same waves would show, with the models as they are; "
            "they leave out the chance in training, and that other years may bring other changes.",
        ]

    def metrics(self) -> dict[str, float]:
        """Return decay with intervals and the ages of expiry; what is unknown is left out."""
        unit = self.age_unit.replace(" ", "_")
        found: dict[str, float] = {}
        for row in self.decay.to_dict("records"):
            name = f"{row['pathway']}_decay_{row['metric']}"
            found |= {name: row["per_unit"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
        for row in self.verdicts.to_dict("records"):
            ages = ("retrain_by", "recalibrate_by", "seen_up_to")
            found |= {f"{row['pathway']}_{name}_{unit}": row[name] for name in ages}
        return {name: float(value) for name, value in found.items() if np.isfinite(value)}

    def plot(self, ax: Axes | None = None, metric: str = "roc_auc", pathway: str = "all") -> Axes:
        """Draw one metric against age, one line per test wave, with intervals, and the decay over all of them."""
        for value, known in ((metric, METRICS), (pathway, PATHWAY_NAMES)):
            if value not in known:
                raise UsageError(f"no '{value}' to draw; {nearest(value, known) or 'expected ' + ', '.join(known)}")
        rows = self.cells[(self.cells["metric"] == metric) & (self.cells["pathway"] == pathway)]
        rows = rows[rows["estimate"].notna()].sort_values("age")
        ax = plots.axes(ax)
        _draw_waves(ax, rows)
        self._draw_decay(ax, rows, metric, pathway)
        if ax.get_legend_handles_labels()[1]:
            ax.legend(frameon=False, fontsize=8)
        ax.set_xlabel(f"age of the model ({self.age_unit})")
        ax.set_ylabel(f"{metric.replace('_', ' ')}, {NAMES[pathway].lower()}")
        return plots.tidy(ax)

    def _draw_decay(self, ax: Axes, rows: pd.DataFrame, metric: str, pathway: str) -> None:
        """Draw the fitted decay through the middle of what was measured."""
        found = self.decay[(self.decay["metric"] == metric) & (self.decay["pathway"] == pathway)]
        if found.empty or not found["waves"].iloc[0]:
            return
        ages = np.array([rows["age"].min(), rows["age"].max()])
        height = rows["estimate"].mean() + found["per_unit"].iloc[0] * (ages - rows["age"].mean())
        ax.plot(ages, height, "--", lw=2, color=plots.INK, label="decay on the same waves")

    def plot_losses(self, ax: Axes | None = None) -> Axes:
        """Draw the AUC that older models lost against the freshest, by pathway, with bands; dashed: the tolerance."""
        if self.losses.empty:
            raise UsageError("no losses to draw: no wave was tested with models of two ages")
        ax = plots.axes(ax)
        gap = 0.008 * float(self.losses["older_by"].max())
        for number, (pathway, part) in enumerate(self.losses.groupby("pathway", sort=False)):
            at = part["older_by"] + (number - 1) * gap
            ax.plot(at, part[LOSS], "o-", ms=4, lw=1.4, color=COLOURS[number], label=NAMES[str(pathway)])
            ax.vlines(at, part[f"{LOSS}_low"], part[f"{LOSS}_high"], color=COLOURS[number], lw=1)
        ax.axhline(0, color=plots.INK, lw=0.8)
        ax.axhline(self.tolerance, color=plots.MUTED, lw=1, ls="--")
        ax.set_xlabel(f"older than the freshest model by ({self.age_unit})")
        ax.set_ylabel("AUC lost on the same waves")
        ax.legend(frameon=False)
        return plots.tidy(ax)


def _draw_waves(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw one line per test wave, a little apart; where they are many, all in one colour."""
    waves = list(rows.groupby("tested"))
    few = len(waves) <= MOST_COLOURED
    for number, (wave, part) in enumerate(waves):
        colour = COLOURS[number] if few else plots.MUTED
        apart = (number - (len(waves) - 1) / 2) * 0.01 * max(rows["age"].max(), 1.0) if few else 0.0
        at = part["age"] + apart
        label = f"tested {wave:g}" if few else f"one of {len(waves)} test waves" if number == 0 else None
        ax.plot(at, part["estimate"], "o-", ms=3.5, lw=1.2, color=colour, label=label)
        ax.vlines(at, part["low"], part["high"], color=colour, lw=0.8, alpha=1 if few else 0.4)


def _bands(table: pd.DataFrame, name: str) -> list[tuple[float, float, float]]:
    return list(table[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False, name=None))


def _slopes(rows: pd.DataFrame) -> str:
    figures = rows[["metric", "per_unit", "low", "high"]].itertuples(index=False, name=None)
    return ", ".join(f"{metric} {slope:+.4f} ({low:+.4f} to {high:+.4f})" for metric, slope, low, high in figures)


def _percent(value: float, low: float, high: float) -> str:
    alone = f"{100 * value:+.0f}"
    return alone if np.isnan(low) else f"{alone} ({100 * low:+.0f} to {100 * high:+.0f})".replace(" ", NO_BREAK)


def _sign(worse: bool, off: bool, hint: bool) -> str:
    return "retraining" if worse else "recalibrating" if off else "retraining, a hint" if hint else ""

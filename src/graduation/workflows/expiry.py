"""When a model has expired: the rule, its bands over all ages together, and what it says in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.evaluate.draws import CONFIDENCE
from graduation.evaluate.ranking import ratio
from graduation.workflows.decay import Cell, Floats, Integers, Measured

# Mean risk may miss the prevalence by this share of it more than the freshest model's does.
CALIBRATION_TOLERANCE = 0.20
# Below so many extreme poor a comparison is shown and decides nothing.
MIN_CASES = 20
NAMES = {"all": "All households", "remain": "Remain", "become": "Become"}
LOSS, OFF, EXCESS = "auc_lost", "off", "off_beyond_freshest"


@dataclass(frozen=True)
class Pairs:
    """Older cells beside the freshest model's cell on the same wave, and how often each wave counts."""

    old: Integers
    fresh: Integers
    weight: Floats
    older_by: float  # mean over the waves
    models: int  # older ones

    def mean(self, values: Floats, of: Integers) -> Floats:
        """Return the mean over waves (draws,) of one figure (draws, cells), without what is undefined in a draw."""
        chosen = values[:, of]
        weight = np.isfinite(chosen) * self.weight
        return ratio((weight * np.nan_to_num(chosen)).sum(axis=1), weight.sum(axis=1))

    def off(self, mean_risk: Floats, prevalence: Floats, of: Integers) -> Floats:
        """Return by which share of the prevalence mean risk is too high, all waves together (draws,)."""
        return ratio(self.mean(mean_risk, of), self.mean(prevalence, of)) - 1


def loss_table(measured: Measured, pathways: tuple[str, ...], tolerance: float) -> pd.DataFrame:
    """Return, by pathway and by how much older than the freshest, what a model loses on the same waves."""
    parts = [_losses(measured, pathway, tolerance) for pathway in pathways]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=["pathway", "older_by"])


def _losses(measured: Measured, pathway: str, tolerance: float) -> pd.DataFrame:
    groups = _pairs(measured.cells, pathway)
    if not groups:
        return pd.DataFrame()
    point = _figures(groups, *(measured.of(name)[0] for name in ("roc_auc", "mean_risk", "prevalence")))
    draws = _figures(groups, *(measured.of(name)[1] for name in ("roc_auc", "mean_risk", "prevalence")))
    table = pd.DataFrame(
        {
            "pathway": pathway,
            "older_by": [pairs.older_by for pairs in groups],
            "waves": [len(pairs.old) for pairs in groups],
            "models": [pairs.models for pairs in groups],
            "n_positive": [int(pairs.weight.sum()) for pairs in groups],
            **{name: values[0] for name, values in point.items()},
        }
    )
    for name in (LOSS, OFF, EXCESS):
        table[f"{name}_low"], table[f"{name}_high"] = band(point[name][0], draws[name])
    return _judged(table, tolerance)


def _pairs(cells: tuple[Cell, ...], pathway: str) -> list[Pairs]:
    """Return the comparisons of one pathway, youngest first, put together in steps as wide as the least gap."""
    found: dict[int, list[tuple[int, int]]] = {}
    step = _step(cells)
    for places in _by_wave(cells, pathway):
        fresh = min(places, key=lambda place: cells[place].age)
        for old in places:
            if old != fresh:
                steps = (cells[old].age - cells[fresh].age) / step
                found.setdefault(max(int(steps + 0.5), 1), []).append((old, fresh))
    return [_together(cells, found[steps]) for steps in sorted(found)]


def _by_wave(cells: tuple[Cell, ...], pathway: str) -> list[list[int]]:
    waves: dict[float, list[int]] = {}
    for place, cell in enumerate(cells):
        if cell.pathway == pathway and cell.has_both:
            waves.setdefault(cell.tested, []).append(place)
    return list(waves.values())


def _step(cells: tuple[Cell, ...]) -> float:
    """Return the least gap in age between two models of one wave."""
    ages: dict[float, set[float]] = {}
    for cell in cells:
        ages.setdefault(cell.tested, set()).add(cell.age)
    gaps = [gap for each in ages.values() for gap in np.diff(sorted(each))]
    return float(min(gaps, default=1.0))


def _together(cells: tuple[Cell, ...], pairs: list[tuple[int, int]]) -> Pairs:
    weight = np.array([float(cells[old].n_positive) for old, _ in pairs])
    gaps = np.array([cells[old].age - cells[fresh].age for old, fresh in pairs])
    alike = np.ptp(gaps) < 1e-6
    return Pairs(
        old=np.array([old for old, _ in pairs], dtype=np.intp),
        fresh=np.array([fresh for _, fresh in pairs], dtype=np.intp),
        weight=weight,
        older_by=float(gaps[0] if alike else np.round(np.average(gaps, weights=weight))),
        models=len({cells[old].origin for old, _ in pairs}),
    )


def _figures(groups: list[Pairs], auc: Floats, mean_risk: Floats, prevalence: Floats) -> dict[str, Floats]:
    """Return each figure (draws, ages)."""
    columns: dict[str, list[Floats]] = {}
    for pairs in groups:
        old, fresh = pairs.mean(auc, pairs.old), pairs.mean(auc, pairs.fresh)
        off, fresh_off = (pairs.off(mean_risk, prevalence, of) for of in (pairs.old, pairs.fresh))
        row = {"roc_auc": old, "roc_auc_freshest": fresh, LOSS: fresh - old}
        row |= {OFF: off, "off_freshest": fresh_off, EXCESS: off - fresh_off}
        for name, values in row.items():
            columns.setdefault(name, []).append(values)
    return {name: np.stack(values, axis=1) for name, values in columns.items()}


def band(point: Floats, draws: Floats) -> tuple[Floats, Floats]:
    """Return a band (low, high) that holds all values at once with 95 % confidence; NaN without draws.

    Looking at many ages must not make it likelier that one of them looks bad: the half-width is the 95 % quantile of
    the largest standardised deviation over all ages (Montiel Olea & Plagborg-Moller 2019).
    """
    defined = np.isfinite(draws).sum(axis=0) >= max(len(draws) / 2, 2)
    if not defined.any():
        return np.full(len(point), np.nan), np.full(len(point), np.nan)
    spread = np.full(len(point), np.nan)
    spread[defined] = np.nanstd(draws[:, defined], axis=0, ddof=1)
    moved = np.abs(draws - point)[:, spread > 0] / spread[spread > 0]
    largest = np.nan_to_num(moved).max(axis=1, initial=0.0)
    half = float(np.quantile(largest, CONFIDENCE)) * spread
    return point - half, point + half


def _judged(table: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """Say at which ages a model ranks worse than the freshest, and at which its mean risk is further off.

    Each beyond what is put up with at that age, beyond chance over all ages at once, and beyond what is put up with at
    that age and all greater ones together: what has expired stays expired. What one older model alone shows of ranks is
    a hint: chance in its training may be all there is to it.
    """
    enough = table["n_positive"] >= MIN_CASES
    further = table[OFF].abs() - table["off_freshest"].abs()
    clear = (table[f"{OFF}_low"] * table[f"{OFF}_high"] > 0) & (table[f"{EXCESS}_low"] * table[f"{EXCESS}_high"] > 0)
    found = {}
    for name, lost, most, sure in (
        ("ranks_worse", table[LOSS], tolerance, table[f"{LOSS}_low"] > 0),
        ("calibration_off", further, CALIBRATION_TOLERANCE, clear),
    ):
        found[name] = enough & sure & (lost > most) & (_from_then_on(lost, table["n_positive"]) > most)
    several = table["models"] > 1
    worse = found["ranks_worse"]
    return table.assign(**{**found, "ranks_worse": worse & several, "hint": worse & ~several})


def _from_then_on(values: pd.Series, weight: pd.Series) -> pd.Series:
    """Return the weighted mean of each row and all rows after it."""
    return (values * weight)[::-1].cumsum()[::-1] / weight[::-1].cumsum()[::-1]


def verdict_table(losses: pd.DataFrame, pathways: tuple[str, ...], age_unit: str) -> pd.DataFrame:
    """Return for each pathway the ages that call for retraining and for recalibrating, and the verdict in words."""
    return pd.DataFrame([_verdict(losses[losses["pathway"] == name], name, age_unit) for name in pathways])


def _verdict(rows: pd.DataFrame, pathway: str, unit: str) -> dict[str, object]:
    key = {"pathway": pathway, "retrain_by": np.nan, "recalibrate_by": np.nan, "seen_up_to": np.nan}
    telling = rows[rows["n_positive"] >= MIN_CASES] if len(rows) else rows
    if telling.empty or telling[f"{LOSS}_low"].isna().all():
        return {**key, "verdict": f"{NAMES[pathway]}: when a model expires cannot be told. {_why_not(rows)}"}
    retrain, recalibrate = (_first(telling, name) for name in ("ranks_worse", "calibration_off"))
    found = {"retrain_by": retrain, "recalibrate_by": recalibrate, "seen_up_to": float(telling["older_by"].max())}
    return {**key, **found, "verdict": f"{NAMES[pathway]}: {_words(telling, retrain, recalibrate, unit)}"}


def _why_not(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "No wave was tested with models of two ages: four waves (three pairs) give the first such test."
    if (rows["n_positive"] < MIN_CASES).all():
        return f"No age has {MIN_CASES} extreme poor to compare models on."
    return "There is one sampling unit only, so no interval."


def _first(rows: pd.DataFrame, flag: str) -> float:
    return float(rows.loc[rows[flag], "older_by"].min())


def _words(rows: pd.DataFrame, retrain: float, recalibrate: float, unit: str) -> str:
    seen, most = rows["older_by"].max(), max(rows[f"{LOSS}_high"].max(), 0.0)
    limit = f"seen up to {seen:g} {unit}, and nothing is known beyond; losses of up to {most:.3f} AUC are not ruled out"
    off_first = recalibrate > 0 and not retrain <= recalibrate
    parts = [f"recalibrate by {recalibrate:g} {unit}: {_off_words(_at(rows, recalibrate))}"] if off_first else []
    hint = _first(rows, "hint")
    if retrain > 0:
        parts.append(f"retrain by {retrain:g} {unit}: {_worse_words(_at(rows, retrain))}")
    elif hint > 0:
        words = _worse_words(_at(rows, hint))
        parts.append(
            f"a hint to retrain by {hint:g} {unit}: {words}, but one older model alone shows it; more waves tell"
        )
    else:
        parts.append(f"no loss of ranks {limit}" if off_first else f"no expiry {limit}")
    return "; ".join(parts) + "."


def _at(rows: pd.DataFrame, older_by: float) -> pd.Series:
    return rows[rows["older_by"] == older_by].iloc[0]


def _off_words(row: pd.Series) -> str:
    """Say how far mean risk misses the prevalence."""
    off, low, high, fresh = (100 * row[name] for name in (OFF, f"{OFF}_low", f"{OFF}_high", "off_freshest"))
    return (
        f"mean risk is then {abs(off):.0f} % {'above' if off > 0 else 'below'} the prevalence ({low:+.0f} to "
        f"{high:+.0f} %), the freshest model's {fresh:+.0f} %"
    )


def _worse_words(row: pd.Series) -> str:
    ends = f"{row[f'{LOSS}_low']:.3f} to {row[f'{LOSS}_high']:.3f}"
    return f"it then ranks worse than the freshest model by {row[LOSS]:.3f} AUC ({ends})"

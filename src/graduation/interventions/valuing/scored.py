"""Records of a past programme with their scores, costs and need: what values of rules and budget curves rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from graduation.errors import NotEnoughData, UsageError, nearest
from graduation.interventions.estimating.doubly_robust import DoublyRobust, doubly_robust
from graduation.interventions.estimating.effects import EffectModel
from graduation.interventions.estimating.records import Records

# Past one half, the figures would be those of the minority of records that are left, not those of the rule.
MOST_SET_ASIDE = 0.5
RULE = "rule"


@dataclass(frozen=True)
class ValueSettings:
    """What money and need say of the arms, and how their outcomes are estimated.

    Attributes
    ----------
    cost : mapping of arm to cost, or DataFrame (n, arms), optional
        What an arm costs, in one unit of money: one number per arm, or one per record. The control costs nothing
        unless it is named; every other arm must cost more than it.
    need : array-like of float, shape (n,), optional
        Who is served first where the neediest are: the risk, say. Used together with costs.
    model : EffectModel
        Its `control`, `n_folds`, `seed`, `trim` and `min_records` are used; it need not be fitted.
    """

    cost: Mapping[str, Any] | pd.DataFrame | None = None
    need: Any = None
    model: EffectModel = field(default_factory=EffectModel)


@dataclass(frozen=True)
class Scored:
    """Scores of n records in their own order, with `cost` (n, arms) over the control and `need` (n,) if given."""

    scores: DoublyRobust
    cost: np.ndarray | None
    need: np.ndarray | None

    @property
    def records(self) -> Records:
        """The records that were scored."""
        return self.scores.records

    def mean(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the weighted mean over some records."""
        return np.asarray(np.average(values[rows], axis=0, weights=self.records.weight[rows]))

    def share(self, rows: np.ndarray) -> float:
        """Return the weighted share of records that `rows` (n,) of booleans marks."""
        return float(self.records.weight[rows].sum() / self.records.weight.sum())

    def effective(self, rows: np.ndarray, code: int) -> float:
        """Return how many equally weighted records the takers of an arm among `rows` are worth.

        References
        ----------
        Kish (1965), Survey Sampling, section 11.7.
        """
        taken = rows & (self.records.arm == code) & (self.scores.chance[:, code] > 0)
        weight = self.records.weight[taken] / self.scores.chance[taken, code]
        return float(weight.sum() ** 2 / (weight**2).sum()) if taken.any() else 0.0


def figures(table: pd.DataFrame, column: str, name: str) -> dict[str, float]:
    """Return the figure of every policy, by name, and the differences of the rule to the others."""
    found: dict[str, float] = {}
    for row in table.to_dict("records"):
        found[f"{row['policy']}.{name}"] = float(row[column])
        if row["policy"] != RULE:
            found[f"minus_{row['policy']}"] = float(row["difference"])
            found[f"minus_{row['policy']}_standard_error"] = float(row["difference_standard_error"])
    return found


def score(records: Records, index: pd.Index, settings: ValueSettings) -> Scored:
    """Put costs and need, given in the order of `index`, in the order of the records, and score these out of fold."""
    if settings.need is not None and settings.cost is None:
        raise UsageError("need is given without cost: who is served first says nothing unless money ends; give cost")
    cost = None if settings.cost is None else extra_cost(settings.cost, records.arms, index)[records.order]
    need = None if settings.need is None else numbers(settings.need, index, "need")[records.order]
    model = settings.model
    scores = doubly_robust(records, n_folds=model.n_folds, seed=model.seed, trim=model.trim)
    return Scored(scores, cost, need)


def aligned(values: Any, index: pd.Index, name: str) -> Any:
    """Refuse values that are not one per record in the same order, where lengths and indexes can tell."""
    if len(values) != len(index):
        raise UsageError(f"{name} has {len(values):,} values and X {len(index):,}; give one per record, in that order")
    if isinstance(values, pd.Series | pd.DataFrame) and not values.index.equals(index):
        raise UsageError(f"{name} and X have different indexes; give the same records in the same order")
    return values


def numbers(values: Any, index: pd.Index, name: str) -> np.ndarray:
    """Return finite numbers, one per record."""
    table = np.asarray(aligned(values, index, name), dtype=float)
    wrong = int((~np.isfinite(table)).sum())
    if wrong:
        raise UsageError(f"{name} is unknown or infinite {wrong:,} times; give a finite number for each record")
    return table


def extra_cost(cost: Any, arms: Sequence[str], index: pd.Index) -> np.ndarray:
    """Return what each arm costs over the control (n, arms), in the order of `arms`, whose first is the control."""
    if not isinstance(cost, pd.DataFrame | Mapping):
        raise UsageError("cost must be a mapping of arm to cost, or a table with one column per arm")
    absent = [name for name in arms[1:] if name not in cost]
    if absent:
        hints = filter(None, (nearest(name, map(str, cost)) for name in absent))
        raise UsageError(f"cost lacks the arms {', '.join(absent)}; {' '.join(hints) or 'give the cost of every arm'}")
    if isinstance(cost, pd.DataFrame):
        aligned(cost, index, "cost")
    columns = [np.broadcast_to(np.asarray(cost.get(name, 0.0), dtype=float), len(index)) for name in arms]
    table = np.column_stack(columns)
    extra = table - table[:, :1]
    wrong = [name for code, name in enumerate(arms) if code and not (extra[:, code] > 0).all()]
    if wrong or not np.isfinite(table).all():
        told = ", ".join(wrong) or "some arms"
        raise UsageError(f"cost of {told} is unknown or not above that of '{arms[0]}'; give finite costs above it")
    return np.asarray(extra)


def overlapping(scored: Scored, codes: Sequence[int]) -> np.ndarray:
    """Return the records (n,) that could have got every one of the arms; refuse where most could not.

    The same records stand for every rule that is compared, so that differences are between rules and not between
    records.
    """
    arms = scored.records.arms
    rows = np.asarray(scored.scores.usable[:, list(codes)].all(axis=1))
    aside = 1 - scored.share(rows)
    if aside > MOST_SET_ASIDE:
        parts = [f"'{arms[code]}' {1 - scored.share(scored.scores.usable[:, code]):.0%}" for code in codes]
        raise NotEnoughData(
            f"{aside:.0%} of the records could hardly have got one of the arms (by arm: {', '.join(parts)})",
            expected=f"at most {MOST_SET_ASIDE:.0%} set aside",
            remedy="Restrict records and rule to those who could get every arm, or plan a trial with design_pilot.",
            source="programme records",
        )
    return rows


def refuse_thin(scored: Scored, rows: dict[int, np.ndarray], wanted: int, where: str) -> None:
    """Refuse arms whose takers among their `rows` are worth fewer than `wanted` records; say what would do."""
    n = len(scored.records.arm)
    found = {code: scored.effective(mine, code) for code, mine in rows.items()}
    thin = {code: worth for code, worth in found.items() if worth < wanted}
    if not thin:
        return
    told = " and ".join(f"arm '{scored.records.arms[code]}' {worth:,.0f}" for code, worth in thin.items())
    least = min(thin.values())
    enough = float(f"{n * wanted / max(least, 1):.2g}")
    needed = f"about {enough:,.0f} records like these" if least >= 1 else "records of that arm"
    raise NotEnoughData(
        f"effective number of records {where}: {told}",
        expected=f"{wanted} or more of each arm",
        remedy=f"It would take {needed}; design_pilot plans a trial that shows a difference worth seeing.",
        source="programme records",
    )

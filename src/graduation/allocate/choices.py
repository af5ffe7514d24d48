"""The problem in arrays: the options of each household, and what each of them takes of every limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from graduation.allocate.cells import coupling
from graduation.allocate.limits import Limit
from graduation.interventions import Offers

# Values are scaled to this maximum, so that the solver's absolute tolerances are far below any real difference.
SCALE = 1e3
MAX_EXACT, MAX_UNITS = 2.0**53, 1e4


@dataclass(frozen=True, eq=False)
class Choices:
    """n households in the order of a seeded hash of their id, k arms, and the limits that couple households.

    Tables are (k, n), an arm at a time. `is_option` says which arms suit a household, are worth something and cost no
    more than the whole budget; elsewhere `value` is -inf and `cost` 0. `value` is in units of `unit`, `cost` in IDR.
    The households of a `cell` (n,) are alike to all limits: `weights` (R, cells * k) is what one household of a cell
    takes of each limit in each arm. The first of `limits` (1 + R,) is money, in units of `money_unit` rupiah; quotas
    have their sign turned, so that for all of them what is used must not be above the limit.
    """

    ids: pd.Index
    position: np.ndarray
    arms: tuple[str, ...]
    budget: float
    money_unit: float
    unit: float
    is_option: np.ndarray
    cost: np.ndarray
    value: np.ndarray
    cell: np.ndarray
    weights: sparse.csr_matrix
    limits: np.ndarray

    @property
    def n(self) -> int:
        return len(self.cell)

    @property
    def k(self) -> int:
        return len(self.arms)

    @property
    def n_cells(self) -> int:
        return int(self.weights.shape[1] // self.k)

    @cached_property
    def columns(self) -> sparse.csc_matrix:
        """What each limit but money loses to one household, by cell and arm."""
        return self.weights.tocsc()

    @cached_property
    def kind(self) -> np.ndarray:
        """Return the number of each household's kind (n,): households of a kind are alike in all that counts."""
        tables = {"value": self.value, "cost": self.cost}
        columns = {f"{name}{arm}": row for name, table in tables.items() for arm, row in enumerate(table)}
        hashed = pd.util.hash_pandas_object(pd.DataFrame({"cell": self.cell, **columns}), index=False)
        return np.asarray(pd.factorize(hashed)[0])

    @cached_property
    def examples(self) -> np.ndarray:
        """Return the first household of each kind."""
        first = np.empty(int(self.kind.max(initial=-1)) + 1, dtype=np.int64)
        first[self.kind[::-1]] = np.arange(self.n)[::-1]
        return first

    def counts(self, arm: np.ndarray, among: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return how many of these households have each arm in each cell (cells * k,); arm -1 is none."""
        arm, cell = arm[among], self.cell[among]
        given = arm >= 0
        return np.bincount(cell[given] * self.k + arm[given], minlength=self.n_cells * self.k)

    def used(self, arm: np.ndarray, among: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return what these households, each with its arm (n,), take of each limit (1 + R,)."""
        money = float(self.paid(arm)[among].sum()) / self.money_unit
        return np.concatenate([[money], self.weights @ self.counts(arm, among)])

    def paid(self, arm: np.ndarray) -> np.ndarray:
        """Return the cost of each household's arm, in IDR (n,)."""
        return pick(self.cost, arm)

    def holds(self, arm: np.ndarray) -> bool:
        """Return whether this choice keeps to the budget, to the rupiah, and to all limits."""
        slack = self.limits[1:] - self.weights @ self.counts(arm)
        return bool(math.fsum(self.paid(arm)) <= self.budget and (slack >= -1e-9 * (1 + np.abs(self.limits[1:]))).all())

    def first(self, size: int) -> Choices:
        """Return the first households, a random sample, with their share of every limit."""
        part = {"is_option": self.is_option, "cost": self.cost, "value": self.value}
        return Choices(
            ids=self.ids[:size],
            position=self.position[:size],
            arms=self.arms,
            budget=self.budget * size / self.n,
            money_unit=self.money_unit,
            unit=self.unit,
            **{name: table[:, :size] for name, table in part.items()},
            cell=self.cell[:size],
            weights=self.weights,
            limits=self.limits * (size / self.n),
        )


def pick(table: np.ndarray, arm: np.ndarray) -> np.ndarray:
    """Return the cell of each household's arm (n,) in a table (k, n); 0 for arm -1, which is none."""
    chosen = table[np.maximum(arm, 0), np.arange(len(arm))] if len(table) else np.zeros(len(arm))
    return np.where(arm >= 0, chosen, 0.0)


def read_choices(
    offers: Offers, households: pd.DataFrame, position: np.ndarray, budget: float, limits: Sequence[Limit]
) -> Choices:
    """Return the problem, with households at these positions of the offers; `households` are in the same order."""
    cost = np.ascontiguousarray(offers.cost[position].T)
    value = np.ascontiguousarray(offers.value[position].T)
    is_option = offers.eligible[position].T & (value > 0) & (cost <= budget)
    cost[~is_option], value[~is_option] = 0.0, -np.inf
    unit = float(value.max(initial=0.0)) / SCALE or 1.0
    value /= unit
    money_unit, spendable = _money(cost, budget)
    cell, weights = coupling(households, offers.arms, limits)
    return Choices(
        ids=offers.ids[position],
        position=position,
        arms=offers.arms,
        budget=budget,
        money_unit=money_unit,
        unit=unit,
        is_option=is_option,
        cost=cost,
        value=value,
        cell=cell,
        weights=weights,
        limits=np.array([spendable, *(limit.bound for limit in limits)]),
    )


def _money(cost: np.ndarray, budget: float) -> tuple[float, float]:
    """Return the unit in which money is counted, and how many units can be spent.

    In whole multiples of what all costs share the solver's tolerances, which are absolute, cannot overspend, and a
    budget that no sum of costs can reach is cut to one that some may.
    """
    largest = float(cost.max(initial=0.0))
    if not largest:
        return 1.0, budget
    enough = min(budget, float(cost.sum()))
    if largest < MAX_EXACT and (cost == np.round(cost)).all():
        shared = float(np.gcd.reduce(cost.astype(np.int64), axis=None))
        if largest / shared <= MAX_UNITS:
            return shared, float(np.floor(enough / shared))
    return largest / MAX_UNITS, enough / (largest / MAX_UNITS)


def seeded_order(ids: pd.Index, seed: int) -> np.ndarray:
    """Return positions of ids in the order of a seeded hash: the same households whatever the order of the table."""
    text = ids.astype(str).to_numpy(dtype=object)
    hashed = pd.util.hash_array(text, hash_key=f"{seed % 10**16:016d}", categorize=False)
    order = np.argsort(hashed, kind="stable")
    is_settled = (np.diff(hashed[order]) != 0).all()
    return order if is_settled else np.lexsort((text, hashed))

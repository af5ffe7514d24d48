"""Gather what is known of persons into one value a household; what a missing answer could change is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NOBODY = -1


@dataclass(frozen=True)
class Grouping:
    """Which household each person belongs to.

    Attributes
    ----------
    codes : ndarray of int
        Of each person, the place of the household in `ids`.
    ids : Index
        Household ids, sorted.
    head : ndarray of int
        Of each household, the place of its only head among the persons; -1 where it has none or several.
    lost : ndarray of int
        Of each household, how many members were set aside; nothing is known of them.
    """

    codes: NDArray[np.int64]
    ids: pd.Index
    head: NDArray[np.int64]
    lost: NDArray[np.int64]

    @classmethod
    def of(cls, household_id: pd.Series, relation: pd.Series, lost_from: pd.Series) -> Grouping:
        """Group persons by household, find the heads, and count those who are not among the persons."""
        codes, ids = pd.factorize(household_id, sort=True)
        is_head = relation.eq("head").to_numpy(dtype=bool, na_value=False)
        heads = np.flatnonzero(is_head)
        head = np.full(len(ids), NOBODY, dtype=np.int64)
        head[codes[heads]] = heads
        head[np.bincount(codes[heads], minlength=len(ids)) != 1] = NOBODY
        lost = np.asarray(lost_from.value_counts().reindex(ids, fill_value=0), dtype=np.int64)
        return cls(codes, pd.Index(ids, name="household_id"), head, lost)

    def persons(self, among: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return how many of the persons marked belong to each household."""
        return np.bincount(self.codes[among], minlength=len(self.ids))

    def count(self, is_so: pd.Series) -> pd.Series:
        """Count the persons of whom something is so; missing where one of whom it is unknown could add to them."""
        yes, unknown = self._yes_and_unknown(is_so)
        return pd.Series(np.where(unknown > 0, np.nan, yes), index=self.ids)

    def any(self, is_so: pd.Series) -> pd.Series:
        """Tell whether it is so of anybody: one known yes is enough, a no needs an answer of everybody."""
        yes, unknown = self._yes_and_unknown(is_so)
        return pd.Series(yes > 0, index=self.ids, dtype="boolean").mask((yes == 0) & (unknown > 0))

    def every(self, is_so: pd.Series) -> pd.Series:
        """Tell whether it is so of everybody: one known no is enough, a yes needs an answer of everybody."""
        return ~self.any(~is_so)

    def highest(self, values: pd.Series, ceiling: float = 5) -> pd.Series:
        """Return the highest value; missing where an unknown one could be higher, which none is than `ceiling`."""
        number = values.astype("float64").to_numpy()
        known = ~np.isnan(number)
        top = pd.Series(number).groupby(self.codes).max().reindex(range(len(self.ids))).to_numpy()
        unknown = self.persons(~known) + self.lost > 0
        return pd.Series(np.where(unknown & ~(top >= ceiling), np.nan, top), index=self.ids)

    def of_head(self, values: pd.Series) -> pd.Series:
        """Return the value of the head; missing where there is not exactly one."""
        alone = self.head != NOBODY
        taken = values.iloc[np.where(alone, self.head, 0)].reset_index(drop=True).mask(~alone)
        return taken.astype("float64" if values.dtype == "Float64" else values.dtype).set_axis(self.ids)

    def _yes_and_unknown(self, is_so: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        yes = is_so.to_numpy(dtype=bool, na_value=False)
        return self.persons(yes), self.persons(is_so.isna().to_numpy()) + self.lost

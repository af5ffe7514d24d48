"""Every scored household with every arm, in compact arrays: a long table of a million households would be gigabytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem
from graduation.interventions.programme import NO_ARM


@dataclass(frozen=True, eq=False)
class Offers:
    """n households and k arms ("none", which is always there and free, is left out).

    Attributes
    ----------
    ids : Index
        household_id (n,), unique.
    arms : tuple of str
        Names of the arms (k,).
    basis : tuple of str
        What the effect of each arm rests on (k,).
    risk, rank : ndarray
        Chance of extreme poverty at the next wave without an arm (n,), and its rank; 1 is the highest.
    eligible : ndarray
        Whether the arm may be offered (n, k).
    why_code : ndarray
        Position of the reason why not in the texts of the arm (n, k).
    why_texts : tuple of ndarray
        The reasons that occur, one array of texts for each arm (k,); "" where the arm may be offered.
    cost : ndarray
        In IDR (n, k); a view of one row where costs do not differ by household.
    effect : ndarray
        On log welfare at the next wave (n, k).
    risk_after : ndarray
        Risk with the arm (n, k).
    benefit : ndarray
        Fall of the chance of extreme poverty (n, k): risk minus risk_after.
    value : ndarray
        What an allocation makes as large as possible (n, k).

    Raises
    ------
    DataError
        When an arm that may be offered has no cost, or one below 0; all such arms are told.
    """

    ids: pd.Index
    arms: tuple[str, ...]
    basis: tuple[str, ...]
    risk: np.ndarray
    rank: np.ndarray
    eligible: np.ndarray
    why_code: np.ndarray
    why_texts: tuple[np.ndarray, ...]
    cost: np.ndarray
    effect: np.ndarray
    risk_after: np.ndarray
    benefit: np.ndarray
    value: np.ndarray

    def __post_init__(self) -> None:
        problems = [
            Problem(
                f"no cost, or one below 0, for {int(wrong.sum()):,} of {int(self.eligible[:, number].sum()):,} "
                f"households that '{arm}' suits",
                "an amount in IDR",
                "Give the cost of the arm where they live, or change whom it suits.",
            )
            for number, arm in enumerate(self.arms)
            if (wrong := self.eligible[:, number] & ~(self.cost[:, number] >= 0)).any()
        ]
        if problems:
            raise DataError("costs", problems)

    @property
    def helpful(self) -> np.ndarray:
        """Return which arms may be offered and lower the risk (n, k)."""
        return self.eligible & (self.benefit > 0)

    @property
    def is_value_benefit(self) -> bool:
        """Return whether the value is the benefit itself."""
        return self.value is self.benefit or np.array_equal(self.value, self.benefit, equal_nan=True)

    def long(self, rows: np.ndarray) -> pd.DataFrame:
        """Return one row for each of these households (by number) and arm, "none" first."""
        n, k = len(rows), len(self.arms) + 1
        why = np.full((n, k), "", dtype=object)
        for number, texts in enumerate(self.why_texts):
            why[:, number + 1] = texts[self.why_code[rows, number]]
        after = np.column_stack([self.risk[rows], self.risk_after[rows]])
        return pd.DataFrame(
            {
                "household_id": self.ids.to_numpy()[np.repeat(rows, k)],
                "arm": pd.array(np.tile(np.array([NO_ARM, *self.arms], dtype=object), n), dtype="str"),
                "eligible": np.column_stack([np.ones(n, dtype=bool), self.eligible[rows]]).ravel(),
                "why_not": pd.array(why.ravel(), dtype="str"),
                "cost_idr": np.column_stack([np.zeros(n), self.cost[rows]]).ravel(),
                "effect_log_welfare": np.column_stack([np.zeros(n), self.effect[rows]]).ravel(),
                "basis": pd.array(np.tile(np.array(["assumed", *self.basis], dtype=object), n), dtype="str"),
                "risk": np.repeat(self.risk[rows], k),
                "risk_after": after.ravel(),
                "benefit": np.column_stack([np.zeros(n), self.benefit[rows]]).ravel(),
                "rank": np.repeat(self.rank[rows], k),
            }
        )


def coded(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return small codes for texts (n,) and the texts that they stand for, sorted."""
    codes, found = pd.factorize(texts, sort=True)
    return codes.astype(np.int32), np.asarray(found, dtype=object)

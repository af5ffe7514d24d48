"""What the parts of a risk learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Sample:
    """Rows in an order made of their content, so that the first are a fair sample.

    Attributes
    ----------
    encoded : ndarray of shape (n, p)
    y : ndarray of shape (n,)
        Outcomes 0 and 1.
    weight : ndarray of shape (n,)
        Of mean 1.
    fold : ndarray of shape (n,)
        The fold that each row is held out with.
    levels : dict of int to int
        Categorical columns, and how many levels each has.
    """

    encoded: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    fold: np.ndarray
    levels: dict[int, int]

    @property
    def folds(self) -> range:
        return range(int(self.fold.max()) + 1)

    def first(self, n: int) -> Sample:
        """Return the first n rows."""
        weight = self.weight[:n]
        return replace(
            self, encoded=self.encoded[:n], y=self.y[:n], weight=weight / weight.mean(), fold=self.fold[:n]
        )  # fmt: skip

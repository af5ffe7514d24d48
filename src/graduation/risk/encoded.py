"""Households as each classifier of a risk model reads them: encoded matrices."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from graduation.panel import pathway_of
from graduation.risk.encoding import TableEncoder
from graduation.risk.model import Model
from graduation.risk.transition import POOLED, STATE_FEATURE


@dataclass(frozen=True)
class Encoded:
    """Households as the classifiers of a model read them.

    Attributes
    ----------
    model : Model
    features : DataFrame
        As `Model.inputs` gives them; categories stay pandas categories.
    state : Series
        1.0 extreme poor now, 0.0 not, NaN unknown.
    pathway : Series of str
    """

    model: Model
    features: pd.DataFrame
    state: pd.Series
    pathway: pd.Series
    _columns: dict[tuple[str, str], np.ndarray] = field(default_factory=dict, repr=False)

    def matrix(self, classifier: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the matrix (n, p) that a classifier reads of all households, or of the rows that a mask marks.

        Its columns stand one after the other in memory. The same as `encoder_.transform` of what
        `TransitionRisk.inputs` gives for these households.

        Parameters
        ----------
        classifier : str
            ``pooled``, ``remain``, ``become``, ``unknown`` or ``status``. The pooled one reads the state of each
            household; where it is unknown, as NaN: such a household has no use for it.
        rows : ndarray of bool, optional
        """
        encoder = self.model.risk.classifiers_[classifier].encoder_
        columns = [self._column(name, encoder) for name in encoder.used_]
        places = None if rows is None else np.flatnonzero(rows)
        matrix = np.empty((len(columns), len(self.features) if places is None else len(places)))
        for column, row in zip(columns, matrix, strict=True):
            row[:] = column if places is None else column[places]
        return matrix.T

    def _column(self, name: str, encoder: TableEncoder) -> np.ndarray:
        """Return an encoded column; those that several classifiers encode alike are encoded once."""
        alike = (name, repr(encoder.levels_.get(name, encoder.medians_.get(name))))
        if alike not in self._columns:
            values = self.state if name == STATE_FEATURE else self.features[name]
            self._columns[alike] = encoder.encode(values, name)
        return self._columns[alike]

    def unseen(self) -> dict[str, int]:
        """Count, per categorical feature, the cells with a level that training did not see; as `Model.unseen`."""
        return self.model.risk.classifiers_[POOLED].encoder_.unseen(self.features)

    def pathway_rows(self) -> list[tuple[str, np.ndarray]]:
        """Return each pathway that occurs, with the mask of its households."""
        return self.model.risk.pathway_rows(self.state)


def encode(households: pd.DataFrame, model: Model) -> Encoded:
    """Return accepted households as the classifiers of a model read them.

    Parameters
    ----------
    households : DataFrame
        As `Checker.check` or `read_registry` gives them.
    model : Model
    """
    features, state = model.inputs(households)
    return Encoded(model, features, state, pathway_of(state))

"""All that a model tells of households in one go: pathway, risk, its range, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from graduation.risk.encoded import Encoded, encode
from graduation.risk.encoding import told_elsewhere
from graduation.risk.ensemble import Assessed
from graduation.risk.intervals import interval
from graduation.risk.model import Model
from graduation.risk.transition import STATUS


@dataclass(frozen=True)
class Assessment:
    """What a model tells of n households.

    Attributes
    ----------
    encoded : Encoded
        The households as they were read: features, state and pathway.
    risk, low, high : ndarray of shape (n,)
        The calibrated risk and its range, which is NaN where too few cases were learned from to tell.
    contributions : ndarray of shape (n, p)
        To the log-odds of risk, in the order of `Model.features`; 0 where a household's pathway does not read one.
    base : ndarray of shape (n,)
        What contributions start from: the log-odds of an average household of the same pathway.
    chance_poor_now : ndarray of shape (n,)
        1 or 0 where the state is known.
    """

    encoded: Encoded
    risk: np.ndarray
    low: np.ndarray
    high: np.ndarray
    contributions: np.ndarray
    base: np.ndarray
    chance_poor_now: np.ndarray


def assess(
    households: pd.DataFrame, model: Model, *, level: float = 0.9, background: pd.DataFrame | None = None
) -> Assessment:
    """Return all that a model tells of accepted households.

    Where a pathway weighs two models, the errors of both are taken to move together: the wider answer.

    Parameters
    ----------
    households : DataFrame
        As `Model.households_of` gives them.
    model : Model
    level : float
        Of the range of each risk, as in `RiskClassifier.predict_interval`.
    background : DataFrame, optional
        Households that contributions compare with (interventional); by default they are path-dependent.
    """
    with told_elsewhere():
        encoded = encode(households, model)
        beside = None if background is None else encode(background, model)
    n, told = len(households), _Told(encoded, beside)
    risk, ends, base = np.empty(n), np.empty((n, 2)), np.empty(n)
    contributions = np.zeros((len(model.features), n)).T
    for pathway, rows in encoded.pathway_rows():
        one = told.of_pathway(pathway, rows)
        members = min(model.risk.classifiers_[name].n_members for name in model.risk.mixtures_[pathway].weights)
        risk[rows], base[rows] = expit(one.log_odds), one.base
        contributions[rows] = one.contributions
        ends[rows] = interval(one.log_odds, one.error, level, members)
    chance = _chance_poor_now(encoded)
    return Assessment(encoded, risk, ends[:, 0], ends[:, 1], contributions, base, chance)


class _Told:
    """What each classifier tells of the households of all pathways that weigh it, which walk through it together."""

    def __init__(self, encoded: Encoded, beside: Encoded | None) -> None:
        self.encoded, self.beside = encoded, beside
        risk = encoded.model.risk
        self.rows: dict[str, np.ndarray] = {}
        for pathway, rows in encoded.pathway_rows():
            for name in risk.mixtures_[pathway].weights:
                self.rows[name] = self.rows[name] | rows if name in self.rows else rows
        self.told = {name: self._assessed(name, rows) for name, rows in self.rows.items()}

    def _assessed(self, name: str, rows: np.ndarray) -> Assessed:
        own = self.encoded.matrix(name, None if rows.all() else rows)
        beside = None if self.beside is None else self.beside.matrix(name)
        return self.encoded.model.risk.classifiers_[name].ensemble_.assess(own, beside)

    def of_pathway(self, pathway: str, rows: np.ndarray) -> Assessed:
        """Return what the classifiers of a pathway together tell of its households."""
        risk, features = self.encoded.model.risk, self.encoded.model.features
        place = {name: position for position, name in enumerate(features)}
        mixture, n = risk.mixtures_[pathway], int(rows.sum())
        log_odds, error, base = np.zeros(n), np.zeros(n), mixture.intercept
        contributions = np.zeros((len(features), n)).T
        for name, share in mixture.weights.items():
            told, own = self.told[name], rows[self.rows[name]]
            log_odds += share * told.log_odds[own]
            error += share * told.error[own]
            for number, column in enumerate(risk.classifiers_[name].encoder_.used_):
                contributions[:, place[column]] += share * told.contributions[own, number]
            base += share * told.base
        return Assessed(mixture.intercept + log_odds, error, contributions, base)


def _chance_poor_now(encoded: Encoded) -> np.ndarray:
    model = encoded.model
    state = encoded.state.to_numpy(dtype=float)
    unknown = np.isnan(state)
    if not unknown.any() or STATUS not in model.risk.classifiers_:
        return state
    chance = state.copy()
    ensemble = model.risk.classifiers_[STATUS].ensemble_
    chance[unknown] = expit(ensemble.log_odds(encoded.matrix(STATUS, unknown)))
    return chance

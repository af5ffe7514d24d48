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
    log_odds, error, base, ends = np.zeros(n), np.zeros(n), np.empty(n), np.empty((n, 2))
    contributions = np.zeros((len(model.features), n)).T
    for pathway, rows in encoded.pathway_rows():
        places, mixture = np.flatnonzero(rows), model.risk.mixtures_[pathway]
        base[places] = mixture.intercept
        for name, share in mixture.weights.items():
            told.add(name, share, places, (log_odds, error, base, contributions))
        log_odds[places] += mixture.intercept
        members = min(model.risk.classifiers_[name].n_members for name in mixture.weights)
        ends[places] = interval(log_odds[places], error[places], level, members)
    chance = _chance_poor_now(encoded)
    return Assessment(encoded, expit(log_odds), ends[:, 0], ends[:, 1], contributions, base, chance)


class _Told:
    """What each classifier tells of the households of all pathways that weigh it, which walk through it together."""

    def __init__(self, encoded: Encoded, beside: Encoded | None) -> None:
        self.encoded, self.beside = encoded, beside
        self.features = {name: place for place, name in enumerate(encoded.model.features)}
        masks: dict[str, np.ndarray] = {}
        for pathway, rows in encoded.pathway_rows():
            for name in encoded.model.risk.mixtures_[pathway].weights:
                masks[name] = masks[name] | rows if name in masks else rows
        # Where each household stands among those that a classifier walks with.
        self.place = {name: np.cumsum(rows) - 1 for name, rows in masks.items()}
        self.told = {name: self._assessed(name, rows) for name, rows in masks.items()}

    def _assessed(self, name: str, rows: np.ndarray) -> Assessed:
        own = self.encoded.matrix(name, None if rows.all() else rows)
        beside = None if self.beside is None else self.beside.matrix(name)
        return self.encoded.model.risk.classifiers_[name].ensemble_.assess(own, beside)

    def add(self, name: str, share: float, places: np.ndarray, to: tuple[np.ndarray, ...]) -> None:
        """Add a classifier's share of log-odds, errors, base values and contributions of some households."""
        log_odds, error, base, contributions = to
        told, own = self.told[name], self.place[name][places]
        log_odds[places] += share * told.log_odds[own]
        error[places] += share * told.error[own]
        base[places] += share * told.base
        for number, column in enumerate(self.encoded.model.risk.classifiers_[name].encoder_.used_):
            contributions[places, self.features[column]] += share * told.contributions[own, number]


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

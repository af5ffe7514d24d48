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
    n = len(households)
    risk, ends, base = np.empty(n), np.empty((n, 2)), np.empty(n)
    contributions = np.zeros((n, len(model.features)))
    for pathway, rows in encoded.pathway_rows():
        told = _of_pathway(encoded, pathway, rows, beside)
        members = min(model.risk.classifiers_[name].n_members for name in model.risk.mixtures_[pathway].weights)
        risk[rows], base[rows], contributions[rows] = expit(told.log_odds), told.base, told.contributions
        ends[rows] = interval(told.log_odds, told.error, level, members)
    chance = _chance_poor_now(encoded)
    return Assessment(encoded, risk, ends[:, 0], ends[:, 1], contributions, base, chance)


def _of_pathway(encoded: Encoded, pathway: str, rows: np.ndarray, beside: Encoded | None) -> Assessed:
    """Return what the classifiers of a pathway together tell of its households."""
    risk, features = encoded.model.risk, encoded.model.features
    place = {name: position for position, name in enumerate(features)}
    mixture, n = risk.mixtures_[pathway], int(rows.sum())
    log_odds, error, contributions, base = np.zeros(n), np.zeros(n), np.zeros((n, len(features))), mixture.intercept
    for name, share in mixture.weights.items():
        classifier = risk.classifiers_[name]
        own = encoded.matrix(name, None if rows.all() else rows)
        told = classifier.ensemble_.assess(own, None if beside is None else beside.matrix(name))
        log_odds += share * told.log_odds
        error += share * told.error
        contributions[:, [place[column] for column in classifier.encoder_.used_]] += share * told.contributions
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

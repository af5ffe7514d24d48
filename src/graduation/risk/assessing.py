"""All that a model tells of households in one go: pathway, risk, its range, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from graduation.risk.encoded import Encoded, encode
from graduation.risk.encoding import told_elsewhere
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
    n, mixtures = len(households), model.risk.mixtures_
    to = _Sums(np.zeros(n), np.zeros(n), np.empty(n), np.zeros((len(model.features), n)).T)
    for pathway, rows in encoded.pathway_rows():
        to.base[rows] = mixtures[pathway].intercept
    for name in model.risk.classifiers_:
        _add(name, encoded, beside, to)
    ends = np.empty((n, 2))
    for pathway, rows in encoded.pathway_rows():
        to.log_odds[rows] += mixtures[pathway].intercept
        members = min(model.risk.classifiers_[name].n_members for name in mixtures[pathway].weights)
        ends[rows] = interval(to.log_odds[rows], to.error[rows], level, members)
    chance = _chance_poor_now(encoded)
    return Assessment(encoded, expit(to.log_odds), ends[:, 0], ends[:, 1], to.contributions, to.base, chance)


@dataclass(frozen=True)
class _Sums:
    """What the classifiers told so far add up to, for all households."""

    log_odds: np.ndarray
    error: np.ndarray
    base: np.ndarray
    contributions: np.ndarray


def _add(name: str, encoded: Encoded, beside: Encoded | None, to: _Sums) -> None:
    """Add what a classifier tells of the households of all pathways that weigh it, which walk through it together."""
    model = encoded.model
    weighing = [
        (rows, model.risk.mixtures_[pathway].weights[name])
        for pathway, rows in encoded.pathway_rows()
        if name in model.risk.mixtures_[pathway].weights
    ]
    if not weighing:
        return
    share = np.zeros(len(to.base))
    for rows, weight in weighing:
        share[rows] = weight
    rows = np.logical_or.reduce([rows for rows, _ in weighing])
    classifier = model.risk.classifiers_[name]
    own = encoded.matrix(name, None if rows.all() else rows)
    told = classifier.ensemble_.assess(own, None if beside is None else beside.matrix(name))
    places, shares = np.flatnonzero(rows), share[rows]
    to.log_odds[places] += shares * told.log_odds
    to.error[places] += shares * told.error
    to.base[places] += shares * told.base
    column = {feature: place for place, feature in enumerate(model.features)}
    for number, feature in enumerate(classifier.encoder_.used_):
        to.contributions[places, column[feature]] += shares * told.contributions[:, number]


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

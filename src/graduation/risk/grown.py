"""Risks that are learned from more rows than memory holds: trees grown elsewhere, all else from a fair sample."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from graduation.risk.boosting import Trees
from graduation.risk.classifier import RiskClassifier
from graduation.risk.counting import restricted
from graduation.risk.encoding import TableEncoder
from graduation.risk.ensemble import Grow, fit_ensemble
from graduation.risk.linear import make_terms
from graduation.risk.ordering import relative
from graduation.risk.recipe import Recipe
from graduation.risk.sample import Sample
from graduation.risk.transition import PATHWAYS, STATE_FEATURE, Cases, TransitionRisk

# The classifier's name, the sample by which it is held out, and the recipe.
GrowFor = Callable[[str, Sample, Recipe], dict[str, Trees]]


class GrownRisk(TransitionRisk):
    """A `TransitionRisk` whose trees are grown by a function on all rows, while it is given a fair sample of them.

    `fit` takes the folds of the sample's rows in place of groups. Whatever is not trees is learned from the sample, as
    `RiskClassifier` would: linear part, number of rounds, weights, calibration, ranges. All of it but the linear part
    is a few numbers, and the linear part of a large table is fitted on so many rows in any case.

    Parameters
    ----------
    estimator : RiskClassifier
    tells_state : sequence of str
    encoder : TableEncoder
        Of all features and the state, with those that tell the state, and it, last.
    grow : callable
    """

    def __init__(
        self, estimator: RiskClassifier, *, tells_state: list[str], encoder: TableEncoder, grow: GrowFor
    ) -> None:
        super().__init__(estimator, tells_state=tells_state)
        self.encoder = encoder
        self.grow = grow

    def _fitted(self, name: str, cases: Cases) -> RiskClassifier:
        encoder = restricted(self.encoder, [str(column) for column in cases.X])
        return fit_on_sample(self.blank(name, cases.X), encoder, cases, partial(self.grow, name))

    def plain(self) -> TransitionRisk:
        """Return what was learned, without what it was learned with."""
        risk = TransitionRisk(self.estimator, tells_state=self.tells_state)
        risk.classifiers_, risk.mixtures_ = self.classifiers_, self.mixtures_
        return risk


def fit_on_sample(model: RiskClassifier, encoder: TableEncoder, cases: Cases, grow: Grow) -> RiskClassifier:
    """Fit a classifier whose trees are grown elsewhere; the groups of the cases are their folds."""
    model.classes_ = np.array([0, 1])
    model.encoder_ = encoder
    model.feature_names_in_, model.n_features_in_ = np.array(encoder.columns_, dtype=object), len(encoder.columns_)
    encoded = encoder.transform(cases.X)
    sample = Sample(encoded, cases.y, relative(cases.weight), cases.group, encoder.n_levels)
    terms = make_terms(encoded, sample.levels, sample.weight)
    model.ensemble_, model.held_out_ = fit_ensemble(sample, terms, model.recipe(len(encoded)), grow)
    model.set_params(progress=None)
    return model


def last_columns(features: pd.DataFrame, tells_state: list[str]) -> list[str]:
    """Return the columns that come last in an encoder's matrix, so that each classifier reads the first of it."""
    return [*(name for name in tells_state if name in features), STATE_FEATURE]


def rows_of(name: str) -> tuple[int, ...]:
    """Return the states now of the households that a classifier learns from."""
    return (PATHWAYS[name],) if name in PATHWAYS else (0, 1)

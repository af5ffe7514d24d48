"""One recipe from a panel to a risk, for every workflow that fits a model."""

from __future__ import annotations

import pandas as pd

from graduation.features import feature_directions, feature_frame
from graduation.panel import Panel
from graduation.risk import Reference, RiskClassifier, TransitionRisk, learn_reference, told_elsewhere


def directions(panel: Panel) -> dict[str, int]:
    """Return the directions of the numbers among the features."""
    found = feature_frame(panel.households.head(1), panel.dictionary).select_dtypes("number")
    return {name: sign for name, sign in feature_directions(panel.dictionary).items() if name in found}


def fit_risk(panel: Panel, recipe: RiskClassifier, groups: str) -> TransitionRisk:
    """Fit on a panel; folds inside part no household, and no place where the split outside parts none."""
    X = feature_frame(panel.households, panel.dictionary)
    risk = TransitionRisk(recipe, tells_state=panel.dictionary.tells_state)
    with told_elsewhere():
        return risk.fit(X, panel.outcome, panel.state, panel.weight, panel.groups[groups])


def predicted_risk(model: TransitionRisk, panel: Panel, state: pd.Series) -> pd.Series:
    """Return the risk of each row, its state now as given; NaN where it is to be taken as unknown."""
    X = feature_frame(panel.households, panel.dictionary)
    with told_elsewhere():
        return pd.Series(model.predict_risk(X, state), index=panel.outcome.index)


def reference_of(panel: Panel) -> Reference:
    """Return where the households of a panel stand on each feature."""
    X = feature_frame(panel.households, panel.dictionary)
    return learn_reference(X, panel.state, panel.weight, panel.dictionary)

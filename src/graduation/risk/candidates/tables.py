"""Mixed-type features become the numbers that a linear rule reads."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from graduation.features import feature_frame
from graduation.panel import Panel

# A level of fewer rows shares its effect with the other rare ones.
RARE_ROWS = 20
AREA = "area: "


def prepared(estimator: Any, areas: tuple[str, ...] = ()) -> Pipeline:
    """Return an estimator on standardised numbers, one-hot categories and flags for missing values.

    Columns named in `areas` get an effect per place; a place that training did not see gets none.
    """
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    labels = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing", missing_values=None),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE_ROWS),
    )
    places = OneHotEncoder(handle_unknown="ignore", min_frequency=RARE_ROWS)
    prepare = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="number")),
            ("labels", labels, _labels_but(areas)),
            ("places", places, list(areas)),
        ]
    )
    return make_pipeline(prepare, estimator)


def _labels_but(areas: tuple[str, ...]) -> Any:
    pattern = f"^(?!{AREA})" if areas else None
    return make_column_selector(pattern=pattern, dtype_exclude="number")


def household_features(panel: Panel) -> pd.DataFrame:
    """Return the features of the household itself: neither welfare nor any place."""
    left_out = [*panel.dictionary.role("welfare"), *panel.dictionary.role("place")]
    return feature_frame(panel.households, panel.dictionary).drop(columns=left_out, errors="ignore")


def with_areas(X: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Add a column for each level of places, from the largest to the smallest."""
    places = panel.groups[panel.groups.columns[2:]].add_prefix(AREA)
    return pd.concat([X, places], axis=1)

"""What each arm costs each household: one price, or one by place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, nearest
from graduation.interventions.phrases import TEXT
from graduation.interventions.programme import Intervention, Programme
from graduation.results import in_marks
from graduation.schema import Language


def household_costs(households: pd.DataFrame, programme: Programme) -> np.ndarray:
    """Return the cost of each arm for each household (n, arms), in the programme's currency and the order of its arms.

    It is a view of one row where no cost differs by place. A place that is missing, or that an arm's `cost_by` does not
    list, costs the arm's `cost_idr`.

    Raises
    ------
    DataError
        When costs are by a column that the households lack; all such arms are told.

    Examples
    --------
    >>> arm = Intervention(name="training", cost_idr=4_500_000, effect=0.03, cost_by={"column": "kecamatan",
    ...     "values": {"321617": 5_500_000}, "source": "estimate: travel from the coast"})
    >>> programme = Programme(name="demo", version="1", welfare_residual_sd=0.46, welfare_residual_sd_source="example",
    ...     interventions=[arm])
    >>> household_costs(pd.DataFrame({"kecamatan": ["321617", "321609", None]}), programme).ravel().tolist()
    [5500000.0, 4500000.0, 4500000.0]
    """
    _check_places(households, programme)
    if not any(arm.cost_by for arm in programme.interventions):
        prices = np.array([arm.cost_idr for arm in programme.interventions])
        return np.broadcast_to(prices, (len(households), len(prices)))
    return np.column_stack([_costs(households, arm) for arm in programme.interventions])


def cost_notes(households: pd.DataFrame, programme: Programme, language: Language = "en") -> list[str]:
    """Return, for arms whose cost differs by place, how many households have a cost of their place."""
    _check_places(households, programme)
    text, notes = TEXT[language], []
    for arm in programme.interventions:
        if arm.cost_by is None:
            continue
        places = households[arm.cost_by.column].dropna().astype(str)
        own = int(places.isin(list(arm.cost_by.values)).sum())
        absent = sorted(set(arm.cost_by.values) - set(places))
        unmet = text["cost_unmet"].format(places=", ".join(absent)) if absent else ""
        told = text["cost"].format(
            arm=arm.name if language == "en" else arm.title(language),
            column=arm.cost_by.column,
            source=arm.cost_by.source,
            **{
                name: in_marks(f"{figure:,.0f}", language)
                for name, figure in (("own", own), ("all", len(households)), ("cost", arm.cost_idr))
            },
        )
        notes.append(told + unmet)
    return notes


def _costs(households: pd.DataFrame, arm: Intervention) -> np.ndarray:
    if arm.cost_by is None:
        return np.full(len(households), arm.cost_idr)
    code, places = pd.factorize(households[arm.cost_by.column])
    prices = [arm.cost_by.values.get(str(place), arm.cost_idr) for place in places]
    # A missing place has code -1, which finds the last one.
    return np.array([*prices, arm.cost_idr], dtype=float)[code]


def _check_places(households: pd.DataFrame, programme: Programme) -> None:
    names = [str(name) for name in households.columns]
    problems = [
        Problem(
            f"'{arm.name}' has costs by '{arm.cost_by.column}', which is no column",
            "the column with the places of the households",
            nearest(arm.cost_by.column, names) or "Add the column, or take cost_by out of the programme.",
            column=arm.cost_by.column,
        )
        for arm in programme.interventions
        if arm.cost_by is not None and arm.cost_by.column not in households
    ]
    if problems:
        raise DataError("households", problems)

"""What would differ were one answer another: associations in the data, never promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from graduation.errors import UsageError
from graduation.explain.sentences import Speaker
from graduation.features import derived_features, feature_frame
from graduation.panel import extreme_poor
from graduation.results import Result
from graduation.risk import Model, Reference, shown_value, told_elsewhere
from graduation.schema import Column, Language, Registry

# A smaller difference would not show in whole percents.
LEAST_DIFFERENCE = 0.01
# Of changed households that are asked at once.
MOST_ROWS = 50_000
YES_NO = {"1": "yes", "0": "no"}
COLUMNS = ["column", "label", "value", "value_then", "risk", "risk_then", "sentence"]


@dataclass(frozen=True)
class Levers(Result):
    """Actionable columns whose other values go with a lower risk.

    Attributes
    ----------
    table : DataFrame
        Indexed like the households, those of the lowest risk first within each: `column`, `label`, `value`,
        `value_then`, `risk`, `risk_then` and the `sentence` that says so.
    """

    table: pd.DataFrame
    title = "What goes with a lower risk"

    def frame(self) -> pd.DataFrame:
        return self.table.reset_index()

    def notes(self) -> list[str]:
        return [
            "Each line changes one answer alone, to one that at least 1 % of the households of training gave, and "
            "asks the model again. Households that differ in it differ in much else: an association, not an effect, "
            "and no promise. What an intervention does is told by its effects, never by this.",
        ]


def levers(model: Model, households: Registry | pd.DataFrame, *, top: int = 3, language: Language = "en") -> Levers:
    """Return, for each household, the single changes of actionable columns that go with the lowest risk.

    Only columns that the dictionary calls actionable and not protected are changed, one at a time and for the better:
    along its direction, or from an answer that is not among the `better` ones to one that is. Without either, a column
    is no lever, since what the model makes of it may be the reverse of what anybody would offer. Values were common in
    training: of a number its quantiles, of a category the answers of 1 % of households or more. What is made of the
    column follows; the state now, and all else, stays.

    Parameters
    ----------
    model : Model
    households : Registry or DataFrame
        Accepted households.
    top : int
        Columns per household.
    language : {"en", "id"}

    Raises
    ------
    UsageError
        When the model does not know the households of its training (one of before): train it anew.
    ModelError
        When the households do not belong to the model's dictionary.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> run = graduation.train(graduation.pair_waves(*registries), refit=False, fast=True)
    >>> found = levers(run.model, registries[1].households.head(50)).table
    >>> bool((found["risk_then"] < found["risk"]).all())
    True
    """
    table = model.households_of(households)
    X = feature_frame(table, model.dictionary)
    return levers_of(model, X, extreme_poor(table, model.dictionary), top=top, language=language)


def levers_of(model: Model, X: pd.DataFrame, state: pd.Series, *, top: int, language: Language) -> Levers:
    """Return the levers of households whose features and states are at hand."""
    if model.reference is None:
        raise UsageError(
            f"model {model.model_id} does not know which values were common in training; train it anew for levers"
        )
    parts = [
        part
        for column in model.dictionary.columns.values()
        if column.name in X and (values := values_for_the_better(column, model.reference))
        for part in _best(model, X, state, column, values)
    ]
    if not parts:
        return Levers(pd.DataFrame(columns=COLUMNS, index=X.index[:0]))
    changes = pd.concat(parts, ignore_index=True)
    changes["risk"] = _risk(model, X, state)[changes["row"].to_numpy(dtype=int)]
    changes = changes[changes["risk"] - changes["risk_then"] >= LEAST_DIFFERENCE]
    changes = changes.sort_values(["row", "risk_then"], kind="stable").groupby("row").head(top)
    return Levers(_told(model, changes, X.index, language))


def values_for_the_better(column: Column, reference: Reference) -> list[Any]:
    """Return the values, common in training, that a column may be moved to: rising, or the most common answer first."""
    if not column.actionable or column.protected:
        return []
    if column.type in ("number", "integer"):
        return sorted(set(reference.numbers.get(column.name, []))) if column.direction else []
    shares = reference.levels.get(column.name, {})
    if column.type == "boolean":
        good = {"falls": ("yes",), "rises": ("no",), None: column.better}[column.direction]
        return [float(code) for code, answer in YES_NO.items() if answer in good and code in shares]
    return sorted(set(shares) & set(column.better), key=lambda level: (-shares[level], level))


def _best(model: Model, X: pd.DataFrame, state: pd.Series, column: Column, values: list[Any]) -> list[pd.DataFrame]:
    """Return for each household that may be moved the value of the lowest risk, the nearest of equal ones; in parts."""
    own = X[column.name]
    movable = own.notna() & (column.type in ("number", "integer") or ~own.isin(values))
    rows, size = np.flatnonzero(movable), max(1, MOST_ROWS // len(values))
    return [_tried(model, X, state, column, values, rows[start : start + size]) for start in range(0, len(rows), size)]


def _tried(
    model: Model, X: pd.DataFrame, state: pd.Series, column: Column, values: list[Any], rows: npt.NDArray[np.intp]
) -> pd.DataFrame:
    own, number = X[column.name].to_numpy()[rows], column.type not in ("category", "text")
    each, then = np.repeat(rows, len(values)), np.array(values, dtype=float if number else object)
    changed = X.iloc[each].assign(**{column.name: np.tile(then, len(rows))})
    changed = changed.assign(**derived_features(dict(changed.items()), model.dictionary.features))
    risk = _risk(model, changed, state.iloc[each]).reshape(len(rows), len(values))
    far = np.abs(then - own[:, None]) if number else np.zeros(risk.shape)
    if column.direction and column.type != "boolean":
        worse = (then > own[:, None]) if column.direction == "rises" else (then < own[:, None])
        risk = np.where(worse, np.inf, risk)
    best = np.where(risk <= risk.min(axis=1, keepdims=True) + 1e-9, far, np.inf).argmin(axis=1)
    return pd.DataFrame(
        {
            "row": rows, "column": column.name, "value": own.astype(object), "value_then": then[best].astype(object),
            "risk_then": risk[np.arange(len(rows)), best],
        }
    )  # fmt: skip


def _risk(model: Model, X: pd.DataFrame, state: pd.Series) -> npt.NDArray[np.float64]:
    with told_elsewhere():
        return model.risk.predict_risk(X, state)


def _told(model: Model, changes: pd.DataFrame, index: pd.Index, language: Language) -> pd.DataFrame:
    """Return the changes in words."""
    speaker = Speaker(model, language)
    told = changes.assign(
        label=[speaker.title(name) for name in changes["column"]],
        value=[
            speaker.value(name, shown_value(own)) for name, own in zip(changes["column"], changes["value"], strict=True)
        ],
        value_then=[speaker.value(*cell) for cell in zip(changes["column"], changes["value_then"], strict=True)],
        sentence=[_sentence(speaker, row) for row in changes.to_dict("records")],
    )
    return told[COLUMNS].set_axis(index[changes["row"].to_numpy(dtype=int)])


def _sentence(speaker: Speaker, change: dict[Any, Any]) -> str:
    then, now = (f"{100 * change[name]:.0f} %" for name in ("risk_then", "risk"))
    units = speaker.units[0].upper() + speaker.units[1:]
    fact = speaker.fact(change["column"], change["value_then"])
    return speaker.words["lever"].format(units=units, fact=fact, then=then, now=now)

"""Households and a model become a ranked list with reasons."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.explain import explanation_of
from graduation.panel import hash_labels
from graduation.risk import Model, Scores, assess
from graduation.schema import Dictionary, Label, Language, Registry


def score(
    households: Registry | pd.DataFrame,
    model: Model,
    *,
    reasons: int = 3,
    level: float = 0.9,
    language: Language = "en",
    seed: int = 0,
) -> Scores:
    """Return each household's pathway, calibrated risk with its range, rank and reasons.

    Parameters
    ----------
    households : Registry or DataFrame
        Accepted households; one whose state is unknown is scored by the model that does without it.
    model : Model
    reasons : int
        How many reasons to put into words; 0 for none.
    level : float
        How sure the range of each risk is to be, as in `RiskClassifier.predict_interval`.
    language : {"en", "id"}
    seed : int
        Equal risks are ranked by a hash of the household's id with this seed, never by the order of the file.

    Raises
    ------
    ModelError
        When the households do not belong to the model's dictionary.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> run = graduation.train(graduation.pair_waves(*registries), refit=False, fast=True)
    >>> scores = graduation.score(registries[1], run.model)
    >>> bool(scores.table["risk"].between(0, 1).all())
    True
    """
    table = model.households_of(households)
    told = assess(table, model, level=level)
    index, state = table.index, told.encoded.state
    risk = pd.Series(told.risk, index=index)
    columns = {
        "pathway": told.encoded.pathway, "risk": risk, "risk_low": told.low, "risk_high": told.high,
        "rank": rank_by_risk(risk, seed),
    }  # fmt: skip
    if state.isna().any():
        columns["chance_poor_now"] = told.chance_poor_now
    ranked = pd.DataFrame({**place_names(table, model.dictionary, language), **columns}, index=index)
    if reasons:
        ranked = ranked.join(explanation_of(told).reasons(top=reasons, language=language))
    return Scores(ranked, model.model_id, told.encoded.unseen())


def place_names(households: pd.DataFrame, dictionary: Dictionary, language: Language) -> dict[str, pd.Series]:
    """Return the places of each household by their names, so that a list can be handed to each place."""
    return {
        name: households[name].map(lambda code, codes=dictionary.columns[name].codes: _place(code, codes, language))
        for name in dictionary.role("place")
        if name in households
    }


def _place(code: str, codes: dict[str, Label], language: Language) -> str:
    return codes[code].text(language) if code in codes else code


def rank_by_risk(risk: pd.Series, seed: int) -> np.ndarray:
    """Return 1 for the highest risk; ties are broken by a seeded hash of the index."""
    order = np.lexsort((hash_labels(risk.index, seed), -risk.to_numpy()))
    rank = np.empty(len(risk), dtype=int)
    rank[order] = np.arange(1, len(risk) + 1)
    return rank

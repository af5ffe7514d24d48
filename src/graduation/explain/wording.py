"""Reasons in words for a whole batch: each sentence is made once, however many households it is said of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from graduation.explain.concepts import PROTECTED, concepts_of
from graduation.explain.ranking import NOBODY, Ranked, Ranking
from graduation.explain.sentences import Speaker, strengths
from graduation.explain.words import STRENGTHS
from graduation.features import derived_features
from graduation.risk import STATE_FEATURE, Model, is_number, shown_numbers
from graduation.schema import Dictionary, Language

Places = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Reasons:
    """The reasons of households: which concept, how much, and what is said.

    Attributes
    ----------
    ranked : Ranked
    codes : tuple of str
        Code of each concept.
    sentence : ndarray of int, shape (n, k)
        Index of the sentence; that of a household without a reason is 0, the empty text.
    sentences : list of str
        Each once.
    """

    ranked: Ranked
    codes: tuple[str, ...]
    sentence: Places
    sentences: list[str]

    def arrow(self) -> dict[str, pa.Array]:
        """Return `reason_1`, `reason_1_code` (dictionary arrays of texts) and `reason_1_contribution`, and so on.

        A household with fewer reasons has empty texts and a null contribution.
        """
        texts, codes = pa.array(self.sentences, pa.string()), pa.array(["", *self.codes], pa.string())
        columns = {}
        for place in range(self.sentence.shape[1]):
            said = pa.array(np.ascontiguousarray(self.sentence[:, place]))
            concept = pa.array(np.ascontiguousarray(self.ranked.concept[:, place]) + 1)
            columns[f"reason_{place + 1}"] = pa.DictionaryArray.from_arrays(said, texts)
            columns[f"reason_{place + 1}_code"] = pa.DictionaryArray.from_arrays(concept, codes)
            amounts = np.ascontiguousarray(self.ranked.contribution[:, place])
            columns[f"reason_{place + 1}_contribution"] = pa.array(amounts, from_pandas=True)
        return columns

    def frame(self, index: pd.Index) -> pd.DataFrame:
        """Return the sentences as `reason_1`, `reason_2`, ..."""
        texts = np.array(self.sentences, dtype=object)
        return pd.DataFrame(
            {f"reason_{place + 1}": texts[self.sentence[:, place]] for place in range(self.sentence.shape[1])},
            index=index,
        )


class Wording:
    """Puts the reasons of a model's households into words.

    Parameters
    ----------
    model : Model
    language : {"en", "id"}
    top : int
        Reasons per household.
    both : bool
        Also what lowers the risk; by default only what raises it.
    tell_protected : bool
        By default protected characteristics are one reason together, which says neither which nor what.

    Attributes
    ----------
    features : list of str
        What the columns of contributions are, in this order.
    concepts : tuple of Concept
    ranking : Ranking

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> run = graduation.train(graduation.pair_waves(*registries), refit=False, fast=True)
    >>> explanation = graduation.explain(run.model, registries[1])
    >>> wording = Wording(run.model, "id", top=2)
    >>> ranked = wording.ranking(wording.ordered(explanation.contributions))
    >>> list(wording(ranked, explanation.values).arrow())[:3]
    ['reason_1', 'reason_1_code', 'reason_1_contribution']
    """

    def __init__(
        self, model: Model, language: Language = "en", *, top: int = 5, both: bool = False, tell_protected: bool = False
    ) -> None:
        self.features = model.features
        self.concepts = concepts_of(model.dictionary, self.features, tell_protected=tell_protected)
        self.codes = tuple(concept.code for concept in self.concepts)
        self.ranking = Ranking(self.features, self.concepts, top=top, both=both)
        self._speaker = Speaker(model, language)
        self._hidden = {name for one in self.concepts if one.code == PROTECTED for name in one.features}
        # What was said once is said again in later batches; threads can only write the same.
        self._said: dict[str, dict[tuple[Any, int], str]] = {name: {} for name in self.features}

    def ordered(self, contributions: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return contributions (n, p) in the order of `features`; those a household's pathway does not use are 0."""
        return contributions.reindex(columns=self.features).fillna(0.0).to_numpy(dtype=float)

    def __call__(self, ranked: Ranked, values: Mapping[str, Any]) -> Reasons:
        """Return the sentences of ranked reasons.

        Parameters
        ----------
        ranked : Ranked
            Of the same households as the values. Where a kernel gives concepts and contributions only, `told` is
            ``wording.ranking.told_by(concept, contribution)``.
        values : mapping of str to columns (n,)
            By feature, as `values_to_tell` gives them: a DataFrame, or numbers (missing NaN) and categories.
        """
        told, strength = ranked.told.ravel(), strengths(ranked.contribution.ravel())
        sentence, sentences = np.zeros(len(told), dtype=np.int32), {"": 0}
        places = ranked.told.shape[1]
        for feature, cells in _by_feature(told, self.features):
            shown, levels = self._shown(feature, values[feature], cells // places)
            keys = shown * len(STRENGTHS) + strength[cells]
            used, codes = np.unique(keys, return_inverse=True)
            said = self._say(feature, [(levels[key // len(STRENGTHS)], key % len(STRENGTHS)) for key in used.tolist()])
            sentence[cells] = np.array([sentences.setdefault(one, len(sentences)) for one in said])[codes]
        return Reasons(ranked, self.codes, sentence.reshape(ranked.told.shape), list(sentences))

    def _shown(self, feature: str, column: Any, rows: npt.NDArray[np.intp]) -> tuple[Places, list[Any]]:
        """Return for each cell which of the values that are shown it holds, and these values, None if not known."""
        if feature in self._hidden:
            return np.zeros(len(rows), dtype=np.int32), [None]
        if isinstance(column, pd.Categorical):
            codes = column.codes[rows].astype(np.int32)
            return codes, [*column.categories, None]  # The code of what is not known is -1: the last.
        cells = np.asarray(column)[rows]
        numbers = is_number(feature, self._speaker.model.dictionary)
        found, levels = pd.factorize(shown_numbers(cells) if numbers else cells)
        return found.astype(np.int32), [*levels, None]

    def _say(self, feature: str, keys: list[tuple[Any, int]]) -> list[str]:
        """Return the sentence of each value and strength of a feature."""
        known = self._said[feature]
        for value, strength in keys:
            if (value, strength) not in known:
                hidden = feature in self._hidden
                said = self._speaker.neutral(strength) if hidden else self._speaker.reason(feature, value, strength)
                known[value, strength] = said
        return [known[key] for key in keys]


def values_to_tell(households: pd.DataFrame, dictionary: Dictionary, state: pd.Series) -> dict[str, Any]:
    """Return the values of features as `Wording` reads them, without making a table: numbers, and what is categorical.

    Parameters
    ----------
    households : DataFrame
        Accepted households, as `Registry.households`; their categories may be pandas categories, which is quicker.
    dictionary : Dictionary
    state : Series
        1 for the extreme poor now, 0 for others, NaN where it is not known.
    """
    flat = households.reset_index() if dictionary.repeats else households
    found = {name: _plain(flat[name]) for name in dictionary.features}
    found |= {name: values.to_numpy() for name, values in derived_features(_series(found), found).items()}
    return {**found, STATE_FEATURE: np.asarray(state, dtype=float)}


def _plain(values: pd.Series) -> Any:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.array
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values.astype(float).to_numpy()
    return values.astype(object).where(values.notna(), None).to_numpy()


def _series(columns: Mapping[str, Any]) -> dict[str, pd.Series]:
    return {name: pd.Series(values) for name, values in columns.items()}


def _by_feature(told: npt.NDArray[np.int16], features: list[str]) -> list[tuple[str, npt.NDArray[np.intp]]]:
    """Return each feature that tells any reason, with the places where it does."""
    order = np.argsort(told, kind="stable")  # a radix sort of small integers
    ends = np.searchsorted(told[order], np.arange(len(features)), side="right")
    starts = np.concatenate([[int((told == NOBODY).sum())], ends[:-1]])
    return [(name, order[a:b]) for name, a, b in zip(features, starts, ends, strict=True) if b > a]

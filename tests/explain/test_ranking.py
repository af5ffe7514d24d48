"""The strongest concepts are the reasons, whoever counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graduation.errors import UsageError
from graduation.explain import Concept, Ranking
from graduation.schema import Label

FEATURES = list("abcdef")
CONCEPTS = [Concept(names[0], tuple(names), Label()) for names in ("ad", "b", "cef")]
AMOUNTS = arrays(float, (7, 6), elements=st.integers(-3, 3).map(float))


@settings(deadline=None, max_examples=60)
@given(amounts=AMOUNTS, both=st.booleans(), top=st.integers(0, 5))
def test_ranks_are_those_of_a_plain_sort_of_sums(amounts: np.ndarray, both: bool, top: int) -> None:
    ranked = Ranking(FEATURES, CONCEPTS, top=top, both=both)(amounts)
    assert ranked.concept.shape == (7, min(top, 3))
    for row, values in enumerate(amounts):
        sums = {number: sum(values[FEATURES.index(one)] for one in c.features) for number, c in enumerate(CONCEPTS)}
        strength = {number: abs(total) if both else total for number, total in sums.items()}
        expected = sorted((n for n in sums if strength[n] > 0), key=lambda n: (-strength[n], n))[:top]
        assert [one for one in ranked.concept[row] if one >= 0] == expected
        assert [one for one in ranked.contribution[row] if one == one] == [sums[number] for number in expected]
        for number, told in zip(expected, ranked.told[row], strict=False):
            parts = [np.sign(sums[number]) * values[FEATURES.index(one)] for one in CONCEPTS[number].features]
            assert FEATURES[told] in CONCEPTS[number].features
            assert np.sign(sums[number]) * values[told] == max(parts)


@settings(deadline=None, max_examples=20)
@given(amounts=AMOUNTS)
def test_concepts_add_up_to_features(amounts: np.ndarray) -> None:
    ranking = Ranking(FEATURES, CONCEPTS)
    np.testing.assert_allclose(ranking.sums(amounts).sum(axis=1), amounts.sum(axis=1))
    assert ranking.concept_of.tolist() == [0, 1, 2, 0, 2, 2]


def test_without_parts_the_first_feature_tells_and_nobody_is_nobody() -> None:
    ranking = Ranking(FEATURES, CONCEPTS)
    concept = np.array([[2, 0], [1, -1]], dtype=np.int16)
    assert ranking.told_by(concept, np.array([[1.0, 0.5], [0.2, np.nan]])).tolist() == [[2, 0], [1, -1]]
    with pytest.raises(UsageError, match="top is -1"):
        Ranking(FEATURES, CONCEPTS, top=-1)

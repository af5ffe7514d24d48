"""Why a household's risk is what it is, in numbers and in plain words.

Contributions of features come from `Model.risk`; `concepts` sums those that tell of one variable, `ranking` picks the
strongest, `sentences` says one of them, `wording` says those of a whole batch, and `levers` asks what would differ were
one answer another. Another way to compute contributions belongs beside `explanation`: whatever yields a number for each
household and feature is ranked and told by the same words.
"""

from graduation.explain.concepts import PROTECTED, Concept, concepts_of
from graduation.explain.explanation import Explanation, explain, explanation_of
from graduation.explain.levers import Levers, levers
from graduation.explain.ranking import Ranked, Ranking
from graduation.explain.wording import Reasons, Wording, values_to_tell

__all__ = [
    "PROTECTED",
    "Concept",
    "Explanation",
    "Levers",
    "Ranked",
    "Ranking",
    "Reasons",
    "Wording",
    "concepts_of",
    "explain",
    "explanation_of",
    "levers",
    "values_to_tell",
]

"""What can be offered to a household, whom it suits, and what it is expected to do."""

from graduation.interventions.effects import EffectModel
from graduation.interventions.evidence import basis_notes
from graduation.interventions.offers import Offers
from graduation.interventions.programme import NO_ARM, Intervention, Programme, Rule, When, load_programme
from graduation.interventions.recommendations import Recommendations, recommend, risk_after

__all__ = [
    "NO_ARM",
    "EffectModel",
    "Intervention",
    "Offers",
    "Programme",
    "Recommendations",
    "Rule",
    "When",
    "basis_notes",
    "load_programme",
    "recommend",
    "risk_after",
]

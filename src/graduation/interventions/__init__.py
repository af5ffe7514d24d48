"""What can be offered to a household, whom it suits, and what it is expected to do."""

from graduation.interventions.costs import cost_notes, household_costs
from graduation.interventions.effects import EffectModel
from graduation.interventions.evidence import basis_notes, check_risk_unit
from graduation.interventions.offers import Offers
from graduation.interventions.programme import NO_ARM, CostBy, Intervention, Programme, Referral, load_programme
from graduation.interventions.published import Assumed, PublishedEffect, PublishedEffects, published_effects
from graduation.interventions.recommendations import Recommendations, recommend, risk_after
from graduation.interventions.referrals import referral_table, referrals_of
from graduation.interventions.rules import Condition, Rule, When

__all__ = [
    "NO_ARM",
    "Assumed",
    "Condition",
    "CostBy",
    "EffectModel",
    "Intervention",
    "Offers",
    "Programme",
    "PublishedEffect",
    "PublishedEffects",
    "Recommendations",
    "Referral",
    "Rule",
    "When",
    "basis_notes",
    "check_risk_unit",
    "cost_notes",
    "household_costs",
    "load_programme",
    "published_effects",
    "recommend",
    "referral_table",
    "referrals_of",
    "risk_after",
]

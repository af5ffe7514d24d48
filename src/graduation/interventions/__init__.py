"""What can be offered to a household, whom it suits, and what it is expected to do."""

from graduation.interventions.chances import CHANCE, Chances, chance_table, named_chances
from graduation.interventions.costs import cost_notes, household_costs
from graduation.interventions.estimating import EffectModel
from graduation.interventions.evidence import check_risk_unit
from graduation.interventions.goal import CASES_AVERTED, Goal
from graduation.interventions.offers import Offers
from graduation.interventions.phrases import in_language
from graduation.interventions.piloting import PilotDesign, PilotTarget, design_pilot
from graduation.interventions.programme import NO_ARM, CostBy, Intervention, Programme, Referral, load_programme
from graduation.interventions.published import Assumed, PublishedEffect, PublishedEffects, published_effects
from graduation.interventions.recommendations import Recommendations, recommend, risk_after
from graduation.interventions.referrals import referral_table, referrals_of
from graduation.interventions.rules import Condition, Rule, When
from graduation.interventions.telling import basis_notes
from graduation.interventions.valuing import BudgetCurve, PolicyValue, ValueSettings, budget_curve, policy_value

__all__ = [
    "CASES_AVERTED",
    "CHANCE",
    "NO_ARM",
    "Assumed",
    "BudgetCurve",
    "Chances",
    "Condition",
    "CostBy",
    "EffectModel",
    "Goal",
    "Intervention",
    "Offers",
    "PilotDesign",
    "PilotTarget",
    "PolicyValue",
    "Programme",
    "PublishedEffect",
    "PublishedEffects",
    "Recommendations",
    "Referral",
    "Rule",
    "ValueSettings",
    "When",
    "basis_notes",
    "budget_curve",
    "chance_table",
    "check_risk_unit",
    "cost_notes",
    "design_pilot",
    "household_costs",
    "in_language",
    "load_programme",
    "named_chances",
    "policy_value",
    "published_effects",
    "recommend",
    "referral_table",
    "referrals_of",
    "risk_after",
]

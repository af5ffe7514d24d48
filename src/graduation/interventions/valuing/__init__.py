"""What a rule of who gets which arm is worth, on records that it was not learned from."""

from graduation.interventions.valuing.curve import BudgetCurve, budget_curve
from graduation.interventions.valuing.policy import PolicyValue, policy_value
from graduation.interventions.valuing.scored import ValueSettings

__all__ = ["BudgetCurve", "PolicyValue", "ValueSettings", "budget_curve", "policy_value"]

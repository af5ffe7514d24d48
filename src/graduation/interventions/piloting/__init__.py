"""How to try arms by lot, so that their effects can be estimated."""

from graduation.interventions.piloting.design import PilotDesign, design_pilot
from graduation.interventions.piloting.size import PilotTarget

__all__ = ["PilotDesign", "PilotTarget", "design_pilot"]

"""What arms did, from records of a past programme."""

from graduation.interventions.estimating.effects import EffectModel

__all__ = ["EffectModel"]

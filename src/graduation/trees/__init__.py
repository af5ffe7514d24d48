"""Scores and exact Shapley contributions of a LightGBM booster, from its text."""

from graduation.trees.cost import TooLarge
from graduation.trees.explainer import Explainer, Walk
from graduation.trees.parsing import Forest

__all__ = ["Explainer", "Forest", "TooLarge", "Walk"]

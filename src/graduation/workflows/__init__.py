"""The stories that the rooms tell together: train, score, plan."""

from graduation.workflows.effects import learn_effects, records_dictionary
from graduation.workflows.planning import Plan, plan
from graduation.workflows.scoring import score
from graduation.workflows.training import TrainingRun, train

__all__ = ["Plan", "TrainingRun", "learn_effects", "plan", "records_dictionary", "score", "train"]

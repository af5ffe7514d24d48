"""The stories that the rooms tell together: train, score, plan."""

from graduation.workflows.effects import learn_effects, records_dictionary
from graduation.workflows.plan import Plan, plan
from graduation.workflows.score import score
from graduation.workflows.train import TrainingRun, train

__all__ = ["Plan", "TrainingRun", "learn_effects", "plan", "records_dictionary", "score", "train"]

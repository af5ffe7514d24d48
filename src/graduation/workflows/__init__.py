"""The stories that the rooms tell together: train, score, plan."""

from graduation.workflows.ageing import Backtest
from graduation.workflows.backtesting import backtest
from graduation.workflows.effects import learn_effects, records_dictionary
from graduation.workflows.leakage import LeakageCheck, check_leakage
from graduation.workflows.planning import Plan, plan
from graduation.workflows.scoring import place_names, score
from graduation.workflows.training import TrainingRun, prove, train

__all__ = [
    "Backtest",
    "LeakageCheck",
    "Plan",
    "TrainingRun",
    "backtest",
    "check_leakage",
    "learn_effects",
    "place_names",
    "plan",
    "prove",
    "records_dictionary",
    "score",
    "train",
]

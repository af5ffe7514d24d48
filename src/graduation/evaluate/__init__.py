"""How well a risk or a score finds the extreme poor: metrics with intervals, overall, by group and side by side."""

from graduation.evaluate.comparison import Comparison, compare
from graduation.evaluate.coverage import RangeCoverage, range_coverage
from graduation.evaluate.crossing import TIMES, cross_groups
from graduation.evaluate.evaluation import Evaluation, evaluate
from graduation.evaluate.inputs import MISSING
from graduation.evaluate.missed import MissedProfile, who_is_missed
from graduation.evaluate.naming import in_words
from graduation.evaluate.pathways import PathwayEvaluation, evaluate_pathways
from graduation.evaluate.quota import Budget
from graduation.evaluate.transfer import Transfer, TransferEvaluation, evaluate_transfer

__all__ = [
    "MISSING", "TIMES", "Budget", "Comparison", "Evaluation", "MissedProfile", "PathwayEvaluation", "RangeCoverage",
    "Transfer", "TransferEvaluation",
    "compare", "cross_groups", "evaluate", "evaluate_pathways", "evaluate_transfer", "in_words",
    "range_coverage", "who_is_missed",
]  # fmt: skip

"""How well a risk or a score finds the extreme poor: metrics with intervals, overall, by group and side by side."""

from graduation.evaluate.comparison import Comparison, compare
from graduation.evaluate.coverage import RangeCoverage, range_coverage
from graduation.evaluate.evaluation import Evaluation, evaluate

__all__ = ["Comparison", "Evaluation", "RangeCoverage", "compare", "evaluate", "range_coverage"]

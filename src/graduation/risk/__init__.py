"""Calibrated risk, one model per pathway."""

from graduation.risk.assessing import Assessment, assess
from graduation.risk.candidates import candidate_scores
from graduation.risk.classifier import RiskClassifier
from graduation.risk.counting import ColumnCounts
from graduation.risk.encoded import Encoded, encode
from graduation.risk.encoding import TableEncoder, told_elsewhere
from graduation.risk.grown import GrownRisk, last_columns, rows_of
from graduation.risk.model import STATE_LABEL, Model, dump_json
from graduation.risk.reference import Reference, is_number, learn_reference, level_text, shown_numbers, shown_value
from graduation.risk.scorecard import Scorecard, fit_scorecard
from graduation.risk.scores import Scores
from graduation.risk.transition import PATHWAYS, POOLED, STATE_FEATURE, TransitionRisk, with_state

__all__ = [
    "PATHWAYS",
    "POOLED",
    "STATE_FEATURE",
    "STATE_LABEL",
    "Assessment",
    "ColumnCounts",
    "Encoded",
    "GrownRisk",
    "Model",
    "Reference",
    "RiskClassifier",
    "Scorecard",
    "Scores",
    "TableEncoder",
    "TransitionRisk",
    "assess",
    "candidate_scores",
    "dump_json",
    "encode",
    "fit_scorecard",
    "is_number",
    "last_columns",
    "learn_reference",
    "level_text",
    "rows_of",
    "shown_numbers",
    "shown_value",
    "told_elsewhere",
    "with_state",
]

"""Calibrated risk, one model per pathway."""

from graduation.risk.assessing import Assessment, assess
from graduation.risk.candidates import candidate_scores
from graduation.risk.classifier import RiskClassifier
from graduation.risk.encoded import Encoded, encode
from graduation.risk.encoding import told_elsewhere
from graduation.risk.model import STATE_LABEL, Model, dump_json
from graduation.risk.reference import Reference, is_number, learn_reference, level_text, shown_numbers, shown_value
from graduation.risk.scorecard import Scorecard, fit_scorecard
from graduation.risk.scores import Scores
from graduation.risk.transition import PATHWAYS, POOLED, STATE_FEATURE, TransitionRisk

__all__ = [
    "PATHWAYS",
    "POOLED",
    "STATE_FEATURE",
    "STATE_LABEL",
    "Assessment",
    "Encoded",
    "Model",
    "Reference",
    "RiskClassifier",
    "Scorecard",
    "Scores",
    "TransitionRisk",
    "assess",
    "candidate_scores",
    "dump_json",
    "encode",
    "fit_scorecard",
    "is_number",
    "learn_reference",
    "level_text",
    "shown_numbers",
    "shown_value",
    "told_elsewhere",
]

"""Calibrated risk, one model per pathway."""

from graduation.risk.candidates import candidate_scores
from graduation.risk.classifier import RiskClassifier
from graduation.risk.encoding import told_elsewhere
from graduation.risk.model import Model, dump_json
from graduation.risk.scorecard import Scorecard, fit_scorecard
from graduation.risk.scores import Scores
from graduation.risk.transition import PATHWAYS, POOLED, STATE_FEATURE, TransitionRisk

__all__ = [
    "PATHWAYS",
    "POOLED",
    "STATE_FEATURE",
    "Model",
    "RiskClassifier",
    "Scorecard",
    "Scores",
    "TransitionRisk",
    "candidate_scores",
    "dump_json",
    "fit_scorecard",
    "told_elsewhere",
]

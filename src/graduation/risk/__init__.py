"""Calibrated risk, one model per pathway."""

from graduation.risk.candidates import candidate_scores
from graduation.risk.classifier import RiskClassifier
from graduation.risk.model import Model, dump_json
from graduation.risk.scores import Scores
from graduation.risk.transition import PATHWAYS, TransitionRisk

__all__ = ["PATHWAYS", "Model", "RiskClassifier", "Scores", "TransitionRisk", "candidate_scores", "dump_json"]

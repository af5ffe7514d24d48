"""Synthetic households of peri-urban West Java: waves, records of programmes, the truth apart, and their fidelity."""

from graduation.datasets.fidelity_report import Fidelity, fidelity
from graduation.datasets.waves import Truth, Waves, make_waves

__all__ = ["Fidelity", "Truth", "Waves", "fidelity", "make_waves"]

"""Synthetic households of peri-urban West Java: waves, programme records, the truth apart, and how faithful they are."""

from graduation.datasets.fidelity import Fidelity, fidelity
from graduation.datasets.waves import Truth, Waves, make_waves

__all__ = ["Fidelity", "Truth", "Waves", "fidelity", "make_waves"]

"""Synthetic households of peri-urban West Java: waves, programme records, and the truth apart from both."""

from graduation.datasets.waves import Truth, Waves, make_waves

__all__ = ["Truth", "Waves", "make_waves"]

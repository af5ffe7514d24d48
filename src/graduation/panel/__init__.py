"""Two waves or more become households with an outcome and a history, split so that the test stays unseen."""

from graduation.panel.counting import PoorCount, count_poor
from graduation.panel.hashing import hash_labels, in_hashed_share
from graduation.panel.history import with_history
from graduation.panel.pairing import pair_waves
from graduation.panel.panel import Panel, SplitBy
from graduation.panel.states import UNKNOWN, extreme_poor, pathway_of

__all__ = [
    "UNKNOWN", "Panel", "PoorCount", "SplitBy", "count_poor", "extreme_poor", "hash_labels",
    "in_hashed_share", "pair_waves", "pathway_of",
    "with_history",
]  # fmt: skip

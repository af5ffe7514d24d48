"""Two waves or more become households with an outcome and a history, split so that the test stays unseen."""

from graduation.panel.counting import PoorCount, count_poor, is_countable, told_by
from graduation.panel.hashing import drawn_labels, hash_labels, hash_rows, in_hashed_share
from graduation.panel.history import with_history
from graduation.panel.pairing import disorder, pair_part, pair_waves, refuse_no_pairs
from graduation.panel.panel import Panel, SplitBy
from graduation.panel.states import UNKNOWN, extreme_poor, pathway_of

__all__ = [
    "UNKNOWN", "Panel", "PoorCount", "SplitBy", "count_poor", "disorder", "drawn_labels", "extreme_poor",
    "hash_labels", "hash_rows", "in_hashed_share", "is_countable", "pair_part", "pair_waves", "pathway_of",
    "refuse_no_pairs", "told_by", "with_history",
]  # fmt: skip

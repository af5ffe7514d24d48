"""How far two methods list the same households, for lists of every length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graduation.evaluate.columns import Floats
from graduation.evaluate.measuring import SHARES
from graduation.evaluate.quota import ListSize
from graduation.evaluate.ranking import Ranking, cut_list, listed_by_share, listed_share

OVERLAP_SHARES = SHARES[4::5]
COLUMNS = ["method", "other", "list_share", "overlap"]


def overlap_table(methods: Sequence[str], rankings: Sequence[Ranking], weight: Floats, size: ListSize) -> pd.DataFrame:
    """Return, for each two methods, the share of the first one's list that is on the second one's too.

    `list_share` runs over lists of every length; NaN marks the one list that is evaluated.
    """
    this = np.concatenate([_this_list(ranking, weight, size) for ranking in rankings])
    parts = [_pairs(methods, this, weight, np.nan)]
    every = [listed_by_share(ranking, weight, OVERLAP_SHARES) for ranking in rankings]
    for number, share in enumerate(OVERLAP_SHARES):
        parts.append(_pairs(methods, np.stack([listed[number] for listed in every]), weight, float(share)))
    return pd.concat(parts, ignore_index=True)


def _this_list(ranking: Ranking, weight: Floats, size: ListSize) -> Floats:
    cut = cut_list(ranking.blocks(weight[None]), size)
    return ranking.unranked(listed_share(ranking.block_of, cut))


def _pairs(methods: Sequence[str], listed: Floats, weight: Floats, share: float) -> pd.DataFrame:
    """Compare lists (methods, households): tied households at a cut are drawn for each list by itself."""
    both = (listed * weight) @ listed.T
    length = (listed * weight).sum(axis=1, keepdims=True)
    overlap = np.clip(both / length, 0, 1)
    np.fill_diagonal(overlap, 1)
    rows = [
        (one, other, share, overlap[i, j]) for i, one in enumerate(methods) for j, other in enumerate(methods) if i != j
    ]
    return pd.DataFrame(rows, columns=COLUMNS)

"""Draw labels by a seeded hash, so that the order of rows never matters."""

from __future__ import annotations

import numpy as np
import pandas as pd


def in_hashed_share(labels: pd.Series, share: float, seed: int) -> np.ndarray:
    """Return a mask of whole labels holding about `share` of the rows, drawn by a seeded hash of the label."""
    sizes = labels.value_counts()
    order = np.argsort(hash_labels(sizes.index, seed), kind="stable")
    before_each = sizes.iloc[order].cumsum() - sizes.iloc[order]
    drawn = before_each.index[before_each < share * len(labels)]
    return labels.isin(drawn).to_numpy()


def hash_labels(labels: pd.Index, seed: int) -> np.ndarray:
    """Return one 64-bit number per label: the same for the same label and seed, in any order, on any machine."""
    if pd.api.types.is_string_dtype(labels.dtype) and labels.dtype != object and not labels.hasnans:
        keyed = (f"{seed}:" + labels).to_numpy(dtype=object)
    else:
        keyed = np.array([f"{seed}:{label}" for label in labels], dtype=object)
    return np.asarray(pd.util.hash_array(keyed, categorize=False))

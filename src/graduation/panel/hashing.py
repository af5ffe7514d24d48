"""Draw labels by a seeded hash, so that the order of rows never matters."""

from __future__ import annotations

import numpy as np
import pandas as pd


def in_hashed_share(labels: pd.Series, share: float, seed: int) -> np.ndarray:
    """Return a mask of whole labels holding about `share` of the rows, drawn by a seeded hash of the label."""
    return labels.isin(drawn_labels(labels.value_counts(), share * len(labels), seed)).to_numpy()


def drawn_labels(sizes: pd.Series, n_rows: float, seed: int) -> pd.Index:
    """Return labels that hold about so many rows together, given how many each has; drawn by their hashes."""
    order = np.argsort(hash_labels(sizes.index, seed), kind="stable")
    before_each = sizes.iloc[order].cumsum() - sizes.iloc[order]
    return before_each.index[before_each < n_rows]


def hash_rows(labels: pd.Series, seed: int) -> np.ndarray:
    """Return the hash (n,) of each row's label; one that several rows share is hashed once."""
    codes, distinct = pd.factorize(labels)
    return np.asarray(hash_labels(pd.Index(distinct), seed)[codes])


def hash_labels(labels: pd.Index, seed: int) -> np.ndarray:
    """Return one 64-bit number per label: the same for the same label and seed, in any order, on any machine."""
    if pd.api.types.is_string_dtype(labels.dtype) and labels.dtype != object and not labels.hasnans:
        keyed = (f"{seed}:" + labels).to_numpy(dtype=object)
    else:
        keyed = np.array([f"{seed}:{label}" for label in labels], dtype=object)
    return np.asarray(pd.util.hash_array(keyed, categorize=False))

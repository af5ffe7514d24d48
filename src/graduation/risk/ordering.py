"""An order of rows that their content decides, so that the order of a file changes nothing."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem

# Fewer effective households than this, or than a tenth of the rows, and a few of them decide everything.
FEW_EFFECTIVE, SHARE_EFFECTIVE = 50, 0.1
DECIMALS = 9


def read_groups(groups: Any, n_rows: int) -> np.ndarray | None:
    """Return groups as codes (n,), or None where each row is one of its own.

    Raises
    ------
    DataError
        When there are not as many as rows, or some are missing.
    """
    if groups is None:
        return None
    values = pd.Series(np.asarray(groups))
    problems = []
    if len(values) != n_rows:
        problems.append(Problem(f"{len(values):,} groups", f"{n_rows:,}, one a row", "Pass the groups of these rows."))
    elif missing := int(values.isna().sum()):
        remedy = "Give each row without a group one of its own."
        problems.append(Problem(f"groups missing in {missing:,} rows", "a group for each row", remedy))
    if problems:
        raise DataError("groups", problems)
    return np.asarray(pd.factorize(values)[0])


def relative(weight: np.ndarray) -> np.ndarray:
    """Return weights of mean 1, the same for any unit and order; warn where a few rows hold nearly all of it."""
    scaled = weight / weight.max()
    scaled = np.round(scaled * (len(scaled) / math.fsum(scaled)), DECIMALS)
    effective = scaled.sum() ** 2 / np.sum(scaled**2)
    if len(scaled) > FEW_EFFECTIVE > effective or effective < SHARE_EFFECTIVE * len(scaled):
        warnings.warn(
            f"weights are very unequal: {len(scaled):,} rows count like {effective:,.0f} of equal weight (Kish 1965), "
            "so a few households decide the risk of all",
            UserWarning,
            stacklevel=4,
        )
    return np.asarray(scaled)


def canonical_order(
    encoded: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows in an order made of their content, and their groups numbered in that order.

    Rows alike in all columns stand in the order of their groups' content, never of names: groups called otherwise, and
    rows in another order, give the same.
    """
    content = pd.DataFrame(encoded)
    content["y"], content["weight"] = y, weight
    row = pd.util.hash_pandas_object(content, index=False).to_numpy()
    if group is None:
        return np.argsort(row, kind="stable"), np.arange(len(row))
    whole = np.zeros(int(group.max()) + 1, dtype=np.uint64)
    np.add.at(whole, group, row)
    order = np.lexsort((whole[group], row))
    return order, np.asarray(pd.factorize(group[order])[0])

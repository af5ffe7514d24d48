"""Exact ranks over all parts, without holding their rows in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from graduation.batch.merging import LIMIT, Stretch, stretches
from graduation.batch.parts import Done, by_rank

# In the order of a part's records; 0 within a place where the place is missing.
RANKS = np.dtype([("rank", "<i4"), ("within", "<i4")])


def rank_parts(parts: Sequence[Done], scratch: Path, dropped: Mapping[int, np.ndarray], *, limit: int = LIMIT) -> int:
    """Write the rank of every household, over all and within its place, to one file per part.

    The ranks are those of `rank_by_risk` on all households at once: descending risk, ties by the seeded hash of the id.

    Parameters
    ----------
    parts : sequence of Done
    scratch : Path
        An empty folder for the files.
    dropped : mapping of int to ndarray of int
        By number of part, rows of its scores that are set aside and take no rank.
    limit : int
        Households in memory at once.

    Returns
    -------
    int
        How many have a rank.
    """
    orders = [_kept_order(part, scratch, dropped) for part in parts]
    counter = _Within(parts)
    ranked = 0
    for stretch in stretches(orders, ("risk", "tie"), limit):
        ranks = _ranks(stretch, ranked, counter)
        ranked += len(ranks)
        for part, piece in zip(parts, np.split(ranks, np.cumsum(stretch.sizes)[:-1]), strict=True):
            if len(piece):
                with _ranks_path(scratch, part).open("ab") as file:
                    piece.tofile(file)
    return ranked


def ranks_of(part: Done, scratch: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows of a part's scores are kept, in their order, and the ranks of these."""
    order = np.load(_order_path(part, scratch), allow_pickle=False)
    path = _ranks_path(scratch, part)
    ranks = np.fromfile(path, RANKS) if len(order) else np.empty(0, RANKS)
    by_position = np.argsort(order["position"])
    return order["position"][by_position], ranks[by_position]


def _kept_order(part: Done, scratch: Path, dropped: Mapping[int, np.ndarray]) -> Path:
    if part.number in dropped:
        order = np.load(part.path("order.npy"), allow_pickle=False)
        gone = np.isin(order["position"], dropped[part.number])
        np.save(scratch / f"{part.number:06d}.order.npy", order[~gone], allow_pickle=False)
    return _order_path(part, scratch)


def _order_path(part: Done, scratch: Path) -> Path:
    own = scratch / f"{part.number:06d}.order.npy"
    return own if own.exists() else part.path("order.npy")


def _ranks_path(scratch: Path, part: Done) -> Path:
    return scratch / f"{part.number:06d}.ranks"


class _Within:
    """Count on the households of each place."""

    def __init__(self, parts: Sequence[Done]) -> None:
        number: dict[str, int] = {}
        self._numbers = [
            np.array([number.setdefault(place, len(number)) for place in part.places], "int32") for part in parts
        ]
        self._seen = np.zeros(len(number), dtype="int32")

    def __call__(self, stretch: Stretch, order: np.ndarray) -> np.ndarray:
        """Return the rank of each record within its place, the records taken in this order."""
        place = self._place(stretch)[order]
        # Few places fit 16 bits, which are sorted much faster.
        by_place = np.argsort(place.astype("int16") if len(self._seen) < 1 << 15 else place, kind="stable")
        ordered = place[by_place]
        first = np.flatnonzero(np.diff(ordered, prepend=-2))
        begins = np.repeat(first, np.diff(first, append=len(ordered)))
        ranks = np.zeros(len(place), dtype="int32")
        known = ordered >= 0
        ranks[by_place] = np.where(known, np.arange(1, len(place) + 1) - begins + self._seen_of(ordered), 0)
        self._seen += np.bincount(ordered[known], minlength=len(self._seen)).astype("int32")
        return ranks

    def _seen_of(self, place: np.ndarray) -> np.ndarray:
        seen: np.ndarray = np.append(self._seen, np.int32(0))[place]
        return seen

    def _place(self, stretch: Stretch) -> np.ndarray:
        codes = np.split(stretch.records["place"], np.cumsum(stretch.sizes)[:-1])
        # A missing place is -1 in every part, and stays so.
        return np.concatenate(
            [np.append(numbers, np.int32(-1))[code] for numbers, code in zip(self._numbers, codes, strict=True)]
        )


def _ranks(stretch: Stretch, before: int, within: _Within) -> np.ndarray:
    records = stretch.records
    order = by_rank(records["risk"], records["tie"])
    ranks = np.empty(len(records), RANKS)
    ranks["rank"][order] = np.arange(before + 1, before + len(records) + 1)
    ranks["within"][order] = within(stretch, order)
    return ranks

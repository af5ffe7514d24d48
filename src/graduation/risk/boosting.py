"""The tree parts of a risk: LightGBM with settings for weak signals, one member per fold."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graduation.risk.folds import workers
from graduation.risk.losses import log_loss
from graduation.risk.sample import Sample

# With OpenMP's default, threads that wait spin, and on a busy machine two threads can be slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import lightgbm as lgb

COMMON = {
    "objective": "binary",
    "feature_fraction": 0.3,
    "min_sum_hessian_in_leaf": 1.0,
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
# Two kinds of trees that err in different ways: the best cuts on half of the rows, and random cuts on all.
BAGGED = {"num_leaves": 8, "bagging_fraction": 0.5, "bagging_freq": 1, "min_data_in_leaf": 40}
RANDOMISED = {"num_leaves": 8, "extra_trees": True, "min_data_in_leaf": 20}
MANY_ROWS = 10_000


def kinds_for(n_rows: int, *, fast: bool) -> dict[str, dict[str, Any]]:
    """Return LightGBM's settings for each kind of trees: small steps and small trees where rows are few."""
    if fast:
        return {"bagged": {**BAGGED, "learning_rate": 0.15}}
    if n_rows >= MANY_ROWS:
        return {"bagged": {**BAGGED, "learning_rate": 0.1}, "randomised": {**RANDOMISED, "learning_rate": 0.1}}
    small = {"learning_rate": 0.05}
    return {"bagged": {**BAGGED, **small}, "randomised": {**RANDOMISED, **small, "num_leaves": 4}}


def explains(booster: lgb.Booster) -> bool:
    """Whether LightGBM tells one contribution per feature of these trees, and nothing else."""
    row = np.full((1, booster.num_feature()), np.nan)
    try:
        return bool(np.shape(booster.predict(row, pred_contrib=True)) == (1, booster.num_feature() + 1))
    except lgb.basic.LightGBMError:
        return False


# Rounds grown between two looks at the held-out loss, and looks without gain before it ends.
ROUNDS_A_LOOK, PATIENCE = 20, 4
ROUNDS_TOLD = 200
# Rounds that lower the loss by less than this share of it are not worth scoring with for years.
NEGLIGIBLE = 2e-4
BLOCK = re.compile(r"(?m)^(?=Tree=\d+$)|^(?=end of trees$)")


@dataclass(frozen=True)
class Trees:
    """The members' boosters, the rounds grown, the trees to use of each, and held-out margins (n,)."""

    boosters: list[lgb.Booster]
    rounds: int
    counts: list[int]
    held_out: np.ndarray

    def blocks(self, factor: float) -> list[list[str]]:
        """Return the text of each member's trees, all leaves multiplied by `factor`."""
        texts = [
            # To LightGBM no iterations means all of them.
            booster.model_to_string(num_iteration=count) if count else ""
            for booster, count in zip(self.boosters, self.counts, strict=True)
        ]
        return [[_scaled(block, factor) for block in _trees_of(text)] for text in texts]

    @property
    def tell_apart(self) -> bool:
        """Whether any member tells any rows apart."""
        return any(booster.feature_importance().any() for booster in self.boosters)


def fit_trees(
    data: lgb.Dataset,
    sample: Sample,
    *,
    params: dict[str, Any],
    most_rounds: int,
    rounds: int | None,
    tell: Callable[[str], None],
) -> Trees:
    """Grow the members that leave out each fold side by side, until their held-out loss together stops falling.

    With `rounds`, that many are grown and none is chosen.
    """
    growing = _Growing(data, sample, params)
    looks: list[tuple[float, int, list[int], np.ndarray]] = []
    behind = 0
    with workers(prepare=_hush) as each:
        while growing.done < (rounds or most_rounds) and (rounds or behind < PATIENCE):
            growing.on(min(ROUNDS_A_LOOK, (rounds or most_rounds) - growing.done), each)
            loss = log_loss(sample.y, growing.margin, sample.weight)
            behind = behind + 1 if looks and loss >= min(look[0] for look in looks) else 0
            looks.append((loss, growing.done, growing.counts(), growing.margin.copy()))
            if growing.done % ROUNDS_TOLD == 0:
                tell(f"{growing.done} rounds, held-out log loss {loss:.5f}")
    _, chosen, counts, held_out = looks[-1 if rounds else first_enough([loss for loss, *_ in looks])]
    return Trees(growing.boosters, chosen, counts, held_out)


def first_enough(losses: Sequence[float]) -> int:
    """Return the place of the first loss that no later one betters by more than a negligible share."""
    enough = min(losses) * (1 + NEGLIGIBLE)
    return next(place for place, loss in enumerate(losses) if loss <= enough)


class _Growing:
    """Members that leave out each fold, and their held-out margins (n,) so far."""

    def __init__(self, data: lgb.Dataset, sample: Sample, params: dict[str, Any]) -> None:
        subsets = [data.subset(np.flatnonzero(sample.fold != number)).construct() for number in sample.folds]
        self.boosters = [lgb.Booster(params, subset) for subset in subsets]
        self._rows = [sample.fold == number for number in sample.folds]
        self._parts = [sample.encoded[mask] for mask in self._rows]
        self.margin = np.zeros(len(sample.y))
        self.done = 0

    def on(self, rounds: int, each: Callable[..., list[Any]]) -> None:
        """Grow every member by some rounds, one thread a member."""
        grown = each(lambda member: self._grow(member, rounds), range(len(self.boosters)))
        for mask, more in zip(self._rows, grown, strict=True):
            self.margin[mask] += more
        self.done += rounds

    def counts(self) -> list[int]:
        return [booster.current_iteration() for booster in self.boosters]

    def _grow(self, member: int, rounds: int) -> np.ndarray:
        booster, part = self.boosters[member], self._parts[member]
        start = booster.current_iteration()
        for _ in range(rounds):
            # A round that finds no cut among the columns it drew adds no tree; the next draws others.
            booster.update()
        if booster.current_iteration() == start:
            return np.zeros(len(part))
        return predict(booster, part, start, num_threads=1)


def predict(booster: lgb.Booster, encoded: np.ndarray, start: int = 0, count: int = -1, **options: Any) -> np.ndarray:
    """Return the sum of some trees (n,); by default of all from `start`."""
    return np.asarray(
        booster.predict(encoded, raw_score=True, start_iteration=start, num_iteration=count, verbosity=-1, **options)
    )


def _hush() -> None:
    """Make a table and a booster: LightGBM keeps how much it says by thread, and learns it from these."""
    quiet = {"verbosity": -1, "num_threads": 1}
    lgb.Booster(quiet, lgb.Dataset(np.zeros((2, 1)), [0, 1], params=quiet))


def make_dataset(sample: Sample) -> lgb.Dataset:
    """Return LightGBM's binned table; binning looks at the features only, never at the outcome, so folds share it."""
    return lgb.Dataset(
        sample.encoded,
        sample.y,
        weight=sample.weight,
        # LightGBM refuses names with JSON characters, so its text carries positions; the encoder keeps the names.
        feature_name=[f"x{position}" for position in range(sample.encoded.shape[1])],
        categorical_feature=sorted(sample.levels),
        free_raw_data=False,
        params={**COMMON, "feature_pre_filter": False},
    ).construct()


def merge(trees: dict[str, Trees], shares: dict[str, float]) -> tuple[lgb.Booster | None, list[list[int]]]:
    """Return one booster with the trees of all members, and which are whose: member, first tree, number of trees.

    Each leaf is multiplied by its kind's share and divided by the number of members, so that the sum of all trees is
    the blend of the members' means.
    """
    blocks: list[str] = []
    spans: list[list[int]] = []
    for kind, part in trees.items():
        for member, own in enumerate(part.blocks(shares[kind] / len(part.boosters)) if shares[kind] > 0 else []):
            spans.append([member, len(blocks), len(own)])
            blocks += own
    if not blocks:
        return None, []
    text = next(iter(trees.values())).boosters[0].model_to_string(num_iteration=1)
    # Without the sizes of its trees LightGBM reads them one after the other.
    head = re.sub(r"(?m)^tree_sizes=.*\n", "", BLOCK.split(text, maxsplit=1)[0])
    numbered = [re.sub(r"^Tree=\d+", f"Tree={number}", block) for number, block in enumerate(blocks)]
    return read(head + "".join(numbered) + text[text.index("end of trees") :]), spans


def read(text: str) -> lgb.Booster:
    """Return the booster of a text."""
    return lgb.Booster(model_str=text)


def _trees_of(text: str) -> list[str]:
    return [block for block in BLOCK.split(text) if block.startswith("Tree=")]


def _scaled(block: str, factor: float) -> str:
    def scale(line: re.Match[str]) -> str:
        return line[1] + " ".join(repr(float(value) * factor) for value in line[2].split())

    return re.sub(r"(?m)^((?:leaf_value|internal_value)=)(.*)$", scale, block)

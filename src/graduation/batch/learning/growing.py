"""Grow the members of a risk with LightGBM's Dask estimator, on blocks that workers read from the disk."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np

from graduation.batch.learning.blocks import Block, mean_weight
from graduation.errors import Interrupted
from graduation.risk.boosting import PATIENCE, ROUNDS_A_LOOK, Trees, first_enough, predict, read
from graduation.risk.ensemble import tree_params
from graduation.risk.grown import rows_of
from graduation.risk.losses import log_loss
from graduation.risk.recipe import Recipe
from graduation.risk.sample import Sample
from graduation.risk.transition import STATUS

if TYPE_CHECKING:
    from distributed import Client, Future
    from lightgbm import Booster

# Of the first member of each kind; whatever is grown then is doubled until it is enough.
FIRST_ROUNDS = 5 * ROUNDS_A_LOOK
OPTIONS = {"feature_pre_filter": False}
# Seconds between looks whether all workers are there.
LOOK = 2
# LightGBM notes where workers listened: other ports in each run, and nothing that a model should tell.
WHERE = re.compile(r"(?m)^\[(local_listen_port|machines): .*\]\n")


@dataclass(frozen=True)
class Grower:
    """Grows the trees of each classifier of a `GrownRisk` on all blocks.

    Attributes
    ----------
    client : Client
        Of `growing_client`: LightGBM lays rows in the order in which it is told what workers hold.
    blocks : sequence of Block
    tell : callable
    """

    client: Client
    blocks: Sequence[Block]
    tell: Callable[[str], None]

    def __call__(self, name: str, sample: Sample, recipe: Recipe) -> dict[str, Trees]:
        """Return the trees of each kind; the held-out log loss of the sample chooses their rounds.

        The first member is grown until its own held-out loss stops falling, and the others by as many rounds.
        """
        mine = [block for block in self.blocks if block.state in rows_of(name)]
        grown = {}
        for kind, params in tree_params(recipe, sample.encoded.shape[1]).items():
            members: list[_Member] = []
            for fold in sample.folds:
                data = _Data(self.client, [block for block in mine if block.fold != fold], sample, name == STATUS)
                member = _Member(data, params, sample, fold)
                if members:
                    member.grow(members[0].asked)
                else:
                    member.grow_enough(recipe.most_rounds)
                members.append(member)
                self.tell(f"{name}: {kind} trees, member {fold + 1} of {len(sample.folds)}, {member.asked} rounds")
            grown[kind] = _trees(members, sample)
        return grown


@dataclass(frozen=True)
class _Data:
    """What a member learns from: Dask arrays whose blocks lie on fixed workers."""

    client: Client
    blocks: Sequence[Block]
    sample: Sample
    of_state: bool

    def fit(self, params: dict[str, Any], rounds: int, booster: Booster | None) -> Booster:
        """Grow some rounds more."""
        from lightgbm.dask import DaskLGBMClassifier

        features, outcome, weight = self._arrays()
        model = DaskLGBMClassifier(client=self.client, n_estimators=rounds, tree_learner="data", **OPTIONS, **params)
        names = [f"x{position}" for position in range(features.shape[1])]
        # It prints that it looks for ports, and warns that each worker has its own number of threads.
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Parameter (n_jobs|num_threads) will be ignored")
            told = {"feature_name": names, "categorical_feature": sorted(self.sample.levels), "init_model": booster}
            _watched(self.client, partial(_fit, self.client, model, (features, outcome, weight), told))
        return read(WHERE.sub("", model.to_local().booster_.model_to_string()))

    def _arrays(self) -> tuple[Any, Any, Any]:
        import dask.array as da

        columns, mean = self.sample.encoded.shape[1], mean_weight(self.blocks)
        workers = self._workers()
        pieces: tuple[list[Any], ...] = ([], [], [])
        for block in self.blocks:
            worker = workers[block.part % len(workers)]
            made = (
                (self._there(worker, _features, block.path("features"), columns), (block.rows, columns), np.float32),
                (self._outcome(worker, block), (block.rows,), np.int8),
                (self._there(worker, _weights, block.path("weight"), mean), (block.rows,), np.float32),
            )
            for piece, (future, shape, dtype) in zip(pieces, made, strict=True):
                piece.append(da.from_delayed(future, shape=shape, dtype=dtype))
        features, outcome, weight = (da.concatenate(piece) for piece in pieces)
        return features, outcome, weight

    def _outcome(self, worker: str, block: Block) -> Future:
        if self.of_state:
            return self._there(worker, _same, block.state, block.rows)
        return self._there(worker, _outcomes, block.path("outcome"))

    def _there(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Future:
        """Return what a function makes on one worker, and nowhere else."""
        return self.client.submit(function, *arguments, workers=[worker], allow_other_workers=False, pure=False)

    def _workers(self) -> list[str]:
        """Return as many of the workers as have both outcomes each: one that has not would number them otherwise."""
        found = sorted(self.client.nthreads())
        for n in range(len(found), 1, -1):
            cases, rows = np.zeros(n), np.zeros(n)
            for block in self.blocks:
                cases[block.part % n] += block.rows * block.state if self.of_state else block.cases
                rows[block.part % n] += block.rows
            if ((cases > 0) & (cases < rows)).all():
                return found[:n]
        return found[:1]


@dataclass
class _Member:
    """The trees that leave out one fold, and the margins of the sample's rows of that fold at each look."""

    data: _Data
    params: dict[str, Any]
    sample: Sample
    fold: int
    booster: Any = None
    asked: int = 0
    looks: list[np.ndarray] = field(default_factory=list)

    @property
    def rows(self) -> np.ndarray:
        return np.asarray(self.sample.fold == self.fold)

    def grow(self, rounds: int) -> None:
        """Grow some rounds more."""
        # A stretch that drew the columns and rows of the one before again would teach less.
        params = {**self.params, "seed": self.params["seed"] + self.asked}
        self.booster = self.data.fit(params, rounds, self.booster)
        self.asked += rounds
        encoded = self.sample.encoded[self.rows]
        margin = self.looks[-1] if self.looks else np.zeros(len(encoded))
        for start in range(len(self.looks) * ROUNDS_A_LOOK, self.booster.current_iteration(), ROUNDS_A_LOOK):
            margin = margin + predict(self.booster, encoded, start, ROUNDS_A_LOOK, num_threads=1)
            self.looks.append(margin)

    def grow_enough(self, most_rounds: int) -> None:
        """Grow until the held-out loss has not fallen for some looks."""
        y, weight = self.sample.y[self.rows], self.sample.weight[self.rows]
        while self.asked < most_rounds:
            before = len(self.looks)
            self.grow(min(max(self.asked, FIRST_ROUNDS), most_rounds - self.asked))
            losses = [log_loss(y, margin, weight) for margin in self.looks]
            ended = self.booster.current_iteration() < self.asked
            if ended or len(self.looks) == before or len(losses) - 1 - int(np.argmin(losses)) >= PATIENCE:
                return

    def margin(self, look: int) -> np.ndarray:
        """Return the margins at a look, or at the last where trees were no longer found."""
        return self.looks[min(look, len(self.looks) - 1)] if self.looks else np.zeros(int(self.rows.sum()))


def _fit(client: Client, model: Any, arrays: tuple[Any, Any, Any], told: dict[str, Any]) -> None:
    features, outcome, weight = arrays
    # Which client is the current one, each thread must be told.
    with client.as_current():
        model.fit(features, outcome, sample_weight=weight, **told)


def _watched(client: Client, work: Callable[[], object]) -> None:
    """Do some work as long as no worker is lost: its part would be waited for without end.

    Raises
    ------
    Interrupted
        When one is.
    """
    there, failed = set(client.nthreads()), []

    def do() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    # A daemon, for when a worker is lost nobody waits for it any more.
    thread = Thread(target=do, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(LOOK)
        if lost := there - set(client.nthreads()):
            raise Interrupted(
                f"{len(lost)} of {len(there)} workers were lost while trees grew, most often for want of memory; give "
                "them more, or take more workers, and begin again"
            )
    if failed:
        raise failed[0]


def _trees(members: list[_Member], sample: Sample) -> Trees:
    """Return the members with the rounds of least held-out loss, all looked at together."""
    margins = []
    for look in range(max(1, *(len(member.looks) for member in members))):
        margin = np.zeros(len(sample.y))
        for member in members:
            margin[member.rows] = member.margin(look)
        margins.append(margin)
    look = first_enough([log_loss(sample.y, margin, sample.weight) for margin in margins])
    rounds = (look + 1) * ROUNDS_A_LOOK
    counts = [min(rounds, member.booster.current_iteration()) for member in members]
    return Trees([member.booster for member in members], rounds, counts, margins[look])


def _features(path: Any, columns: int) -> np.ndarray:
    """Return the first columns of a matrix on the disk: pages of it are read when they are needed."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)[:, :columns])


def _outcomes(path: Any) -> np.ndarray:
    return np.asarray(np.load(path, allow_pickle=False))


def _same(state: int, rows: int) -> np.ndarray:
    return np.full(rows, state, dtype=np.int8)


def _weights(path: Any, mean: float) -> np.ndarray:
    """Return weights of mean 1."""
    return np.asarray(np.load(path, allow_pickle=False) / np.float32(mean))

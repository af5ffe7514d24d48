"""Train on registries that memory does not hold: files of two waves become a model like any other."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graduation.batch.checking import Checker
from graduation.batch.clients import refuse_without_dask
from graduation.batch.journal import fingerprint
from graduation.batch.learning.blocks import Block, Learned, learn_columns, write_blocks
from graduation.batch.learning.cluster import growing_client
from graduation.batch.learning.growing import Grower
from graduation.batch.learning.pairs import Counted, Pairs, Split, count_pairs
from graduation.batch.learning.waves import REJECTED, Wave, check_wave
from graduation.batch.locking import locked
from graduation.batch.reading import Reader
from graduation.batch.sources import find_sources
from graduation.errors import DataError, UsageError
from graduation.features import feature_frame
from graduation.io import check_model_folder, check_output, save_model, write_run_record
from graduation.risk import GrownRisk, Model, RiskClassifier, TransitionRisk, told_elsewhere
from graduation.schema import Dictionary, load_dictionary
from graduation.workflows import TrainingRun, check_leakage, prove
from graduation.workflows.card import model_card, run_params
from graduation.workflows.fitting import directions, reference_of

Tell = Callable[[str], None]
LIBRARIES = ("dask", "distributed")


@dataclass(frozen=True)
class FileTraining:
    """How files become a model.

    Attributes
    ----------
    share : float
        Share of the pairs to hold out for the figures, by place, else by household. The model does not learn from them.
    fast : bool
        One kind of trees with larger steps, as in `RiskClassifier`.
    seed : int
    n_folds, most_rounds : int
        Members of each classifier, each grown without one fold, and most rounds of each; as in `RiskClassifier`.
    sample_rows : int
        Pairs in memory at once of either side of the split, drawn by a hash. Those of training carry all but the trees:
        linear part, number of rounds, weights, calibration, ranges, reference; those held out carry the figures.
    scheduler : str, optional
        Address of a Dask scheduler; its workers must see the folder of the model and have this version installed.
    n_workers : int
        Processes to start on this machine where there is no scheduler.
    max_rejected : float
        Refuse a wave when a larger share of its rows is set aside.
    key_file : path, optional
        Secret of pseudonyms, as in `read_registry`.
    """

    share: float = 0.25
    fast: bool = False
    seed: int = 0
    n_folds: int = 5
    most_rounds: int = 2000
    sample_rows: int = 100_000
    scheduler: str | None = None
    n_workers: int = 2
    max_rejected: float = 0.5
    key_file: str | Path | None = None

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise UsageError(f"share is {self.share}; expected a number between 0 and 1")
        for name, least in (("n_folds", 2), ("most_rounds", 1), ("sample_rows", 1), ("n_workers", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} is {getattr(self, name)}; expected a whole number of {least} or more")


def train_files(
    before: str | Path,
    after: str | Path,
    out: str | Path,
    *,
    schema: str | Path | Dictionary,
    settings: FileTraining | None = None,
    reading: Mapping[str, Any] | None = None,
    force: bool = False,
    progress: Tell | None = None,
) -> TrainingRun:
    """Train on two waves of any size with LightGBM's Dask estimator, and write the model folder.

    Where the data fit in memory, `train` is simpler; a sample of a million households nearly always is enough
    (`benchmarks/train_files.py`). Waves are checked chunk by chunk and paired part by part; trees are grown on
    all pairs that are not held out, by workers that read them from a folder beside `out`, removed at the end. The same
    files, in any order of rows and form, give the same model on the same number of workers.

    Parameters
    ----------
    before, after : path, folder or glob
        CSV or Parquet files of two waves, the earlier first.
    out : path
        Model folder. Rows set aside are listed beside it, and a ``.run.json``.
    schema : str, path or Dictionary
        Both waves are read by it.
    settings : FileTraining, optional
    reading : mapping, optional
        Kept in the card: how the waves were read.
    force : bool
        Replace what is there.
    progress : callable, optional
        Called with one sentence now and then.

    Raises
    ------
    UsageError
        When dask is not installed, no scheduler answers, a file is not found or an output is not to be replaced.
    DataError
        When a wave cannot be used, or they are in the wrong order.
    NotEnoughData
        When they share too few households.
    """
    settings, tell, out = settings or FileTraining(), progress or (lambda _: None), Path(out)
    refuse_without_dask()
    readers = [Reader(find_sources(one), load_dictionary(schema)) for one in (before, after)]
    lists = _lists(out, [Path(before), Path(after)])
    check_model_folder(out, force=force)
    for path in [*lists, out.with_name(f"{out.name}.run.json")]:
        check_output(path, force=force)
    if settings.scheduler is not None:
        # Before the work, not after it.
        with growing_client(settings.scheduler, settings.n_workers):
            tell(f"the scheduler at {settings.scheduler} answers")
    out.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(out) as scratch:
        waves = _checked(readers, scratch, settings, tell)
        pairs = Pairs.of(*waves)
        tell("pairing")
        counted = count_pairs(pairs, share=settings.share, n_folds=settings.n_folds, seed=settings.seed)
        tell(f"{counted.n_pairs:,} pairs, {counted.n_test:,} of them held out by {counted.split.by}")
        run = _trained(pairs, counted, scratch, settings, reading, tell)
        save_model(run, out, force=force)
        for wave, path in zip(waves, lists, strict=True):
            # A list of an earlier run would be taken for one of this.
            path.unlink(missing_ok=True)
            if wave.rejected.n_rows:
                shutil.move(wave.parts[0].folder / REJECTED, path)
    write_run_record(
        out, command="train", inputs=[], force=force, model=str(out), model_id=run.model.model_id, params=run.params,
        waves=[_told(wave) for wave in waves], pairs=counted.counts.to_dict("records"), reading=reading,
        libraries=run.model.card["versions"],
    )  # fmt: skip
    return run


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Make an empty folder beside a model, for this run alone; what one that was killed has left there is removed."""
    folder = out.with_name(f".{out.name}.training").absolute()
    with locked(out.with_name(f".{out.name}.training.lock")):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _lists(out: Path, waves: Sequence[Path]) -> list[Path]:
    """Return where the rows set aside of each wave go."""
    stems = [wave.stem if wave.is_file() else (wave if wave.is_dir() else wave.parent).resolve().name for wave in waves]
    return [
        out.parent / f"{out.stem}.{which}.{stem}.rejected.csv"
        for which, stem in zip(("before", "after"), stems, strict=True)
    ]


def _checked(readers: Sequence[Reader], scratch: Path, settings: FileTraining, tell: Tell) -> list[Wave]:
    """Check both waves; when any is refused, tell the problems of all."""
    waves, faults = [], []
    dictionary = readers[0].dictionary
    if dictionary.repeats:
        raise UsageError(
            "files of households that are there several times are not paired; give a file of each wave, or train in "
            "memory (graduation train without --engine dask)"
        )
    # Of the next wave only the state is read.
    needed = [name for role in ("state", "welfare", "time") for name in dictionary.role(role)]
    for number, reader in enumerate(readers):
        checker = Checker(dictionary, None if settings.key_file is None else Path(settings.key_file))
        try:
            waves.append(
                check_wave(reader, checker, scratch / f"wave{number}", columns=needed if number else None,
                           max_rejected=settings.max_rejected, tell=tell)
            )  # fmt: skip
        except DataError as error:
            faults.append(error)
    if faults:
        raise DataError.of_all(faults)
    return waves


def _trained(
    pairs: Pairs, counted: Counted, scratch: Path, settings: FileTraining, reading: Mapping[str, Any] | None, tell: Tell
) -> TrainingRun:
    """Learn, measure and describe."""
    split = counted.split
    learned = learn_columns(
        pairs, split, n_train=counted.n_train, n_test=counted.n_test, sample=settings.sample_rows
    )  # fmt: skip
    tell("looking for features that know too much")
    with told_elsewhere():
        leakage = check_leakage(learned.learn, seed=settings.seed)
    tell("writing the pairs as LightGBM reads them")
    blocks = write_blocks(pairs, split, learned.encoder, scratch / "blocks")
    with growing_client(settings.scheduler, settings.n_workers) as client:
        n_workers = len(client.nthreads())
        tell(f"growing trees on {sum(block.rows for block in blocks):,} pairs with {n_workers} workers")
        risk = _grown(learned, split, Grower(client, blocks, tell), settings, tell)
    proof = prove(risk, learned.learn, learned.test, seed=settings.seed, tell=tell)
    params = run_params(learned.learn, learned.learn, learned.test, risk, split_by=split.by, seed=settings.seed) | {
        "engine": "dask", "n_pairs": counted.n_pairs, "n_train": counted.n_train, "n_test": counted.n_test,
        "n_sampled": len(learned.learn.outcome), "n_evaluated": len(learned.test.outcome),
        "n_workers": n_workers,
    }  # fmt: skip
    card = model_card(learned.learn, params, proof["evaluations"])
    card["training"]["fingerprint"] = _fingerprint(blocks)
    card["versions"] |= {name: version(name) for name in LIBRARIES}
    if reading is not None:
        card["reading"] = dict(reading)
    model = Model(risk, learned.learn.dictionary.at_scoring(), card, reference_of(learned.learn))
    return TrainingRun(model=model, params=params, leakage=leakage, **proof)


def _grown(learned: Learned, split: Split, grower: Grower, settings: FileTraining, tell: Tell) -> TransitionRisk:
    panel = learned.learn
    recipe = RiskClassifier(
        seed=settings.seed, fast=settings.fast, n_folds=settings.n_folds, most_rounds=settings.most_rounds,
        directions=directions(panel), progress=tell,
    )  # fmt: skip
    risk = GrownRisk(recipe, tells_state=panel.dictionary.tells_state, encoder=learned.encoder, grow=grower)
    X = feature_frame(panel.households, panel.dictionary)
    with told_elsewhere():
        risk.fit(X, panel.outcome, panel.state, panel.weight, split.folds(panel))
    return risk.plain()


def _fingerprint(blocks: Sequence[Block]) -> str:
    """Return the first 16 hex digits of the SHA-256 of all that trees were grown on."""
    digest = hashlib.sha256()
    for block in blocks:
        for what in ("features", "outcome", "weight"):
            with block.path(what).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _told(wave: Wave) -> dict[str, Any]:
    """Return what the run record tells of a wave."""
    return {
        "source": wave.source,
        "files": [fingerprint(path) for path in wave.reader.source.files],
        "rows": {"read": sum(part.n_read for part in wave.parts), "accepted": wave.n_households,
                 "set_aside": wave.rejected.n_rows},
        "rules": wave.rejected.told(),
    }  # fmt: skip

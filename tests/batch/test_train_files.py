"""Training on files gives what training in memory gives: the same pairs, held-out households, and as good a model."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster
from sklearn.metrics import log_loss, roc_auc_score

import graduation
from graduation.batch import FileTraining, train_files
from graduation.batch.checking import Checker
from graduation.batch.learning import files, growing
from graduation.batch.learning.pairs import Pairs, Split, count_pairs
from graduation.batch.learning.waves import check_wave, first_of, part_of
from graduation.batch.reading import Reader
from graduation.batch.sources import find_sources
from graduation.errors import DataError, Interrupted, NotEnoughData, UsageError
from graduation.panel import hash_labels
from graduation.risk import RiskClassifier
from graduation.schema import Registry
from graduation.workflows.fitting import directions, fit_risk, predicted_risk

SETTINGS = FileTraining(fast=True, seed=1, n_folds=2, most_rounds=40)


@pytest.fixture(scope="module")
def waves() -> graduation.Waves:
    return graduation.make_waves(2_400, seed=5)


@pytest.fixture(scope="module")
def tables(waves: graduation.Waves) -> list[pd.DataFrame]:
    """Two waves with households given twice, far apart, and cells that are no numbers."""
    dirty = []
    for wave in waves.tables:
        table = wave.astype(object)
        clash = table.iloc[[5]].assign(household_size=table["household_size"].iloc[5] + 1)
        table = pd.concat([table, table.iloc[[3, 1_700]], clash], ignore_index=True)
        table.loc[11, "household_size"] = "many"
        dirty.append(table.astype("string"))
    return dirty


@pytest.fixture(scope="module")
def registries(tables: list[pd.DataFrame], waves: graduation.Waves) -> list[Registry]:
    return [graduation.read_registry(table, schema=waves.dictionary) for table in tables]


@pytest.fixture(scope="module")
def parquet(tables: list[pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One file a wave."""
    folder = tmp_path_factory.mktemp("parquet")
    for number, table in enumerate(tables):
        table.to_parquet(folder / f"wave{number}.parquet", index=False)
    return [folder / f"wave{number}.parquet" for number in (0, 1)]


@pytest.fixture(scope="module")
def csv(tables: list[pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A folder a wave, of files with other rows in another order, so that parts list categories in other orders."""
    folder = tmp_path_factory.mktemp("csv")
    for number, table in enumerate(tables):
        (folder / f"wave{number}").mkdir()
        # The first of two copies is kept, whichever it is.
        mixed = table.sample(frac=1, random_state=number)
        for part, start in enumerate(range(0, len(mixed), 1_000)):
            mixed.iloc[start : start + 1_000].to_csv(folder / f"wave{number}" / f"part-{part}.csv", index=False)
    return [folder / f"wave{number}" for number in (0, 1)]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A cluster of two workers that is there already."""
    with LocalCluster(n_workers=2, threads_per_worker=1, memory_limit=0, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def trained(
    parquet: list[Path], waves: graduation.Waves, scheduler: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[graduation.TrainingRun, Path]:
    out = tmp_path_factory.mktemp("trained") / "model"
    settings = replace(SETTINGS, scheduler=scheduler)
    return train_files(*parquet, out, schema=waves.dictionary, settings=settings), out


def paired(sources: list[Path], waves: graduation.Waves, folder: Path, rows: int) -> Pairs:
    checked = [
        check_wave(
            Reader(find_sources(source), waves.dictionary, rows=rows), Checker(waves.dictionary), folder / str(number),
            max_rejected=0.5, tell=lambda _: None,
        )
        for number, source in enumerate(sources)
    ]  # fmt: skip
    return Pairs.of(*checked)


def test_pairs_and_rejected_are_those_of_memory(
    csv: list[Path], registries: list[Registry], waves: graduation.Waves, tmp_path: Path
) -> None:
    expected = graduation.pair_waves(*registries)
    pairs = paired(csv, waves, tmp_path, rows=1_000)
    counted = count_pairs(pairs, share=0.25, n_folds=5, seed=1)
    pd.testing.assert_frame_equal(counted.counts, expected.counts, check_dtype=False)
    assert [wave.rejected.n_rows for wave in (pairs.before, pairs.after)] == [one.n_rejected for one in registries]
    panels = list(pairs)
    assert len(panels) > 1
    for part in ("outcome", "state", "weight"):
        whole = pd.concat([getattr(panel, part) for panel in panels]).sort_index()
        pd.testing.assert_series_equal(whole, getattr(expected, part).sort_index())
    households = pd.concat([panel.households.astype(expected.households.dtypes) for panel in panels]).sort_index()
    pd.testing.assert_frame_equal(households, expected.households.sort_index())
    _, test = expected.split("place", share=0.25, seed=1)
    held_out = pd.concat([panel.subset(counted.split.tests(panel)).outcome for panel in panels])
    assert set(held_out.index) == set(test.outcome.index)
    folds = pd.concat([panel.cluster.to_frame("place").assign(fold=counted.split.folds(panel)) for panel in panels])
    assert folds.groupby("place")["fold"].nunique().max() == 1


def test_parts_and_folds_are_drawn_by_hash(registries: list[Registry]) -> None:
    panel = graduation.pair_waves(*registries)
    # Without places, each household is a unit of its own.
    panel = replace(panel, groups=panel.groups[["household", "time"]])
    split = Split("household", 0.25, n_folds=3, seed=1)
    assert split.tests(panel).mean() == pytest.approx(0.25, abs=0.03)
    learn = panel.subset(~split.tests(panel))
    assert np.bincount(split.folds(learn)) / len(learn.outcome) == pytest.approx(np.full(3, 1 / 3), abs=0.04)
    hashes = np.sort(hash_labels(panel.outcome.index, 0))
    for n_parts in (1, 3, 7):
        starts = [first_of(hashes, number, n_parts) for number in range(n_parts + 1)]
        assert np.repeat(np.arange(n_parts), np.diff(starts)).tolist() == part_of(hashes, n_parts).tolist()


def test_as_good_as_in_memory(trained: tuple[graduation.TrainingRun, Path], registries: list[Registry]) -> None:
    run, out = trained
    # What `train` fits on its training part, and holds out.
    learn, test = graduation.pair_waves(*registries).split("place", share=0.25, seed=1)
    recipe = RiskClassifier(fast=True, seed=1, directions=directions(learn))
    local = fit_risk(learn, recipe, str(learn.cluster.name))
    risk = predicted_risk(local, test, test.state)
    assert run.params["n_test"] == len(test.outcome)
    assert run.params["n_train"] == len(learn.outcome)
    auc = roc_auc_score(test.outcome, risk, sample_weight=test.weight)
    assert run.metrics()["all_roc_auc"] == pytest.approx(auc, abs=0.02)
    loss = log_loss(test.outcome, risk, sample_weight=test.weight)
    assert run.metrics()["all_log_loss"] == pytest.approx(loss, abs=0.02)
    encoders = [one.classifiers_["pooled"].encoder_ for one in (run.model.risk, local)]
    assert sorted(encoders[0].used_) == sorted(encoders[1].used_)
    assert encoders[0].levels_ == encoders[1].levels_
    assert run.model.risk.classifiers_["pooled"].ensemble_.booster is not None
    assert not [path for path in out.parent.iterdir() if path.name.startswith(".")]
    rejected = pd.read_csv(out.parent / "model.before.wave0.rejected.csv", dtype=str)
    assert rejected["row"].nunique() == registries[0].n_rejected


def test_a_model_like_any_other(
    trained: tuple[graduation.TrainingRun, Path], parquet: list[Path], registries: list[Registry], tmp_path: Path
) -> None:
    run, out = trained
    model = graduation.load_model(out)
    assert model.model_id == run.model.model_id
    assert model.card["training"]["n_workers"] == 2
    # Where workers listened differs from run to run, and is nobody's business.
    assert "127.0.0.1" not in "".join(model.to_parts().values())
    graduation.score_file(
        parquet[1], model, tmp_path / "scores.parquet", settings=graduation.ScoringSettings(reasons=2)
    )
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    assert scores["reason_1"].notna().mean() > 0.9
    assert (scores["risk_high"] > scores["risk_low"]).mean() > 0.9
    households = registries[1].households
    unknown = model.inputs(households)[1].isna().to_numpy()
    assert unknown.any()
    told = graduation.explain(model, registries[1])
    risk = model.predict_risk(households).to_numpy()
    assert np.isfinite(risk).all()
    assert len(told.drivers()) > 0
    # A missing state is scored by the classifier that is blind to it, and welfare with it.
    used = model.risk.classifiers_["unknown"].encoder_.used_
    assert not set(used) & set(model.risk.tells_state)


def test_again_from_other_files_the_same_model(
    trained: tuple[graduation.TrainingRun, Path],
    csv: list[Path],
    waves: graduation.Waves,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a cluster of its own, with as many workers."""
    run, _ = trained
    # Figures of the same model on the same households need not be drawn again.
    names = ("evaluations", "candidates", "scorecard", "ranges", "missed")
    monkeypatch.setattr(files, "prove", lambda *_, **__: {name: getattr(run, name) for name in names})
    monkeypatch.setattr(files, "check_leakage", lambda *_, **__: run.leakage)
    again = train_files(
        *csv, tmp_path / "model", schema=waves.dictionary, settings=replace(SETTINGS, n_workers=2)
    )  # fmt: skip
    trained_on = [one.model.card["training"]["fingerprint"] for one in (again, run)]
    assert trained_on[0] == trained_on[1]
    assert again.model.model_id == run.model.model_id


def test_a_lost_worker_ends_the_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "LOOK", 0.01)
    there = iter([{"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 1}])
    client, ended = SimpleNamespace(nthreads=lambda: next(there)), Event()
    with pytest.raises(Interrupted, match="1 of 2 workers were lost"):
        growing._watched(client, ended.wait)  # type: ignore[arg-type]
    ended.set()
    client.nthreads = lambda: {"a": 1}
    with pytest.raises(ZeroDivisionError):
        growing._watched(client, lambda: 1 / 0)  # type: ignore[arg-type]


def test_bad_inputs_are_refused(
    parquet: list[Path], waves: graduation.Waves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (pd.read_parquet(path).head(150) for path in parquet)
    tables = {
        "first": first, "second": second, "few": first.head(40),
        "others": second.assign(household_id="x" + second["household_id"]),
    }  # fmt: skip
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)

    def train(before: str, after: str, **settings: object) -> None:
        paths = [tmp_path / f"{name}.parquet" for name in (before, after)]
        train_files(*paths, tmp_path / "model", schema=waves.dictionary, settings=FileTraining(**settings))

    with pytest.raises(DataError, match="earlier wave first"):
        train("second", "first")
    monkeypatch.setattr("graduation.batch.clients.ANSWER", 0.5)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        train("first", "second", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(NotEnoughData, match="graduation train"):
        train("few", "second")
    with pytest.raises(NotEnoughData, match="ids are written alike"):
        train("first", "others")
    monkeypatch.setattr("graduation.batch.clients.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'graduation\[dask\]'"):
        train("first", "second")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".", "model"))]

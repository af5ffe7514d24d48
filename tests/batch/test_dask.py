"""A registry scored on a Dask cluster gives the bytes that the local engine gives, whatever happens to its workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import pandas as pd
import pytest
from distributed import Client, LocalCluster

import graduation
from graduation import ScoringSettings, score_file
from graduation.batch import clients, cluster, remote
from graduation.batch.cluster import Cluster, on_cluster
from graduation.batch.jobs import Job
from graduation.batch.processes import local_cluster
from graduation.batch.remote import Asked, Desk, job_told
from graduation.batch.sources import find_sources
from graduation.cli import main
from graduation.errors import DataError, Interrupted, UsageError
from graduation.risk import Model

SETTINGS = ScoringSettings(reasons=2, rows_per_chunk=200)
ROWS = 900


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two workers of one thread, as the engine starts them without a scheduler."""
    with local_cluster(2, patience=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def table(waves: graduation.Waves) -> pd.DataFrame:
    """A wave with rows given twice in different chunks, and a cell that is no number."""
    wave = waves.tables[1].head(ROWS).astype({"household_size": object})
    wave.iloc[11, wave.columns.get_loc("household_size")] = "many"
    clash = wave.iloc[[5]].assign(household_size=wave["household_size"].iloc[5] + 1)
    return pd.concat([wave, wave.iloc[[3, 700]], clash], ignore_index=True).astype({"household_size": str})


@pytest.fixture(scope="module")
def sources(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    table.to_csv(folder / "registry.csv", index=False)
    parts = folder / "registry"
    parts.mkdir()
    # One file has a row group of several chunks, the other several row groups.
    table.iloc[:500].to_parquet(parts / "part-1.parquet", index=False)
    table.iloc[500:].to_parquet(parts / "part-2.parquet", index=False, row_group_size=150)
    return {"csv": folder / "registry.csv", "parquet": parts}


@pytest.fixture(scope="module")
def whole(sources: dict[str, Path], model: Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """What the local engine writes."""
    outs = {kind: tmp_path_factory.mktemp(kind) / "scores.parquet" for kind in sources}
    for kind, out in outs.items():
        score_file(sources[kind], model, out, settings=SETTINGS)
    return {kind: written(out) for kind, out in outs.items()}


def written(out: Path) -> list[bytes]:
    listed = next(out.parent.glob(f"{out.stem}.*.rejected.csv"))
    return [out.read_bytes(), listed.read_bytes()]


def on(client: Client, **settings: Any) -> ScoringSettings:
    return replace(SETTINGS, engine="dask", scheduler=client, **settings)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_same_bytes(
    kind: str, client: Client, sources: dict[str, Path], whole: dict[str, list[bytes]], model: Model, tmp_path: Path
) -> None:
    told: list[int] = []
    scored = score_file(sources[kind], model, tmp_path / "scores.parquet", settings=on(client), progress=told.append)
    assert written(tmp_path / "scores.parquet") == whole[kind]
    assert told == sorted(told)
    assert told[-1] == scored.facts["rows"]["read"] == ROWS + 3
    assert set(client.run(lambda: len(remote._told) + len(remote._desks)).values()) == {0}


def test_a_lost_worker(
    client: Client, sources: dict[str, Path], whole: dict[str, list[bytes]], model: Model, tmp_path: Path
) -> None:
    workers = client.run(os.getpid)
    killed: list[int] = []

    def kill(done: int) -> None:
        if done and not killed:
            killed.extend(list(workers.values())[:1])
            os.kill(killed[0], signal.SIGKILL)

    score_file(sources["parquet"], model, tmp_path / "scores.parquet", settings=on(client), progress=kill)
    assert written(tmp_path / "scores.parquet") == whole["parquet"]
    assert killed


@pytest.mark.parametrize("begun", ["local", "dask"])
def test_resumed_on_the_other_engine(
    begun: str, client: Client, sources: dict[str, Path], whole: dict[str, list[bytes]], model: Model, tmp_path: Path
) -> None:
    out, local = tmp_path / "scores.parquet", replace(SETTINGS, threads=1)
    first, second = (local, on(client)) if begun == "local" else (on(client), local)

    def stop(done: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"parts done.*--resume"):
        score_file(sources["parquet"], model, out, settings=first, progress=stop)
    kept = len(list(tmp_path.glob(".scores.parquet.parts/0*.json")))
    told: list[int] = []
    score_file(sources["parquet"], model, out, settings=second, resume=True, progress=told.append)
    assert kept > 0
    assert told[0] > 0
    assert written(out) == whole["parquet"]


def test_pseudonyms_by_a_key_that_is_not_sent(
    client: Client, table: pd.DataFrame, model: Model, tmp_path: Path
) -> None:
    secret = "a secret of enough characters"  # noqa: S105 - made up
    (tmp_path / "data").mkdir()
    (tmp_path / "key").write_text(secret)
    table.head(300).to_parquet(tmp_path / "data" / "registry.parquet", index=False)
    columns = dict(model.dictionary.columns)
    columns["household_id"] = columns["household_id"].model_copy(update={"privacy": "identifier"})
    hidden = Model(model.risk, model.dictionary.model_copy(update={"columns": columns}), model.card)
    for name, how in (("local", SETTINGS), ("dask", on(client))):
        out = tmp_path / name / "scores.parquet"
        score_file(tmp_path / "data", hidden, out, settings=how, key_file=tmp_path / "key")
    assert written(tmp_path / "local" / "scores.parquet") == written(out)
    assert not set(pd.read_parquet(out)["household_id"]) & set(table["household_id"])
    job = Job.of(find_sources(tmp_path / "data"), hidden, SETTINGS, tmp_path / "key")
    assert job.plan().options["key"] is not None
    assert secret not in str(job_told(job, job.plan()))


def refusal(call: Callable[[], object], kind: type[Exception] = DataError) -> str:
    with pytest.raises(kind) as told:
        call()
    return str(told.value)


def test_refusals_are_those_of_the_local_engine(
    client: Client, table: pd.DataFrame, model: Model, tmp_path: Path
) -> None:
    source, out = tmp_path / "registry.parquet", tmp_path / "scores.parquet"
    # Ids like 12.0 in the first chunk of a file, and others in a later one, which is refused by itself.
    ids = [f"{number}.0" if number < 600 else f"H{number}" for number in range(len(table))]
    table.assign(household_id=ids).to_parquet(source, index=False)
    many = tmp_path / "many.csv"
    table.assign(household_size="many").to_csv(many, index=False)
    lacking = tmp_path / "lacking.parquet"
    table.drop(columns="household_size").to_parquet(lacking, index=False)
    texts = {}
    for path in (source, many, lacking):
        told = [
            refusal(lambda path=path, how=how: score_file(path, model, out, settings=how, force=True))  # type: ignore[misc]
            for how in (replace(SETTINGS, threads=1), on(client))
        ]
        assert told[0] == told[1]
        texts[path] = told[0]
    assert "registry.parquet: rows 544 to 724: refused" in texts[source]
    assert "not a number" in texts[many]
    assert "'household_size'" in texts[lacking]


def test_the_command_on_a_cluster_with_keys(
    client: Client, sources: dict[str, Path], model: Model, whole: dict[str, list[bytes]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    graduation.save_model(model, tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    words = ["graduation", "score", sources["parquet"], "--model", "model", "--out", "scores.csv", "--engine", "dask"]
    monkeypatch.setattr(sys, "argv", [*map(str, words), "--scheduler", client.scheduler.address])
    names = {"ca-file": "tls_ca_file", "client.cert": "tls_client_cert", "client.key": "tls_client_key"}
    keys = {f"distributed.comm.tls.{name}": getattr(client.security, key) for name, key in names.items()}
    with dask.config.set(keys), pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert written(tmp_path / "scores.csv")[1] == whole["parquet"][1]


def test_a_script_without_a_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from graduation.batch.processes import local_cluster\n"
        "with local_cluster(1, patience=60) as client:\n"
        "    print(client.submit(abs, -7).result())\n"
    )
    run = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "7\n", "")


def test_dask_is_not_there(
    sources: dict[str, Path], model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graduation.batch.clients.find_spec", lambda _: None)
    how = replace(SETTINGS, engine="dask")
    with pytest.raises(UsageError, match=r"pip install 'graduation\[dask\]'"):
        score_file(sources["csv"], model, tmp_path / "scores.parquet", settings=how)
    with pytest.raises(UsageError, match="a scheduler is for the engine 'dask'"):
        score_file(sources["csv"], model, tmp_path / "s.parquet", settings=replace(SETTINGS, scheduler="tcp://a:1"))
    with pytest.raises(UsageError, match="engine is 'ray', expected one of local, dask"):
        score_file(sources["csv"], model, tmp_path / "s.parquet", settings=replace(SETTINGS, engine="ray"))  # type: ignore[arg-type]


def test_no_scheduler_and_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "ANSWER", 0.5)
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    monkeypatch.setattr(cluster, "LOOK", 0.2)
    for address in ("tcp://127.0.0.1:1", "nonsense://127.0.0.1:1", "127.0.0.1:x"):
        with (
            pytest.raises(UsageError, match=f"no Dask scheduler answers at {address}"),
            on_cluster(address, {}, n_workers=1),
        ):
            pass
    with LocalCluster(n_workers=0, processes=False, protocol="tcp://", dashboard_address=None) as empty:
        address = empty.scheduler_address
        with pytest.raises(UsageError, match=f"{address} has no workers"), on_cluster(address, {}, n_workers=1):
            pass
        with (
            Client(empty, set_as_default=False) as opened,
            pytest.raises(Interrupted, match=r"no worker left.*--resume"),
        ):
            Cluster(opened, {})(Asked(0, 0, 1))


@pytest.fixture
def job(sources: dict[str, Path], model: Model) -> Job:
    return Job.of(find_sources(sources["parquet"]), model, SETTINGS, None)


def test_a_worker_that_cannot_do_the_job_says_why(job: Job, tmp_path: Path) -> None:
    told = job_told(job, job.plan())
    other = {**told["versions"], "pandas": "1.0"}
    assert "pandas is" in refusal(lambda: Desk({**told, "versions": other}, "w"), UsageError)
    text = refusal(lambda: Desk({**told, "key_mark": "another"}, "tcp://w:1"), UsageError)
    assert text.startswith("worker tcp://w:1: has no key of pseudonyms, or another one")
    elsewhere = [str(tmp_path / "part-1.parquet"), told["files"][0]]
    desk = Desk({**told, "files": elsewhere}, "w")
    assert "cannot read" in refusal(lambda: desk(Asked(0, 0, 1)), UsageError)
    assert "is another file there" in refusal(lambda: desk(Asked(1, 0, 1)), UsageError)


def test_chunks_asked_for_in_any_order(job: Job) -> None:
    desk, places = Desk(job_told(job, job.plan()), "w"), job.reader.chunks()
    pieces = {(piece.file, piece.number): piece for piece in job.reader.read()}
    assert len(places) == 6
    for place in [*places, *places[::-1], *places[1::2], *places[::3]]:
        read, expected = desk._read(Asked(*place, 1)), pieces[place]
        assert read.rows.frame().equals(expected.rows.frame())
        assert (read.rows.layout.rows == expected.rows.layout.rows).all()
        assert (read.rows.first, read.rows.last, read.manner) == (
            expected.rows.first,
            expected.rows.last,
            expected.manner,
        )


def test_logs_show_no_rows(job: Job, table: pd.DataFrame) -> None:
    piece = next(job.reader.read())
    assert str(table["household_id"].iloc[0]) in str(piece.rows)
    assert str(table["household_id"].iloc[0]) not in repr(piece)

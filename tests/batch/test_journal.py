"""Whether a run begins, goes on or is refused."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from graduation.batch.journal import END, Plan, open_work
from graduation.batch.locking import locked
from graduation.batch.running import run_parts
from graduation.errors import DataError, Interrupted, UsageError
from tests.batch.toy import Chunk, Toy, hidden_files, make_table


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    source, table = tmp_path / "registry.csv", make_table(90)
    table.to_csv(source, index=False)
    return Toy(table, 30, sources=[source], options={"reasons": 3, "language": "id"})


def interrupted(toy: Toy, out: Path) -> Path:
    """Leave a run with its first part done, and return its folder."""

    def stop(done: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted), open_work(out, toy.plan) as work:
        run_parts(enumerate(toy.chunks), toy.score, work, progress=stop)
    return work.folder


def test_nothing_to_resume_begins(toy: Toy, tmp_path: Path) -> None:
    told = toy.run(tmp_path / "scores.parquet", resume=True)
    assert told["rows"]["read"] == 90
    assert hidden_files(tmp_path) == []


def test_interrupted_run_asks_whether_to_go_on_or_begin_anew(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    folder = interrupted(toy, out)
    with pytest.raises(UsageError, match=r"interrupted run; give --resume .* or --force"):
        toy.run(out)
    assert (folder / "000000.json").exists()
    with open_work(out, toy.plan, force=True) as work:
        assert work.done == {}
        assert not (folder / "000000.json").exists()


def test_a_run_refused_before_its_first_part_is_in_nobodys_way(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    with pytest.raises(DataError), open_work(out, toy.plan):
        raise DataError("registry.csv", [])
    toy.options["language"] = "en"
    assert toy.run(out)["rows"]["read"] == 90


def test_another_plan_is_refused_and_told(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    interrupted(toy, out)
    toy.options["language"] = "en"
    with pytest.raises(
        UsageError, match=r"differs in options: language was id, is en\. Run it as it was, or give --force"
    ):
        toy.run(out, resume=True)


@pytest.mark.parametrize(("same_size", "resume"), [(True, True), (False, True), (False, False)])
def test_changed_source_is_refused(toy: Toy, tmp_path: Path, same_size: bool, resume: bool) -> None:
    out, source = tmp_path / "scores.parquet", tmp_path / "registry.csv"
    interrupted(toy, out)
    text = source.read_text()
    source.write_text(text.replace("H0001", "H9991") if same_size else text + "H9999,south,1,\n")
    with pytest.raises(UsageError, match=r"sources: \S*registry.csv changed since.*give --force"):
        toy.run(out, resume=resume)


def test_source_that_changes_during_the_run_is_refused(toy: Toy, tmp_path: Path) -> None:
    out, source = tmp_path / "scores.parquet", tmp_path / "registry.csv"
    plan = toy.plan

    class Changing(Toy):
        @property
        def plan(self):  # type: ignore[no-untyped-def]
            return plan

        def score(self, chunk: Chunk):  # type: ignore[no-untyped-def]
            source.write_text(source.read_text() + "H9999,south,1,\n")
            return super().score(chunk)

    with pytest.raises(UsageError, match=r"registry.csv: changed while it was read, so nothing was written"):
        Changing(toy.table, 30, sources=[source]).run(out)
    assert not out.exists()


def test_existing_output_is_refused_before_the_work(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    out.write_text("mine")
    with pytest.raises(UsageError, match="exists; give another name, or --force"):
        toy.run(out)
    assert (out.read_text(), toy.ready, hidden_files(tmp_path)) == ("mine", {}, [])
    toy.run(out, force=True)
    assert out.read_bytes()[:4] == b"PAR1"


def test_two_runs_on_one_output(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    with open_work(out, toy.plan), pytest.raises(UsageError, match=f"another run .process {os.getpid()} on"):
        toy.run(out, force=True)
    assert hidden_files(tmp_path) == [".scores.parquet.parts"]


@pytest.mark.skipif(os.name != "posix", reason="whether a process lives is not asked there")
def test_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    lock = tmp_path / "lock"
    lock.write_text(json.dumps({"machine": socket.gethostname(), "pid": dead.pid, "started": 1}))
    with locked(lock):
        assert json.loads(lock.read_text())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("change", "held"), [({"started": 1}, False), ({"machine": "elsewhere"}, True), ({}, True)])
def test_whose_lock_holds(tmp_path: Path, change: dict[str, object], held: bool) -> None:
    if not Path("/proc/self/stat").exists() and "started" in change:
        pytest.skip("the system does not tell when a process started")
    lock = tmp_path / "lock"
    with locked(lock):
        mine = json.loads(lock.read_text())
    lock.write_text(json.dumps(mine | change))
    if held:
        with pytest.raises(UsageError, match="If it surely runs no more, remove that file"), locked(lock):
            pass
        assert lock.exists()
    else:
        with locked(lock):
            assert json.loads(lock.read_text()) == mine


def test_work_is_told_and_bounded(toy: Toy, tmp_path: Path) -> None:
    told: list[int] = []
    with open_work(tmp_path / "scores.parquet", toy.plan) as work:
        run_parts(enumerate(toy.chunks), toy.score, work, n_threads=1, progress=told.append)
    assert told == [0, 30, 60, 90]


def test_a_run_is_named_by_the_whole_of_its_files(toy: Toy, tmp_path: Path) -> None:
    sources = [tmp_path / name for name in ("one", "two", "same")]
    content = bytes(3 * END)
    for path, middle in zip(sources, (b"a", b"b", b"a"), strict=True):
        path.write_bytes(content[: len(content) // 2] + middle + content[len(content) // 2 :])
        os.utime(path, ns=(1, 1))
    plans = [Plan("score", "model", "toy 1", [path], {}) for path in sources]
    assert plans[0].files[0]["ends"] == plans[1].files[0]["ends"]
    assert plans[0].run_id == plans[2].run_id != plans[1].run_id
    assert plans[0].hashed[0]["sha256"] == hashlib.sha256(sources[0].read_bytes()).hexdigest()


def test_a_source_that_is_gone_at_the_end_is_told(toy: Toy, tmp_path: Path) -> None:
    plan = toy.plan
    (tmp_path / "registry.csv").unlink()
    for ask in (lambda: plan.run_id, plan.refuse_changed):
        with pytest.raises(UsageError, match=r"registry\.csv: could be read when the run began, and cannot now"):
            ask()

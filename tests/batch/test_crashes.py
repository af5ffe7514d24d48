"""Whatever ends a run, going on with it gives the bytes of a run that nothing ended."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from graduation.batch import parts
from graduation.batch.journal import open_work
from graduation.batch.parts import Done, Part, load_part
from graduation.batch.running import named, run_parts
from graduation.errors import DataError, Interrupted, Problem
from tests.batch.toy import Chunk, Toy, make_table, rejected_of
from tests.conftest import ROOT


def written(out: Path) -> tuple[bytes, bytes]:
    return out.read_bytes(), rejected_of(out).read_bytes()


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy(make_table(160, seed=2))


@pytest.fixture(scope="module")
def whole(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    out = tmp_path_factory.mktemp("whole") / "scores.parquet"
    toy.run(out)
    return written(out)


def test_killed_at_many_moments(tmp_path: Path) -> None:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    run = subprocess.run(
        [sys.executable, "-m", "tests.batch.crashing", str(tmp_path)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths}, cwd=ROOT,
    )  # fmt: skip
    kills = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(kills) > 12
    assert {one["killed"] for one in kills} == {signal.SIGKILL}
    assert [one for one in kills if one["half"]] == [], "half an output under its final name"
    assert [one for one in kills if one["resumed"] or not one["same"]] == [], run.stderr
    rows = kills[0]["rows"]
    assert rows["read"] == 60 == rows["written"] + rows["set_aside"]
    assert all(one["rows"] == rows for one in kills)
    assert [one for one in kills if one["left"] and not one["ended"]] == []


def test_full_disk(toy: Toy, whole: tuple[bytes, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A part is six files, so the second one finds no room.
    out, room = tmp_path / "scores.parquet", [8]

    def full(path: Path, content: bytes, write: object = parts.write_durably) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, content)  # type: ignore[operator]

    with monkeypatch.context() as patch:
        patch.setattr(parts, "write_durably", full)
        with pytest.raises(Interrupted, match=r"disk is full.*--resume") as told:
            toy.run(out, n_threads=1)
    assert told.value.exit_code == 5
    assert not out.exists()
    kept = sorted(path.name for path in (tmp_path / ".scores.parquet.parts").glob("0*.json"))
    assert kept == ["000000.json"]
    toy.run(out, resume=True)
    assert written(out) == whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_disk_that_is_really_full(toy: Toy, whole: tuple[bytes, bytes], small_disk: Path) -> None:
    out = small_disk / "scores.parquet"
    with pytest.raises(Interrupted, match="disk is full"):
        toy.run(out)
    assert not out.exists()
    subprocess.run(["mount", "-o", "remount,size=10m", str(small_disk)], check=True)
    with open_work(out, toy.plan, resume=True) as work:
        run_parts(enumerate(toy.chunks), toy.score, work)
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(20_000_000))
    with pytest.raises(Interrupted, match="disk is full"):
        toy.run(out, resume=True)
    assert not out.exists()
    filler.unlink()
    toy.run(out, resume=True)
    assert written(out) == whole


def stopped_after(toy: Toy, out: Path, n_parts: int, reason: BaseException) -> None:
    """Run until so many chunks are scored, and then raise."""

    def score(chunk: Chunk) -> Part:
        if chunk.first >= n_parts * toy.size:
            raise reason
        return toy.score(chunk)

    with open_work(out, toy.plan) as work:
        run_parts(enumerate(toy.chunks), named(score), work, n_threads=1)


def test_interrupted_by_the_user(toy: Toy, whole: tuple[bytes, bytes], tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    with pytest.raises(Interrupted, match=r"2 parts done.*--resume"):
        stopped_after(toy, out, 2, KeyboardInterrupt())
    scored: list[int] = []

    def score(chunk: Chunk) -> Part:
        scored.append(chunk.first)
        return toy.score(chunk)

    with open_work(out, toy.plan, resume=True) as work:
        run_parts(enumerate(toy.chunks), score, work, n_threads=1)
    assert scored == [80, 120]
    toy.run(out, resume=True)
    assert written(out) == whole


def test_corrupt_chunk_is_told_with_its_rows_and_the_others_stay(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    problem = Problem("bytes that are no text", "UTF-8", "Write the file again.", row=99)
    with pytest.raises(DataError, match=r"registry.csv: rows 81 to 120: refused[\s\S]*row 99") as told:
        stopped_after(toy, out, 2, DataError("registry.csv", [problem]))
    assert told.value.exit_code == 3
    assert not out.exists()
    with open_work(out, toy.plan, resume=True) as work:
        assert sorted(work.done) == [0, 1]


@pytest.mark.parametrize("kind", ["scores.arrow", "order.npy", "keys1.npy", "rejected.arrow", "json"])
def test_damaged_part_is_noticed_and_done_again(
    toy: Toy, whole: tuple[bytes, bytes], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "scores.parquet"
    with pytest.raises(Interrupted):
        stopped_after(toy, out, 3, KeyboardInterrupt())
    damaged = tmp_path / ".scores.parquet.parts" / f"000001.{kind}"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0x10
    damaged.write_bytes(content)
    if kind == "json":
        damaged.write_bytes(content[:40])
    with open_work(out, toy.plan, resume=True) as work:
        assert sorted(work.done) == [0, 2]
    toy.run(out, resume=True)
    assert written(out) == whole


def test_part_without_its_note_does_not_count(toy: Toy, tmp_path: Path) -> None:
    part = toy.score(toy.chunks[0])
    done = parts.save_part(tmp_path, 0, part, source="rows")
    assert isinstance(done, Done)
    assert load_part(tmp_path, 0) == done
    assert np.array_equal(done.scores()["risk"], part.scores["risk"])
    (tmp_path / "000000.json").unlink()
    assert load_part(tmp_path, 0) is None

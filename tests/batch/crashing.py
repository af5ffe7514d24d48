"""Kill a run at one write to the disk after the other, and go on with it: ``python -m tests.batch.crashing FOLDER``.

Each run is a process of its own, forked so that nothing is imported again. Writes one line of JSON per kill.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.batch.toy import Toy, hidden_files, make_table, rejected_of

# Moments between kills: while parts are written, and from about when they are put together.
EVERY, CLOSELY, TOGETHER = 6, 2, 42


def in_fork(work: Callable[[], object]) -> int:
    """Run in a forked process and return its status: 0, or the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(99)
    return os.waitpid(child, 0)[1]


def kill_at(moment: int) -> None:
    """Let the process kill itself just before it forces a file to the disk or renames one for the n-th time."""
    seen = [0]

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def one(*args: object, **kwargs: object) -> object:
            seen[0] += 1
            if seen[0] == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return one

    os.fsync, Path.replace = counted(os.fsync), counted(Path.replace)  # type: ignore[assignment,method-assign]


def files_of(out: Path) -> list[bytes]:
    return [path.read_bytes() for path in (out, rejected_of(out)) if path.exists()]


def main(folder: Path) -> None:
    source = folder / "registry.csv"
    table = make_table(60, seed=4)
    table.to_csv(source, index=False)
    toy, whole = Toy(table, 20, sources=[source]), folder / "whole" / "scores.parquet"
    # Only a loss of power would tell whether the disk was waited for.
    os.fsync = lambda *_: None  # type: ignore[assignment]
    # Scored once, here: every run is about what is written.
    list(map(toy.score, toy.chunks))
    in_fork(lambda: toy.run(whole))
    expected, moment = files_of(whole), 1
    while True:
        out = folder / f"killed{moment}" / "scores.parquet"

        def first(moment: int = moment, out: Path = out) -> None:
            kill_at(moment)
            toy.run(out, n_threads=1)

        killed = in_fork(first)
        if killed == 0:
            break
        told = {"moment": moment, "killed": killed, "half": not set(files_of(out)) <= set(expected)}
        # After the last rename all is done, and there is nothing to go on with.
        ended = not out.with_name(f".{out.name}.parts").exists() and out.exists()
        resumed = 0 if ended else in_fork(lambda out=out: toy.run(out, resume=True))  # type: ignore[misc]
        told |= {
            "resumed": resumed,
            "same": files_of(out) == expected,
            "left": hidden_files(out.parent),
            "ended": ended,
        }
        rows = json.loads(out.with_name(f"{out.name}.run.json").read_text())["rows"]
        sys.stdout.write(json.dumps({**told, "rows": rows}) + "\n")
        moment += EVERY if moment < TOGETHER else CLOSELY


if __name__ == "__main__":
    main(Path(sys.argv[1]))

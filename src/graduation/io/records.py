"""A small record beside each output: what made it, from what, with which result."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graduation.io.files import sha256, write_text
from graduation.risk import dump_json


def write_run_record(
    output: str | Path, *, command: str, inputs: Sequence[str | Path], force: bool = False, **facts: Any
) -> Path:
    """Write `<output>.run.json`: command, time, versions, hashes of inputs and output, and the facts given."""
    output = Path(output)
    record = {
        "command": command,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"graduation": version("graduation"), "python": platform.python_version()},
        "inputs": {str(path): sha256(Path(path)) for path in inputs if Path(path).is_file()},
        "output": {"path": str(output), "sha256": sha256(output) if output.is_file() else None},
        **facts,
    }
    return write_text(output.with_name(f"{output.name}.run.json"), dump_json(record), force=force)

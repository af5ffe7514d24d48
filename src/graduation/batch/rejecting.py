"""Write the rows that were set aside, and refuse when they are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graduation.batch.durable import sync_file
from graduation.batch.refusing import refuse_many
from graduation.batch.repeats import Repeats
from graduation.errors import GraduationError
from graduation.io import refuse_existing
from graduation.io.files import sha256
from graduation.io.outputs import neutralised
from graduation.schema.telling import broken_rules


@dataclass
class Rejected:
    """How many rows were set aside by which rule, each with its first case."""

    n_rows: int = 0
    households: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], pd.Series] = field(default_factory=dict)

    def add(self, told: pd.DataFrame) -> None:
        for (name, column), cases in told.groupby(["rule", "column"]):
            rule = (str(name), str(column))
            self.households[rule] += cases["row"].nunique()
            self.first.setdefault(rule, cases.iloc[0])

    def told(self) -> list[dict[str, Any]]:
        return [{"rule": rule, "column": column, "rows": n} for (rule, column), n in sorted(self.households.items())]

    def refuse(self, n_read: int, share: float, source: str) -> None:
        """Raise when more than this share of the rows read is set aside."""
        if not self.n_rows:
            return
        counts = pd.DataFrame(
            [(*rule, n, True) for rule, n in sorted(self.households.items())],
            columns=["rule", "column", "households", "set_aside"],
        )
        files = {rule: str(case["file"]) for rule, case in self.first.items() if "file" in case}
        broken = broken_rules(pd.DataFrame(list(self.first.values())), counts, n_read, files)
        refuse_many(source, broken, (self.n_rows, n_read), share)


def write_rejected(repeats: Repeats, dropped: Mapping[int, np.ndarray], path: Path) -> Rejected:
    """Write the rows set aside, part by part, and check that each part tells of all of its own."""
    seen = Rejected()
    with path.open("w", encoding="utf-8", newline="") as file:
        for place, part in enumerate(repeats.parts):
            told = repeats.rejected(place)
            n_rows = told["row"].nunique()
            expected = part.n_read - part.n_accepted + len(dropped.get(part.number, ()))
            if n_rows != expected:
                raise GraduationError(f"part {part.number}: {expected:,} rows are set aside, {n_rows:,} told of")
            if n_rows:
                neutralised(told).to_csv(file, index=False, lineterminator="\n", header=not seen.n_rows)
            seen.n_rows += n_rows
            seen.add(told)
    sync_file(path)
    return seen


def refuse_other(listed: Path, final: Path, rejected: Rejected, *, force: bool) -> None:
    """Raise when another list stands where this one goes; the same list from an earlier try may stand."""
    if rejected.n_rows and not (final.is_file() and sha256(final) == sha256(listed)):
        refuse_existing(final, force=force)

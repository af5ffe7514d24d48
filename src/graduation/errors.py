"""Say what went wrong, what was expected and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


class GraduationError(Exception):
    """Root of every error this library raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 1


class UsageError(GraduationError, ValueError):
    """An argument or a setting is wrong."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file: what happened, what was expected, what to do.

    `source` names the file where problems of several files stand together.
    """

    found: str
    expected: str
    remedy: str
    column: str | None = None
    row: int | None = None
    source: str | None = None

    def __str__(self) -> str:
        place = [f"row {self.row}" if self.row else "", f"column '{self.column}'" if self.column else ""]
        where = [f"in {self.source}" if self.source else "", ", ".join(part for part in place if part)]
        return ": ".join([*filter(None, where), f"{self.found}; expected {self.expected}. {self.remedy}"])


class DataError(GraduationError, ValueError):
    """Data are refused. All problems of one source are told at once."""

    exit_code = 3

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = [f"  {number}. {problem}" for number, problem in enumerate(self.problems, start=1)]
        count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        super().__init__("\n".join([f"{source}: refused for {count}", *lines]))

    @classmethod
    def of_all(cls, errors: Sequence[DataError]) -> DataError:
        """Return one error that tells the problems of several files, each with its file."""
        if len(errors) == 1:
            return errors[0]
        problems = [replace(one, source=one.source or error.source) for error in errors for one in error.problems]
        return DataError(f"{len(errors)} files", problems)


class NotEnoughData(DataError):
    """The data cannot carry what was asked of them: one outcome only, an arm never seen, too few groups."""

    def __init__(self, found: str, *, expected: str, remedy: str, source: str = "data") -> None:
        super().__init__(source, [Problem(found, expected, remedy)])


class ModelError(GraduationError):
    """A model folder is damaged, or does not belong to this registry."""

    exit_code = 4


class Interrupted(GraduationError):
    """The user stopped a command; nothing is left half written."""

    exit_code = 5


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return a hint such as ``did you mean 'floor_area_m2'?``, or an empty text when nothing is near.

    >>> nearest("hosehold_id", ["household_id", "weight"])
    "did you mean 'household_id'?"
    """
    found = nearest_of(name, candidates)
    return f"did you mean '{found}'?" if found else ""


def nearest_of(name: str, candidates: Iterable[str]) -> str:
    """Return the candidate that is spelt most like a name, or an empty text when none is near."""
    return next(iter(difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.6)), "")

"""What chunks tell of their whole table: counts, and what is known of it only when all have been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import pandas as pd

from graduation.batch.refusing import refuse_many
from graduation.errors import DataError, Problem
from graduation.schema import Dictionary
from graduation.schema.numbers import Evidence, stronger
from graduation.schema.telling import told_rules
from graduation.schema.validation import Told, two_marks, useless, writings
from graduation.schema.written import Cells, Writing

Key = TypeVar("Key")
STATE_DECIMAL = 'State decimal = "." or decimal = "," in the dictionary, or correct the cell.'
STATE_DATES = "State date_format in the dictionary, or correct the date."


@dataclass
class Tally:
    """Facts of some rows, which add up to those of a table.

    Attributes
    ----------
    rows, accepted : int
    counts : dict
        Rows that break a rule, by rule, column and whether it sets them aside.
    cases : dict
        The first row, value and expectation of each rule and column that sets rows aside.
    filled : dict of str to bool
        Which of the columns there have a value in some row.
    weighed : bool
        Whether an accepted row has a weight above zero.
    told : dict
        By file and column, what tells its decimal mark.
    doubtful : dict
        By file, column and how it was read, the first row whose number another decimal mark would make another one.
    dates : dict
        By file and column: the first rows with a date that is month first, and with one that reads both ways.
    unseen : dict of str to int
        Cells of each feature with a level that training did not see.
    """

    rows: int = 0
    accepted: int = 0
    counts: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    cases: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)
    filled: dict[str, bool] = field(default_factory=dict)
    weighed: bool = False
    told: dict[tuple[int, str], Told] = field(default_factory=dict)
    doubtful: dict[tuple[int, str, str], int] = field(default_factory=dict)
    dates: dict[tuple[int, str], tuple[int | None, int | None]] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)

    def add(self, more: Tally) -> None:
        """Add the facts of rows that stand further on in the source."""
        self.rows += more.rows
        self.accepted += more.accepted
        self.counts = _sums(self.counts, more.counts)
        self.unseen = _sums(self.unseen, more.unseen)
        self.cases = {**more.cases, **self.cases}
        self.filled = self.filled | {name: some or self.filled.get(name, False) for name, some in more.filled.items()}
        self.weighed |= more.weighed
        for place, told in more.told.items():
            self.told[place] = stronger(self.told.get(place, {}), told)
        self.doubtful = {**more.doubtful, **self.doubtful}
        for place, (one, other) in more.dates.items():
            mine_one, mine_other = self.dates.get(place, (None, None))
            self.dates[place] = (_either(mine_one, one), _either(mine_other, other))

    def refuse_contradictions(self, dictionary: Dictionary, files: Sequence[str]) -> None:
        """Raise when rows read so far contradict how others of their file were read.

        Raises
        ------
        DataError
            When a file writes numbers with a point and with a comma, or a later row tells how earlier ones should have
            been read.
        """
        for number in sorted({file for file, _ in [*self.told, *self.dates]}):
            told = {name: one for (file, name), one in self.told.items() if file == number}
            problems = two_marks(told, dictionary)
            problems = problems or [*self._reread(number, told, dictionary), *self._dates(number)]
            if problems:
                raise DataError(files[number], problems)

    def _reread(self, file: int, told: dict[str, Told], dictionary: Dictionary) -> list[Problem]:
        problems = []
        for (at, name, read), row in self.doubtful.items():
            nothing = {name: Cells(pd.Series(dtype="str"))}
            now = writings(nothing, {name: {}, **told}, dictionary, spreadsheet=False)[name] if at == file else None
            if now is not None and (other := manner_name(now)) != read:
                found = f"a number of this row was read {read}; a later row tells that it is to be read {other}"
                problems.append(Problem(found, "a decimal mark that the first rows tell", STATE_DECIMAL, name, row))
        return problems

    def _dates(self, file: int) -> list[Problem]:
        return [
            Problem(
                f"a date that reads two ways, and in row {first} one with the month first",
                "dates that read one way only",
                STATE_DATES,
                name,
                unclear,
            )
            for (at, name), (first, unclear) in self.dates.items()
            if at == file and first is not None and unclear is not None
        ]

    def refuse_whole(
        self,
        dictionary: Dictionary,
        source: str,
        max_rejected: float,
        files: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Raise when the table as a whole is of no use, as `validate` does; all problems are told.

        Parameters
        ----------
        dictionary : Dictionary
        source : str
        max_rejected : float
        files : mapping
            In which file the first case of each rule and column is, where there are several.

        Raises
        ------
        DataError
            When there is no row, a required column has no value, no weight is above zero, or (`TooManyRejected`) too
            large a share of the rows breaks a rule.
        """
        weight = dictionary.one("weight")
        weightless = weight in self.filled and self.accepted > 0 and not self.weighed
        empty = [name for name in dictionary.columns if not self.filled.get(name, True)]
        problems = useless(dictionary, rows=self.rows, empty=empty, weightless=weightless)
        broken = told_rules(self.counts, self.cases, self.rows, files)
        if problems:
            raise DataError(source, [*problems, *broken])
        refuse_many(source, broken, (self.rows - self.accepted, self.rows), max_rejected)

    def to_json(self) -> dict[str, Any]:
        """Return the facts as plain data."""
        listed = {
            name: [[*key, value] for key, value in getattr(self, name).items()] for name in ("counts", "doubtful")
        }
        pairs = {name: [[*key, *value] for key, value in getattr(self, name).items()] for name in ("cases", "dates")}
        told = [[*key, mark, *case] for key, one in self.told.items() for mark, case in one.items()]
        plain = {"rows": self.rows, "accepted": self.accepted, "weighed": self.weighed, "unseen": self.unseen}
        return {
            **plain,
            **listed,
            **pairs,
            "filled": {name: self.filled[name] for name in sorted(self.filled)},
            "told": told,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Return the facts that `to_json` wrote."""
        told: dict[tuple[int, str], Told] = {}
        for file, name, mark, *case in content["told"]:
            told.setdefault((file, name), {})[mark] = Evidence(*case)
        return cls(
            rows=content["rows"],
            accepted=content["accepted"],
            counts={(rule, column, aside): number for rule, column, aside, number in content["counts"]},
            cases={(rule, column): (row, value, wanted) for rule, column, row, value, wanted in content["cases"]},
            filled=content["filled"],
            weighed=content["weighed"],
            told=told,
            doubtful={(file, name, read): row for file, name, read, row in content["doubtful"]},
            dates={(file, name): (first, unclear) for file, name, first, unclear in content["dates"]},
            unseen=content["unseen"],
        )


def manner_name(writing: Writing) -> str:
    """Return how a writing reads marks, in words."""
    if writing.decimal is None:
        return "as unclear"
    unclear = f", '{' or '.join(writing.doubted)}' before three digits as unclear" if writing.doubted else ""
    return f"with the decimal mark '{writing.decimal}'{unclear}"


def _sums(mine: dict[Key, int], more: dict[Key, int]) -> dict[Key, int]:
    """Return the numbers of both together, by their keys."""
    return mine | {key: mine.get(key, 0) + number for key, number in more.items()}


def _either(one: int | None, other: int | None) -> int | None:
    return other if one is None else one

"""A registry after reading: households accepted, households set aside, counts per rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from graduation.results import Result
from graduation.schema.dictionary import Dictionary


@dataclass(frozen=True)
class Registry(Result):
    """Households that obey the dictionary, beside those set aside.

    Attributes
    ----------
    households : DataFrame
        One row per household, indexed by `household_id` (or household and time), columns named and typed as in the
        dictionary, identifiers left out.
    rejected : DataFrame
        One row per broken rule: `row` (1 is the first row under the header), id, `column`, `rule`, `value`,
        `expected`.
    counts : DataFrame
        `rule`, `column`, `households` that break it, and whether they are `set_aside` by it.
    dictionary : Dictionary
    source : str
        Where the table came from, for messages.
    unused : tuple of str
        Columns of the source that the dictionary does not name.
    findings : DataFrame
        What is odd about rows that were accepted all the same; columns as in `rejected`.
    tokens : DataFrame
        Who has which number of identity, as `find_duplicates` compares them: `number`, `id`, `token`.
    lost_from : Series
        In a roster of persons, the household of each row that was set aside, by `row`; missing where it is not known.
        Exact copies of a row are left out, for their person is not lost.
    """

    households: pd.DataFrame
    rejected: pd.DataFrame
    counts: pd.DataFrame
    dictionary: Dictionary
    source: str = "table"
    unused: tuple[str, ...] = ()
    findings: pd.DataFrame = field(default_factory=pd.DataFrame)
    tokens: pd.DataFrame = field(default_factory=pd.DataFrame)
    lost_from: pd.Series = field(default_factory=lambda: pd.Series(dtype="string"))
    title = "Registry check"

    def frame(self) -> pd.DataFrame:
        return self.counts

    @property
    def n_rejected(self) -> int:
        return int(self.rejected["row"].nunique())

    @property
    def n_found(self) -> int:
        """How many accepted rows have something to look at."""
        return int(self.findings["row"].nunique()) if len(self.findings) else 0

    def plain(self) -> pd.DataFrame:
        """Return the households as plain text and floats (1.0 yes, 0.0 no), for tools that know no other types."""
        flat = self.households.reset_index()
        kinds = {str(name): self.dictionary.columns[str(name)].type for name in flat}
        texts = [name for name, kind in kinds.items() if kind in ("category", "text")]
        dates = {name: flat[name].dt.strftime(_iso(flat[name])) for name, kind in kinds.items() if kind == "date"}
        numbers = [name for name in kinds if name not in texts and name not in dates]
        written = {name: flat[name] for name in texts} | dates
        as_text = {name: cells.astype(object).where(cells.notna(), None) for name, cells in written.items()}
        return flat.assign(**as_text).astype(dict.fromkeys(numbers, "float64"))

    def metrics(self) -> dict[str, float]:
        return {"rows_accepted": float(len(self.households)), "rows_set_aside": float(self.n_rejected)}

    def notes(self) -> list[str]:
        total = len(self.households) + self.n_rejected
        unit = self.dictionary.unit
        notes = [
            f"{Path(self.source).name}: {total:,} rows read, {len(self.households):,} {unit}s accepted, "
            f"{self.n_rejected:,} set aside (dictionary {self.dictionary.name} {self.dictionary.version})."
        ]
        if self.n_found:
            notes.append(f"{self.n_found:,} of the accepted have something to look at: rows with set_aside False.")
        if self.unused:
            notes.append(f"Columns the dictionary does not name, not used: {', '.join(self.unused)}.")
        return notes


def _iso(dates: pd.Series) -> str:
    """Return the format of dates: the time of day is told where there is one."""
    return "%Y-%m-%d" if (dates.dropna() == dates.dropna().dt.normalize()).all() else "%Y-%m-%d %H:%M:%S"

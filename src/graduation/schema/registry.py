"""A registry after reading: households accepted, households set aside, counts per rule."""

from __future__ import annotations

from dataclasses import dataclass
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
        `rule`, `column` and `households` set aside by it.
    dictionary : Dictionary
    source : str
        Where the table came from, for messages.
    unused : tuple of str
        Columns of the source that the dictionary does not name.
    """

    households: pd.DataFrame
    rejected: pd.DataFrame
    counts: pd.DataFrame
    dictionary: Dictionary
    source: str = "table"
    unused: tuple[str, ...] = ()
    title = "Registry check"

    def frame(self) -> pd.DataFrame:
        return self.counts

    @property
    def n_rejected(self) -> int:
        return int(self.rejected["row"].nunique())

    def plain(self) -> pd.DataFrame:
        """Return the households as plain text and floats (1.0 yes, 0.0 no), for tools that know no other types."""
        flat = self.households.reset_index()
        kinds = {str(name): self.dictionary.columns[str(name)].type for name in flat}
        texts = [name for name, kind in kinds.items() if kind in ("category", "text")]
        numbers = [name for name in kinds if name not in texts]
        as_text = {name: flat[name].astype(object).where(flat[name].notna(), None) for name in texts}
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
        if self.unused:
            notes.append(f"Columns the dictionary does not name, not used: {', '.join(self.unused)}.")
        return notes

"""A roster of persons becomes one row per household."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from graduation.results import Result
from graduation.roster.features import gathered
from graduation.roster.grouping import Grouping
from graduation.roster.persons import persons_of
from graduation.roster.problems import MEANINGS, problems_of
from graduation.schema import Registry


@dataclass(frozen=True)
class Roster(Result):
    """Households as their members tell them.

    Attributes
    ----------
    households : DataFrame
        One row per household of which somebody is left, indexed by `household_id`; columns as in the dictionary
        `household_roster`, those left out that need a question which the roster does not ask.
    problems : DataFrame
        `household_id`, `problem`, `persons` concerned, and the size `told` by the list of households.
    n_persons : int
        Members counted.
    absent : dict
        Members who died, moved or were not found, and are not counted.
    ages_unknown : int
        Members counted whose age is neither told nor follows from a date of birth.
    """

    households: pd.DataFrame
    problems: pd.DataFrame
    n_persons: int
    absent: dict[str, int]
    ages_unknown: int
    title = "Households from their members"

    def frame(self) -> pd.DataFrame:
        """Return one row per kind of problem: `problem`, `meaning`, `households`, `persons`."""
        kinds = self.problems.groupby("problem")
        counts = kinds.agg(households=("household_id", "nunique"), persons=("persons", "sum"))
        table = counts.reindex(list(MEANINGS), fill_value=0).reset_index()
        return table.assign(meaning=list(MEANINGS.values()))[["problem", "meaning", "households", "persons"]]

    def metrics(self) -> dict[str, float]:
        sizes = {"households": float(len(self.households)), "persons": float(self.n_persons)}
        counts = self.frame().set_index("problem")["households"].drop("no_household")
        return sizes | {f"households_{problem}": float(number) for problem, number in counts.items()}

    def notes(self) -> list[str]:
        notes = [f"{self.n_persons:,} members counted in {len(self.households):,} households."]
        gone = ", ".join(f"{number:,} {word.replace('_', ' ')}" for word, number in self.absent.items() if number)
        if gone:
            notes.append(f"Not counted: {gone}.")
        if self.ages_unknown:
            notes.append(
                f"{self.ages_unknown:,} members have no known age; counts that it could change are missing for their "
                "households. Where dates of birth are told, give the day on which ages are meant (on)."
            )
        return notes


def household_features(
    members: Registry | pd.DataFrame, *, on: date | None = None, households: Registry | pd.DataFrame | None = None
) -> Roster:
    """Return the features of each household that follow from its members.

    A count is missing, not too small, where the unknown answer of a member could add to it: an unknown age leaves the
    number of elderly unknown, but the number of children out of school is known when that member attends school.
    Households with no head, or with several, keep their counts and have no features of a head. Nothing is known of
    members whose rows were set aside on reading, so counts are missing for their households. The order of the rows
    changes nothing.

    Parameters
    ----------
    members : Registry or DataFrame
        A harmonised roster of persons (dictionary `household_members`), or a table in its words.
    on : date, optional
        The day on which members have the age that follows from their date of birth, where no age is told.
    households : Registry or DataFrame, optional
        The list of households, indexed by household id, that the roster must agree with; sizes are compared where the
        list tells them (`household_size`, or what its dictionary calls the size).

    Raises
    ------
    UsageError
        When the roster is not harmonised.

    Examples
    --------
    >>> import pandas as pd
    >>> members = pd.DataFrame({
    ...     "person_id": ["1", "2", "3"], "household_id": ["a", "a", "a"], "relation": ["head", "spouse", "child"],
    ...     "age_years": [41, 39, 9], "is_attending_school": ["no", "no", "yes"],
    ... })
    >>> roster = household_features(members)
    >>> roster.households.loc["a", ["household_size", "n_children_primary_age", "n_children_out_of_school"]].tolist()
    [3.0, 1.0, 0.0]
    """
    persons = persons_of(members, on)
    grouping = Grouping.of(persons.table["household_id"], persons.table["relation"], persons.lost_from)
    features = gathered(persons.table, persons.asked, grouping)
    problems = problems_of(persons, grouping, None if households is None else _sizes(households))
    ages_unknown = int(persons.table["age_years"].isna().sum())
    return Roster(features, problems, len(persons.table), persons.absent, ages_unknown)


def _sizes(households: Registry | pd.DataFrame) -> pd.Series:
    """Return the sizes that a list of households tells, missing where it does not, by household id."""
    size = None
    if isinstance(households, Registry):
        size, households = households.dictionary.size, households.households
    name = size or "household_size"
    told = households[name] if name in households else pd.Series(float("nan"), index=households.index)
    ids = told.index.get_level_values(0).astype("string")
    last = told.set_axis(ids).astype("float64")
    return last[~ids.duplicated(keep="last")]

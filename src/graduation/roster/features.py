"""What a household is, told by its members: one named function a feature, its parameters the columns it needs.

School levels go by the usual ages of SD (7-12), SMP (13-15) and SMA (16-18), as BPS counts them; working age is 15 to
64 (BPS), elderly are those of 60 and over (Law 13/1998).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass

import pandas as pd

from graduation.roster.grouping import Grouping

PRIMARY, JUNIOR, SENIOR, SCHOOL = (7, 12), (13, 15), (16, 18), (7, 18)
WORKING = (15, 64)
ELDERLY_FROM = 60
NOT_WORKING = "not_working"


def household_size(household_id: pd.Series) -> pd.Series:
    """Count everybody, domestic workers who live with the family included."""
    return household_id.notna()


def n_children_under_7(age_years: pd.Series) -> pd.Series:
    """Count children who are not yet of school age."""
    return age_years < SCHOOL[0]


def n_children_primary_age(age_years: pd.Series) -> pd.Series:
    """Count children of 7 to 12, the age of SD."""
    return age_years.between(*PRIMARY)


def n_children_junior_age(age_years: pd.Series) -> pd.Series:
    """Count children of 13 to 15, the age of SMP."""
    return age_years.between(*JUNIOR)


def n_children_senior_age(age_years: pd.Series) -> pd.Series:
    """Count children of 16 to 18, the age of SMA."""
    return age_years.between(*SENIOR)


def n_children_school_age(age_years: pd.Series) -> pd.Series:
    """Count children of 7 to 18."""
    return age_years.between(*SCHOOL)


def n_children_out_of_school(age_years: pd.Series, is_attending_school: pd.Series) -> pd.Series:
    """Count children of 7 to 18 who do not attend school."""
    return age_years.between(*SCHOOL) & ~is_attending_school


def n_working_age(age_years: pd.Series) -> pd.Series:
    """Count members of 15 to 64."""
    return age_years.between(*WORKING)


def n_elderly(age_years: pd.Series) -> pd.Series:
    """Count members of 60 and over."""
    return age_years >= ELDERLY_FROM


def is_elderly_alone(age_years: pd.Series) -> pd.Series:
    """Tell whether every member is 60 or over."""
    return age_years >= ELDERLY_FROM


def head_age_years(age_years: pd.Series) -> pd.Series:
    """Return the age of the head."""
    return age_years


def is_head_female(is_female: pd.Series) -> pd.Series:
    """Tell whether the head is a woman."""
    return is_female


def is_head_married(marital_status: pd.Series) -> pd.Series:
    """Tell whether the head is married now."""
    return _is(marital_status, "married")


def head_education(education: pd.Series) -> pd.Series:
    """Return the schooling that the head completed, 0 to 5."""
    return education


def max_education(education: pd.Series) -> pd.Series:
    """Return the highest schooling that any member completed, 0 to 5."""
    return education


def head_sector(is_working: pd.Series, sector: pd.Series) -> pd.Series:
    """Return the sector of the head's work."""
    return sector.mask(_is_idle(is_working), NOT_WORKING)


def head_employment_status(is_working: pd.Series, employment_status: pd.Series) -> pd.Series:
    """Return the employment status of the head."""
    return employment_status.mask(_is_idle(is_working), NOT_WORKING)


def n_workers(is_working: pd.Series) -> pd.Series:
    """Count members at work, of any age."""
    return is_working


def n_workers_agriculture(is_working: pd.Series, sector: pd.Series) -> pd.Series:
    """Count members at work in agriculture, forestry or fishing."""
    return is_working & _is(sector, "agriculture")


def n_workers_manufacturing(is_working: pd.Series, sector: pd.Series) -> pd.Series:
    """Count members at work in mining, manufacturing or utilities."""
    return is_working & _is(sector, "manufacturing")


def n_workers_construction(is_working: pd.Series, sector: pd.Series) -> pd.Series:
    """Count members at work in construction."""
    return is_working & _is(sector, "construction")


def n_workers_trade(is_working: pd.Series, sector: pd.Series) -> pd.Series:
    """Count members at work in trade."""
    return is_working & _is(sector, "trade")


def n_workers_services(is_working: pd.Series, sector: pd.Series) -> pd.Series:
    """Count members at work in transport, food, and other services."""
    return is_working & _is(sector, "services")


def n_workers_public(is_working: pd.Series, sector: pd.Series) -> pd.Series:
    """Count members at work in administration, education or health."""
    return is_working & _is(sector, "public")


def has_business(has_business: pd.Series) -> pd.Series:
    """Tell whether any member has a business."""
    return has_business


def n_disabled(has_severe_disability: pd.Series) -> pd.Series:
    """Count members with a severe disability."""
    return has_severe_disability


def has_severe_disability(has_severe_disability: pd.Series) -> pd.Series:
    """Tell whether any member has a severe disability."""
    return has_severe_disability


def has_chronic_illness(has_chronic_illness: pd.Series) -> pd.Series:
    """Tell whether any member has a chronic illness."""
    return has_chronic_illness


def n_pregnant(is_pregnant: pd.Series) -> pd.Series:
    """Count members who are pregnant."""
    return is_pregnant


def dependency_ratio(household_size: pd.Series, n_working_age: pd.Series) -> pd.Series:
    """Return members under 15 or over 64 per member of working age; missing where nobody is of working age."""
    return (household_size - n_working_age) / n_working_age.where(n_working_age > 0)


def _is(words: pd.Series, word: str) -> pd.Series:
    return words.eq(word).astype("boolean")


def _is_idle(is_working: pd.Series) -> pd.Series:
    return (~is_working).fillna(False)


@dataclass(frozen=True)
class Feature:
    """What is asked of each person, and how the answers become one of the household."""

    ask: Callable[..., pd.Series]
    gather: Callable[[Grouping, pd.Series], pd.Series]


COUNTED = (
    household_size, n_children_under_7, n_children_primary_age, n_children_junior_age, n_children_senior_age,
    n_children_school_age, n_children_out_of_school, n_working_age, n_elderly, n_workers, n_workers_agriculture,
    n_workers_manufacturing, n_workers_construction, n_workers_trade, n_workers_services, n_workers_public, n_disabled,
    n_pregnant,
)  # fmt: skip
ANYBODY = (has_business, has_severe_disability, has_chronic_illness)
OF_THE_HEAD = (head_age_years, is_head_female, is_head_married, head_education, head_sector, head_employment_status)
# A feature is built when the roster asks every column that its function names as a parameter.
FEATURES = {
    **{ask.__name__: Feature(ask, Grouping.count) for ask in COUNTED},
    **{ask.__name__: Feature(ask, Grouping.any) for ask in ANYBODY},
    **{ask.__name__: Feature(ask, Grouping.of_head) for ask in OF_THE_HEAD},
    max_education.__name__: Feature(max_education, Grouping.highest),
    is_elderly_alone.__name__: Feature(is_elderly_alone, Grouping.every),
}
# Features made of those above.
DERIVED: dict[str, Callable[..., pd.Series]] = {dependency_ratio.__name__: dependency_ratio}


def gathered(persons: pd.DataFrame, asked: Collection[str], grouping: Grouping) -> pd.DataFrame:
    """Return the features that the columns `asked` allow, one row per household."""
    found: dict[str, pd.Series] = {}
    for name, feature in FEATURES.items():
        needed = list(inspect.signature(feature.ask).parameters)
        if set(needed) <= set(asked):
            found[name] = feature.gather(grouping, feature.ask(*(persons[column] for column in needed)))
    for name, function in DERIVED.items():
        needed = list(inspect.signature(function).parameters)
        if set(needed) <= set(found):
            found[name] = function(*(found[column] for column in needed))
    return pd.DataFrame(found, index=grouping.ids)

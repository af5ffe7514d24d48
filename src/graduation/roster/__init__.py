"""Rosters of persons become features of their households."""

from graduation.roster.joining import with_members
from graduation.roster.roster import Roster, household_features

__all__ = ["Roster", "household_features", "with_members"]

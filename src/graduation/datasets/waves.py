"""Synthetic waves of a household registry, past programme records, and the truth apart from both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from graduation import plots
from graduation.datasets.households import new_households, pass_year
from graduation.datasets.identity import household_ids
from graduation.datasets.items import HEAD
from graduation.datasets.pilot import arms, assign, check_pilot, draw_participants, outcomes
from graduation.datasets.settings import Ints, State, Streams, population
from graduation.datasets.tables import WELFARE, clean_values, field_check, is_still_there, raw_table, reported, spoil
from graduation.datasets.welfare import line_and_median
from graduation.errors import UsageError
from graduation.results import Result
from graduation.schema import Dictionary, Line, load_dictionary

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Truth:
    """What no registry knows. One row per household, indexed by `household_id`.

    Attributes
    ----------
    households : DataFrame
        Households of the last wave. `permanent_log_welfare` (log IDR per head and month); `log_welfare_<arm>`, log
        welfare a year later under each arm; `extreme_poor_none`, whether under the line a year later without a
        programme; `risk_none`, the probability of it given all that is true at the last wave; `effect_<arm>`, the
        expected effect of being offered the arm.
    records : DataFrame
        The same for the households of the programme records.
    """

    households: pd.DataFrame
    records: pd.DataFrame


@dataclass(frozen=True)
class Waves(Result):
    """Waves of a synthetic registry.

    Attributes
    ----------
    tables : tuple of DataFrame
        Raw tables, oldest first, as registry files would hold them: with gaps, double rows and impossible cells.
    records : DataFrame
        Raw past programme records: the baseline columns, `arm`, `assignment_probability` (of the arm given) and
        `consumption_after_monthly_idr` (per head, a year later).
    truth : Truth
        Potential outcomes and true risks, apart from all tables.
    dictionary : Dictionary
        The dictionary of the tables, with the scenario's line.
    line : Line
        Fixed in real terms over all waves.
    """

    tables: tuple[pd.DataFrame, ...]
    records: pd.DataFrame
    truth: Truth
    dictionary: Dictionary
    line: Line
    title = "Synthetic waves"

    def frame(self) -> pd.DataFrame:
        """Return one row per wave: `wave`, `households`, `extreme_poor`, `share`, `weighted_persons`."""
        return pd.DataFrame([self._row(table) for table in self.tables])

    def _row(self, table: pd.DataFrame) -> dict[str, float]:
        """Count one wave; families listed twice count once."""
        once = table.drop_duplicates("family_card_number")
        welfare = once[WELFARE].astype("Float64")
        poor = int((welfare < self.line.monthly).sum())
        persons = once["survey_weight"] * once["household_size"].astype("Float64")
        return {
            "wave": int(once["wave"].iloc[0]),
            "households": len(once),
            "extreme_poor": poor,
            "share": poor / max(int(welfare.notna().sum()), 1),
            "weighted_persons": float(persons.sum()),
        }

    def notes(self) -> list[str]:
        return [
            f"Line: {self.line}. Share: of households whose consumption is known. Programme records: "
            f"{len(self.records):,} households. Nobody in these tables exists."
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the distribution of consumption of each wave, with the line."""
        ax = plots.axes(ax)
        colours = [plots.SECOND, plots.MUTED, plots.INK]
        for number, table in enumerate(self.tables):
            level = np.log10(table[WELFARE].dropna().astype("float64"))
            label = str(table["wave"].iloc[0])
            ax.hist(level, bins=60, histtype="step", density=True, label=label, color=colours[number % len(colours)])
        ax.axvline(np.log10(self.line.monthly), color=plots.ACCENT, lw=1.5, label=self.line.line_id)
        ax.set_xlabel("consumption per head and month, IDR, log10")
        ax.set_ylabel("density")
        ax.legend(frameon=False)
        return plots.tidy(ax)


def make_waves(
    n_households: int = 2_000,
    *,
    waves: int = 2,
    seed: int = 0,
    scenario: str = "bottom_10",
    assignment: str = "randomised",
    effects: str = "varied",
) -> Waves:
    """Make a synthetic household registry of peri-urban West Java, with programme records and hidden truth.

    Log consumption per head is a permanent part (place and household) plus a transitory part and shocks; all other
    columns follow the permanent part with noise. Places, marginals and rates are those of Kabupaten Bekasi as far as
    published, else estimated; `population.toml` beside this module marks each.

    Parameters
    ----------
    n_households : int
        Households per wave, before double rows.
    waves : int
        Yearly waves; the first is 2023. Earlier waves do not depend on how many follow.
    seed : int
        The same seed gives the same tables.
    scenario : str
        Which line, and so how many are extreme poor: "sk_2023" (0.1 %), "stress" (0.4 %), "wb_300" (1.7 %),
        "bottom_5", "bottom_10" or "bottom_20".
    assignment : {"randomised", "confounded"}
        How the pilot of the programme records gave its arms: by lot with fixed chances by kecamatan, or depending on
        what the records show of the household.
    effects : {"varied", "same"}
        Whether the arms do more for some households than for others, or the same for all.

    Returns
    -------
    Waves
        `.tables`, `.records`, `.truth`, `.dictionary`, `.line`.

    Raises
    ------
    UsageError
        When a scenario, an assignment or a kind of effects is unknown, or a count is not positive.

    Notes
    -----
    Lower tail, village correlation and yearly correlation: Alatas et al. 2012 (AER 102(4)) and BPS poverty figures.

    Examples
    --------
    >>> waves = make_waves(500, seed=1)
    >>> [len(table) for table in waves.tables], len(waves.records)
    ([508, 508], 400)
    >>> waves.line.line_id
    'synthetic_bottom_10'
    """
    if n_households < 1 or waves < 1:
        raise UsageError(f"n_households is {n_households} and waves is {waves}; both must be at least 1")
    check_pilot(assignment, effects)
    line, median = line_and_median(scenario)
    world = (line, median, load_dictionary("west_java_synthetic").with_line(line))
    streams = Streams(seed)
    tables, truth = _registry(n_households, waves, world, effects, streams)
    records, records_truth = _records(n_households, _year_of(waves - 2), world, (assignment, effects), streams)
    return Waves(tables, records, Truth(truth, records_truth), world[2], line)


def _year_of(wave: int) -> int:
    return int(population()["first_year"]) + wave


def _registry(
    n: int, waves: int, world: tuple[Line, float, Dictionary], effects: str, streams: Streams
) -> tuple[tuple[pd.DataFrame, ...], pd.DataFrame]:
    """Return the raw tables of all waves, and the truth about the households of the last."""
    line, median, dictionary = world
    tables = []
    for wave, state in enumerate(_histories(n, waves, streams)):  # one at a time: states are large
        tables.append(_table(state, wave, median, dictionary, streams))
    values = clean_values(state, _year_of(waves - 1), median)
    truth = outcomes(state, values, (np.log(line.monthly / median), median), effects, streams.under("year", waves))
    ids = household_ids(state["number"], "registry")
    return tuple(tables), truth.set_index(pd.Index(ids, name="household_id"))


def _histories(n: int, waves: int, streams: Streams) -> Iterator[State]:
    """Give the households of one wave after the other, with what a field check of that wave's list finds."""
    state = _checked(_newcomers(np.arange(n), 0, streams), 0, streams)
    yield state
    for wave in range(1, waves):
        state = _next_wave(state, wave, streams)
        yield state


def _next_wave(state: State, wave: int, streams: Streams) -> State:
    """Let a year pass; newcomers take the places of those who are no longer there."""
    n = len(state)
    older = pass_year(state, streams.under("year", wave)).take(is_still_there(state["verification"]))
    new = _newcomers(n * wave + np.arange(n - len(older)), wave, streams)
    return _checked(older.append(_checked(new, wave, streams)), wave, streams)


def _newcomers(numbers: Ints, wave: int, streams: Streams) -> State:
    common = streams.under("year", wave).rng("common")
    return new_households(numbers, _year_of(wave), streams.under("new", wave), common)


def _checked(state: State, wave: int, streams: Streams) -> State:
    return state.with_(verification=field_check(state, state["ages"][:, HEAD], streams.under("wave", wave)))


def _table(state: State, wave: int, median: float, dictionary: Dictionary, streams: Streams) -> pd.DataFrame:
    """Return one wave as a registry file would hold it."""
    own = streams.under("wave", wave)
    values = {**reported(clean_values(state, _year_of(wave), median), own), "verification": state["verification"]}
    # Second ids are taken from the end of the next wave's block of numbers, which newcomers never reach.
    spare = len(state) * (wave + 2) - 1 - np.arange(len(state))
    return spoil(raw_table(state, values, dictionary, own, "registry"), spare, own)


def _records(
    n_households: int, year: int, world: tuple[Line, float, Dictionary], kind: tuple[str, str], streams: Streams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the raw records of a past pilot, and the truth about its households."""
    (line, median, dictionary), (assignment, effects) = world, kind
    pilot, own = population()["pilot"], streams.under("pilot")
    state = draw_participants(max(pilot["minimum"], n_households // pilot["registry_per_record"]), year, own)
    values = clean_values(state, year, median)
    told = {**reported(values, own), "verification": np.ones(len(state), dtype=np.int64)}
    table = raw_table(state, told, dictionary, own, "pilot", full=(WELFARE,))
    arm, chances = assign(state, told, assignment, own.rng("assignment"))
    truth = outcomes(state, values, (np.log(line.monthly / median), median), effects, own.under("after"))
    rows = np.arange(len(state))
    after = truth[[f"log_welfare_{name}" for name in arms()]].to_numpy()[rows, arm]
    table["arm"] = pd.array(np.array(arms(), dtype=object)[arm], dtype="str")
    table["assignment_probability"] = chances[rows, arm]
    table["consumption_after_monthly_idr"] = np.rint(np.exp(after)).astype(np.int64)
    return table, truth.set_index(pd.Index(table["household_id"], name="household_id"))

"""At which times a model is trained, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from graduation.errors import NotEnoughData
from graduation.panel import Panel
from graduation.workflows.expiry import MIN_CASES

EXPECTED = (
    f"three waves or more (the outcome of the first pair is known when the next pair begins), with {MIN_CASES} "
    "households of each outcome to learn from; four waves to compare two ages"
)


@dataclass(frozen=True)
class Origins:
    """The times at which a model is trained, out of those at which one could be, and those with too few cases."""

    chosen: tuple[float, ...]
    possible: tuple[float, ...]
    too_few: tuple[float, ...]


def training_part(panel: Panel, origin: float, window: float | None) -> Panel:
    """Return all that a model trained at `origin` may learn from: outcomes seen by then, first waves in the window."""
    known = panel.known_by(origin)
    return known if window is None else known.subset(known.groups["time"] >= origin - window)


def choose_origins(panel: Panel, window: float | None, most: int) -> Origins:
    """Choose evenly spaced times, counted from the latest, at which both outcomes had been seen often enough."""
    times = np.sort(panel.groups["time"].unique()).astype(float)
    full = [time for time in times if window is None or time - window >= times[0]]
    cases = {time: _fewest(training_part(panel, time, window)) for time in full}
    possible = [time for time, fewest in cases.items() if fewest >= MIN_CASES]
    if not possible:
        raise NotEnoughData(_nothing_to_train(times, cases), expected=EXPECTED, remedy=_remedy(window), source="panel")
    stride = ceil(len(possible) / most)
    chosen = possible[::-1][::stride][::-1]
    too_few = [time for time, fewest in cases.items() if 0 < fewest < MIN_CASES]
    return Origins(tuple(chosen), tuple(possible), tuple(too_few))


def _fewest(panel: Panel) -> int:
    """Return how many rows have the rarer outcome."""
    positives = int(panel.outcome.sum())
    return min(positives, len(panel.outcome) - positives)


def _nothing_to_train(times: np.ndarray, cases: dict[float, int]) -> str:
    if len(times) < 2:
        return "pairs of one first wave only: no wave comes after a model could be trained"
    most = max(cases.values(), default=0)
    return f"at no wave could a model have been trained: {most} households of the rarer outcome at most were known"


def _remedy(window: float | None) -> str:
    return "Give more waves." if window is None else "Give more waves or a longer window (longer than one pair takes)."


def told(panel: Panel, origins: Origins, sizes: list[int], window: float | None) -> list[str]:
    """Say what the models learned from and what may stand in for age."""
    when = ", ".join(f"{time:g} ({size:,})" for time, size in zip(origins.chosen, sizes, strict=True))
    found = [f"Models by the time they were trained at, and the pairs whose outcome was known by then: {when}."]
    if len(origins.chosen) < len(origins.possible):
        found.append(
            f"{len(origins.chosen)} of {len(origins.possible)} possible models, evenly spaced (option origins): on "
            "waves in between, the freshest model is itself not new."
        )
    if origins.too_few:
        few = ", ".join(f"{time:g}" for time in origins.too_few)
        found.append(f"No model at {few}: under {MIN_CASES} households of one outcome were known.")
    if window is None:
        found.append(
            "An older model also saw fewer pairs: what it loses is due to age and to less data together. The option "
            "window parts the two."
        )
    else:
        found.append(
            f"Models learned from first waves of the last {window:g} units of time: they differ in age, not span."
        )
    if panel.dictionary.history:
        found.append("An older model also knew shorter histories of the households.")
    if panel.dictionary.one("time") and not panel.dictionary.months:
        time = panel.dictionary.one("time")
        found.append(
            f'Ages are in units of {time}: the dictionary does not say what they are; set time_unit = "month", '
            '"quarter" or "year" in its [dictionary] for months.'
        )
    return found

"""Categories and yes/no items whose shares follow permanent welfare."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from graduation.datasets.settings import Bools, Floats, Ints, Streams, population

YES, NO = 1, 2
SMALLEST_SHARE = 1e-5
MIDDLE_AGE = 47.0
HEAD = 0  # slot of the head among the ages of a household


def item_names() -> list[str]:
    """Return the items in the order of their columns."""
    return [name for name, value in population()["items"].items() if isinstance(value, dict)]


@lru_cache
def class_knots() -> Floats:
    """Return the mean permanent welfare of each class, in its standard deviations, from the poorest class up."""
    cuts = np.array([0.0, *population()["classes"]["cuts"], 1.0])
    density = np.exp(-(ndtri(cuts) ** 2) / 2) / np.sqrt(2 * np.pi)
    mean_index = -np.diff(density) / np.diff(cuts)
    return np.asarray(np.sqrt(population()["welfare"]["permanent_share"]) * mean_index)


def by_class(values: Sequence[float] | Floats, standard: Floats) -> Floats:
    """Interpolate figures given for the four classes along permanent welfare, straight on beyond the ends."""
    knots, heights = class_knots(), np.asarray(values, dtype=float)
    inner = np.interp(standard, knots, heights)
    slopes = np.diff(heights) / np.diff(knots)
    below = np.minimum(standard - knots[0], 0) * slopes[0]
    above = np.maximum(standard - knots[-1], 0) * slopes[-1]
    return np.asarray(inner + below + above)


def chance_by_class(shares: Sequence[float], standard: Floats) -> Floats:
    """Interpolate chances given for the four classes, on the probit scale so that they stay between 0 and 1."""
    return np.asarray(ndtr(by_class(ndtri(np.clip(shares, SMALLEST_SHARE, 1 - SMALLEST_SHARE)), standard)))


def class_weights(standard: Floats) -> Floats:
    """Return what each class (columns) counts in `by_class`, so that many figures need one product each."""
    return np.column_stack([by_class(own, standard) for own in np.eye(len(class_knots()))])


def typical_size(standard: Floats) -> Floats:
    """Return the household size to expect at this permanent welfare."""
    return by_class(population()["members"]["typical_size"], standard).clip(min=1.0)


def draw_noise(n: int, streams: Streams, names: Sequence[str] | None = None) -> Floats:
    """Draw what welfare does not explain of each item (columns in the order of `names`)."""
    names = item_names() if names is None else names
    settings = population()["items"]
    style = streams.rng("style").standard_normal(n)
    noise = np.empty((n, len(names)))
    for column, name in enumerate(names):
        common = settings[name].get("style", 0.0)
        own = streams.rng("item", name).standard_normal(n)
        noise[:, column] = np.sqrt(common) * style + np.sqrt(1 - common) * own
    return noise


def age_noise(noise: Floats, streams: Streams) -> Floats:
    """Let a year pass: what welfare does not explain mostly stays."""
    keeps = np.array([population()["items"][name]["keeps"] for name in item_names()])
    fresh = streams.rng("items").standard_normal(noise.shape)
    return np.asarray(keeps * noise + np.sqrt(1 - keeps**2) * fresh)


def draw_items(
    noise: Floats, standard: Floats, rural: Bools, ages: Ints | None = None, names: Sequence[str] | None = None
) -> dict[str, Ints]:
    """Return the code of each item (one column of `noise` each) for each household; yes is 1 and no is 2.

    Without `ages`, all families are alike.
    """
    decades = 0.0 if ages is None else (ages[:, HEAD] - MIDDLE_AGE) / 10
    more = 0.0 if ages is None else (ages >= 0).sum(axis=1) - typical_size(standard)
    remote = rural - population()["items"]["rural_centre"]
    weights = class_weights(standard)
    values = {}
    for column, name in enumerate(item_names() if names is None else names):
        item = population()["items"][name]
        shift = item.get("rural", 0.0) * remote + item.get("per_decade", 0.0) * decades
        shift = shift + item.get("per_member", 0.0) * more
        values[name] = _item(item, noise[:, column], weights, shift)
    return values


def _item(item: dict[str, Any], noise: Floats, weights: Floats, shift: Floats | float) -> Ints:
    if "yes" in item:
        bar = weights @ _probits(np.array(item["yes"])) + shift
        # Good things are owned by those whose style is high, bad things happen to those where it is low.
        rising = item["yes"][-1] > item["yes"][0]
        return yes_no((-noise if rising else noise) < bar)
    cumulative = np.cumsum(np.array(item["shares"], dtype=float), axis=1)[:, :-1]
    passed = np.zeros(len(noise), dtype=np.int8)
    for column in _probits(cumulative).T:
        passed += noise >= weights @ column + shift
    return np.asarray(np.array(item["codes"], dtype=np.int8)[passed])


def yes_no(holds: npt.NDArray[Any]) -> Ints:
    """Return the codes of yes and no, one byte each."""
    codes: Ints = np.where(holds, np.int8(YES), np.int8(NO))
    return codes


def _probits(percent: Floats) -> Floats:
    return np.asarray(ndtri(np.clip(percent / 100, SMALLEST_SHARE, 1 - SMALLEST_SHARE)))

"""Villages and kecamatan: the same for every seed, since there is one population."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from graduation.datasets.settings import Bools, Floats, Ints, Streams, population


@dataclass(frozen=True)
class Places:
    """One entry per village.

    `effect` is the village's and its kecamatan's part of permanent welfare, in standard deviations of log welfare.
    """

    village: npt.NDArray[np.object_]
    kecamatan: npt.NDArray[np.object_]
    kecamatan_number: Ints
    share: Floats
    urban: Bools
    coastal: Bools
    industry: Bools
    effect: Floats

    def draw(self, rng: np.random.Generator, n: int) -> Ints:
        """Draw the village of each of `n` households, by population."""
        drawn = np.searchsorted(np.cumsum(self.share), rng.random(n), side="right")
        return np.minimum(drawn, len(self.share) - 1).astype(np.int64)


@lru_cache
def places() -> Places:
    """Return the villages of the regency."""
    settings = population()
    districts = settings["places"]["kecamatan"]
    counts = np.array([district["desa"] + district["kelurahan"] for district in districts])
    number = np.repeat(np.arange(len(districts)), counts)
    codes = [code for district in districts for code in _village_codes(district)]
    streams = Streams(settings["population_seed"], "places")
    zone = [settings["zones"][district["zone"]] for district in districts]
    is_town = np.array([code[6] == "1" for code in codes])
    urban = is_town | (streams.rng("urban").random(len(codes)) < _by_village(zone, "urban", number))
    share = _village_shares(districts, number, streams.rng("size"))
    return Places(
        village=np.array(codes, dtype=object),
        kecamatan=_by_village(districts, "code", number).astype(object),
        kecamatan_number=number.astype(np.int64),
        share=share,
        urban=urban,
        coastal=_by_village(districts, "coastal", number).astype(bool),
        industry=_by_village(districts, "zone", number) == "industry",
        effect=_effects(_by_village(zone, "welfare", number), number, share, urban, streams.rng("effect")),
    )


def _village_codes(district: dict[str, Any]) -> list[str]:
    """Return village codes; numbered through, so that they follow the pattern without naming real villages."""
    kinds = (1000, district["kelurahan"]), (2000, district["desa"])
    return [f"{district['code']}{start + i + 1}" for start, count in kinds for i in range(count)]


def _by_village(districts: list[dict[str, Any]], name: str, number: Ints) -> npt.NDArray[Any]:
    return np.array([district[name] for district in districts])[number]


def _village_shares(districts: list[dict[str, Any]], number: Ints, rng: np.random.Generator) -> Floats:
    size = 0.5 + rng.random(len(number))
    within = size / np.bincount(number, size)[number]
    share = within * _by_village(districts, "population", number)
    return np.asarray(share / share.sum())


def _effects(level: Floats, number: Ints, share: Floats, urban: Bools, rng: np.random.Generator) -> Floats:
    """Scale the parts of kecamatan and village to their shares of the variance of log welfare."""
    settings = population()
    kecamatan = level - np.average(level, weights=share)
    village = rng.standard_normal(len(number)) + settings["places"]["urban_village_bonus"] * urban
    mean = np.bincount(number, share * village) / np.bincount(number, share)
    within = village - mean[number]
    parts = ((kecamatan, "kecamatan_share"), (within, "village_share"))
    scaled = [part * np.sqrt(settings["welfare"][key] / np.average(part**2, weights=share)) for part, key in parts]
    return np.asarray(scaled[0] + scaled[1])

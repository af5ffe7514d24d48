"""The constants of the generator and its seeded streams."""

from __future__ import annotations

import tomllib
import zlib
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.signedinteger[Any]]
Bools = npt.NDArray[np.bool_]


def load_toml(name: str) -> dict[str, Any]:
    """Return the content of a TOML file of this room."""
    return tomllib.loads((resources.files("graduation.datasets") / name).read_text(encoding="utf-8"))


@lru_cache
def population() -> dict[str, Any]:
    """Return the content of population.toml."""
    return load_toml("population.toml")


class Streams:
    """Independent random streams by name: what one draws never moves what another draws."""

    def __init__(self, seed: int, *path: int | str) -> None:
        self.seed = seed
        self.path = path

    def under(self, *path: int | str) -> Streams:
        return Streams(self.seed, *self.path, *path)

    def rng(self, *path: int | str) -> np.random.Generator:
        key = tuple(zlib.crc32(str(part).encode()) for part in (*self.path, *path))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


class State:
    """Households as arrays of equal length, by name. A new state is made for each change."""

    def __init__(self, **arrays: npt.NDArray[Any]) -> None:
        self.arrays = arrays

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.arrays[name]

    def __len__(self) -> int:
        return len(self.arrays["number"])

    def with_(self, **arrays: npt.NDArray[Any]) -> State:
        return State(**{**self.arrays, **arrays})

    def take(self, rows: npt.NDArray[Any]) -> State:
        return State(**{name: values[rows] for name, values in self.arrays.items()})

    def append(self, other: State) -> State:
        return State(**{name: np.concatenate([values, other[name]]) for name, values in self.arrays.items()})

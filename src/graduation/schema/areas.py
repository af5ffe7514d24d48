"""Sub-districts by the codes of Kemendagri and of BPS, which name the same places differently."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

import pandas as pd

from graduation.schema.column import AreaCoding


@lru_cache
def kecamatan_codes() -> pd.DataFrame:
    """Return the sub-districts whose codes are known, with their `kemendagri` and `bps` code and `name`.

    Source: `areas.toml` beside this module. NIK, family cards and DTKS use the codes of Kemendagri, microdata of BPS
    its own; 321608 and 3216081 are neighbours, not the same place.
    """
    text = (resources.files("graduation.schema") / "areas.toml").read_text(encoding="utf-8")
    places = [
        {"kemendagri": code, "bps": place["bps"], "name": place["name"]}
        for regency in tomllib.loads(text).values()
        for code, place in regency.items()
    ]
    return pd.DataFrame(places)


def recode_area(codes: pd.Series, *, to: AreaCoding) -> pd.Series:
    """Return sub-district codes of the other maker as codes of this one; unknown codes become missing.

    >>> recode_area(pd.Series(["3216081", "9999999"]), to="kemendagri").tolist()
    ['321606', <NA>]
    """
    known = kecamatan_codes()
    other = "bps" if to == "kemendagri" else "kemendagri"
    return codes.astype("string").map(known.set_index(other)[to]).astype("string")

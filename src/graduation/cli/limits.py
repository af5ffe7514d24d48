"""Limits and goals of a plan, as they are typed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict

from graduation.errors import UsageError

if TYPE_CHECKING:
    from graduation.allocate import Capacity, Quota, Share
    from graduation.allocate.limits import Level


class Limits(TypedDict):
    """What `workflows.plan` takes."""

    capacities: list[Capacity]
    quotas: list[Quota]
    shares: list[Share]


def limits_from(capacity: list[str] | None, quota: list[str] | None, share: list[str] | None) -> Limits:
    """Turn the options --capacity, --quota and --share into limits."""
    return {"capacities": capacities_from(capacity), "quotas": quotas_from(quota), "shares": shares_from(share)}


def capacities_from(texts: list[str] | None) -> list[Capacity]:
    """Turn arm=number into capacities."""
    from graduation.allocate import Capacity

    parts = [text.partition("=") for text in texts or []]
    wrong = ["".join(part) for part in parts if not (part[2].isascii() and part[2].isdigit())]
    if wrong:
        raise UsageError(f"--capacity '{wrong[0]}'; expected arm=number, for example training=120")
    return [Capacity(arm=arm, maximum=int(number)) for arm, _, number in parts]


def quotas_from(texts: list[str] | None) -> list[Quota]:
    """Turn column=value:number into quotas."""
    from graduation.allocate import Quota

    parts = [_parted(text, "--quota", "kecamatan=Tambelang:50") for text in texts or []]
    wrong = [f"{column}={level}:{number}" for column, level, number in parts if number != int(number)]
    if wrong:
        raise UsageError(f"--quota '{wrong[0]}'; expected a whole number of households")
    return [Quota(column, level, int(number)) for column, level, number in parts]


def shares_from(texts: list[str] | None) -> list[Share]:
    """Turn column=value:share into shares of those served."""
    from graduation.allocate import Share

    parts = [_parted(text, "--share", "is_head_female=true:0.3") for text in texts or []]
    return [Share(column, level, number) for column, level, number in parts]


def _parted(text: str, option: str, example: str) -> tuple[str, Level, float]:
    column, _, rest = text.partition("=")
    level, _, number = rest.rpartition(":")
    try:
        amount = float(number)
    except ValueError:
        amount = float("nan")
    if not (column and level and 0 <= amount < math.inf):
        raise UsageError(f"{option} '{text}'; expected column=value:number, for example {example}")
    return column, {"true": True, "false": False}.get(level.lower(), level), amount

"""Where the households of training stand on each feature, so that a reason can say where one of them stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any, Self

import numpy as np
import pandas as pd

from graduation.risk.transition import STATE_FEATURE
from graduation.schema import Dictionary

LEVELS = np.arange(1, 100)
# Fewer households could be recognised: no share and no quantile is told of them.
LEAST_HOUSEHOLDS = 10
LEAST_SHARE = 0.01
# Larger numbers are shown to three digits, smaller ones whole or to one decimal, those below one to two digits.
LARGE = 10_000


@dataclass(frozen=True)
class Reference:
    """What is known of the households of training, without any one of them.

    Attributes
    ----------
    numbers : dict of str to list of float
        Weighted quantiles of each number among the households where it is known, as shown in reasons: at 1 to 99 %,
        or at fewer levels in the middle where a tail would hold fewer than ten households.
    levels : dict of str to dict of str to float
        Weighted share of households with each answer, for categories and yes-or-no ("1", "0"); answers of less than
        1 % or fewer than ten households are left out.
    missing : dict of str to float
        Weighted share of households where a feature is not known, left out in the same way.
    """

    numbers: dict[str, list[float]]
    levels: dict[str, dict[str, float]]
    missing: dict[str, float]

    def standing(self, feature: str, value: float) -> tuple[int, int, int]:
        """Return the percent of households that are surely below a number, at it, and above it; to about one point."""
        found = self.numbers.get(feature, [])
        if not found:
            return 0, 0, 0
        first = 1 + (len(LEVELS) - len(found)) // 2
        below, upto = bisect_left(found, value), bisect_right(found, value)
        return first + below - 1 if below else 0, upto - below, 100 - first - upto if upto < len(found) else 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Return what `to_json` wrote.

        Raises
        ------
        ValueError
            When it holds something else than rising numbers and shares.
        """
        numbers = {name: [float(one) for one in values] for name, values in content["numbers"].items()}
        levels = {name: _shares(values) for name, values in content["levels"].items()}
        for name, values in numbers.items():
            if len(values) > len(LEVELS) or len(values) % 2 == 0 or not _rising(values):
                raise ValueError(f"the quantiles of '{name}' are no rising numbers")
        return cls(numbers, levels, _shares(content["missing"]))


def _rising(values: list[float]) -> bool:
    return bool(np.isfinite(values).all() and (np.diff(values) >= 0).all())


def _shares(content: dict[str, Any]) -> dict[str, float]:
    shares = {str(name): float(share) for name, share in content.items()}
    if not all(0 <= share <= 1 for share in shares.values()):
        raise ValueError("a share that is not between 0 and 1")
    return shares


def learn_reference(X: pd.DataFrame, state: pd.Series, weight: pd.Series, dictionary: Dictionary) -> Reference:
    """Learn the reference from features (n, p), states now (n,) and weights (n,), in whatever order."""
    table, mass = X.assign(**{STATE_FEATURE: state}), weight.to_numpy(dtype=float)
    numbers, levels, missing = {}, {}, {}
    for name, values in table.items():
        known = values.notna().to_numpy()
        share = _share(~known, mass)
        if share:
            missing[str(name)] = share
        if is_number(str(name), dictionary):
            numbers[str(name)] = _quantiles(values[known].to_numpy(dtype=float), mass[known])
        else:
            levels[str(name)] = _level_shares(values, mass)
    return Reference({name: found for name, found in numbers.items() if found}, levels, missing)


def is_number(feature: str, dictionary: Dictionary) -> bool:
    """Whether a feature is told by its amount, rather than by its answer."""
    if feature == STATE_FEATURE:
        return False
    column = dictionary.columns.get(feature)
    return column is None or column.type in ("number", "integer")


def shown_numbers(values: np.ndarray) -> np.ndarray:
    """Return numbers as they are shown, in whatever shape; reasons never tell them more exactly.

    >>> shown_numbers(np.array([487084.0, 9999.0, 12.34, 0.3333, -0.0])).tolist()
    [487000.0, 9999.0, 12.3, 0.33, 0.0]
    """
    size = np.abs(np.asarray(values, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = np.floor(np.log10(size))
    digits = np.where(size >= LARGE, 2 - digits, np.where((size < 1) & (size > 0), 1 - digits, 1.0))
    up, down = 10.0 ** np.maximum(digits, 0), 10.0 ** np.maximum(-digits, 0)
    # Adding nought makes a negative nought a plain one: both are equal, so which is told must not depend on the first.
    return np.asarray(np.round(values * up / down) * down / up + 0.0)


def shown_value(value: Any) -> Any:
    """Return a value as it is shown: a number rounded, anything else as it stands."""
    return float(shown_numbers(np.asarray(value))) if isinstance(value, float) else value


def _share(rows: np.ndarray, mass: np.ndarray) -> float:
    """Return the weighted share of the rows, 0 where they are too few to tell."""
    share = float(np.sort(mass[rows]).sum() / np.sort(mass).sum())
    return round(share, 4) if rows.sum() >= LEAST_HOUSEHOLDS and share >= LEAST_SHARE else 0.0


def _level_shares(values: pd.Series, mass: np.ndarray) -> dict[str, float]:
    texts = values.astype(object).where(values.notna(), None).map(level_text, na_action="ignore")
    codes, names = pd.factorize(texts, sort=True)
    shares = {str(name): _share(codes == code, mass) for code, name in enumerate(names)}
    return {name: share for name, share in shares.items() if share}


def level_text(value: Any) -> str:
    """Return the code of an answer; whole numbers are the same answer as floats and as integers."""
    return format(value, "g") if isinstance(value, float) else str(value)


def _quantiles(values: np.ndarray, mass: np.ndarray) -> list[float]:
    """Return weighted quantiles at those of 1 to 99 % that have enough households on both sides."""
    outer = ceil(100 * LEAST_HOUSEHOLDS / len(values)) if len(values) else 100
    levels = LEVELS[(outer <= LEVELS) & (100 - outer >= LEVELS)]
    if len(levels) == 0 or not mass.any():
        return []
    order = np.lexsort((mass, values))
    upto = np.cumsum(mass[order])
    place = np.searchsorted(upto, levels / 100 * upto[-1])
    return [float(one) for one in shown_numbers(values[order][np.minimum(place, len(order) - 1)])]

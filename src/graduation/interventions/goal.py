"""What giving an arm to a household is worth: what it does, for whom, and how needy they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.errors import UsageError
from graduation.interventions.offers import Offers
from graduation.results import in_marks
from graduation.schema import Language

# Any weight above 0 on the gain, however small, chooses the most helpful of the plans that reach equally many
# (Geoffrion 1968: such plans are properly efficient).
LARGEST_NEED_WEIGHT = 1 - 1e-6

TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "poverty": "Goal: as few households as possible in extreme poverty at the next wave",
        "welfare": "Goal: as much log welfare as possible at the next wave, whatever the line",
        "mix": "Goal: {poverty:.0%} fewer households in extreme poverty at the next wave, {welfare:.0%} more log "
        "welfare whatever the line",
        "helped": "those whom an arm helps most come first (need weight 0)",
        "need": "need weight {need_weight}, where 0 is those helped most and 1 the neediest",
        "pathways": "a household that may remain extreme poor counts {remain}, one that may become so {become}",
        "unit": "Value is on the scale of expected cases averted; benefit is the cases themselves",
    },
    "id": {
        "poverty": "Tujuan: sesedikit mungkin keluarga dalam kemiskinan ekstrem pada gelombang berikutnya",
        "welfare": "Tujuan: kesejahteraan (log) setinggi mungkin pada gelombang berikutnya, berapa pun garisnya",
        "mix": "Tujuan: {poverty:.0%} berkurangnya keluarga dalam kemiskinan ekstrem pada gelombang berikutnya, "
        "{welfare:.0%} naiknya kesejahteraan (log), berapa pun garisnya",
        "helped": "yang paling terbantu didahulukan (bobot kebutuhan 0)",
        "need": "bobot kebutuhan {need_weight}; 0 berarti yang paling terbantu, 1 berarti yang paling membutuhkan",
        "pathways": "keluarga yang mungkin tetap miskin ekstrem dihitung {remain}, yang mungkin menjadi miskin "
        "ekstrem {become}",
        "unit": "Nilai memakai skala perkiraan kasus yang dicegah; manfaat adalah kasus itu sendiri",
    },
}


@dataclass(frozen=True)
class Goal:
    """What a plan makes as large as possible; by default the expected number of cases of extreme poverty averted.

    The value of arm a for household i is ``pathway_i * ((1 - need_weight) * gain_ia + need_weight * risk_i * G / R)``
    where the arm may be offered and is expected to lower the risk, and 0 elsewhere: no arm that harms is ever worth
    giving. G is the mean, over the households that some suitable arm helps, of their largest gain, and R the mean risk
    of the same households, so that both parts have the same mean and value is on the scale of the gain. Plans that
    make this weighted sum as large as possible trace the supported part of the frontier between what is gained and
    how many of the expected extreme poor are reached.

    Attributes
    ----------
    remain, become : float
        What households count that may remain extreme poor, and that may become so; 0 or more. One whose state is
        unknown counts by its chance of being extreme poor now.
    welfare_share : float
        What counts as gain: 0 is the fall of the chance of extreme poverty, in expected cases; 1 is the gain of log
        welfare whatever the line; between, a mix of both. Log welfare is scaled to the mean of the cases.
    need_weight : float
        Between *helped most* (0) and *neediest* (1). With 1 as many as possible of the expected extreme poor are
        reached, which favours the least costly arm that helps; what is gained then decides between equals only.

    Raises
    ------
    UsageError
        When a figure is out of its range; all are told.

    References
    ----------
    Haushofer, Niehaus, Paramo, Miguel & Walker (2022), "Targeting impact versus deprivation", NBER 30138; Ehrgott
    (2005), Multicriteria Optimization, 2nd edition, chapter 3, on weighted sums; Geoffrion (1968), Journal of
    Mathematical Analysis and Applications 22.

    Examples
    --------
    >>> Goal(need_weight=0.5).notes()[0]
    'Goal: as few households as possible in extreme poverty at the next wave; need weight 0.5, where 0 is those helped
    most and 1 the neediest.'
    >>> Goal(need_weight=2)
    Traceback (most recent call last):
    graduation.errors.UsageError: goal: need_weight is 2; expected 0 to 1
    """

    remain: float = 1.0
    become: float = 1.0
    welfare_share: float = 0.0
    need_weight: float = 0.0

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {getattr(self, name)!r}; expected {expected}"
            for name, largest, expected in (
                ("remain", math.inf, "a weight, 0 or more"),
                ("become", math.inf, "a weight, 0 or more"),
                ("welfare_share", 1.0, "0 to 1"),
                ("need_weight", 1.0, "0 to 1"),
            )
            if not _is_within(getattr(self, name), largest)
        ]
        if not faults and self.remain == self.become == 0:
            faults.append("remain and become are both 0; expected one above 0, or nobody counts")
        if faults:
            raise UsageError("goal: " + "; ".join(faults))

    def value(self, offers: Offers, poor_now: np.ndarray | None) -> np.ndarray:
        """Return what each arm is worth for each household (n, arms); with the default goal, the benefit itself.

        `poor_now` (n,) is the chance that a household is extreme poor now, 1 or 0 where that is known and nan where
        nothing is; it is read when the pathways count differently.

        Raises
        ------
        UsageError
            When the pathways count differently and `poor_now` is missing for a household.
        """
        if self == CASES_AVERTED:
            return offers.benefit
        helpful = offers.helpful
        helped = helpful.any(axis=1)
        gain = self._gain(offers, helpful)
        value = gain
        if self.need_weight:
            weight = min(self.need_weight, LARGEST_NEED_WEIGHT)
            scale = _ratio(_mean_best(gain, helpful), math.fsum(offers.risk[helped]) / max(int(helped.sum()), 1))
            value = (1 - weight) * gain + weight * scale * offers.risk[:, None]
        return np.where(helpful, self._pathway_weight(offers, poor_now)[:, None] * value, 0.0)

    def _gain(self, offers: Offers, helpful: np.ndarray) -> np.ndarray:
        share = self.welfare_share
        if not share:
            return offers.benefit
        scale = _ratio(_mean_best(offers.benefit, helpful), _mean_best(offers.effect, helpful))
        return np.asarray((1 - share) * offers.benefit + share * scale * offers.effect)

    def _pathway_weight(self, offers: Offers, poor_now: np.ndarray | None) -> np.ndarray:
        if self.remain == self.become:
            return np.full(len(offers.ids), float(self.remain))
        poor_now = np.full(len(offers.ids), np.nan) if poor_now is None else poor_now
        unknown = np.isnan(poor_now)
        if unknown.any():
            raise UsageError(
                f"the goal weighs those who remain and those who become extreme poor differently, and for "
                f"{int(unknown.sum()):,} of {len(unknown):,} households the scores say neither the pathway "
                "nor the chance of being poor now; score them with `score`, or give both the same weight"
            )
        return np.asarray(poor_now * self.remain + (1 - poor_now) * self.become)

    def notes(self, language: Language = "en") -> list[str]:
        """Return the goal in plain words, and what the unit of value is where it is not the benefit."""
        text, share = TEXT[language], self.welfare_share
        kind = "poverty" if share == 0 else "welfare" if share == 1 else "mix"
        parts = [text[kind].format(poverty=1 - share, welfare=share)]
        weights = {name: in_marks(f"{getattr(self, name):g}", language) for name in ("remain", "become", "need_weight")}
        parts.append(text["need" if self.need_weight else "helped"].format(**weights))
        if self.remain != self.become:
            parts.append(text["pathways"].format(**weights))
        return ["; ".join(parts) + ".", *([] if self == CASES_AVERTED else [text["unit"] + "."])]


def poor_now_of(table: pd.DataFrame) -> np.ndarray:
    """Return the chance (n,) that each household of a table of scores is extreme poor now; nan where it says nothing.

    >>> poor_now_of(pd.DataFrame({"pathway": ["remain", "unknown"], "chance_poor_now": [1.0, 0.3]})).tolist()
    [1.0, 0.3]
    """
    if "pathway" not in table:
        return np.full(len(table), np.nan)
    known = table["pathway"].astype(object).map({"remain": 1.0, "become": 0.0}).astype("float64").to_numpy()
    if "chance_poor_now" not in table:
        return np.asarray(known)
    return np.where(np.isnan(known), table["chance_poor_now"].to_numpy(dtype=float), known)


def _is_within(figure: object, largest: float) -> bool:
    is_number = isinstance(figure, int | float | np.number) and not isinstance(figure, bool)
    return is_number and math.isfinite(float(figure)) and 0 <= float(figure) <= largest  # type: ignore[arg-type]


def _mean_best(amount: np.ndarray, helpful: np.ndarray) -> float:
    """Return the mean of each household's largest amount among arms that help it, over households with such an arm."""
    best = np.where(helpful, amount, -np.inf).max(axis=1, initial=-np.inf)[helpful.any(axis=1)]
    # An exact sum: the order of the households must not show in the last digit.
    return math.fsum(best) / max(len(best), 1)


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else 0.0


CASES_AVERTED = Goal()

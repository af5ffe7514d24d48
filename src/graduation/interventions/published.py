"""What published studies found of each arm, and what they let assume elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError, model_validator
from scipy.special import ndtri

from graduation import plots
from graduation.errors import DataError, NotEnoughData, Problem, UsageError, nearest
from graduation.interventions.pooling import random_effects
from graduation.interventions.rules import Frozen
from graduation.results import Result, format_number
from graduation.schema import read_toml, settings_problems

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# How far a figure may be trusted, the firmest first.
Mark = Literal["found", "computed", "memory", "estimate"]
MARKS: tuple[Mark, ...] = ("found", "computed", "memory", "estimate")
Kind = Literal["cash", "training", "capital", "training_capital", "graduation", "referral"]
REACH = float(ndtri(0.975))


class Cost(Frozen):
    """What a study says its programme cost per household or beneficiary, in its own currency."""

    amount: float = Field(gt=0, allow_inf_nan=False)
    currency: str = Field(min_length=1)
    year: int | None = None
    per: str = "household"
    mark: Mark


class Setting(Frozen):
    """Where, when and of whom."""

    country: str = Field(min_length=1)
    year: int | None = None
    population: str = Field(min_length=1)


class Transport(Frozen):
    """What is thought to be left of an effect in another place: judgement, with its reasons.

    `discount` multiplies the effect; `sd` is how unsure that is, in log welfare.
    """

    discount: float = Field(gt=0, le=1)
    sd: float = Field(ge=0, allow_inf_nan=False)
    reason: str = Field(min_length=1)


class PublishedEffect(Frozen):
    """One effect of one study: the figure as published, and what it is on log consumption per head.

    `effect` is left out where the figure cannot be turned into log welfare; such an entry informs, and nothing is
    assumed from it. Each figure has a mark: `found` in the source, `computed` from named data, from `memory`, or an
    `estimate`. `conversion` says how the figure became the effect; the effect's mark is its own, never firmer than that
    of the figure.
    """

    id: str
    arm: Kind
    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    setting: Setting
    outcome: str = Field(min_length=1)
    figure: float | str
    figure_unit: str = Field(min_length=1)
    figure_mark: Mark
    effect: float | None = Field(default=None, ge=-1, le=1)
    effect_sd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    effect_mark: Mark | None = None
    sd_mark: Mark | None = None
    conversion: str = Field(min_length=1)
    horizon_months: int | None = Field(default=None, gt=0)
    cost: Cost | None = None
    transport: Transport | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        parts = {name: getattr(self, name) for name in ("effect", "effect_sd", "effect_mark", "sd_mark", "transport")}
        absent = [name for name, value in parts.items() if value is None]
        if absent and len(absent) < len(parts):
            raise ValueError(f"an effect needs effect, effect_sd, effect_mark, sd_mark and transport; lacks {absent}")
        if self.effect_mark is not None and MARKS.index(self.effect_mark) < MARKS.index(self.figure_mark):
            raise ValueError(f"the effect is marked '{self.effect_mark}', firmer than its figure: '{self.figure_mark}'")
        return self


class Assumed(NamedTuple):
    """What is assumed of an arm in another place: its mean effect on log welfare, how unsure it is, and from what."""

    effect: float
    effect_sd: float
    source: str


@dataclass(frozen=True)
class PublishedEffects(Result):
    """Effects of published studies, one entry per study and arm.

    Attributes
    ----------
    entries : tuple of PublishedEffect
    """

    entries: tuple[PublishedEffect, ...]
    title = "Published effects per arm"

    def frame(self) -> pd.DataFrame:
        """Return one row per entry.

        Columns: `id`, `arm`, `study`, `source`, `country`, `year`, `population`, `outcome`, `horizon_months`, `figure`
        and `figure_unit` as published with `figure_mark`; `effect` on log consumption per head, its `effect_sd`,
        `effect_mark` and `sd_mark`; `discount`, `transport_sd`, and what is left elsewhere: `transported` and
        `transported_sd`; `cost`, `currency`, `cost_year`, `cost_mark`. Missing where a study does not say.
        """
        return pd.DataFrame([_row(entry) for entry in self.entries])

    def shown(self) -> pd.DataFrame:
        columns = ["arm", "study", "country", "figure", "figure_unit", "figure_mark", "effect", "effect_mark"]
        return self.frame()[[*columns, "transported", "transported_sd"]]

    def notes(self) -> list[str]:
        table = self.frame()
        marks = ", ".join(f"{count} {mark}" for mark, count in table["figure_mark"].value_counts().items())
        bare = int(table["effect"].isna().sum())
        return [
            f"{len(table)} entries; figures by mark: {marks}. A figure from memory or an estimate is not to be cited.",
            f"{bare} entries cannot be turned into log welfare, and nothing is assumed from them.",
            "Effects are on log consumption per head: 0.06 is about 6 %. Transported is effect x discount, its sd that "
            "of discount x effect_sd and transport_sd together. Discounts are judgement, and when effects were asked "
            "(horizon) is not corrected for. No effect was measured in Bekasi.",
        ]

    def assume(self, *which: str) -> Assumed:
        """Return what studies together let assume of an arm in another place.

        Each effect is multiplied by its discount, then they are put together by random effects. The standard deviation
        holds three doubts: that of the mean, how far true effects differ between places (a further place is one more),
        and that of transport, which all share and averaging does not take away.

        Parameters
        ----------
        *which : str
            Ids of entries, or kinds of arm, each for all its entries that have an effect.

        Raises
        ------
        UsageError
            When there is no such id or kind.
        NotEnoughData
            When none of the entries has an effect on log welfare.

        References
        ----------
        Higgins, Thompson & Spiegelhalter (2009), Journal of the Royal Statistical Society A 172, on the effect in a
        further place.

        Examples
        --------
        >>> made = published_effects().assume("sks_2013")
        >>> made.effect, made.source.split(":")[0]
        (0.0, 'estimate')
        """
        chosen = self._chosen(which)
        table = pd.DataFrame([_row(entry) for entry in chosen])
        sampling = (table["effect_sd"] * table["discount"]).to_numpy()
        pooled = random_effects(table["transported"].to_numpy(), sampling)
        weights = 1 / (sampling**2 + pooled.between_sd**2)
        shared = np.sqrt(np.average(table["transport_sd"] ** 2, weights=weights))
        total = float(np.sqrt(pooled.standard_error**2 + pooled.between_sd**2 + shared**2))
        return Assumed(round(pooled.mean, 4) + 0.0, round(total, 4), _told(chosen, pooled.between_sd))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw transported effects with 95 % intervals, one line per entry that has an effect, grouped by arm."""
        table = self.frame().dropna(subset=["effect"]).sort_values("arm", kind="stable").iloc[::-1]
        ax = plots.axes(ax, height=1.2 + 0.3 * len(table))
        labels = table["arm"].str.replace("_", " ") + ": " + table["study"]
        ax.errorbar(
            table["transported"], labels, xerr=REACH * table["transported_sd"], fmt="o", color=plots.ACCENT,
            ecolor=plots.INK, capsize=3, lw=1,
        )  # fmt: skip
        ax.plot(table["effect"], labels, "|", color=plots.SECOND, ms=9)
        ax.axvline(0, color=plots.INK, lw=0.8)
        ax.set_xlabel("log consumption per head: as found (|), discounted for transport (o, 95 %)")
        return plots.tidy(ax)

    def _chosen(self, which: Sequence[str]) -> list[PublishedEffect]:
        ids, kinds = {entry.id for entry in self.entries}, {entry.arm for entry in self.entries}
        absent = [name for name in which if name not in ids | kinds]
        if absent or not which:
            near = {name: nearest(name, sorted(ids | kinds)) for name in absent}
            hints = [f"'{name}' ({hint})" if hint else f"'{name}'" for name, hint in near.items()]
            raise UsageError(
                f"no published effect or arm named {', '.join(hints) or '(none was named)'}; arms are "
                f"{', '.join(sorted(kinds))}, and published_effects() lists the ids"
            )
        bare = [entry.id for entry in self.entries if entry.id in which and entry.effect is None]
        chosen = [one for one in self.entries if {one.id, one.arm} & set(which) and one.effect is not None]
        if bare or not chosen:
            raise NotEnoughData(
                f"no effect on log welfare for {', '.join(bare or which)}",
                expected="entries whose published figure can be turned into log welfare",
                remedy="Choose other entries, or write effect and effect_sd as an estimate.",
                source="published effects",
            )
        return chosen


def _told(chosen: Sequence[PublishedEffect], between_sd: float) -> str:
    named = ", ".join(f"{one.id} ({one.effect_mark})" for one in chosen)
    if len(chosen) == 1:
        return f"estimate: {named}, discounted for transport"
    return (
        f"estimate: random-effects mean (Paule-Mandel) of {named}, each discounted for transport; sd between places "
        f"{format_number(between_sd)}"
    )


def _row(entry: PublishedEffect) -> dict[str, Any]:
    effect, sd = (np.nan if value is None else value for value in (entry.effect, entry.effect_sd))
    discount, doubt = (np.nan, np.nan) if entry.transport is None else (entry.transport.discount, entry.transport.sd)
    cost = entry.cost
    return {
        "id": entry.id,
        "arm": entry.arm,
        "study": entry.title,
        "source": entry.source,
        "country": entry.setting.country,
        "year": entry.setting.year,
        "population": entry.setting.population,
        "outcome": entry.outcome,
        "horizon_months": entry.horizon_months,
        "figure": str(entry.figure),
        "figure_unit": entry.figure_unit,
        "figure_mark": entry.figure_mark,
        "effect": effect,
        "effect_sd": sd,
        "effect_mark": entry.effect_mark,
        "sd_mark": entry.sd_mark,
        "discount": discount,
        "transport_sd": doubt,
        "transported": effect * discount,
        "transported_sd": float(np.hypot(sd * discount, doubt)),
        "cost": np.nan if cost is None else cost.amount,
        "currency": "" if cost is None else cost.currency,
        "cost_year": None if cost is None else cost.year,
        "cost_mark": None if cost is None else cost.mark,
    }


def published_effects(name_or_path: str | Path = "effects") -> PublishedEffects:
    """Return the catalogue of published effects: the shipped one, or that of a TOML file of the same form.

    Raises
    ------
    UsageError
        When there is no such file.
    DataError
        When entries are not valid; all faults are told.

    Examples
    --------
    >>> found = published_effects()
    >>> found.frame().set_index("id").loc["graduation_pakistan_2015", ["arm", "figure", "effect_mark"]].tolist()
    ['graduation', '10.9', 'computed']
    """
    content = read_toml(name_or_path, package="graduation.interventions", folder=".", kind="catalogue of effects")
    entries, problems = [], []
    for name, entry in content.items():
        try:
            given = entry if isinstance(entry, dict) else {"": entry}
            entries.append(PublishedEffect.model_validate({"id": name, **given}))
        except ValidationError as error:
            problems += [
                Problem(f"[{name}] {one.found}", one.expected, one.remedy)
                for one in settings_problems(error, PublishedEffect)
            ]
    if problems:
        raise DataError(str(name_or_path), problems)
    return PublishedEffects(tuple(entries))


@cache
def shipped_effects() -> PublishedEffects:
    """Return the shipped catalogue, read once: programmes name its entries."""
    return published_effects()

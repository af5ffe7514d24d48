"""What the effects of arms rest on, for whom they hold and how sure they are, in words and in a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.interventions.estimating.effects import EffectModel
from graduation.interventions.evidence import COMBINED
from graduation.interventions.phrases import ASIDE, TEXT, in_language
from graduation.results import format_number, in_marks, with_interval
from graduation.schema import Language


@dataclass(frozen=True)
class Records:
    """What the records of a past programme are that effects were estimated from.

    Attributes
    ----------
    used : int
    set_aside : tuple of (str, int)
        Reasons, each with the number of records.
    is_weighted : bool
        Whether each record counts by a survey weight.
    trimmed : tuple of (str, float)
        Arms with the share of the records that could not be compared; only those above 0.
    """

    used: int
    set_aside: tuple[tuple[str, int], ...]
    is_weighted: bool
    trimmed: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, effects: EffectModel) -> Records:
        averages = effects.average_effects_
        shares = zip(averages["arm"], averages["trimmed_share"].astype(float), strict=True)
        aside = zip(effects.dropped_["reason"], effects.dropped_["records"], strict=True)
        return cls(
            used=int(effects.n_records_),
            set_aside=tuple((str(reason), int(count)) for reason, count in aside),
            is_weighted=bool(effects.is_weighted_),
            trimmed=tuple((str(arm), share) for arm, share in shares if share > 0),
        )

    def notes(self, titles: Mapping[str, str], language: Language = "en") -> list[str]:
        """Return how many records count and how, and which could not be compared; arms as `titles` calls them."""
        text = TEXT[language]
        total = self.used + sum(count for _, count in self.set_aside)
        aside = "; ".join(f"{_aside(reason, language)}, {_count(n, language)}" for reason, n in self.set_aside)
        told = text["records"].format(
            used=_count(self.used, language),
            total=_count(total, language),
            aside=aside or text["nothing"],
            counted=text["by_weight" if self.is_weighted else "alike"],
        )
        parts = [
            f"{titles.get(arm, arm)} {in_marks(f'{share:.1%}', language) if share >= 0.001 else text['little']}"
            for arm, share in self.trimmed
        ]
        return [told, *([text["trimmed"].format(arms=", ".join(parts))] if parts else [])]


def _count(number: int, language: Language) -> str:
    return in_marks(f"{number:,}", language)


def _aside(reason: str, language: Language) -> str:
    """Return why records were set aside, in a language."""
    for english, indonesian in ASIDE.items() if language == "id" else ():
        if re.fullmatch(english, reason):
            return re.sub(english, indonesian, reason)
    return reason


def basis_notes(effects: pd.DataFrame, language: Language = "en") -> list[str]:
    """Return what effects rest on, for whom they hold, and which are not told apart from none.

    `effects` is as in `Recommendations.effects`; where effects differ between households, the notes say how far here.
    """
    if effects.empty:
        return []
    text = TEXT[language]
    bases = [
        text["basis_of"].format(basis=text[str(basis)], arms=_listed(part["label"]))
        for basis, part in effects.groupby("basis", sort=False)
    ]
    return [
        text["basis"].format(bases="; ".join(bases)),
        *_spread_notes(effects, language),
        *_unclear_notes(effects, language),
        *_named_note(effects[effects["assumed_sd"] == 0], "certain", language),
    ]


def _spread_notes(effects: pd.DataFrame, language: Language) -> list[str]:
    """Return for which arms the effect differs between households, where and how far."""
    text = TEXT[language]
    differ = effects[effects["mean_here"].notna()]
    if differ.empty:
        return [text["same"]]
    told = []
    for row in differ.to_dict("records"):
        names = {"used": "used", "mean": "mean_here", "sd": "sd_here", "low": "low_here", "high": "high_here"}
        figures = {name: format_number(row[column], language) for name, column in names.items()}
        told.append(text["differs"].format(arm=row["label"], count=_count(int(row["suits_here"]), language), **figures))
    return [" ".join([*told, *([text["rest"]] if len(differ) < len(effects) else [])])]


def _unclear_notes(effects: pd.DataFrame, language: Language) -> list[str]:
    """Return which effects are not told apart from none."""
    text, unclear = TEXT[language], effects[(effects["low"] <= 0) & (effects["high"] >= 0)]
    told = [
        text["unclear_arm"].format(
            basis=text[row["basis"]],
            arm=row["label"],
            figures=with_interval(row["used"], row["low"], row["high"], language),
        )
        for row in unclear.to_dict("records")
    ]
    return [text["unclear"].format(arms="; ".join(told))] if told else []


def _listed(labels: pd.Series) -> str:
    """Return labels in quotes: some hold commas."""
    return ", ".join(f"'{label}'" for label in labels)


def _named_note(arms: pd.DataFrame, key: str, language: Language) -> list[str]:
    return [TEXT[language][key].format(arms=_listed(arms["label"]))] if len(arms) else []


def weighing_notes(effects: pd.DataFrame, language: Language = "en") -> list[str]:
    """Return how assumed and estimated effects were put together, and which arms the records say nothing of."""
    if effects.empty or effects["estimated"].isna().all():
        return []
    names = {
        "assumed": "assumed",
        "sd": "assumed_sd",
        "estimated": "estimated",
        "error": "standard_error",
        "used": "used",
    }
    text = TEXT[language]
    parts = [
        text["weighed_arm"].format(
            arm=row["label"], **{name: format_number(row[column], language) for name, column in names.items()}
        )
        for row in effects[effects["basis"] == COMBINED].to_dict("records")
    ]
    notes = [text["weighed"].format(arms="; ".join(parts))] if parts else []
    return [*notes, *_named_note(effects[effects["estimated"].isna()], "absent", language)]


def effect_table(suits: pd.DataFrame, effects: pd.DataFrame, language: Language = "en") -> pd.DataFrame:
    """Return `suits` (`arm`, `label`, `households`) with the cost and effect of each arm, for people to read.

    Where the effect of any arm differs between households, also for whom the figure holds, and its mean with the
    standard deviation over the households here that the arm suits. All cells are text.
    """
    text, counts = TEXT[language], [_count(number, language) for number in suits["households"]]
    table = suits.drop(columns="households").assign(suits_households=counts)
    if effects.empty:
        return in_language(table, language)
    known = effects.set_index("arm").reindex(table["arm"]).reset_index()
    ends = known[["used", "low", "high"]].to_numpy()
    costs = [in_marks(f"{cost:,.0f}", language) for cost in known["cost_idr"]]
    used = [with_interval(mean, low, high, language) for mean, low, high in ends]
    table = table.assign(cost_idr=costs, effect_used=used, basis=known["basis"])
    here = [
        text["here"].format(mean=format_number(mean, language), sd=format_number(sd, language)) if mean == mean else "-"
        for mean, sd in known[["mean_here", "sd_here"]].to_numpy()
    ]
    differs = known["mean_here"].notna()
    if differs.any():
        table["holds_for"] = np.where(differs, text["over_records"], text["over_all"])
        table["mean_here"] = here
    return in_language(table, language)

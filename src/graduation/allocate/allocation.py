"""What an allocation is: who gets what, what it costs, how good it is and beside what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from graduation import plots
from graduation.allocate.phrases import TEXT
from graduation.interventions import basis_notes, in_language
from graduation.results import Result, format_number, in_marks
from graduation.schema import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MILLION = 1e6
TOLD_LIMITS = 5


@dataclass(frozen=True)
class Allocation(Result):
    """At most one arm per household, within the budget.

    Attributes
    ----------
    table : DataFrame
        One row per household, by `rank`: `household_id`, its places by name where the scores have them, `arm` ("none"
        where nothing is offered), `cost_idr`, `benefit` (fall of the risk), `value` (what the plan makes as large as
        possible; the benefit, unless another goal is set), `basis` (of the arm's effect: "assumed" or "assumed +
        estimated"), `risk`, `risk_after`, `rank` (1 is the highest risk), `referrals` (what to raise
        beside any arm, where the programme has referrals), `why`.
    totals : DataFrame
        One row per arm: `arm`, `label`, `households`, `cost_idr`, `benefit` with `benefit_low` and `benefit_high` (at
        both ends of what is left open of the arm's effect: of its average and, where it differs between households, of
        how far), `value`, `share` (of the money spent, 0 to 1), `basis`.
    references : DataFrame
        This allocation and what the same budget would do otherwise: `kind`, `policy`, `arm` (of the best single arm),
        `households`, `cost_idr`, `benefit`,
        `reached` (expected extreme poor among those served: the sum of their risks), `value`. References keep to the
        capacities, not to quotas and shares.
    limits : DataFrame
        One row per coupling limit: `limit`, `kind` ("budget", "capacity", "quota" or "share"), `bound`, `used`
        (of a share both as fractions of those served), `shadow_price` in value (per Rp 1 million of budget, per place
        of a capacity; what one more household in a quota costs; what raising a share by 0.01 costs; missing for a
        budget of 0), `cost_of_limit` (of a quota or share: value that is lost against the same plan without it, as
        the difference of the bounds of both relaxations; 0 where it does not bind, missing for the budget and
        capacities and, beyond 200,000 households, for all but shares and the quotas with most at stake, 3 together).
    effects : DataFrame
        The effect of each arm and what it rests on, as in `Recommendations.effects`; may be empty.
    budget : float
        In IDR.
    bound : float
        No allocation has a larger value: the optimum of the linear relaxation, or a hair above it.
    is_exact : bool
        Whether no other allocation has a larger value, proven up to the solver's tolerance.
    is_benefit : bool
        Whether the value that was made as large as possible is the benefit itself.
    language : {"en", "id"}
        Of notes and headings.
    seed : int
        Of the random reference, and of what tells apart households that are alike.
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    references: pd.DataFrame
    limits: pd.DataFrame
    effects: pd.DataFrame
    budget: float
    bound: float
    is_exact: bool
    is_benefit: bool = True
    language: Language = "en"
    seed: int = 0
    title = TEXT["en"]["title"]

    @property
    def heading(self) -> str:
        """Return the title in the language of the plan."""
        return TEXT[self.language]["title"]

    @property
    def spent(self) -> float:
        """Money spent, in IDR; never more than the budget."""
        return float(self.totals["cost_idr"].sum())

    @property
    def benefit(self) -> float:
        """Expected number of households kept out of extreme poverty at the next wave."""
        return float(self.totals["benefit"].sum())

    @property
    def value(self) -> float:
        """What the plan made as large as possible: the benefit, unless another goal is set."""
        return float(self.totals["value"].sum())

    @property
    def benefit_low(self) -> float:
        """Benefit with every arm's effect at the low end of what is left open; nan without intervals."""
        return float(self.totals["benefit_low"].sum(skipna=False))

    @property
    def benefit_high(self) -> float:
        """Benefit with every arm's effect at the high end of what is left open; nan without intervals."""
        return float(self.totals["benefit_high"].sum(skipna=False))

    @property
    def gap(self) -> float:
        """How far the value is below the bound, as a share of the bound."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0

    @property
    def shadow_price(self) -> float:
        """Value of the last Rp 1 million of the budget; nan for a budget of 0."""
        return float(self.limits["shadow_price"].iloc[0])

    def frame(self) -> pd.DataFrame:
        return self.table

    def shown(self) -> pd.DataFrame:
        """Return the totals per arm; `frame` has every household. Headings are in the language of the plan."""
        totals = self.totals.drop(columns="value") if self.is_benefit else self.totals
        written = totals.assign(
            households=[self._written(f"{count:,}") for count in totals["households"]],
            cost_idr=[self._written(f"{cost:,.0f}") for cost in totals["cost_idr"]],
            share=[self._written(f"{share:.1%}") for share in totals["share"]],
        )
        return in_language(written, self.language)

    def metrics(self) -> dict[str, float]:
        served = float(self.totals["households"].sum())
        ends = {"benefit_low": self.benefit_low, "benefit_high": self.benefit_high}
        figures = {
            "benefit": self.benefit,
            **ends,
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "spent_idr": self.spent,
        }
        others = self.references.iloc[1:]
        beside = dict(zip("benefit_" + others["kind"], others["benefit"].astype(float), strict=True))
        return {
            **figures,
            "households_served": served,
            "shadow_price_per_million_idr": self.shadow_price,
            **beside,
        }

    def notes(self) -> list[str]:
        text, served = TEXT[self.language], int(self.totals["households"].sum())
        figures = {"served": served, "all": len(self.table), "spent": self.spent, "budget": self.budget}
        offered = text["offered"].format(**{name: self._written(f"{x:,.0f}") for name, x in figures.items()})
        last = text["last" if self.is_benefit else "last_value"]
        price = last.format(price=self._written(f"{self.shadow_price:.4f}")) if self.budget else ""
        return [
            offered + ("" if self.budget else text["empty"]),
            self._benefit_note(),
            *self._full_notes(),
            *self._limit_notes(),
            *basis_notes(self.effects, self.language),
            price + text["never"],
            text["ties"],
        ]

    def _written(self, figure: str | float) -> str:
        return in_marks(figure, self.language) if isinstance(figure, str) else format_number(figure, self.language)

    def _benefit_note(self) -> str:
        text = TEXT[self.language]
        proof = "exact" if self.is_exact else "gap"
        most = text["at_most"].format(
            bound=self._written(self.bound), proof=text[proof].format(gap=self._written(f"{self.gap:.4%}"))
        )
        aim = "" if self.is_benefit else text["value"].format(value=self._written(self.value))
        expected = text["expected"].format(benefit=self._written(self.benefit))
        return f"{expected}{aim}{most}{self._range()}{text['beside'].format(others=self._references())}"

    def _range(self) -> str:
        """Return between what the benefit lies, and what that holds."""
        if math.isnan(self.benefit_low):
            return ""
        text, given = TEXT[self.language], self.totals.loc[self.totals["households"] > 0, "arm"]
        is_personal = self.effects.set_index("arm")["slope_error"].reindex(given).gt(0).any()
        ends = {"low": self._written(self.benefit_low), "high": self._written(self.benefit_high)}
        return text["range"].format(**ends, and_slope=text["slope"] if is_personal else "")

    def _references(self) -> str:
        """Return what the rules would do that the plan is compared with, in the language of the plan."""
        text, labels = TEXT[self.language], dict(zip(self.totals["arm"], self.totals["label"], strict=True))
        told = []
        for row in self.references.iloc[1:].to_dict("records"):
            policy = text[row["kind"]].format(arm=labels.get(row["arm"], ""), seed=self.seed)
            value = "" if self.is_benefit else text["with_value"].format(value=self._written(row["value"]))
            told.append(f"{policy} {self._written(row['benefit'])}{value}")
        return "; ".join(told)

    def _full_notes(self) -> list[str]:
        """Return which capacities are full, and what one more place would be worth, the dearest first."""
        full = self.limits[(self.limits["kind"] == "capacity") & (self.limits["shadow_price"] > 0)]
        if full.empty:
            return []
        full = full.sort_values("shadow_price", ascending=False, kind="stable").head(TOLD_LIMITS)
        text, pairs = TEXT[self.language], zip(full["limit"], full["shadow_price"], strict=True)
        told = "; ".join(f"{limit} {self._written(f'{price:.4f}')}" for limit, price in pairs)
        return [text["places"].format(unit=text["averted" if self.is_benefit else "worth"], limits=told)]

    def _limit_notes(self) -> list[str]:
        """Return what the quotas and shares that bind cost, the dearest first."""
        dear = self.limits[self.limits["cost_of_limit"] > 0].sort_values(
            "cost_of_limit", ascending=False, kind="stable"
        )
        if dear.empty:
            return []
        text, pairs = TEXT[self.language], zip(dear["limit"], dear["cost_of_limit"], strict=True)
        limits = "; ".join(f"{limit} {self._written(cost)}" for limit, cost in list(pairs)[:TOLD_LIMITS])
        return [text["limits"].format(unit=text["cases" if self.is_benefit else "values"], limits=limits)]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the money spent on each arm."""
        ax = plots.bars(
            self.totals.assign(millions=self.totals["cost_idr"] / MILLION), label="label", value="millions", ax=ax
        )
        ax.set_xlabel(TEXT[self.language]["million"])
        return ax

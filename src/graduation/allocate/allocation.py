"""What an allocation is: who gets what, what it costs, how good it is and beside what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from graduation import plots
from graduation.interventions import basis_notes
from graduation.results import Result, format_number

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
        both ends of the 95 % interval of the arm's effect), `value`, `share` (of the money spent, 0 to 1), `basis`.
    references : DataFrame
        This allocation and what the same budget would do otherwise: `policy`, `households`, `cost_idr`, `benefit`,
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
    title = "Who gets what within the budget"

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
        """Benefit with every arm's effect at the low end of its 95 % interval; nan without intervals."""
        return float(self.totals["benefit_low"].sum(skipna=False))

    @property
    def benefit_high(self) -> float:
        """Benefit with every arm's effect at the high end of its 95 % interval; nan without intervals."""
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
        """Return the totals per arm; `frame` has every household."""
        return self.totals.drop(columns="value") if self.is_benefit else self.totals

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
        served = int(self.totals["households"].sum())
        last = f"averts {self.shadow_price:.4f} cases" if self.is_benefit else f"is worth {self.shadow_price:.4f}"
        price = f"The last Rp 1 million {last}. " if self.budget else ""
        return [
            f"{served:,} of {len(self.table):,} households are offered something, for Rp {self.spent:,.0f} of "
            f"Rp {self.budget:,.0f}." + ("" if self.budget else " The budget is 0, so the plan is empty."),
            self._benefit_note(),
            *self._full_notes(),
            *self._limit_notes(),
            *basis_notes(self.effects),
            f"{price}An offer, or none, never removes anyone from aid.",
            "Households alike in everything that counts are told apart by a seeded hash of their id.",
        ]

    def _benefit_note(self) -> str:
        others = self.references.iloc[1:]
        beside = "; ".join(
            f"{row['policy']} {format_number(row['benefit'])}"
            + ("" if self.is_benefit else f" (value {format_number(row['value'])})")
            for row in others.to_dict("records")
        )
        proof = "no allocation is better" if self.is_exact else f"a better one could add {self.gap:.4%} at most"
        reach = (
            ""
            if math.isnan(self.benefit_low)
            else f" Between {format_number(self.benefit_low)} and {format_number(self.benefit_high)} if the effects of "
            "all arms were together at the low or at the high end of their 95 % intervals: a range, not a confidence "
            "interval."
        )
        most = f"against at most {format_number(self.bound)} ({proof})"
        first = f"Expected households kept out of extreme poverty at the next wave: {format_number(self.benefit)}"
        aim = f", {most}." if self.is_benefit else f". Value of the plan: {format_number(self.value)}, {most}."
        kept = "References keep to capacities, not to quotas and shares."
        return f"{first}{aim}{reach} At the same budget: {beside}. {kept}"

    def _full_notes(self) -> list[str]:
        """Return which capacities are full, and what one more place would be worth, the dearest first."""
        full = self.limits[(self.limits["kind"] == "capacity") & (self.limits["shadow_price"] > 0)]
        if full.empty:
            return []
        full = full.sort_values("shadow_price", ascending=False, kind="stable").head(TOLD_LIMITS)
        pairs = zip(full["limit"], full["shadow_price"], strict=True)
        told = "; ".join(f"{limit} {price:.4f}" for limit, price in pairs)
        unit = "cases averted" if self.is_benefit else "value"
        return [f"Capacities that are full, and what one more place would add, in {unit}: {told}."]

    def _limit_notes(self) -> list[str]:
        """Return what the quotas and shares that bind cost, the dearest first."""
        dear = self.limits[self.limits["cost_of_limit"] > 0].sort_values(
            "cost_of_limit", ascending=False, kind="stable"
        )
        if dear.empty:
            return []
        unit = (
            "cases that the plan would avert without it" if self.is_benefit else "value that it would have without it"
        )
        pairs = zip(dear["limit"], dear["cost_of_limit"], strict=True)
        told = "; ".join(f"{limit} {format_number(cost)}" for limit, cost in list(pairs)[:TOLD_LIMITS])
        return [f"Each limit costs the plan, in {unit} (difference of two linear relaxations): {told}."]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the money spent on each arm."""
        ax = plots.bars(
            self.totals.assign(millions=self.totals["cost_idr"] / MILLION), label="label", value="millions", ax=ax
        )
        ax.set_xlabel("Rp million")
        return ax

"""The calibrated risk of each household at the next wave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from graduation import plots
from graduation.results import Result, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REASONS = (
    "A reason says what goes with a higher risk among the households of training, and compares with them: an "
    "association, not a cause. Protected characteristics are not named."
)
BETWEEN_REASONS = " • "


@dataclass(frozen=True)
class Scores(Result):
    """A ranked list: a priority for a visit or an offer, never a reason to remove aid.

    Attributes
    ----------
    table : DataFrame
        Indexed like the households; places where there are any, `pathway` ("remain", "become" or, without a state,
        "unknown"), `risk` (calibrated probability of being extreme poor at the next wave, 0 to 1), `risk_low` and
        `risk_high` (its range; missing where too few cases were learned from to tell), `rank` (1 is the highest risk),
        `chance_poor_now` where the state of any household is unknown (chance of being extreme poor now; 1 or 0 where
        it is known), then `reason_1`, `reason_2`, ... in sentences, empty where a household has fewer.
    model_id : str
        The model that gave the risks.
    unseen : dict of str to int
        Cells per feature whose category training did not see; they score as missing.
    """

    table: pd.DataFrame
    model_id: str
    unseen: dict[str, int] = field(default_factory=dict)
    title = "Households by risk of extreme poverty at the next wave"

    def frame(self) -> pd.DataFrame:
        return self.table.sort_values("rank").reset_index()

    def shown(self) -> pd.DataFrame:
        """Return the ranked list with each risk and its range, where it has one, in one cell, and all reasons too."""
        table = _reasons_in_one_cell(self.frame())
        if "risk_low" not in table:
            return table
        ends = zip(table["risk"], table["risk_low"], table["risk_high"], strict=True)
        return table.assign(risk=[with_interval(*row) for row in ends]).drop(columns=["risk_low", "risk_high"])

    def notes(self) -> list[str]:
        notes = [
            f"{len(self.table):,} households scored by model {self.model_id}. Risk is a probability at the next wave; "
            "the list sets priorities for a visit or an offer and never removes anyone from aid.",
            "In brackets the range that holds the risk, as far as the sample tells it.",
        ]
        if "reason_1" in self.table:
            notes.append(REASONS)
        if self.unseen:
            cells = ", ".join(f"{name} ({count:,})" for name, count in self.unseen.items())
            notes.append(f"Categories that training did not see, scored as missing: {cells}.")
        return notes

    def metrics(self) -> dict[str, float]:
        means = self.table.groupby("pathway")["risk"].mean()
        return {f"mean_risk_{pathway}": float(value) for pathway, value in means.items()}

    def plot(self, ax: Axes | None = None) -> Axes:
        ax = plots.axes(ax)
        colours = {"remain": plots.ACCENT, "become": plots.SECOND, "unknown": plots.MUTED}
        for pathway, part in self.table.groupby("pathway"):
            ax.hist(part["risk"], bins=30, range=(0, 1), alpha=0.75, label=str(pathway), color=colours[str(pathway)])
        ax.set(xlabel="risk at the next wave", ylabel="households", yscale="log")
        ax.legend(frameon=False)
        return plots.tidy(ax)


def _reasons_in_one_cell(table: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in table if str(name).startswith("reason_")]
    if not names:
        return table
    told = [BETWEEN_REASONS.join(filter(None, row)) for row in table[names].itertuples(index=False)]
    return table.drop(columns=names).assign(reasons=told)

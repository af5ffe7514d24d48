"""What a planner gives up for reaching the neediest: one plan for each need weight, at the same budget."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graduation import plots
from graduation.allocate.budget import allocate
from graduation.errors import UsageError
from graduation.interventions import Recommendations
from graduation.interventions.goal import CASES_AVERTED
from graduation.results import Result, in_marks
from graduation.schema import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEED_WEIGHTS = tuple(step / 10 for step in range(11))
# As a share of the axis.
NEAR = 0.02
# Headings that people read in Indonesian; `frame` keeps the names of its columns.
HEADINGS = {
    "policy": "aturan",
    "averted": "kasus tercegah",
    "reached": "terjangkau",
    "share_reached": "porsi terjangkau",
    "households": "keluarga",
    "spent_idr": "biaya (Rp)",
}
MARKERS = {"single_arm": "s", "neediest_first": "^", "random": "x"}

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Helped most or neediest: what the budget does at each need weight",
        "weight": "need weight {weight}",
        "what": "One plan for each need weight, all for Rp {budget}: 0 averts as many cases as possible, 1 "
        "reaches as many of the expected extreme poor as possible. Reached is the sum of the risks of those served, "
        "averted the sum of what their risks fall by.",
        "trade": "With a need weight of {weight}: {averted} cases averted, {reached} of the expected extreme poor "
        "reached, against a weight of {first}.",
        "fewer": "{share:.0%} fewer",
        "more": "{share:.0%} more",
        "same": "as many",
        "references": "Best single arm, neediest first and random keep to budget and capacities, not to quotas and "
        "shares.",
        "goal": "Pathways or log welfare count in this goal as well, so cases averted need not fall with every step.",
        "x": "expected extreme poor reached",
        "y": "expected cases averted",
        "line": "need weight (at the points)",
    },
    "id": {
        "title": "Paling terbantu atau paling membutuhkan: hasil anggaran pada tiap bobot kebutuhan",
        "weight": "bobot kebutuhan {weight}",
        "what": "Satu rencana untuk tiap bobot kebutuhan, semua dengan Rp {budget}: 0 mencegah kasus sebanyak "
        "mungkin, 1 menjangkau sebanyak mungkin keluarga yang diperkirakan miskin ekstrem. Terjangkau adalah jumlah "
        "risiko yang dilayani, tercegah jumlah penurunan risikonya.",
        "trade": "Dengan bobot kebutuhan {weight}: kasus tercegah {averted}, keluarga miskin ekstrem terjangkau "
        "{reached}, dibanding bobot {first}.",
        "fewer": "{share:.0%} lebih sedikit",
        "more": "{share:.0%} lebih banyak",
        "same": "sama banyak",
        "references": "Satu intervensi terbaik, risiko tertinggi lebih dulu dan acak mematuhi anggaran dan kapasitas, "
        "tidak kuota dan porsi.",
        "goal": "Tujuan ini juga menimbang jalur atau kesejahteraan, jadi kasus tercegah tidak selalu turun.",
        "x": "perkiraan keluarga miskin ekstrem yang terjangkau",
        "y": "perkiraan kasus yang tercegah",
        "line": "bobot kebutuhan (pada titik)",
    },
}


@dataclass(frozen=True)
class Frontier(Result):
    """Cases averted against extreme poor reached, as the weight moves from those helped most to the neediest.

    Attributes
    ----------
    table : DataFrame
        One row per need weight, then one per reference: `kind` ("frontier", "single_arm", "neediest_first" or
        "random"), `policy` (in words), `need_weight` (missing for references), `averted` (expected cases), `reached`
        (expected extreme poor among those served: the sum of their risks), `share_reached` (of all expected extreme
        poor among the scored, 0 to 1), `households`, `spent_idr`.
    budget : float
        In IDR.
    language : {"en", "id"}
    is_plain : bool
        Whether nothing but cases averted and need counts, so that averted only falls and reached only rises.
    """

    table: pd.DataFrame
    budget: float
    language: Language = "en"
    is_plain: bool = True
    title = WORDS["en"]["title"]

    @property
    def heading(self) -> str:
        """Return the title in the language of the plans."""
        return WORDS[self.language]["title"]

    def frame(self) -> pd.DataFrame:
        return self.table

    def shown(self) -> pd.DataFrame:
        """Return the table by policy in words; `frame` has kinds and weights as well."""
        table = self.table.drop(columns=["kind", "need_weight"])
        return table.rename(columns=HEADINGS) if self.language == "id" else table

    def metrics(self) -> dict[str, float]:
        names = np.where(
            self.table["need_weight"].isna(), self.table["kind"], "need_" + self.table["need_weight"].astype(str)
        )
        columns = {what: self.table[what].astype(float) for what in ("averted", "reached")}
        return {
            f"{what}_{name}": value
            for what, values in columns.items()
            for name, value in zip(names.tolist(), values.tolist(), strict=True)
        }

    def notes(self) -> list[str]:
        words, line = WORDS[self.language], self._line
        # The middle and the end say it; the table has the others.
        told = sorted({len(line) // 2, len(line) - 1} - {0})
        return [
            words["what"].format(budget=in_marks(f"{self.budget:,.0f}", self.language)),
            *(self._trade(line.iloc[number], line.iloc[0]) for number in told),
            *([] if self.is_plain else [words["goal"]]),
            words["references"],
        ]

    @property
    def _line(self) -> pd.DataFrame:
        return self.table[self.table["kind"] == "frontier"]

    def _trade(self, plan: pd.Series, first: pd.Series) -> str:
        words = WORDS[self.language]
        changes = {what: self._change(plan[what], first[what]) for what in ("averted", "reached")}
        weights = {"weight": plan["need_weight"], "first": first["need_weight"]}
        told = {name: in_marks(f"{weight:g}", self.language) for name, weight in weights.items()}
        return words["trade"].format(**told, **changes)

    def _change(self, figure: float, before: float) -> str:
        share = figure / before - 1 if before else 0.0
        kind = "same" if abs(share) < 0.005 else "more" if share > 0 else "fewer"
        return WORDS[self.language][kind].format(share=abs(share))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw cases averted against extreme poor reached, with the need weights at their points."""
        words, line = WORDS[self.language], self._line
        ax = plots.axes(ax)
        ax.plot(line["reached"], line["averted"], color=plots.ACCENT, marker="o", ms=4, lw=1.8, label=words["line"])
        # Points that nobody could tell apart share a label.
        spots = [(line[what] / self.table[what].max() / NEAR).round() for what in ("reached", "averted")]
        for _, part in line.groupby(spots):
            x, y = part[["reached", "averted"]].mean()
            weights = (part["need_weight"].min(), part["need_weight"].max())
            ends = dict.fromkeys(in_marks(f"{weight:g}", self.language) for weight in weights)
            ax.annotate("–".join(ends), (x, y), xytext=(4, 4), textcoords="offset points", fontsize=8, color=plots.INK)
        for kind, marker in MARKERS.items():
            point = self.table[self.table["kind"] == kind]
            ax.scatter(
                point["reached"],
                point["averted"],
                marker=marker,
                color=plots.SECOND,
                s=36,
                label=point["policy"].iloc[0],
            )
        ax.set(xlabel=words["x"], ylabel=words["y"])
        ax.margins(x=0.12, y=0.12)
        ax.legend(frameon=False, fontsize=8)
        return plots.tidy(ax)


def frontier(
    recommendations: Recommendations,
    *,
    budget: float,
    need_weights: Iterable[float] = NEED_WEIGHTS,
    seed: int = 0,
    **limits: Any,
) -> Frontier:
    """Plan the same budget for each need weight, and say what each plan averts and whom it reaches.

    Parameters
    ----------
    recommendations : Recommendations
        Its goal is kept but for the need weight.
    budget : float
        In IDR.
    need_weights : iterable of float
        As `Goal.need_weight`, 0 to 1; by default 0, 0.1, ..., 1.
    seed : int
        As in `allocate`, and of the random reference.
    limits
        Other options of `allocate`: `quotas`, `capacities` and so on, the same for every weight.

    Raises
    ------
    UsageError
        When a weight is not within 0 to 1, when there is none, or as `allocate` does.

    Notes
    -----
    As the weight grows, cases averted do not rise and extreme poor reached do not fall, up to the gap of each plan:
    each is an optimum of a weighted sum of the two (Ehrgott 2005). Plans between two points of the line may exist that
    no weight finds.

    References
    ----------
    Haushofer, Niehaus, Paramo, Miguel & Walker (2022), "Targeting impact versus deprivation", NBER 30138; Ehrgott
    (2005), Multicriteria Optimization, 2nd edition, chapter 3.

    Examples
    --------
    >>> from graduation.interventions import Intervention, Programme, recommend
    >>> from graduation.risk.scores import Scores
    >>> programme = Programme(name="demo", version="1", welfare_residual_sd=0.46, welfare_residual_sd_source="example",
    ...     interventions=[Intervention(name="cash", cost_idr=1_500_000, effect=0.05)])
    >>> households = pd.DataFrame({"kecamatan": ["A", "B"]}, index=pd.Index(["a", "b"], name="household_id"))
    >>> table = pd.DataFrame({"pathway": "become", "risk": [0.55, 0.99], "rank": [2, 1]}, index=households.index)
    >>> found = frontier(recommend(households, Scores(table, "demo"), programme), budget=2e6, need_weights=[0, 1])
    >>> found.table[["kind", "households"]].values.tolist()
    [['frontier', 1], ['frontier', 1], ['single_arm', 1], ['neediest_first', 1], ['random', 1]]
    """
    weights = sorted(set(need_weights))
    if not weights:
        raise UsageError("need_weights is empty; give weights from 0 to 1, or leave it out")
    language = recommendations.language
    # All weights are checked before the first plan is made.
    goals = [replace(recommendations.goal, need_weight=weight) for weight in weights]
    plans = [allocate(recommendations.with_goal(goal), budget=budget, seed=seed, **limits) for goal in goals]
    words = [WORDS[language]["weight"].format(weight=in_marks(f"{weight:g}", language)) for weight in weights]
    line = [
        _point(plan.references.iloc[0].to_dict(), kind="frontier", policy=policy, need_weight=float(weight))
        for plan, policy, weight in zip(plans, words, weights, strict=True)
    ]
    # Those of the least weight on need: the other rules are there to be compared with the cases averted.
    others = plans[0].references.iloc[1:].to_dict("records")
    beside = [_point(row, kind=row["kind"], policy=row["policy"], need_weight=np.nan) for row in others]
    table = pd.DataFrame([*line, *beside])
    everybody = math.fsum(recommendations.offers.risk)
    table.insert(5, "share_reached", table["reached"] / everybody if everybody else np.nan)
    is_plain = replace(recommendations.goal, need_weight=0.0) == CASES_AVERTED
    return Frontier(table, float(budget), language, is_plain)


def _point(reference: Mapping[Any, Any], **names: Any) -> dict[str, Any]:
    """Return the row of a policy from that of `Allocation.references`."""
    figures = {"averted": "benefit", "reached": "reached", "households": "households", "spent_idr": "cost_idr"}
    return {**names, **{name: reference[theirs] for name, theirs in figures.items()}}

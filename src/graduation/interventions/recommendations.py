"""For each household and arm: may it be offered, what does it cost, how far does it lower the risk?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from graduation import plots
from graduation.errors import UsageError
from graduation.interventions.checks import check_scored
from graduation.interventions.costs import cost_notes, household_costs
from graduation.interventions.eligibility import check_columns, eligibility
from graduation.interventions.estimating.effects import EffectModel
from graduation.interventions.evidence import check_risk_unit, combine_effects
from graduation.interventions.goal import CASES_AVERTED, Goal, poor_now_of
from graduation.interventions.offers import Offers, coded
from graduation.interventions.personal import household_effects, with_spread
from graduation.interventions.phrases import TEXT
from graduation.interventions.programme import NO_ARM, Programme
from graduation.interventions.telling import Records, basis_notes, effect_table, weighing_notes
from graduation.results import Result, in_marks
from graduation.risk.scores import Scores
from graduation.schema import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MILLION = 1e6
Verdict = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Recommendations(Result):
    """Every scored household with every arm: eligible or not and why, cost, effect and risk with the arm.

    Attributes
    ----------
    offers : Offers
        Households, in the order of the scores, and arms in compact arrays.
    households : DataFrame
        The households that were scored, indexed by household_id, for places and groups.
    programme : Programme
    effects : DataFrame
        One row per arm: `arm`, `label`, `cost_idr`, and effects on log welfare at the next wave: `assumed` and
        `assumed_sd` (of the programme file), `estimated` and `standard_error` (of past records, missing without
        them), `used` with its 95 % interval `low` to `high`, `basis`; where effects differ between households, `used`
        is the average over the records, `slope_error` the standard error of the differences as a share of them (else
        0), and `suits_here`, `mean_here`, `sd_here`, `low_here`, `high_here` (else missing) are of the households here
        that the arm suits. May be empty.
    language : {"en", "id"}
        Of labels and reasons.
    places : DataFrame
        Names of the places of each household, indexed by household_id; without columns where there are none.
    records : Records, optional
        What the records of the past programme are, and how many were set aside.
    goal : Goal
        What `offers.value` is.
    poor_now : ndarray, optional
        Chance that each household is extreme poor now (n,), 1 or 0 where that is known, nan where nothing is.
    """

    offers: Offers
    households: pd.DataFrame
    programme: Programme
    effects: pd.DataFrame
    language: Language = "en"
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    records: Records | None = None
    goal: Goal = CASES_AVERTED
    poor_now: np.ndarray | None = None
    title = TEXT["en"]["title"]

    @property
    def heading(self) -> str:
        """Return the title in the language of the labels."""
        return TEXT[self.language]["title"]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per household and arm ("none" included), made when it is first read.

        Columns `household_id`, `arm`, `eligible`, `why_not`, `cost_idr`, `effect_log_welfare`, `basis` ("assumed" or
        "assumed + estimated"), `risk`, `risk_after`, `benefit` (risk minus risk_after), `rank` (1 is the highest risk).
        """
        return self.offers.long(np.arange(len(self.offers.ids)))

    def with_goal(self, goal: Goal) -> Recommendations:
        """Return the same offers valued for another goal; what suits, costs and effects are not worked out again."""
        return replace(self, goal=goal, offers=replace(self.offers, value=goal.value(self.offers, self.poor_now)))

    def suitable(self, household_id: object = None) -> pd.DataFrame:
        """Return the rows of arms that may be offered, of one household or of all, the largest benefit first."""
        if household_id is None:
            rows = self.table
        elif household_id not in self.offers.ids:
            raise UsageError("no such household among those recommended for; check its id, or read `offers.ids`")
        else:
            rows = self.offers.long(np.array([self.offers.ids.get_loc(household_id)]))
        rows = rows[rows["eligible"] & (rows["arm"] != NO_ARM)]
        order = ["rank", "household_id", "benefit"]
        return rows.sort_values(order, ascending=[True, True, False], kind="stable").reset_index(drop=True)

    def frame(self) -> pd.DataFrame:
        """Return one row per household: its best arm by benefit and by benefit per rupiah, "none" without any."""
        offers, rows = self.offers, np.arange(len(self.offers.ids))
        benefit = np.where(offers.helpful, offers.benefit, 0.0)
        per_million = np.divide(benefit, offers.cost, out=np.zeros_like(benefit), where=benefit > 0) * MILLION
        # Of arms that do as much per rupiah, the one that does more.
        first = np.argsort(-benefit, axis=1, kind="stable")
        by_money = first[rows, np.argmax(np.take_along_axis(per_million, first, axis=1), axis=1)]
        best, has = first[:, 0], benefit.any(axis=1)
        names, bases = (
            np.array([*texts, none], dtype=object) for texts, none in ((offers.arms, NO_ARM), (offers.basis, ""))
        )
        one = pd.DataFrame(
            {
                "household_id": offers.ids,
                "rank": offers.rank,
                "risk": offers.risk,
                "best_arm": pd.array(names[np.where(has, best, -1)], dtype="str"),
                "benefit": benefit[rows, best],
                "cost_idr": np.where(has, offers.cost[rows, best], 0.0),
                "best_arm_per_rupiah": pd.array(names[np.where(has, by_money, -1)], dtype="str"),
                "benefit_per_million_idr": per_million[rows, by_money],
                "basis": pd.array(bases[np.where(has, best, -1)], dtype="str"),
            }
        )
        return one.sort_values("rank", kind="stable").reset_index(drop=True)

    def shown(self) -> pd.DataFrame:
        """Return one row per arm: how many households it suits, its cost and effect; `frame` has every household."""
        return effect_table(self._counts(), self.effects, self.language)

    def notes(self) -> list[str]:
        text, titles = TEXT[self.language], self.programme.titles(self.language)
        sd = in_marks(f"{self.programme.welfare_residual_sd:g}", self.language)
        return [
            *basis_notes(self.effects, self.language),
            *weighing_notes(self.effects, self.language),
            *([] if self.records is None else self.records.notes(titles, self.language)),
            *cost_notes(self.households, self.programme, self.language),
            *self.goal.notes(self.language),
            text["benefit"].format(sd=sd, source=self.programme.welfare_residual_sd_source),
            text["rules"],
        ]

    def metrics(self) -> dict[str, float]:
        counts = self._counts()
        return {f"suitable_{arm}": float(count) for arm, count in zip(counts["arm"], counts["households"], strict=True)}

    def plot(self, ax: Axes | None = None) -> Axes:
        ax = plots.bars(self._counts(), label="label", value="households", ax=ax)
        ax.set_xlabel(TEXT[self.language]["suits"])
        return ax

    def _counts(self) -> pd.DataFrame:
        arms, titles = list(self.offers.arms), self.programme.titles(self.language)
        counts = self.offers.eligible.sum(axis=0)
        return pd.DataFrame({"arm": arms, "label": [titles[arm] for arm in arms], "households": counts})


def risk_after(risk: np.ndarray, effect: np.ndarray | float, welfare_residual_sd: float) -> np.ndarray:
    """Return the risk with an effect on log welfare, in a probit model of crossing the line.

    Log welfare at the next wave is ``m + effect + sd * e`` with standard normal ``e``, so that without the arm
    ``risk = Phi((line - m) / sd)`` and with it ``Phi(Phi^-1(risk) - effect / sd)``.

    >>> risk_after(np.array([0.5, 0.1]), 0.0, 0.46).round(3).tolist()
    [0.5, 0.1]
    >>> risk_after(np.array([0.5]), 0.46, 0.46).round(3).tolist()
    [0.159]
    """
    return np.asarray(
        ndtr(ndtri(np.asarray(risk, dtype=float)) - np.asarray(effect, dtype=float) / welfare_residual_sd)
    )


def recommend(
    households: pd.DataFrame,
    scores: Scores,
    programme: Programme,
    *,
    effects: EffectModel | None = None,
    features: pd.DataFrame | None = None,
    goal: Goal = CASES_AVERTED,
    language: Language = "en",
) -> Recommendations:
    """Return, for every scored household and arm, whether it suits and how far it would lower the risk.

    Parameters
    ----------
    households : DataFrame
        Indexed by household_id; holds every scored household and the columns that the programme's rules read.
    scores : Scores
        Calibrated risks, `table` indexed by household_id.
    programme : Programme
        Arms with costs, rules and assumed effects.
    effects : EffectModel, optional
        Fitted on records of a past programme: its averages are combined with the assumed effects of the same arms,
        each by its precision. Arms that it lacks keep the assumed effect. Where it tells effects apart between
        households, each has the average and its own deviation from it.
    features : DataFrame, optional
        Indexed by household_id: the columns that the records of `effects` had, as `graduation.features.feature_frame`
        makes them. Read when effects differ between households; by default they are looked for in `households`.
    goal : Goal
        What `Offers.value` is, which an allocation makes as large as possible; by default the benefit.
    language : {"en", "id"}
        Of the labels and reasons.

    Returns
    -------
    Recommendations
        `.offers` in arrays, `.table` with one row per household and arm.

    Raises
    ------
    DataError
        When households are missing or repeated, a risk is not a probability, or a rule reads a column that is not
        there; all problems are told.
    UsageError
        When `effects` has arms that the programme lacks, all of which are told; when effects differ between households
        and neither `features` nor `households` has the columns; when the goal weighs pathways that are not known.

    Examples
    --------
    >>> from graduation.interventions import Intervention, Programme
    >>> programme = Programme(name="demo", version="1", welfare_residual_sd=0.46, welfare_residual_sd_source="example",
    ...     interventions=[Intervention(name="cash", cost_idr=1_500_000, effect=0.05)])
    >>> households = pd.DataFrame({"household_size": [4, 6]}, index=pd.Index(["a", "b"], name="household_id"))
    >>> table = pd.DataFrame({"pathway": "become", "risk": [0.1, 0.3], "rank": [2, 1]}, index=households.index)
    >>> found = recommend(households, Scores(table=table, model_id="demo"), programme)
    >>> found.frame()[["household_id", "best_arm", "benefit"]].round(3).values.tolist()
    [['b', 'cash', 0.037], ['a', 'cash', 0.018]]
    """
    table = scores.table
    check_scored(households, table)
    check_columns(households, programme)
    check_risk_unit(programme)
    scored = households.loc[table.index]
    known = combine_effects(programme, effects, language)
    effect = household_effects(known, effects, features, scored)
    verdicts = [eligibility(scored, arm, language) for arm in programme.interventions]
    offers = _offers(table, programme, tuple(known["basis"]), effect, verdicts, household_costs(scored, programme))
    known, records = with_spread(known, effects, offers), None if effects is None else Records.of(effects)
    made = Recommendations(
        offers, scored, programme, known, language, places=_place_names(table), records=records,
        poor_now=poor_now_of(table),
    )  # fmt: skip
    return made.with_goal(goal)


def _offers(
    table: pd.DataFrame,
    programme: Programme,
    basis: tuple[str, ...],
    effect: np.ndarray,
    verdicts: list[Verdict],
    cost: np.ndarray,
) -> Offers:
    reasons = [coded(verdict[1]) for verdict in verdicts]
    risk = table["risk"].to_numpy(dtype=float)
    after = risk_after(risk[:, None], effect, programme.welfare_residual_sd)
    benefit = risk[:, None] - after
    return Offers(
        ids=table.index,
        arms=tuple(programme.names),
        basis=basis,
        risk=risk,
        rank=table["rank"].to_numpy(),
        eligible=np.column_stack([verdict[0] for verdict in verdicts]),
        why_code=np.column_stack([codes for codes, _ in reasons]),
        why_texts=tuple(texts for _, texts in reasons),
        cost=cost,
        effect=effect,
        risk_after=after,
        benefit=benefit,
        value=benefit,
    )


def _place_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns with names of places, which scores keep before the pathway."""
    names = list(table.columns)
    return table[names[: names.index("pathway")] if "pathway" in names else []]

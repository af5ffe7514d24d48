"""For each household and arm: may it be offered, what does it cost, how far does it lower the risk?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from graduation import plots
from graduation.errors import DataError, Problem, UsageError
from graduation.interventions.effects import EffectModel
from graduation.interventions.eligibility import check_columns, eligibility
from graduation.interventions.evidence import basis_notes, combine_effects, record_notes
from graduation.interventions.programme import NO_ARM, Programme
from graduation.results import Result, with_interval
from graduation.risk.scores import Scores
from graduation.schema import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MILLION = 1e6


@dataclass(frozen=True)
class Recommendations(Result):
    """Every scored household with every arm: eligible or not and why, cost, effect and risk with the arm.

    Attributes
    ----------
    table : DataFrame
        One row per household and arm ("none" included), households in the order of the scores. Columns
        `household_id`, `arm`, `eligible`, `why_not`, `cost_idr`, `effect_log_welfare`, `basis` ("assumed" or
        "assumed + estimated"), `risk`, `risk_after`, `benefit` (risk minus risk_after), `rank` (1 is the highest risk).
    households : DataFrame
        The households that were scored, indexed by household_id, for places and groups.
    programme : Programme
    effects : DataFrame
        One row per arm: `arm`, `label`, `cost_idr`, and effects on log welfare at the next wave: `assumed` and
        `assumed_sd` (of the programme file), `estimated` and `standard_error` (of past records, missing without
        them), `used` with its 95 % interval `low` to `high`, `basis`. May be empty.
    language : {"en", "id"}
        Of labels and reasons.
    places : DataFrame
        Names of the places of each household, indexed by household_id; without columns where there are none.
    evidence : tuple of str
        What the records of the past programme are, and how many were set aside.
    """

    table: pd.DataFrame
    households: pd.DataFrame
    programme: Programme
    effects: pd.DataFrame
    language: Language = "en"
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    evidence: tuple[str, ...] = ()
    title = "Households and the arms that suit them"

    def suitable(self, household_id: object = None) -> pd.DataFrame:
        """Return the rows of arms that may be offered, of one household or of all, the largest benefit first."""
        rows = self.table[self.table["eligible"] & (self.table["arm"] != NO_ARM)]
        if household_id is not None:
            if not (self.table["household_id"] == household_id).any():
                raise UsageError(f"no household '{household_id}' among those recommended for")
            rows = rows[rows["household_id"] == household_id]
        order = ["rank", "household_id", "benefit"]
        return rows.sort_values(order, ascending=[True, True, False], kind="stable").reset_index(drop=True)

    def frame(self) -> pd.DataFrame:
        """Return one row per household: its best arm by benefit and by benefit per rupiah, "none" without any."""
        rows = self.suitable()
        rows = rows[rows["benefit"] > 0].assign(per_million=lambda r: r["benefit"] / r["cost_idr"] * MILLION)
        by_benefit = rows.drop_duplicates("household_id").set_index("household_id")
        by_money = rows.sort_values("per_million", ascending=False, kind="stable").drop_duplicates("household_id")
        by_money = by_money.set_index("household_id")
        one = self.table[self.table["arm"] == NO_ARM].set_index("household_id")[["rank", "risk"]]
        one["best_arm"] = by_benefit["arm"].reindex(one.index).fillna(NO_ARM)
        one["benefit"] = by_benefit["benefit"].reindex(one.index).fillna(0.0)
        one["cost_idr"] = by_benefit["cost_idr"].reindex(one.index).fillna(0.0)
        one["best_arm_per_rupiah"] = by_money["arm"].reindex(one.index).fillna(NO_ARM)
        one["benefit_per_million_idr"] = by_money["per_million"].reindex(one.index).fillna(0.0)
        one["basis"] = by_benefit["basis"].reindex(one.index).fillna("")
        return one.sort_values("rank", kind="stable").reset_index()

    def shown(self) -> pd.DataFrame:
        """Return one row per arm: how many households it suits, its cost and effect; `frame` has every household."""
        counts = self._counts().set_index("arm")["households"]
        if self.effects.empty:
            return counts.reset_index()
        used = [with_interval(*figures) for figures in self.effects[["used", "low", "high"]].to_numpy()]
        chief = self.effects[["arm", "cost_idr", "assumed", "estimated", "basis"]].assign(effect_used=used)
        chief.insert(1, "suits_households", counts.reindex(chief["arm"]).to_numpy())
        return chief

    def notes(self) -> list[str]:
        sd = self.programme.welfare_residual_sd
        return [
            *basis_notes(self.effects),
            *record_notes(self.effects),
            *self.evidence,
            f"Benefit is the fall of the risk: risk after = Phi(Phi^-1(risk) - effect / {sd:g}), in a probit model of "
            f"crossing the line; {sd:g} is {self.programme.welfare_residual_sd_source}.",
            "A rule on a value that is unknown is not satisfied: verify it in the field. Not being offered one arm "
            "never closes another.",
        ]

    def metrics(self) -> dict[str, float]:
        counts = self._counts()
        return {f"suitable_{arm}": float(count) for arm, count in zip(counts["arm"], counts["households"], strict=True)}

    def plot(self, ax: Axes | None = None) -> Axes:
        ax = plots.bars(self._counts(), label="label", value="households", ax=ax)
        ax.set_xlabel("households that the arm suits")
        return ax

    def _counts(self) -> pd.DataFrame:
        counts = self.table.groupby("arm")["eligible"].sum().reindex(self.programme.names).astype(int)
        titles = self.programme.titles(self.language)
        return pd.DataFrame({"arm": counts.index, "label": [titles[arm] for arm in counts.index], "households": counts})


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
        each by its precision. Arms that it lacks keep the assumed effect.
    language : {"en", "id"}
        Of the labels and reasons.

    Returns
    -------
    Recommendations
        `.table` has one row per household and arm.

    Raises
    ------
    DataError
        When households are missing or repeated, a risk is not a probability, or a rule reads a column that is not
        there; all problems are told.
    UsageError
        When `effects` has arms that the programme lacks; all are told.

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
    _check_scored(households, table)
    check_columns(households, programme)
    scored = households.loc[table.index]
    known = combine_effects(programme, effects, language)
    effect, basis = np.array([0.0, *known["used"]]), ["assumed", *known["basis"]]
    arms = [NO_ARM, *programme.names]
    verdicts = [eligibility(scored, arm, language) for arm in programme.interventions]
    n = len(scored)
    eligible = np.column_stack([np.ones(n, dtype=bool), *(verdict[0] for verdict in verdicts)])
    why_not = np.column_stack([np.full(n, "", dtype=object), *(verdict[1] for verdict in verdicts)])
    risk = table["risk"].to_numpy(dtype=float)
    after = risk_after(risk[:, None], effect[None, :], programme.welfare_residual_sd)
    after[:, 0] = risk
    cost = np.array([0.0, *(arm.cost_idr for arm in programme.interventions)])
    long = pd.DataFrame(
        {
            "household_id": np.repeat(table.index.to_numpy(), len(arms)),
            "arm": np.tile(np.array(arms, dtype=object), n),
            "eligible": eligible.ravel(),
            "why_not": why_not.ravel(),
            "cost_idr": np.tile(cost, n),
            "effect_log_welfare": np.tile(effect, n),
            "basis": np.tile(np.array(basis, dtype=object), n),
            "risk": np.repeat(risk, len(arms)),
            "risk_after": after.ravel(),
            "benefit": (risk[:, None] - after).ravel(),
            "rank": np.repeat(table["rank"].to_numpy(), len(arms)),
        }
    ).astype({"arm": "str", "why_not": "str", "basis": "str"})
    evidence = () if effects is None else tuple(effects.notes())
    return Recommendations(long, scored, programme, known, language, _place_names(table), evidence)


def _place_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns with names of places, which scores keep before the pathway."""
    names = list(table.columns)
    return table[names[: names.index("pathway")] if "pathway" in names else []]


def _check_scored(households: pd.DataFrame, table: pd.DataFrame) -> None:
    problems = []
    for name, index in (("households", households.index), ("scores", table.index)):
        if index.nlevels > 1 or not index.is_unique:
            problems.append(Problem(f"{name} repeat a household", "one row per household_id", "Give one wave."))
    if problems:
        raise DataError("households and scores", problems)
    absent = ~table.index.isin(households.index)
    if absent.any():
        found = f"{int(absent.sum()):,} scored households are not in households, '{table.index[absent][0]}' first"
        problems.append(Problem(found, "every scored household", "Give the registry that was scored."))
    wrong = ~table["risk"].between(0, 1).to_numpy()
    if wrong.any():
        found = f"not a probability for {int(wrong.sum()):,} households, '{table.index[wrong][0]}' first"
        problems.append(Problem(found, "0 to 1", "Score them again.", column="risk"))
    if problems:
        raise DataError("households and scores", problems)

"""A panel becomes a model, with an honest account of how well it ranks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from graduation.evaluate import (
    Comparison,
    Evaluation,
    MissedProfile,
    PathwayEvaluation,
    RangeCoverage,
    compare,
    cross_groups,
    evaluate_pathways,
    range_coverage,
    who_is_missed,
)
from graduation.features import feature_frame
from graduation.panel import Panel, SplitBy, told_by
from graduation.results import Result
from graduation.risk import (
    Model,
    RiskClassifier,
    Scorecard,
    TransitionRisk,
    candidate_scores,
    fit_scorecard,
    told_elsewhere,
)
from graduation.workflows.card import model_card, n_with_history, run_params
from graduation.workflows.fitting import directions, fit_risk, predicted_risk, reference_of
from graduation.workflows.leakage import LeakageCheck, check_leakage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# More would cross into cells of a few households.
MOST_LEVELS_TO_CROSS = 3
FLATTERING = (
    "WARNING: split by row. The same households and places are in training and test, so all figures here flatter; they "
    "say nothing of households that the model has not seen. Split by time, place or household for figures to report."
)
NO_HISTORIES = (
    "No household of the training part has a history, so these figures are those of a model without histories. Split "
    "by place or household, or give one more wave, to see what histories add."
)
Progress = Callable[[str], None]


@dataclass(frozen=True)
class TrainingRun(Result):
    """A trained model beside the proof of it.

    Attributes
    ----------
    model : Model
    evaluations : PathwayEvaluation
        Of the held-out households: remain and become apart, and all on one list.
    candidates : Comparison
        The model beside the rules a planner would otherwise use, on the same held-out households.
    params : dict
        Settings, split and sizes.
    scorecard : Scorecard
        A scorecard for paper from the same pairs as the model; its figures among the candidates are those of the same
        recipe on the training part.
    ranges : RangeCoverage
        Whether the ranges of risk held what was observed among the held-out households, by group.
    leakage : LeakageCheck
        Features that know too much are named in `notes`; none is left out by itself.
    missed : MissedProfile
        The extreme poor among the held-out households who are not on the list, beside those who are.
    """

    model: Model
    evaluations: PathwayEvaluation
    candidates: Comparison
    params: dict[str, Any]
    scorecard: Scorecard
    ranges: RangeCoverage
    leakage: LeakageCheck
    missed: MissedProfile
    title = "Training run"

    @property
    def evaluation(self) -> Evaluation:
        """Return the evaluation of all held-out households, with the pathways among its groups."""
        return self.evaluations.merged

    @property
    def by_pathway(self) -> dict[str, Evaluation]:
        """Return the evaluation of each pathway by itself."""
        return self.evaluations.apart

    def frame(self) -> pd.DataFrame:
        """Return every figure: `pathway` (or "all"), `metric`, `estimate`, `low`, `high`, `of`."""
        return self.evaluations.frame()

    def shown(self) -> pd.DataFrame:
        """Return the chief figures with their intervals, a column for each pathway."""
        return self.evaluations.shown()

    def notes(self) -> list[str]:
        split = f"Held out by {self.params['split_by']}: {self.params['n_test']:,} of {self.params['n_pairs']:,} pairs."
        if self.params.get("n_evaluated", self.params["n_test"]) < self.params["n_test"]:
            split += f" Measured on a fair sample of {self.params['n_evaluated']:,} of them."
        flattering = [FLATTERING] if self.params["split_by"] == "row" else []
        blank = [NO_HISTORIES] if self.params.get("n_train_with_history") == 0 else []
        seen = self.params["n_test_households_also_in_training"]
        again = [f"Of these, {seen:,} are of households that training saw at an earlier time."] if seen else []
        pooled = self.params["pooled_pathways"]
        few = [f"The model pooled over both states alone serves {' and '.join(pooled)}."] if pooled else []
        leaks = self.leakage.warnings()
        found = ", ".join(f"{name} ({count:,} rows)" for name, count in self.params["rare_levels"].items())
        rare = [f"Levels too rare to tell from chance, read as missing: {found}."] if found else []
        held = self.ranges.notes() if len(self.ranges.table) else []
        by = (
            f"Extreme poor by {told_by(self.model.dictionary)}{', deflated' if self.model.dictionary.deflated else ''}."
        )
        return [split, by, *flattering, *leaks, *again, *blank, *few, *rare, *self.evaluations.notes(), *held[:1]]

    def metrics(self) -> dict[str, float]:
        """Return every figure with its interval, by pathway."""
        return self.evaluations.metrics() | self.ranges.metrics()

    def plot(self, ax: Axes | None = None) -> Axes:
        return self.evaluations.plot(ax)


# The options of `Panel.split` and of `RiskClassifier` together.
def train(  # noqa: PLR0913
    panel: Panel,
    *,
    by: SplitBy | None = None,
    at: float | None = None,
    share: float = 0.25,
    refit: bool = True,
    fast: bool = False,
    allow_row_split: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainingRun:
    """Train the risk of remaining and of becoming extreme poor, and evaluate it on held-out households.

    Parameters
    ----------
    panel : Panel
    by, at, share, allow_row_split
        The split, as in `Panel.split`: by time where there are several, else by place, else by household.
    refit : bool
        Fit the model that is returned on all pairs; its figures are those of the same recipe on the training part.
    fast : bool
        About a tenth of the time for a small loss, as in `RiskClassifier`.
    seed : int
        Same seed and same rows, in any order: same model.
    progress : callable, optional
        Called with one sentence before each step, and now and then within the long ones.

    Raises
    ------
    NotEnoughData
        When a part has one outcome only.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> run = graduation.train(graduation.pair_waves(*registries), by="household", refit=False, fast=True)
    >>> bool(run.metrics()["all_roc_auc"] > 0.5)
    True
    """
    tell = progress or (lambda _: None)
    by = panel.chosen_split(by)
    learn, test = panel.split(by, share=share, at=at, seed=seed, allow_row_split=allow_row_split)
    tell("looking for features that know too much")
    with told_elsewhere():
        leakage = check_leakage(panel, seed=seed)
    tell(f"fitting on {len(learn.outcome):,} households, {len(test.outcome):,} held out")
    recipe = RiskClassifier(seed=seed, fast=fast, directions=directions(panel), progress=progress)
    groups = str(learn.cluster.name) if by == "place" else "household"
    risk = fit_risk(learn, recipe, groups)
    proof = prove(risk, learn, test, seed=seed, tell=tell)
    if refit:
        tell(f"fitting the final model on all {len(panel.outcome):,} households")
        risk, proof["scorecard"] = fit_risk(panel, recipe, groups), fit_scorecard(panel, seed=seed)
    params = run_params(panel, learn, test, risk, split_by=by, seed=seed)
    card = model_card(panel, params, proof["evaluations"])
    model = Model(risk, panel.dictionary.at_scoring(), card, reference_of(panel if refit else learn))
    return TrainingRun(model=model, params=params, leakage=leakage, **proof)


def prove(risk: TransitionRisk, learn: Panel, test: Panel, *, seed: int, tell: Progress) -> dict[str, Any]:
    """Return the parts of a `TrainingRun` that say how far a risk can be trusted.

    Parameters
    ----------
    risk : TransitionRisk
        Learned from `learn`, or from more rows of the same part.
    learn : Panel
        What the simple rules learn from.
    test : Panel
        Held out from both.
    """
    held_out = predicted_risk(risk, test, test.state)
    tell("evaluating on the held-out households")
    design: dict[str, Any] = {"weight": test.weight, "cluster": test.cluster, "seed": seed}
    by_group = _crossed(evaluation_groups(test).drop(columns="pathway"), test)
    evaluations = evaluate_pathways(test.outcome, held_out, test.state, groups=by_group, **design)
    missed = who_is_missed(test.outcome, held_out, test.households, dictionary=test.dictionary, **design)
    ranges = _ranges(risk, test, held_out)
    blind = predicted_risk(risk, test, test.state * float("nan"))
    tell("fitting the rules that a planner would otherwise use")
    parts = _learnable(learn, test)
    card = fit_scorecard(parts[0], seed=seed)
    simple = candidate_scores(*parts, seed=seed, scorecard=card)
    rules = {"model": held_out, "model_state_unknown": blind, **simple}
    candidates = compare(test.outcome, rules, **design)
    return {
        "evaluations": evaluations, "candidates": candidates, "scorecard": card, "ranges": ranges, "missed": missed,
    }  # fmt: skip


def evaluation_groups(panel: Panel) -> pd.DataFrame:
    """Return the groups that are reported apart: the largest place, the pathway, what is protected, and groups."""
    groups = panel.groups[panel.groups.columns[2:3]].assign(pathway=panel.pathway)
    for name, column in panel.dictionary.columns.items():
        if (column.protected or column.group) and name in panel.households:
            values = panel.households[name]
            answer = (
                values.astype(str)
                if column.type in ("category", "text")
                else (values.astype("float64") > 0).map({True: "yes", False: "no"})
            )
            groups[name] = answer.where(values.notna())
    return groups


def _crossed(groups: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Add each two of the groups that the dictionary names, crossed."""
    columns = panel.dictionary.columns
    named = [name for name in groups if name in columns and (columns[name].protected or columns[name].group)]
    few = [name for name in named if groups[name].nunique() <= MOST_LEVELS_TO_CROSS]
    for pair in combinations(few, 2):
        groups = cross_groups(groups, *pair)
    return groups


def _ranges(model: TransitionRisk, panel: Panel, risk: pd.Series) -> RangeCoverage:
    """Hold the ranges against what was observed, among the households that have one."""
    X = feature_frame(panel.households, panel.dictionary)
    with told_elsewhere():
        ends = pd.DataFrame(model.predict_interval(X, panel.state), index=risk.index, columns=["low", "high"])
    known = ends["low"].notna().to_numpy()
    part = panel.subset(known)
    if part.outcome.nunique() < 2:
        return RangeCoverage.none(len(known))
    found = range_coverage(
        part.outcome, risk[known], ends["low"][known], ends["high"][known], weight=part.weight,
        groups=evaluation_groups(part),
    )  # fmt: skip
    return replace(found, without=int((~known).sum()))


def _learnable(learn: Panel, test: Panel) -> tuple[Panel, Panel]:
    """Return both parts without histories where training saw none: a rule cannot learn from an empty column."""
    if not learn.dictionary.history or n_with_history(learn):
        return learn, test
    bare = learn.dictionary.without_history()
    return replace(learn, dictionary=bare), replace(test, dictionary=bare)

"""Remaining and becoming extreme poor apart, then the one list that both are on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy.typing as npt
import pandas as pd

from graduation import plots
from graduation.errors import DataError, UsageError
from graduation.evaluate.columns import SOURCE, Columns
from graduation.evaluate.evaluation import Evaluation, evaluate
from graduation.evaluate.inputs import named_groups
from graduation.evaluate.quota import COST, Budget, costs_of
from graduation.evaluate.words import PLAIN
from graduation.panel import pathway_of
from graduation.results import Result, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graduation.evaluate.inputs import Groups
    from graduation.evaluate.quota import Quota

ALL, PATHWAY = "all", "pathway"
ON_THE_LIST = {
    "prevalence": "share extreme poor", "exclusion_error": "missed", "inclusion_error": "wrongly listed",
    "share_of_list": "share of the list",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class PathwayEvaluation(Result):
    """What `evaluate_pathways` found.

    Attributes
    ----------
    merged : Evaluation
        Of all households on one list, the pathway among its groups.
    apart : dict of str to Evaluation
        "remain", "become" and, where the state now is not known, "unknown": each ranked by itself, on a list as large
        as its number of extreme poor. A pathway in which one outcome only was seen is left out and named in `notes`.
    one_outcome_only : tuple of str
        Pathways left out.
    """

    merged: Evaluation
    apart: dict[str, Evaluation]
    one_outcome_only: tuple[str, ...]
    title = "Evaluation by pathway"

    @property
    def parts(self) -> dict[str, Evaluation]:
        """Return the merged evaluation as "all", and the pathways."""
        return {ALL: self.merged, **self.apart}

    @property
    def groups(self) -> pd.DataFrame:
        """Return the figures by group on the merged list."""
        return self.merged.groups

    def frame(self) -> pd.DataFrame:
        """Return every figure: `pathway` (or "all"), `metric`, `estimate`, `low`, `high`, `of`."""
        parts = [part.frame().assign(pathway=name) for name, part in self.parts.items()]
        return pd.concat(parts, ignore_index=True)[["pathway", "metric", "estimate", "low", "high", "of"]]

    def shown(self) -> pd.DataFrame:
        """Return the chief figures with their intervals, a column for each pathway."""
        columns = {name: part.shown()["estimate (95 %)"] for name, part in self.parts.items()}
        return pd.DataFrame({"figure": list(PLAIN.values()), **columns})

    def on_the_merged_list(self) -> pd.DataFrame:
        """Return who of each pathway is on the one list: a row per pathway, intervals in words."""
        rows = self.merged.groups
        rows = rows[rows["group"] == PATHWAY]
        figures = [with_interval(*row) for row in rows[["estimate", "low", "high"]].to_numpy()]
        table = rows.assign(figure=figures).pivot(index="level", columns="metric", values="figure")[list(ON_THE_LIST)]
        return table.rename(columns=ON_THE_LIST).rename_axis(columns=None).rename_axis(PATHWAY).reset_index()

    def notes(self) -> list[str]:
        """Return those of the merged list, and what the pathways' own lists are."""
        names = ", ".join(self.one_outcome_only)
        unseen = [f"Not evaluated apart, one outcome only: {names}."] if names else []
        own = "Apart, each pathway has a list of its own, as large as its number of extreme poor."
        return [*unseen, *self.merged.notes(), own]

    def metrics(self) -> dict[str, float]:
        """Return every figure with its interval as ``<pathway>_<metric>``."""
        parts = self.parts.items()
        return {f"{name}_{metric}": value for name, part in parts for metric, value in part.metrics().items()}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw exclusion error against the length of the list, a line for each pathway."""
        table = pd.concat([part.curve.assign(pathway=name) for name, part in self.parts.items()])
        ax = plots.lines(table, x="list_share", y="exclusion_error", by=PATHWAY, ax=ax)
        ax.set(xlabel="share of each pathway's population on its list", ylabel="share of its extreme poor missed")
        return ax


# The options of `evaluate`, and the state now.
def evaluate_pathways(  # noqa: PLR0913
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    state: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    groups: Groups | None = None,
    quota: Quota = None,
    cluster: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    seed: int = 0,
) -> PathwayEvaluation:
    """Evaluate the risk of remaining and of becoming extreme poor apart, and on the one list that both are on.

    A figure over both pathways hides how hard the first is: whoever is extreme poor now ranks high by that alone.

    Parameters
    ----------
    outcome, risk, weight, groups, cluster, strata, seed
        As in `evaluate`.
    state : array-like, shape (n_households,)
        1 where the household is extreme poor now, 0 where it is not, missing where that is not known.
    quota : float, int or Budget, optional
        How long the merged list is, as in `evaluate`.

    Returns
    -------
    PathwayEvaluation
        `.merged`, `.apart["remain"]` and `.apart["become"]` are evaluations.

    Raises
    ------
    DataError, NotEnoughData, UsageError
        As in `evaluate`.

    Examples
    --------
    >>> found = evaluate_pathways([1, 0, 1, 0, 1, 0], [0.9, 0.7, 0.4, 0.5, 0.3, 0.2], [1, 1, 0, 0, 0, 0])
    >>> figures = found.frame().set_index(["pathway", "metric"])["estimate"]
    >>> figures[[("remain", "roc_auc"), ("become", "roc_auc")]].tolist()
    [1.0, 0.5]
    """
    columns = Columns.of(outcome)
    given = {"outcome": outcome, "risk": risk, "weight": weight, "cluster": cluster, "strata": strata}
    read = {name: columns.read(name, values) for name, values in given.items() if values is not None}
    levels = {str(name): columns.read(str(name), values) for name, values in named_groups(groups).items()}
    if PATHWAY in levels:
        raise UsageError(f"a group column is called '{PATHWAY}', the name of the one that is always added; rename it")
    if isinstance(quota, Budget) and costs_of(quota):
        cost = columns.read(COST, quota.cost)
        quota = quota if cost is None else Budget(quota.amount, cost)
    now = columns.states("state", state)
    if columns.problems or now is None:
        raise DataError(SOURCE, columns.problems)
    table = pd.DataFrame(read)
    by = pd.DataFrame(levels, index=table.index)
    pathway = pathway_of(pd.Series(now))

    def part(rows: pd.DataFrame, quota: Quota, groups: pd.DataFrame) -> Evaluation:
        design = {name: rows[name] for name in rows.columns[2:]}
        return evaluate(rows["outcome"], rows["risk"], groups=groups.loc[rows.index], quota=quota, seed=seed, **design)

    counted = table["weight"].astype("float64") > 0 if "weight" in table else pathway.notna()
    both = table["outcome"][counted].groupby(pathway[counted]).nunique() > 1
    names = [name for name in ("remain", "become", "unknown") if name in both.index]
    apart = {name: part(table[pathway == name], None, by) for name in names if both[name]}
    merged = part(table, quota, by.assign(**{PATHWAY: pathway}))
    return PathwayEvaluation(merged, apart, tuple(name for name in names if not both[name]))

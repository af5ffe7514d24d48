"""Why a household's risk is what it is: exact Shapley contributions, in numbers and in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.explain.concepts import concepts_of
from graduation.explain.levers import Levers, levers_of
from graduation.explain.sentences import Speaker
from graduation.explain.wording import Wording
from graduation.results import Result
from graduation.risk import STATE_FEATURE, Assessment, Model, assess, shown_value
from graduation.schema import Language, Registry

if TYPE_CHECKING:
    import shap
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Explanation(Result):
    """Contributions of each feature to each household's calibrated log-odds.

    Attributes
    ----------
    contributions : DataFrame
        Households x features, in log-odds; a row's sum plus its `base` is the household's log-odds of risk.
        A feature that the household's pathway does not use has NaN.
    base : Series
        Log-odds of an average household of the same pathway.
    values : DataFrame
        The values of all features of the model, the state now the last.
    pathway : Series
    model : Model
    """

    contributions: pd.DataFrame
    base: pd.Series
    values: pd.DataFrame
    pathway: pd.Series
    model: Model
    title = "What drives the risk"

    def frame(self) -> pd.DataFrame:
        return self.drivers()

    def notes(self) -> list[str]:
        return [
            f"Mean absolute Shapley contribution to the log-odds of risk, {len(self.base):,} households, by pathway.",
            "A driver is an association: it says what the model looks at, not what would change a household's future.",
            "Reasons name no protected characteristic unless asked to; contributions count them all the same.",
        ]

    def drivers(self, language: Language = "en") -> pd.DataFrame:
        """Return features by mean absolute contribution, per pathway: `pathway`, `feature`, `label`, `strength`."""
        parts = []
        for pathway, rows in self.contributions.groupby(self.pathway, sort=True):
            strength = rows.abs().mean().dropna().sort_values(ascending=False, kind="stable").rename("strength")
            parts.append(strength.rename_axis("feature").reset_index().assign(pathway=pathway))
        table = pd.concat(parts, ignore_index=True)
        table["label"] = [self.model.title(name, language) for name in table["feature"]]
        return table[["pathway", "feature", "label", "strength"]]

    def household(self, household: Any, language: Language = "en") -> pd.DataFrame:
        """Return one household's contributions, strongest first: `feature`, `label`, `value`, `contribution`.

        Where households repeat, `household` is its id and time; the id alone will do when it is here once.
        """
        key = self._key(household)
        row = self.contributions.loc[key].dropna()
        order = row.abs().sort_values(ascending=False, kind="stable").index
        speaker = Speaker(self.model, language)
        return pd.DataFrame(
            {
                "feature": order,
                "label": [self.model.title(name, language) for name in order],
                "value": [speaker.value(name, shown_value(self.values.at[key, name])) for name in order],
                "contribution": row[order].to_numpy(),
            }
        )

    def _key(self, household: Any) -> Any:
        index = self.contributions.index
        if isinstance(household, tuple):
            found = [household] if household in index else []
        else:
            found = list(index[index.get_level_values(0) == household])
        if len(found) == 0:
            hint = nearest(str(household), map(str, index.get_level_values(0)[:10_000]))
            raise UsageError(f"no household '{household}' in this explanation; {hint or 'check its id'}")
        if len(found) > 1:
            times = ", ".join(str(time) for _, time in found)
            raise UsageError(f"household '{household}' is here at several times ({times}); give its id and time")
        return found[0]

    def by_concept(self, *, tell_protected: bool = True) -> pd.DataFrame:
        """Return contributions summed to the dictionary's concepts, households x codes of concepts.

        A row's sum is that of the features; a concept of which the household's pathway uses no feature has NaN.
        """
        concepts = concepts_of(self.model.dictionary, self.model.features, tell_protected=tell_protected)
        used = [(one.code, [name for name in one.features if name in self.contributions]) for one in concepts]
        sums = {code: self.contributions[names].sum(axis=1, min_count=1) for code, names in used if names}
        return pd.DataFrame(sums, index=self.contributions.index)

    def reasons(
        self, *, top: int = 3, language: Language = "en", both: bool = False, tell_protected: bool = False
    ) -> pd.DataFrame:
        """Return what raises each household's risk most, in sentences, as `reason_1`, `reason_2`, ...

        Features that tell of one variable are one reason. A sentence says what the household has, where it stands among
        the households of training, and how much higher the risk is. A household with fewer reasons has empty texts.

        Parameters
        ----------
        top : int
            Most reasons of a household.
        language : {"en", "id"}
        both : bool
            Also what lowers the risk; by default only what raises it.
        tell_protected : bool
            By default protected characteristics are one reason together, which says neither which nor what.
        """
        wording = Wording(self.model, language, top=top, both=both, tell_protected=tell_protected)
        ranked = wording.ranking(wording.ordered(self.contributions))
        return wording(ranked, {str(name): column for name, column in self.values.items()}).frame(
            self.contributions.index
        )

    def levers(self, household: Any, *, top: int = 3, language: Language = "en") -> Levers:
        """Return the single changes of actionable columns that go with a lower risk of one household.

        Associations in the data, never promises; `household` as in `household`.
        """
        row = self.values.loc[[self._key(household)]]
        return levers_of(self.model, row.drop(columns=STATE_FEATURE), row[STATE_FEATURE], top=top, language=language)

    def to_shap(self, pathway: str) -> shap.Explanation:
        """Return one pathway's contributions as a `shap.Explanation`, for all of shap's plots."""
        import shap

        rows = (self.pathway == pathway).to_numpy()
        if not rows.any():
            raise UsageError(f"no household on pathway '{pathway}'; here are {sorted(self.pathway.unique())}")
        used = self.contributions.loc[rows].dropna(axis=1, how="all")
        return shap.Explanation(
            values=used.to_numpy(),
            base_values=self.base[rows].to_numpy(),
            data=self.values.loc[rows, used.columns].to_numpy(),
            feature_names=[self.model.title(name) for name in used.columns],
        )

    def plot(self, ax: Axes | None = None, *, top: int = 6, language: Language = "en") -> Axes:
        """Draw the `top` drivers of each pathway."""
        drivers = self.drivers(language).groupby("pathway").head(top)
        table = drivers.assign(bar=drivers["label"] + " · " + drivers["pathway"])
        ax = plots.bars(table, label="bar", value="strength", ax=ax)
        ax.set_xlabel("mean |contribution| to the log-odds of risk")
        return ax


def explain(
    model: Model, households: Registry | pd.DataFrame, *, background: Registry | pd.DataFrame | None = None
) -> Explanation:
    """Explain the risk of each household by exact Shapley contributions.

    Without a background they are path-dependent: what is not known of a household is as in the trees' own leaves. With
    one they are interventional: each feature is set to those of the background's households in turn, whatever goes
    with it, and the base is the background's mean. A hundred households will do; the tables are made for each call.

    Parameters
    ----------
    model : Model
    households : Registry or DataFrame
        Accepted households.
    background : Registry or DataFrame, optional
        Accepted households to compare with.

    Raises
    ------
    ModelError
        When the households do not belong to the model's dictionary, or the tables would not fit in memory.

    References
    ----------
    Lundberg & Lee (2017), A unified approach to interpreting model predictions. Lundberg et al. (2020), From local
    explanations to global understanding with explainable AI for trees. Janzing, Minorics & Blöbaum (2020), Feature
    relevance quantification in explainable AI: a causal problem.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> run = graduation.train(graduation.pair_waves(*registries), refit=False, fast=True)
    >>> explanation = graduation.explain(run.model, registries[1])
    >>> list(explanation.reasons(top=2).columns)
    ['reason_1', 'reason_2']
    """
    beside = None if background is None else model.households_of(background)
    return explanation_of(assess(model.households_of(households), model, background=beside))


def explanation_of(assessment: Assessment) -> Explanation:
    """Return the explanation of households that a model has assessed."""
    encoded, model = assessment.encoded, assessment.encoded.model
    index = encoded.features.index
    contributions = pd.DataFrame(assessment.contributions, index=index, columns=model.features)
    for pathway, rows in encoded.pathway_rows():
        unread = [name for name in model.features if name not in model.risk.reads(pathway, model.features)]
        contributions.loc[rows, unread] = np.nan
    values = encoded.features.assign(**{STATE_FEATURE: encoded.state})[model.features]
    base = pd.Series(assessment.base, index=index, name="base")
    return Explanation(contributions, base, values, encoded.pathway.rename("pathway"), model)

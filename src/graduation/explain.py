"""Why a household's risk is what it is: exact Shapley contributions, in numbers and in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graduation import plots
from graduation.errors import UsageError, nearest
from graduation.results import Result
from graduation.risk import STATE_FEATURE, Model, told_elsewhere
from graduation.schema import Language, Registry

if TYPE_CHECKING:
    import shap
    from matplotlib.axes import Axes

WORDS = {
    "en": {"missing": "not known", "yes": "yes", "no": "no"},
    "id": {"missing": "tidak diketahui", "yes": "ya", "no": "tidak"},
}


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
        The feature values, same shape.
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
        return pd.DataFrame(
            {
                "feature": order,
                "label": [self.model.title(name, language) for name in order],
                "value": [self._value(name, self.values.at[key, name], language) for name in order],
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

    def reasons(self, *, top: int = 3, language: Language = "en") -> pd.DataFrame:
        """Return the `top` features that raise each household's risk most, in words, as `reason_1`, `reason_2`, ...

        Only what raises the risk is a reason; a household with fewer of these has empty texts.
        """
        strength = self.contributions.fillna(-np.inf).to_numpy()
        order = np.argsort(-strength, axis=1, kind="stable")[:, :top]
        names, values = self.contributions.columns, self.values.to_numpy(dtype=object)
        sentences = {
            f"reason_{place + 1}": [
                self._sentence(names[column], values[row, column], language) if strength[row, column] > 0 else ""
                for row, column in enumerate(order[:, place])
            ]
            for place in range(order.shape[1])
        }
        return pd.DataFrame(sentences, index=self.contributions.index)

    def _sentence(self, feature: str, value: Any, language: Language) -> str:
        return f"{self.model.title(feature, language)}: {self._value(feature, value, language)}"

    def _value(self, feature: str, value: Any, language: Language) -> str:
        words = WORDS[language]
        if pd.isna(value):
            return words["missing"]
        column = self.model.dictionary.columns.get(feature)
        if column is not None and column.codes:
            code = format(value, "g") if isinstance(value, float) else str(value)
            return column.codes[code].text(language) if code in column.codes else code
        if feature == STATE_FEATURE or (column is not None and column.type == "boolean"):
            return words["yes"] if value else words["no"]
        if column is None or column.type in ("number", "integer"):
            unit = f" {column.unit}" if column is not None and column.unit else ""
            return f"{value:,.0f}{unit}" if value == round(value) else f"{value:,.1f}{unit}"
        return str(value)

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


def explain(model: Model, households: Registry | pd.DataFrame) -> Explanation:
    """Explain the risk of each household by exact Shapley contributions (path-dependent TreeSHAP).

    Parameters
    ----------
    model : Model
    households : Registry or DataFrame
        Accepted households.

    Raises
    ------
    ModelError
        When the households do not belong to the model's dictionary.

    References
    ----------
    Lundberg & Lee (2017), A unified approach to interpreting model predictions. Lundberg et al. (2020), From local
    explanations to global understanding with explainable AI for trees.

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
    table = model.households_of(households)
    X, state = model.inputs(table)
    parts, bases, pathways = [], [], []
    for pathway, rows in model.risk.pathway_rows(state):
        with told_elsewhere():
            amounts, base = model.risk.contributions(X[rows], pathway)
        parts.append(amounts)
        bases.append(pd.Series(base, index=amounts.index, name="base"))
        pathways.append(pd.Series(pathway, index=amounts.index, name="pathway"))
    contributions = pd.concat(parts).loc[table.index]
    values = X.assign(**{name: state for name in contributions.columns if name not in X})[list(contributions.columns)]
    return Explanation(
        contributions, pd.concat(bases).loc[table.index], values, pd.concat(pathways).loc[table.index], model
    )

"""The model that MLflow logs and loads from this code: no pickle, only the model folder is read."""

from __future__ import annotations

from typing import Any

import mlflow
import pandas as pd

from graduation.io import load_model
from graduation.schema import cell_text, validate
from graduation.workflows import score

NUMBERS = ("risk", "risk_low", "risk_high")


class GraduationModel(mlflow.pyfunc.PythonModel):
    """Scores tables as `Registry.plain` gives them: one answer per row, in the order of the rows."""

    def load_context(self, context: Any) -> None:
        self.model = load_model(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Return key columns, `pathway`, `risk` with its range, and `problem` of rows that break a rule: no risk."""
        dictionary = self.model.dictionary.plain()
        keys = model_input[dictionary.key].reset_index(drop=True)
        keys[dictionary.id] = cell_text(keys[dictionary.id])
        nothing = keys.assign(pathway=None, **dict.fromkeys(NUMBERS, float("nan")), problem="")
        if nothing.empty:
            return nothing
        registry = validate(model_input, dictionary, source="model input", max_rejected=1.0)
        broken = registry.rejected.groupby("row")["rule"].agg(", ".join).to_dict()
        problem = pd.Series([broken.get(row + 1, "") for row in keys.index])
        if registry.households.empty:
            return nothing.assign(problem=problem)
        scores = score(registry.households, self.model, reasons=0).table[["pathway", *NUMBERS]].reset_index()
        answer = keys.merge(scores, how="left", on=dictionary.key)
        sound = {name: answer[name].where(problem == "") for name in ("pathway", *NUMBERS)}
        return answer.assign(**sound, problem=problem)


mlflow.models.set_model(GraduationModel())

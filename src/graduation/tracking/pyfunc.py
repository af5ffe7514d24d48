"""The model that MLflow logs and loads from this code: no pickle, only the model folder is read."""

from __future__ import annotations

from typing import Any

import mlflow
import pandas as pd

from graduation.io import load_model
from graduation.schema import validate
from graduation.workflows import score


class GraduationModel(mlflow.pyfunc.PythonModel):
    """Scores tables as `Registry.plain` gives them: one answer per row, in the order of the rows."""

    def load_context(self, context: Any) -> None:
        self.model = load_model(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Return key columns, `pathway`, `risk` and, for rows that break a rule and get no risk, `problem`."""
        dictionary = self.model.dictionary.plain()
        registry = validate(model_input, dictionary, source="model input", max_rejected=1.0)
        key = dictionary.key
        answer = model_input[key].reset_index(drop=True)
        if len(registry.households):
            scores = score(registry.households, self.model, reasons=0).table[["pathway", "risk"]].reset_index()
            answer = answer.merge(scores, how="left", on=key)
        broken = registry.rejected.groupby("row")["rule"].agg(", ".join).to_dict()
        return answer.assign(problem=[broken.get(row + 1, "") for row in answer.index])


mlflow.models.set_model(GraduationModel())

"""The model that MLflow logs and loads from this code: no pickle, only the model folder is read."""

from __future__ import annotations

from typing import Any

import mlflow
import pandas as pd

from graduation.io import load_model
from graduation.schema import Dictionary, cell_text, validate
from graduation.schema.cells import check_cells
from graduation.schema.written import Writing, cells_of
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
        if (keyless := _keyless(model_input, dictionary)) is not None:
            return nothing.assign(problem=keyless)
        # A file whose weights are all 0 is refused; those of a batch may be so, and nothing is scored with them.
        weights = [name for name in dictionary.role("weight") if name in model_input]
        useless = [name for name in weights if (model_input[name] == 0).all()]
        registry = validate(model_input.drop(columns=useless), dictionary, source="model input", max_rejected=1.0)
        broken = registry.rejected.groupby("row")["rule"].agg(", ".join).to_dict()
        problem = pd.Series([broken.get(row + 1, "") for row in keys.index])
        if registry.households.empty:
            return nothing.assign(problem=problem)
        scores = score(registry.households, self.model, reasons=0).table[["pathway", *NUMBERS]].reset_index()
        answer = keys.merge(scores, how="left", on=dictionary.key)
        sound = {name: answer[name].where(problem == "") for name in ("pathway", *NUMBERS)}
        return answer.assign(**sound, problem=problem)


def _keyless(table: pd.DataFrame, dictionary: Dictionary) -> list[str] | None:
    """Return what is wrong with each row where no row has a key, for which `validate` refuses tables as a whole.

    A file without ids is the wrong file; a batch without them may be one odd row that fell into a partition of its own.
    """
    keys = [check_cells(cells_of(table[name]), dictionary.columns[name], Writing()) for name in dictionary.key]
    if not any(key.is_empty for key in keys):
        return None
    wrong: list[list[str]] = [[] for _ in range(len(table))]
    for breach in (one for key in keys for one in key.breaches if not one.keeps):
        for row in breach.rows:
            wrong[row].append(breach.rule)
    return [", ".join(rules) for rules in wrong]


mlflow.models.set_model(GraduationModel())

"""Score a Spark table with a model that MLflow holds: what a cluster needs beside `mlflow.pyfunc.spark_udf`."""

from __future__ import annotations

import warnings
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

from graduation.errors import ModelError, UsageError, nearest
from graduation.tracking.runs import quiet

NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "boolean")
# A whole number is a code or an id as it is written; one with a fraction would become another text.
TEXTS = ("string", "tinyint", "smallint", "int", "bigint", "date", "timestamp")
FITTING = {"double": NUMBERS, "string": TEXTS}
WORDS = {"double": "numbers or yes/no", "string": "text, whole numbers or dates"}


def score_spark(households: Any, model_uri: str) -> Any:
    """Return the risk of each row of a Spark table, computed where its rows are.

    Every row gets one answer, the same however the rows are spread over partitions, equal to what `score` gives.
    Only a household that is given more than once cannot be found so: Spark scores batches of rows that know nothing
    of one another. Within a batch such rows get a `problem`; in different ones each gets a risk. Look for them first:
    ``households.groupBy("household_id").count().where("count > 1")``.

    Parameters
    ----------
    households : pyspark.sql.DataFrame
        Columns as in `Registry.plain`: texts for ids, codes and dates, numbers for numbers, numbers or booleans for yes
        and no, null where nothing is known. Whole numbers are taken for numbers and for codes; columns that the model
        does not know are passed over; those that it knows may be absent, but for the key.
    model_uri : str
        Of a model that `track` logged, such as ``models:/m-...`` or ``runs:/<run id>/model``.

    Returns
    -------
    pyspark.sql.DataFrame
        Key columns, `pathway`, `risk`, `risk_low`, `risk_high`, and `problem`: empty, or the rules that the row breaks;
        it has no risk then.

    Raises
    ------
    UsageError
        When a key column is absent, or a column holds what cannot be read without a guess, such as text for numbers.
    ModelError
        When MLflow has no such model, or it is not one that `track` logged.
    """
    from pyspark.sql import functions

    with quiet(), warnings.catch_warnings():
        # Spark warns of each new pandas, at every call.
        warnings.simplefilter("ignore", FutureWarning)
        inputs = _inputs(model_uri)
        held = {field.name: field.dataType.simpleString().split("(")[0] for field in households.schema}
        _refuse_unfit(inputs, held)
        udf = mlflow.pyfunc.spark_udf(households.sparkSession, model_uri, env_manager="local")
    cells = [functions.col(one.name).cast(_plain(one)).alias(one.name) for one in inputs if one.name in held]
    return households.select(udf(functions.struct(*cells)).alias("answer")).select("answer.*")


def _inputs(model_uri: str) -> list[Any]:
    """Return the columns that a model reads, as its signature tells them."""
    try:
        info = mlflow.models.get_model_info(model_uri)
    except MlflowException as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{model_uri}: {reason}; check the address and MLFLOW_TRACKING_URI") from error
    if "model_id" not in (info.metadata or {}) or info.signature is None:
        raise ModelError(f"{model_uri}: not a model of ours; give one that graduation.track logged")
    return list(info.signature.inputs.inputs)


def _plain(column: Any) -> str:
    return str(column.type.name)


def _refuse_unfit(inputs: list[Any], held: dict[str, str]) -> None:
    """Raise when columns are absent or cannot be taken as they are; all are told at once."""
    faults = [
        f"'{one.name}' is missing; {nearest(one.name, held) or 'every household needs it'}"
        for one in inputs
        if one.required and one.name not in held
    ]
    faults += [
        f"'{one.name}' is {held[one.name]}; expected {WORDS[_plain(one)]}: cast it to {_plain(one)}"
        for one in inputs
        if one.name in held and held[one.name] not in FITTING[_plain(one)]
    ]
    if faults:
        raise UsageError("the Spark table does not fit the model:\n" + "\n".join(f"  {fault}" for fault in faults))

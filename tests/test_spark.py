"""A tracked model scores a Spark table as `score` does, however the table is cut; `make spark` has what that needs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

import graduation
from graduation.errors import ModelError, UsageError
from graduation.schema import Registry
from graduation.tracking import score_spark

pyspark_sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: make spark")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
F = pyspark_sql.functions
NUMBERS = ["risk", "risk_low", "risk_high"]
# How pandas calls what Spark is told; the rest is text.
KINDS = {"float64": "double", "int64": "bigint", "Int64": "bigint", "boolean": "boolean"}
PROBLEMS = {6: "below_minimum", 38: "missing_value", 39: "missing_value"}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder = pyspark_sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.log.level", "OFF").config("spark.sql.shuffle.partitions", "2")
    session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def uri(run: graduation.TrainingRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = f"sqlite:///{tmp_path_factory.mktemp('spark') / 'runs.db'}"
    run_id = graduation.track(run, experiment="spark", uri=store)
    mlflow.set_tracking_uri(store)
    (output,) = mlflow.get_run(run_id).outputs.model_outputs
    yield f"models:/{output.model_id}"
    mlflow.set_tracking_uri(None)


@pytest.fixture(scope="module")
def plain(registries: list[Registry]) -> pd.DataFrame:
    return registries[1].plain()


@pytest.fixture(scope="module")
def expected(registries: list[Registry], run: graduation.TrainingRun) -> pd.DataFrame:
    return graduation.score(registries[1], run.model, reasons=0).table


def answers(table: Any) -> pd.DataFrame:
    found: pd.DataFrame = table.toPandas()
    assert list(found) == ["household_id", "pathway", *NUMBERS, "problem"]
    return found


def equal(found: pd.DataFrame, expected: pd.DataFrame) -> bool:
    """Whether every household is there, with the same answer to the last bit."""
    there = found.set_index("household_id")
    same = expected.loc[there.index, ["pathway", *NUMBERS]].astype({"pathway": str})
    return len(there) == len(same) and bool((there[["pathway", *NUMBERS]].to_numpy() == same.to_numpy()).all())


def test_the_same_for_any_partitions_and_for_the_types_that_spark_reads(
    spark: Any, uri: str, plain: pd.DataFrame, expected: pd.DataFrame, tmp_path: Path
) -> None:
    plain.to_parquet(tmp_path / "plain.parquet", index=False)
    table = spark.read.parquet(str(tmp_path / "plain.parquet"))
    typed = table.withColumns(
        {
            "household_size": F.col("household_size").cast("bigint"),
            "is_urban": F.col("is_urban").cast("boolean"),
            "n_elderly": F.col("n_elderly").cast("decimal(5,0)"),
            "n_working_age": F.col("n_working_age").cast("tinyint"),
            "roof_material": F.col("roof_material").cast("int"),
        }
    )
    for one in (table.coalesce(1), typed.repartition(3), typed.limit(2).repartition(4), typed.limit(0)):
        found = answers(score_spark(one, uri))
        assert len(found) == one.count()
        assert (found["problem"] == "").all()
        assert equal(found, expected)
    plan = score_spark(table, uri)._jdf.queryExecution().executedPlan().toString()
    assert plan.count("ArrowEvalPython") == 1, "each row is scored once"


def test_mlflows_own_function_needs_no_more_than_the_model(
    spark: Any, uri: str, plain: pd.DataFrame, expected: pd.DataFrame
) -> None:
    table = spark.createDataFrame(plain.head(200)).coalesce(1)
    udf = mlflow.pyfunc.spark_udf(spark, uri, env_manager="local")
    found = answers(table.select(udf(F.struct(*table.columns)).alias("one")).select("one.*"))
    assert equal(found, expected)


def test_what_is_not_known_and_what_breaks_a_rule(
    spark: Any, uri: str, registries: list[Registry], run: graduation.TrainingRun, plain: pd.DataFrame
) -> None:
    few = plain.head(40).assign(row=range(40)).astype({"household_size": "Int64", "is_urban": "boolean"})
    few.loc[::3, ["household_size", "is_urban", "floor_material"]] = None
    few.loc[[38, 39], "household_id"] = None
    few.loc[6, "floor_area_m2"] = -3.0
    few = few.drop(columns=["has_business"])
    odd = [6, 38, 39]
    cells = few.astype(object).where(few.notna(), None).to_numpy().tolist()
    kinds = ", ".join(f"{name} {KINDS.get(str(kind), 'string')}" for name, kind in few.dtypes.items())
    table = spark.createDataFrame(cells, kinds)
    # Cut so, rows without an id fill a partition of their own.
    cut = table.where("row < 38").coalesce(1).union(table.where("row >= 38").coalesce(1))
    for one in (table.coalesce(1), cut):
        found = answers(score_spark(one, uri))
        assert found["problem"].tolist() == [PROBLEMS.get(row, "") for row in range(40)]
        assert found["risk"].isna().tolist() == [row in odd for row in range(40)]
        right = graduation.read_registry(few.drop(index=odd).drop(columns="row"), schema=run.model.dictionary.plain())
        households = right.households
        assert equal(found.drop(index=odd), graduation.score(households, run.model, reasons=0).table)


def test_households_given_twice_are_found_within_a_batch_only(spark: Any, uri: str, plain: pd.DataFrame) -> None:
    few = spark.createDataFrame(pd.concat([plain.head(3)] * 2, ignore_index=True))
    together = answers(score_spark(few.coalesce(1), uri))
    assert sorted(together["problem"]) == ["", "", "", *["repeated_row"] * 3]
    apart = spark.createDataFrame(plain.head(3)).coalesce(1)
    alone = answers(score_spark(apart.union(apart), uri))
    assert (alone["problem"] == "").all()


def test_a_table_that_does_not_fit_is_refused_at_once(spark: Any, uri: str, plain: pd.DataFrame) -> None:
    table = spark.createDataFrame(plain.head(2)).withColumnRenamed("household_id", "hosehold_id")
    table = table.withColumn("floor_area_m2", F.lit("36,5")).withColumn("toilet", F.lit(1.0))
    with pytest.raises(UsageError) as refused:
        score_spark(table, uri)
    told = str(refused.value)
    assert "'household_id' is missing; did you mean 'hosehold_id'?" in told
    assert "'floor_area_m2' is string; expected numbers or yes/no: cast it to double" in told
    assert "'toilet' is double; expected text, whole numbers or dates" in told
    with pytest.raises(ModelError, match="check the address"):
        score_spark(table, "models:/m-00000000000000000000000000000000")

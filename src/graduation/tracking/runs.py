"""One training run as one MLflow run."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from graduation import plots
from graduation.errors import UsageError
from graduation.io import save_model
from graduation.results import Result
from graduation.schema import Dictionary
from graduation.workflows import TrainingRun

# Nothing phones home.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
import mlflow
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from sqlalchemy.exc import SQLAlchemyError

SQLITE = "sqlite:///"
DEFAULT_URI = f"{SQLITE}mlflow.db"
ARTIFACTS = "mlartifacts"
TABLES = ("candidates", "scorecard", "ranges", "leakage")
ANSWER: dict[str, DataType] = {
    "pathway": DataType.string, "risk": DataType.double, "risk_low": DataType.double, "risk_high": DataType.double,
    "problem": DataType.string,
}  # fmt: skip
REQUIREMENTS = ["graduation", "lightgbm", "numpy", "pandas", "scikit-learn"]


def track(
    run: TrainingRun, *, experiment: str = "graduation", uri: str | None = None, also: Iterable[Result] = ()
) -> str:
    """Log a training run to MLflow and return its run id.

    Parameters
    ----------
    run : TrainingRun
        Its parameters, figures with intervals, plots, tables, data fingerprint and model are logged; no household is:
        the input example is made up from the dictionary.
    experiment : str
    uri : str, optional
        Any MLflow tracking URI; by default the one that MLflow or `MLFLOW_TRACKING_URI` is set to, else
        ``sqlite:///mlflow.db``, with artifacts in ``mlartifacts/`` beside the database.
    also : iterable of Result
        More results of the same run; their aggregate figures and plots are logged, their tables are not.
    """
    with quiet(), _tracking_to(_absolute(uri or _chosen() or DEFAULT_URI)):
        name, nested = f"model {run.model.model_id}", mlflow.active_run() is not None
        with mlflow.start_run(experiment_id=_experiment(experiment), run_name=name, nested=nested) as active:
            run_id = str(active.info.run_id)
            _log_figures(run_id, run, list(also))
            _log_data(run)
            drawn = {
                "exclusion": run,
                "calibration": run.evaluation,
                "candidates": run.candidates,
                "ranges": run.ranges,
            }
            _log_plots(drawn, also)
            parts = {"evaluation": run, **{part: getattr(run, part) for part in TABLES}}
            for table, part in parts.items():
                mlflow.log_text(part.frame().to_csv(index=False), f"tables/{table}.csv")
            _log_model(run)
    return run_id


def _chosen() -> str | None:
    """Return the tracking URI that the caller set, in MLflow or in the environment, if any."""
    return mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None


def _absolute(uri: str) -> str:
    """Return a SQLite address with a full path: MLflow keeps a store open by its address, wherever one goes next."""
    database = uri.removeprefix(SQLITE)
    return uri if database == uri else f"{SQLITE}{Path(database).absolute()}"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep MLflow's progress off the screen while it works, and leave the caller's settings as they were."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)


@contextmanager
def _tracking_to(uri: str) -> Iterator[None]:
    """Point MLflow to a store for as long as it takes, and say so plainly when it cannot be reached."""
    before = _chosen()
    try:
        mlflow.set_tracking_uri(uri)
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"MLflow at {uri} did not take the run: {reason}; check the tracking URI") from error
    finally:
        mlflow.set_tracking_uri(before)


def _experiment(name: str) -> str:
    found = mlflow.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    # Without a location of its own, a database store would put artifacts into a folder that changes its own default.
    database = mlflow.get_tracking_uri().removeprefix(SQLITE)
    local = database != mlflow.get_tracking_uri()
    location = (Path(database).parent / ARTIFACTS).as_uri() if local else None
    return str(mlflow.create_experiment(name, artifact_location=location))


def _log_figures(run_id: str, run: TrainingRun, also: list[Result]) -> None:
    figures = dict(run.metrics())
    for result in also:
        figures |= result.metrics()
    finite = {name: float(value) for name, value in figures.items() if pd.notna(value)}
    now = int(pd.Timestamp.now("UTC").timestamp() * 1000)
    client = mlflow.MlflowClient()
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in finite.items()],
        params=[Param(name, str(value)) for name, value in run.params.items()],
    )
    prices = "deflated" if run.model.dictionary.deflated else "as in the registry"
    tags = {"model_id": run.model.model_id, "line_id": _line_id(run), "dictionary": run.model.dictionary.name}
    mlflow.set_tags({**tags, "welfare": prices})


def _line_id(run: TrainingRun) -> str:
    line = run.model.dictionary.line
    return line.line_id if line else "state column of the source"


def _log_data(run: TrainingRun) -> None:
    digest = run.model.card["training"]["fingerprint"]
    source = CodeDatasetSource({"mlflow.source.name": run.model.dictionary.name})
    mlflow.log_input(MetaDataset(source, name=run.model.dictionary.name, digest=digest), context="training")


def _log_plots(named: dict[str, Any], also: Iterable[Result]) -> None:
    draws = {name: result.plot for name, result in named.items()}
    draws["calibration"] = named["calibration"].plot_calibration
    draws |= {type(result).__name__.lower(): result.plot for result in also}
    for name, draw in draws.items():
        mlflow.log_figure(plots.figure_of(draw), f"plots/{name}.png")


def _log_model(run: TrainingRun) -> None:
    with tempfile.TemporaryDirectory() as folder:
        mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(__file__).with_name("pyfunc.py")),
            artifacts={"model": str(save_model(run, Path(folder) / "model"))},
            signature=signature_of(run.model.dictionary),
            input_example=example_input(run.model.dictionary),
            pip_requirements=REQUIREMENTS,
            metadata={"model_id": run.model.model_id},
        )


def signature_of(dictionary: Dictionary) -> ModelSignature:
    """Return what the logged model reads and gives: the columns of `Registry.plain`; only its key must be there.

    Stated, not told from an example: a column of an example cannot tell whether it may be absent.
    """
    texts = ("category", "text", "date")
    kinds = {
        name: DataType.string if column.type in texts else DataType.double
        for name, column in dictionary.columns.items()
        if column.is_kept
    }
    asked = [ColSpec(kind, name, required=name in dictionary.key) for name, kind in kinds.items()]
    given = {name: kinds[name] for name in dictionary.key} | ANSWER
    return ModelSignature(Schema(asked), Schema([ColSpec(kind, name) for name, kind in given.items()]))


def example_input(dictionary: Dictionary) -> pd.DataFrame:
    """Return one made-up row in the form of `Registry.plain`; no household of the registry is shown."""
    row: dict[str, object] = {}
    for name, column in dictionary.columns.items():
        if not column.is_kept:
            continue
        if column.type == "date":
            row[name] = "2000-01-01"
        elif column.type in ("category", "text"):
            row[name] = next(iter(column.codes), "example")
        else:
            low = column.minimum if column.minimum is not None else 0.0
            row[name] = float(low if column.type != "boolean" else 1.0)
    return pd.DataFrame([row])

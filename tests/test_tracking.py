"""A run in MLflow holds what another person needs to trust it, scores identically, and shows no household."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import UsageError
from graduation.schema import Registry
from graduation.tracking.runs import example_input

ANSWER = ["household_id", "pathway", "risk", "risk_low", "risk_high", "problem"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(scope="module")
def logged(run: graduation.TrainingRun, store: Path) -> Any:
    uri = f"sqlite:///{store / 'runs.db'}"
    run_id = graduation.track(run, experiment="test", uri=uri)
    mlflow.set_tracking_uri(uri)
    return mlflow.get_run(run_id)


def files(run_id: str, folder: str = "") -> set[str]:
    client = mlflow.MlflowClient()
    found: set[str] = set()
    for item in client.list_artifacts(run_id, folder or None):
        found |= files(run_id, item.path) if item.is_dir else {item.path}
    return found


def test_parameters_figures_and_fingerprint_are_logged(logged: Any, run: graduation.TrainingRun) -> None:
    assert logged.data.params["split_by"] == "household"
    assert logged.data.params["seed"] == "1"
    finite = {name: value for name, value in run.metrics().items() if np.isfinite(value)}
    assert {name: logged.data.metrics[name] for name in finite} == pytest.approx(finite)
    assert {"all_roc_auc_low", "all_roc_auc_high"} <= set(logged.data.metrics)
    assert logged.data.tags["model_id"] == run.model.model_id
    assert logged.data.tags["line_id"] == "synthetic_bottom_10"
    (data,) = logged.inputs.dataset_inputs
    assert data.dataset.digest == run.model.card["training"]["fingerprint"]


def test_plots_and_tables_are_logged_beside_the_database(logged: Any, store: Path) -> None:
    found = files(logged.info.run_id)
    assert {"plots/exclusion.png", "plots/calibration.png", "plots/candidates.png"} <= found
    assert {"tables/evaluation.csv", "tables/candidates.csv", "tables/scorecard.csv"} <= found
    assert logged.info.artifact_uri.startswith((store / "mlartifacts").as_uri())


def test_the_logged_model_scores_identically(
    logged: Any, run: graduation.TrainingRun, registries: list[Registry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    (output,) = logged.outputs.model_outputs
    model = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
    table = registries[1].plain().sample(frac=1, random_state=0)
    answer = model.predict(table).set_index("household_id")
    expected = graduation.score(registries[1], run.model, reasons=0).table
    assert list(answer.index) == list(table["household_id"])
    np.testing.assert_array_equal(answer["risk"], expected.loc[answer.index, "risk"])
    assert (answer["pathway"] == expected.loc[answer.index, "pathway"]).all()
    assert (answer["problem"] == "").all()


def test_rows_that_break_a_rule_get_no_risk_and_say_why(logged: Any, registries: list[Registry]) -> None:
    (output,) = logged.outputs.model_outputs
    model = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
    table = registries[1].plain().head(4)
    table.loc[table.index[1], "floor_area_m2"] = -3.0
    answer = model.predict(table)
    assert answer["risk"].isna().tolist() == [False, True, False, False]
    assert answer["problem"].tolist() == ["", "below_minimum", "", ""]


def test_the_model_has_signature_requirements_and_a_made_up_example(logged: Any, model: graduation.Model) -> None:
    (output,) = logged.outputs.model_outputs
    info = mlflow.models.get_model_info(f"models:/{output.model_id}")
    assert {"household_id", "kecamatan", "floor_area_m2"} <= set(info.signature.inputs.input_names())
    assert info.signature.outputs.input_names() == ANSWER
    assert example_input(model.dictionary)["household_id"].tolist() == ["example"]


def test_no_household_and_no_identity_reaches_mlflow(
    logged: Any, store: Path, registries: list[Registry], waves: graduation.Waves
) -> None:
    ids = [str(value) for value in registries[1].households.index[:200]]
    numbers = waves.tables[1]["head_nik"].dropna().astype(str).tolist()[:200]
    for path in store.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value.encode() in content for value in [*ids, *numbers]), path


def test_telemetry_is_off_and_no_default_folder_appears(logged: Any, tmp_path: Path) -> None:
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert not Path("mlruns").exists()


def test_another_tracking_uri_comes_from_the_environment(
    run: graduation.TrainingRun, logged: Any, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A copy of the first database saves its migrations.
    shutil.copy(store / "runs.db", tmp_path / "other.db")
    mlflow.set_tracking_uri(None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'other.db'}")
    before = mlflow.get_tracking_uri()
    run_id = graduation.track(run, experiment="elsewhere", also=[run.candidates])
    assert mlflow.get_tracking_uri() == before
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'other.db'}")
    assert client.get_run(run_id).data.metrics["all_roc_auc"] == pytest.approx(run.metrics()["all_roc_auc"])
    assert "plots/comparison.png" in {item.path for item in client.list_artifacts(run_id, "plots")}
    mlflow.set_tracking_uri(f"sqlite:///{store / 'runs.db'}")


def test_a_store_that_cannot_be_reached_is_a_usage_error(run: graduation.TrainingRun) -> None:
    with pytest.raises(UsageError, match="check the tracking URI"):
        graduation.track(run, uri="nonsense://host")


def test_a_run_already_open_gets_ours_inside(run: graduation.TrainingRun, store: Path, logged: Any) -> None:
    uri = f"sqlite:///{store / 'runs.db'}"
    with mlflow.start_run(experiment_id=logged.info.experiment_id) as outer:
        run_id = graduation.track(run, experiment="test", uri=uri)
    assert mlflow.get_run(run_id).data.tags["mlflow.parentRunId"] == outer.info.run_id


def test_odd_rows_get_one_answer_each(logged: Any, registries: list[Registry]) -> None:
    (output,) = logged.outputs.model_outputs
    model = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
    table = pd.concat([registries[1].plain().head(3)] * 2, ignore_index=True)
    table.loc[1, "household_id"] = f" {table.loc[1, 'household_id']}"
    answer = model.predict(table)
    assert list(answer) == ANSWER
    assert answer["risk"].notna().tolist() == [True, True, True, False, False, False]
    assert answer["problem"].tolist()[3:] == ["repeated_row"] * 3
    keyless = model.predict(table.tail(2).assign(household_id=None))
    assert keyless["problem"].tolist() == ["missing_value"] * 2
    assert keyless["risk"].isna().all()
    few = table.tail(2).assign(household_id=["a", "b"])
    absent = model.predict(few.drop(columns=["has_business", "floor_material"]))
    assert absent.equals(model.predict(few.assign(has_business=np.nan, floor_material=None)))
    # A partition may hold rows of weight 0 alone, which change no risk.
    assert model.predict(few.assign(survey_weight=0.0)).equals(model.predict(few))
    nothing_right = model.predict(table.assign(floor_area_m2=-1.0))
    assert list(nothing_right) == list(answer)
    assert nothing_right["risk"].isna().all()


def test_example_input_is_accepted_by_the_dictionary_it_is_made_from(model: graduation.Model) -> None:
    registry = graduation.read_registry(example_input(model.dictionary), schema=model.dictionary.plain())
    assert len(registry.households) == 1
    assert isinstance(registry.households, pd.DataFrame)


def test_the_default_store_is_in_the_folder_one_is_in(
    run: graduation.TrainingRun, logged: Any, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow.set_tracking_uri(None)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(store / "runs.db", tmp_path / name / "mlflow.db")
        monkeypatch.chdir(tmp_path / name)
        run_id = graduation.track(run, experiment=name)
        client = mlflow.MlflowClient(f"sqlite:///{tmp_path / name / 'mlflow.db'}")
        assert client.get_run(run_id).info.artifact_uri.startswith((tmp_path / name / "mlartifacts").as_uri())

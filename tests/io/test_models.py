"""A model folder reads back the same, holds nothing that can run, and is refused when it was changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation.errors import ModelError, UsageError
from graduation.io import check_model_folder
from graduation.schema import Registry
from tests.conftest import ROOT


@pytest.fixture
def folder(run: graduation.TrainingRun, tmp_path: Path) -> Path:
    return graduation.save_model(run, tmp_path / "model")


def test_a_saved_model_scores_identically(folder: Path, model: graduation.Model, registries: list[Registry]) -> None:
    again = graduation.load_model(folder)
    assert again.model_id == model.model_id
    mine, theirs = (graduation.score(registries[1], one).table for one in (model, again))
    pd.testing.assert_frame_equal(mine, theirs)


def test_the_folder_holds_only_json_and_lightgbm_text(folder: Path) -> None:
    for path in folder.iterdir():
        assert path.suffix in (".json", ".txt")
        text = path.read_text(encoding="utf-8")
        assert text.startswith("tree\n") if path.suffix == ".txt" else json.loads(text)


def test_the_card_says_what_a_reader_must_know(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    assert set(card) == {"purpose", "dictionary", "line", "deflated", "training", "metrics", "versions"}
    assert card["deflated"] is False
    assert card["line"]["line_id"] == "synthetic_bottom_10"
    assert len(card["training"]["fingerprint"]) == 16
    assert {"roc_auc", "roc_auc_low", "roc_auc_high"} <= set(card["metrics"]["all"])


@pytest.mark.parametrize("name", ["card.json", "dictionary.json", "pathways.json", "unknown.lightgbm.txt"])
def test_a_changed_or_missing_file_is_named(folder: Path, name: str) -> None:
    path = folder / name
    path.write_text(path.read_text() + " ")
    with pytest.raises(ModelError, match=f"{name} was changed"):
        graduation.load_model(folder)
    path.unlink()
    with pytest.raises(ModelError, match=f"{name} is missing"):
        graduation.load_model(folder)


def test_another_format_a_path_and_no_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model here"):
        graduation.load_model(tmp_path / "nowhere")
    manifest = json.loads((folder / "manifest.json").read_text())
    for change, message in (
        ({"format": 99}, "expected format 1"),
        ({"sha256": {"../../etc/passwd": "0"}}, "not a plain file name"),
        ({"model_id": "000000000000"}, "is named 000000000000"),
    ):
        (folder / "manifest.json").write_text(json.dumps(manifest | change))
        with pytest.raises(ModelError, match=message):
            graduation.load_model(folder)
    (folder / "manifest.json").write_text("not json")
    with pytest.raises(ModelError, match="not JSON"):
        graduation.load_model(folder)


def test_folders_are_not_replaced_without_force(run: graduation.TrainingRun, folder: Path) -> None:
    with pytest.raises(UsageError, match="--force"):
        graduation.save_model(run, folder)
    assert graduation.load_model(graduation.save_model(run, folder, force=True)).model_id == run.model.model_id


def test_only_an_empty_folder_or_a_model_is_replaced(run: graduation.TrainingRun, folder: Path, tmp_path: Path) -> None:
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds thesis\.txt, which is no part of a model"):
        graduation.save_model(run, folder, force=True)
    assert (folder / "thesis.txt").read_text() == "mine"
    other = tmp_path / "other"
    (other / "manifest.json").mkdir(parents=True)
    with pytest.raises(UsageError, match="no part of a model"):
        check_model_folder(other, force=True)
    (other / "manifest.json").rmdir()
    assert graduation.load_model(graduation.save_model(run, other, force=True)).model_id == run.model.model_id
    (tmp_path / "file").write_text("mine")
    for force in (False, True):
        with pytest.raises(UsageError, match="is a file"):
            graduation.save_model(run, tmp_path / "file", force=force)
    with pytest.raises(UsageError, match="cannot be written"):
        graduation.save_model(run, tmp_path / "file" / "model")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "model", "other"]


def resign(folder: Path, **files: str) -> None:
    """Change files of a model folder and make its manifest fit them."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, text in files.items():
        (folder / name).write_text(text)
        manifest["sha256"][name] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "change", [{"sha256": None}, {"model_id": None}, {"sha256": []}, {"sha256": {}}, {"sha256": {"card.json": 1}}]
)
def test_an_odd_manifest_is_refused(folder: Path, change: dict[str, object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text()) | change
    whole = {name: value for name, value in manifest.items() if value is not None}
    (folder / "manifest.json").write_text(json.dumps(whole))
    with pytest.raises(ModelError, match=next(iter(change))):
        graduation.load_model(folder)


def test_files_that_fit_the_manifest_and_make_no_model_are_refused(folder: Path, tmp_path: Path) -> None:
    learned = json.loads((folder / "unknown.json").read_text())
    encoder = learned["encoder"]
    fewer = learned | {"encoder": encoder | {name: encoder[name][1:] for name in ("columns_", "used_")}}
    pathways = json.loads((folder / "pathways.json").read_text())
    strange = {"remain": {"intercept": 0.0, "weights": {"nowhere": 1.0}}}
    odd: list[dict[str, str]] = [
        {"unknown.lightgbm.txt": "tree\nno trees here\n"},
        {"unknown.json": json.dumps(learned | {"calibration": {"offset": 1}})},
        {"unknown.json": json.dumps(learned | {"calibration": {"kind": "platt", "parameters": [["a", 1]]}})},
        {"unknown.json": json.dumps(learned | {"parameters": {"n_bushes": 1}})},
        {"unknown.json": json.dumps(fewer)},
        {"unknown.json": "[]"},
        {"pathways.json": json.dumps(pathways | {"mixtures": pathways["mixtures"] | strange})},
        {"pathways.json": "[]"},
        {"pathways.json": "{}"},
        {"card.json": "[]"},
        {"dictionary.json": "{}"},
    ]
    for number, files in enumerate(odd):
        again = tmp_path / str(number)
        shutil.copytree(folder, again)
        resign(again, **files)
        with pytest.raises(ModelError, match="do not make a model"):
            graduation.load_model(again)


def test_a_card_that_names_another_line_is_refused(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["line"]["value"] *= 2
    resign(folder, **{"card.json": json.dumps(card)})
    with pytest.raises(ModelError, match="its card names the line synthetic_bottom_10"):
        graduation.load_model(folder)


def test_a_registry_read_with_another_dictionary_is_refused_and_says_where_they_differ(
    model: graduation.Model, registries: list[Registry], waves: graduation.Waves
) -> None:
    columns = dict(waves.dictionary.columns)
    columns["household_size"] = columns["household_size"].model_copy(update={"unit": "persons at night"})
    other = waves.dictionary.model_copy(update={"columns": columns})
    with pytest.raises(ModelError, match="columns that differ: household_size"):
        graduation.score(graduation.read_registry(waves.tables[1], schema=other), model)
    with pytest.raises(ModelError, match="'floor_area_m2'"):
        graduation.score(registries[1].households.drop(columns="floor_area_m2"), model)


def test_the_shipped_model_is_the_one_that_its_command_trains() -> None:
    sample = ROOT / "data" / "sample"
    before, after = (graduation.read_registry(sample / f"registry_{year}.csv") for year in (2023, 2024))
    shipped = graduation.load_model(ROOT / "models" / "sample")
    fresh = graduation.train(graduation.pair_waves(before, after)).model
    mine, theirs = (graduation.score(after, one, reasons=0).table["risk"] for one in (fresh, shipped))
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)
    assert fresh.card["training"]["fingerprint"] == shipped.card["training"]["fingerprint"]


def test_nothing_in_the_library_can_unpickle_a_model(folder: Path) -> None:
    code = (
        "import sys, pickle\n"
        "def refuse(*_, **__): raise AssertionError('unpickled')\n"
        "pickle.load = pickle.loads = refuse\n"
        f"import graduation; print(graduation.load_model({str(folder)!r}).model_id)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(answer.stdout.strip()) == 12

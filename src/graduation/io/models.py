"""Model folders: JSON and LightGBM text, with a checksum for each file; nothing in them can run."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from graduation.errors import ModelError
from graduation.io.files import refuse_existing, sha256
from graduation.risk import Model, dump_json
from graduation.workflows import TrainingRun

FORMAT = 1
MANIFEST = "manifest.json"


def save_model(run: TrainingRun | Model, folder: str | Path, *, force: bool = False) -> Path:
    """Write a model folder, whole or not at all, and return its path.

    Raises
    ------
    UsageError
        When the folder exists and `force` is false.
    """
    folder = Path(folder)
    refuse_existing(folder, force=force)
    folder.parent.mkdir(parents=True, exist_ok=True)
    model = run.model if isinstance(run, TrainingRun) else run
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        whole = Path(name) / "model"
        whole.mkdir()
        for file, text in model.to_parts().items():
            (whole / file).write_bytes(text.encode())
        checksums = {path.name: sha256(path) for path in sorted(whole.iterdir())}
        manifest = {"format": FORMAT, "model_id": model.model_id, "sha256": checksums}
        (whole / MANIFEST).write_bytes(dump_json(manifest).encode())
        if folder.exists():
            folder.replace(Path(name) / "replaced")
        whole.replace(folder)
    return folder


def load_model(folder: str | Path) -> Model:
    """Read a model folder after checking that it is whole and unchanged.

    Raises
    ------
    ModelError
        When the folder, a file or a checksum is missing or does not match, or the format is another one.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    problems = [problem for name, digest in manifest["sha256"].items() if (problem := _damage(folder, name, digest))]
    if problems:
        raise ModelError(f"{folder}: {'; '.join(problems)}. Copy the folder again, or train the model anew")
    files = {name: (folder / name).read_text(encoding="utf-8") for name in manifest["sha256"]}
    try:
        model = Model.from_parts(files)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{folder}: its files do not make a model ({error}); train the model anew") from None
    if model.model_id != manifest["model_id"]:
        raise ModelError(f"{folder}: holds model {model.model_id} but is named {manifest['model_id']} in {MANIFEST}")
    return model


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(
            f"{folder}: no model here ({MANIFEST} is missing); give a folder that `graduation train` wrote"
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ModelError(f"{path}: is not JSON; copy the folder again, or train the model anew") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelError(f"{path}: expected format {FORMAT}; this version of graduation reads no other, train anew")
    return dict(manifest)


def _damage(folder: Path, name: str, digest: str) -> str | None:
    path = folder / name
    if Path(name).name != name or name.startswith("."):
        return f"'{name}' is not a plain file name"
    if not path.is_file():
        return f"{name} is missing"
    return None if sha256(path) == digest else f"{name} was changed after the model was saved"

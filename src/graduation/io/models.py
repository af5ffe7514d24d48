"""Model folders: JSON and LightGBM text, with a checksum for each file; nothing in them can run."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lightgbm.basic import LightGBMError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graduation.errors import ModelError, UsageError
from graduation.io.files import check_parent, refuse_existing, sha256, writing
from graduation.panel import UNKNOWN
from graduation.risk import PATHWAYS, Model, dump_json
from graduation.schema import Line
from graduation.workflows import TrainingRun

FORMAT = 1
MANIFEST = "manifest.json"
AGAIN = "copy the folder again, or train the model anew"
# What reading a file raises that is well-formed but holds something else than a model.
NO_MODEL = (KeyError, IndexError, ValueError, TypeError, AttributeError, LightGBMError)


class _Manifest(BaseModel):
    """What a model folder holds: its id, and the SHA-256 of each file."""

    model_config = ConfigDict(strict=True, protected_namespaces=())

    model_id: str
    sha256: dict[str, str] = Field(min_length=1)


def save_model(run: TrainingRun | Model, folder: str | Path, *, force: bool = False) -> Path:
    """Write a model folder, whole or not at all, and return its path.

    Raises
    ------
    UsageError
        When the folder exists and `force` is false, holds anything but a model, or cannot be written.
    """
    folder = Path(folder)
    check_model_folder(folder, force=force)
    model = run.model if isinstance(run, TrainingRun) else run
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name[:40]}.") as name:
            whole = Path(name) / "model"
            _write_parts(model, whole)
            _swap(whole, folder, Path(name) / "replaced")
    return folder


def check_model_folder(folder: str | Path, *, force: bool) -> None:
    """Refuse an output folder before the work that fills it: only an empty folder or a model is ever replaced.

    Raises
    ------
    UsageError
        When it exists and `force` is false, is a file, holds anything but a model, or cannot be made where it is.
    """
    folder = Path(folder)
    with writing(folder):
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file; give the name of a folder for the model")
        refuse_existing(folder, force=force)
        strange = _strange(folder) if folder.exists() else []
    if strange:
        raise UsageError(
            f"{folder} holds {strange[0]}{' and more' if len(strange) > 1 else ''}, which is no part of a model, so it "
            "is not replaced; give another folder, or empty this one yourself"
        )
    check_parent(folder)


def _strange(folder: Path) -> list[str]:
    """Return what in a folder is not listed by a manifest in it."""
    listed = {MANIFEST} if (folder / MANIFEST).is_file() else set()
    if listed:
        with suppress(ValidationError):
            listed |= set(_Manifest.model_validate_json((folder / MANIFEST).read_bytes()).sha256)
    return sorted(item.name for item in folder.iterdir() if item.name not in listed or not item.is_file())


def _write_parts(model: Model, folder: Path) -> None:
    folder.mkdir()
    for file, text in model.to_parts().items():
        (folder / file).write_bytes(text.encode())
    checksums = {path.name: sha256(path) for path in sorted(folder.iterdir())}
    manifest = {"format": FORMAT, "model_id": model.model_id, "sha256": checksums}
    (folder / MANIFEST).write_bytes(dump_json(manifest).encode())


def _swap(whole: Path, folder: Path, replaced: Path) -> None:
    """Put `whole` in the place of `folder`; when that fails, the old one is put back."""
    if folder.exists():
        folder.replace(replaced)
    try:
        whole.replace(folder)
    except OSError:
        if replaced.exists():
            replaced.replace(folder)
        raise


def load_model(folder: str | Path) -> Model:
    """Read a model folder after checking that it is whole and unchanged.

    Raises
    ------
    ModelError
        When the folder, a file or a checksum is missing or does not match, the format is another one, or the files
        contradict each other.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    try:
        problems = [problem for name, digest in manifest.sha256.items() if (problem := _damage(folder, name, digest))]
        if problems:
            raise ModelError(f"{folder}: {'; '.join(problems)}; {AGAIN}")
        model = Model.from_parts({name: (folder / name).read_text(encoding="utf-8") for name in manifest.sha256})
        _try_out(model)
        other_line = _other_line(model)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be read ({error.strerror}); give a folder that you may read") from None
    except NO_MODEL as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{folder}: its files do not make a model ({reason}); {AGAIN}") from None
    if other_line:
        raise ModelError(f"{folder}: {other_line}; {AGAIN}")
    if model.model_id != manifest.model_id:
        raise ModelError(f"{folder}: holds model {model.model_id} but is named {manifest.model_id} in {MANIFEST}")
    return model


def _manifest(folder: Path) -> _Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(
            f"{folder}: no model here ({MANIFEST} is missing); give a folder that `graduation train` wrote"
        )
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); give a folder that you may read") from None
    except (ValueError, RecursionError):
        raise ModelError(f"{path}: is not JSON; {AGAIN}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ModelError(f"{path}: expected format {FORMAT}; this version of graduation reads no other, train anew")
    try:
        return _Manifest.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ModelError(f"{path}: {faults}; {AGAIN}") from None


def _damage(folder: Path, name: str, digest: str) -> str | None:
    path = folder / name
    if Path(name).name != name or name.startswith(".") or "\0" in name:
        return f"{name!r} is not a plain file name"
    if not path.is_file():
        return f"{name} is missing"
    return None if sha256(path) == digest else f"{name} was changed after the model was saved"


def _try_out(model: Model) -> None:
    """Predict for a household of which nothing is known: parts that do not fit together show now, not while scoring."""
    for classifier in model.risk.classifiers_.values():
        columns = classifier.encoder_.columns_
        nothing = pd.DataFrame(np.nan, index=range(1), columns=columns)
        if not np.isfinite(classifier.log_odds(nothing)).all():
            raise ValueError("a risk that is not a number")
        classifier.log_odds_error(nothing)
    for pathway in (*PATHWAYS, UNKNOWN):
        if missing := {*model.risk.mixtures_[pathway].weights} - {*model.risk.classifiers_}:
            raise ValueError(f"no classifier {', '.join(sorted(missing))}")


def _other_line(model: Model) -> str | None:
    """Say so when the card names another line than the one that states are told by."""
    card: Any = model.card
    if not isinstance(card, dict):
        raise ValueError("card.json is a list or a value")
    if "line" not in card:
        return None
    named = None if card["line"] is None else Line.model_validate(card["line"])
    if named == model.dictionary.line:
        return None
    return f"its card names the line {named}, its dictionary {model.dictionary.line}"

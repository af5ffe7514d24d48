"""Read settings that people write by hand, and say what is wrong with them."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from graduation.errors import DataError, Problem, UsageError, nearest


def read_toml(source: str | Path, *, package: str, folder: str, kind: str) -> dict[str, Any]:
    """Read a TOML file by its path, or one shipped in the `folder` of a package by its name."""
    path = Path(source)
    if path.suffix.lower() != ".toml":
        shipped = resources.files(package) / folder
        names = sorted(item.name.removesuffix(".toml") for item in shipped.iterdir() if item.name.endswith(".toml"))
        if str(source) not in names:
            hint = nearest(str(source), names) or f"shipped are: {', '.join(names)}"
            raise UsageError(f"no {kind} named '{source}'; {hint}, or give the path of a .toml file")
        return tomllib.loads((shipped / f"{source}.toml").read_text(encoding="utf-8"))
    try:
        # Editors on Windows may start a UTF-8 file with a byte order mark.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"no {kind} at {path}: check the path") from None
    except OSError as error:
        reason = "it is a folder" if path.is_dir() else error.strerror or type(error).__name__
        raise UsageError(f"{path}: cannot be read ({reason}); give a {kind} that you may read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Problem(f"not valid TOML: {error}", "a UTF-8 TOML file", "Correct the line that is named.")
        raise DataError(str(path), [problem]) from None


def settings_problems(error: ValidationError, model: type[BaseModel] | None = None) -> list[Problem]:
    """Turn pydantic's findings into problems a planner can read.

    With the `model` that was being read, an unknown name is answered by the nearest known one.
    """
    return [
        Problem(
            found=f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg'].removeprefix('Value error, ')}",
            expected="a name that is known here" if fault["type"] == "extra_forbidden" else "a valid value",
            remedy=_remedy(fault["type"], fault["loc"], model),
        )
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _remedy(kind: str, place: tuple[int | str, ...], model: type[BaseModel] | None) -> str:
    if kind == "missing":
        return "Add it to the file."
    names = _known_names(model, place[:-1]) if kind == "extra_forbidden" else []
    if not names:
        return "Correct it in the file."
    return nearest(str(place[-1]), names).capitalize() or f"Remove it; known are: {', '.join(names)}."


def _known_names(model: Any, place: tuple[int | str, ...]) -> list[str]:
    """Return the names that a model allows at a place inside it, or none where the place cannot be followed."""
    for part in place:
        fields = _fields(model)
        inner = [one for one in get_args(model) if one is not Ellipsis]
        model = fields.get(str(part), _without_none(inner[-1]) if inner else None)
    return list(_fields(model))


def _fields(model: Any) -> dict[str, Any]:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    return {field.alias or name: _without_none(field.annotation) for name, field in model.model_fields.items()}


def _without_none(kind: Any) -> Any:
    """Return the only other kind of `X | None`, and any other kind as it stands."""
    others = [one for one in get_args(kind) if one is not type(None)]
    return others[0] if type(None) in get_args(kind) and len(others) == 1 else kind

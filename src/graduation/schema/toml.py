"""Read settings that people write by hand, and say what is wrong with them."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graduation.errors import DataError, Problem, UsageError, nearest


def read_toml(source: str | Path, *, package: str, folder: str, kind: str) -> dict[str, Any]:
    """Read a TOML file by its path, or one shipped in the `folder` of a package by its name."""
    path = Path(source)
    if path.suffix != ".toml":
        shipped = resources.files(package) / folder
        names = sorted(item.name.removesuffix(".toml") for item in shipped.iterdir() if item.name.endswith(".toml"))
        if str(source) not in names:
            hint = nearest(str(source), names) or f"shipped are: {', '.join(names)}"
            raise UsageError(f"no {kind} named '{source}'; {hint}, or give the path of a .toml file")
        return tomllib.loads((shipped / f"{source}.toml").read_text(encoding="utf-8"))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"no {kind} at {path}: check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Problem(f"not valid TOML: {error}", "a UTF-8 TOML file", "Correct the line that is named.")
        raise DataError(str(path), [problem]) from None


def settings_problems(error: ValidationError) -> list[Problem]:
    """Turn pydantic's findings into problems a planner can read."""
    return [
        Problem(
            found=f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}",
            expected="a value of the documented form",
            remedy="See docs/reference.",
        )
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]

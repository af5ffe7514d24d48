"""The house keeps its shape: light import, one public face, every public name documented."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import graduation

SOURCE = Path(graduation.__file__).parent
HEAVY = ("mlflow", "shap", "matplotlib", "typer", "lightgbm", "sklearn", "pandas", "dask")


def test_import_is_light() -> None:
    code = f"import sys, graduation; print([name for name in {HEAVY} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_core_names_load_neither_mlflow_nor_shap_nor_matplotlib() -> None:
    code = (
        "import sys, graduation\n"
        "[getattr(graduation, name) for name in graduation.__all__ if name != 'track']\n"
        "print([name for name in ('mlflow', 'shap', 'matplotlib', 'typer', 'dask') if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_functions_are_not_hidden_by_rooms_of_the_same_name() -> None:
    code = "import graduation.explain, graduation.evaluate, graduation.allocate; import graduation as g\n"
    code += "print(callable(g.explain), callable(g.evaluate), callable(g.allocate))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert answer.split() == ["True", "True", "True"]


@pytest.mark.parametrize("name", graduation.__all__)
def test_public_names_exist_and_are_documented(name: str) -> None:
    value = getattr(graduation, name)
    assert inspect.getdoc(value)
    assert not name.startswith("_")


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'predict_poverty'"):
        graduation.predict_poverty  # noqa: B018


def test_no_module_is_past_300_lines() -> None:
    long = {str(path): n for path in SOURCE.rglob("*.py") if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}


def test_nothing_unpickles_or_evaluates() -> None:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text()
        assert not any(word in text for word in ("import pickle", "import joblib", "eval(", "exec(")), path


def test_the_list_of_public_names_and_the_imports_for_type_checkers_agree() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (str(node.module).removeprefix("graduation."), alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {(room, name) for room, names in graduation._ROOMS.items() for name in names}

"""Write a dictionary as the TOML that a person reads and `load_dictionary` reads back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from graduation.schema.dictionary import Dictionary

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def dictionary_toml(dictionary: Dictionary) -> str:
    """Return a dictionary as TOML, one table per column.

    >>> from graduation.schema import dictionary_from_toml, load_dictionary
    >>> shipped = load_dictionary("bdt2015")
    >>> dictionary_from_toml(dictionary_toml(shipped)) == shipped
    True
    """
    head = dictionary.model_dump(exclude_defaults=True)
    columns, line = head.pop("columns"), head.pop("line", None)
    parts = [_table("dictionary", head), *([_table("line", line)] if line else [])]
    for name, column in columns.items():
        codes = column.pop("codes", {})
        parts.append(_table(f"columns.{_key(name)}", {key: value for key, value in column.items() if key != "name"}))
        parts += [_table(f"columns.{_key(name)}.codes", codes)] if codes else []
    return "\n".join(parts)


def _table(name: str, content: Mapping[str, Any]) -> str:
    rows = [f"{_key(key)} = {_value(value)}\n" for key, value in content.items() if value is not None]
    return "".join([f"[{name}]\n", *rows])


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        if set(value) == {"en", "id"} and value["en"] == value["id"]:
            return _text(value["en"])
        return "{ " + ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    # Dates and numbers look the same in TOML as in Python.
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    # JSON's strings are TOML's, but for one character that JSON leaves bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

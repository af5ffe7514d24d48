"""The data dictionary: what each column of a registry is called, holds and means."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError, model_validator

from graduation.errors import DataError, Problem, UsageError
from graduation.schema.column import WORDING, Column
from graduation.schema.labels import Frozen, Label
from graduation.schema.lines import Line, load_line
from graduation.schema.toml import read_toml, settings_problems

TimeUnit = Literal["month", "quarter", "year"]
MONTHS: dict[TimeUnit, int] = {"month": 1, "quarter": 3, "year": 12}
# How `Registry.plain` writes cells, whatever the file looked like.
PLAIN = {"missing": (), "bit": None, "mask": None, "area": None, "date_format": ""}
YES_NO = {"boolean": {"yes": ("1",), "no": ("0",)}}
SINGLE_ROLES = ("id", "household", "time", "weight", "welfare", "state", "outcome")


class Dictionary(Frozen):
    """All columns of a registry, and the line that parts extreme poor from others.

    `repeats` says that one file may hold a household several times: rows are then keyed by household and time.
    `horizon` is how far ahead the outcome column looks, in units of the time column; `time_unit` says what one such
    unit is, so that ages can be told in months; the column must then count on (4 x year + quarter, not 20241). `size`
    names the column with the number of persons. `deflated` says that welfare was divided by deflators. `decimal` and
    `encoding` say how a text file is written, where that cannot be seen from the file itself.
    """

    name: str
    version: str
    title: Label = Label()
    unit: Literal["household", "person"] = "household"
    repeats: bool = False
    horizon: float = 1.0
    time_unit: TimeUnit | None = None
    size: str | None = None
    deflated: bool = False
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    line: Line | None = None
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = [*self._role_faults(), *self._key_faults()]
        faults += [fault for column in self.columns.values() for fault in column.faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _role_faults(self) -> list[str]:
        faults = [f"two columns have the role '{role}'" for role in SINGLE_ROLES if len(self.role(role)) > 1]
        if self.role("welfare") and not self.role("state") and self.line is None:
            faults.append("a welfare column without a state column needs a line")
        faults += self._line_faults()
        if self.size is not None and self.size not in self.columns:
            faults.append(f"'size' names the column '{self.size}', which is not there")
        return faults

    def _line_faults(self) -> list[str]:
        """Tell where welfare is in other money or by another period than a line's, so that they cannot be compared."""
        welfare = self.one("welfare")
        unit = self.columns[welfare].unit if welfare else ""
        if self.line is None or not unit:
            return []
        good = self.line.units
        by = f"the line '{self.line.line_id}' is compared in {good[1]}"
        write = f"""welfare in that has unit = "{good[0]}" or "{good[1]}\""""
        return [] if unit in good else [f"column '{welfare}' is in '{unit}', but {by}; {write}"]

    def _key_faults(self) -> list[str]:
        """Tell what keeps rows from having a key, or a time that can be counted."""
        if not self.role("id"):
            return ["no column has the role 'id'"]
        faults = [
            f"'{name}' needs a column with the role 'time'"
            for name in ("repeats", "time_unit")
            if getattr(self, name) and not self.role("time")
        ]
        loose = [name for name in self.key if not self.columns[name].required]
        return faults + [f"column '{name}' makes a row unique, so it may not be required = false" for name in loose]

    def role(self, role: str) -> list[str]:
        """Return the names of the columns with this role, in dictionary order."""
        return [name for name, column in self.columns.items() if column.role == role]

    def one(self, role: str) -> str | None:
        """Return the name of the only column with this role, or None."""
        return next(iter(self.role(role)), None)

    @property
    def id(self) -> str:
        return self.role("id")[0]

    @property
    def key(self) -> list[str]:
        """Return the columns that make a row unique and become the index."""
        return [self.id, *self.role("time")] if self.repeats else [self.id]

    @property
    def months(self) -> int | None:
        """Return how many months one unit of the time column is, or None where the dictionary does not say."""
        return None if self.time_unit is None else MONTHS[self.time_unit]

    @property
    def features(self) -> list[str]:
        return [name for name, column in self.columns.items() if column.is_feature]

    @property
    def history(self) -> list[str]:
        """Return the columns that are made from earlier waves."""
        return [name for name, column in self.columns.items() if column.history]

    @property
    def tells_state(self) -> list[str]:
        """Return the columns from which the state now follows: welfare and what is made of it."""
        welfare = self.role("welfare")
        return [name for name, column in self.columns.items() if name in welfare or set(column.made_of) & set(welfare)]

    @property
    def uses_welfare(self) -> bool:
        """Whether the amount of welfare matters: it is a feature, or the line is held against it."""
        welfare = self.one("welfare")
        return welfare is not None and (self.columns[welfare].is_feature or self.one("state") is None)

    def without_history(self) -> Dictionary:
        """Return the dictionary that a registry file is read with, before `with_history` adds its columns."""
        kept = {name: column for name, column in self.columns.items() if not column.history}
        return self.model_copy(update={"columns": kept})

    def with_line(self, line: Line) -> Dictionary:
        """Return the dictionary with another line.

        Raises
        ------
        UsageError
            When welfare is in other money than the line, or by another period than a month, or a column tells the state
            so that no line is asked.
        """
        if (state := self.one("state")) is not None:
            raise UsageError(
                f"dictionary '{self.name}': the registry tells the state itself (column '{state}'), so the line "
                f"'{line.line_id}' would change nothing; leave --line out, and `line` out of the settings"
            )
        changed = self.model_copy(update={"line": line})
        if faults := changed._line_faults():
            raise UsageError(f"dictionary '{self.name}': {faults[0]}; convert welfare, or name another line")
        return changed

    def at_scoring(self) -> Dictionary:
        """Return the dictionary without what is known only later or needed only to learn.

        Which columns are shocks matters to histories only, so a model without them does not ask for it; what a unit of
        time is called changes no score, so a dictionary that says it later still fits the models of before.
        """
        marks = {"group": False} | ({} if self.history else {"shock": False})
        kept = {
            name: column.model_copy(update=marks)
            for name, column in self.columns.items()
            if column.is_known and column.role not in ("weight", "score", "ignored")
        }
        bare = self.model_copy(update={"columns": kept, "time_unit": None})
        return bare.model_copy(update={"deflated": bare.deflated and bare.uses_welfare})

    def plain(self) -> Dictionary:
        """Return the dictionary of `Registry.plain` tables, in which any feature may be missing throughout."""
        columns = {
            name: column.model_copy(update={**PLAIN, **YES_NO.get(column.type, {}), "required": name in self.key})
            for name, column in self.columns.items()
            if column.is_kept
        }
        return self.model_copy(update={"columns": columns})

    def to_json(self) -> str:
        """Return the dictionary as JSON; the order of its columns is kept, for it is the order of the features."""
        return self._json()

    @property
    def fingerprint(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of all but the words for reasons, which change no score."""
        return hashlib.sha256(self._json(exclude={"columns": {"__all__": set(WORDING)}}).encode()).hexdigest()[:16]

    def _json(self, **left_out: Any) -> str:
        return json.dumps(self.model_dump(mode="json", exclude_defaults=True, **left_out), indent=1, ensure_ascii=False)


def load_dictionary(source: str | Path | Dictionary) -> Dictionary:
    """Return a dictionary from a TOML file, or a shipped one by its name.

    Raises
    ------
    UsageError
        When no such file or shipped dictionary exists.
    DataError
        When the file is not a valid dictionary; all faults are listed.

    Examples
    --------
    >>> load_dictionary("west_java_synthetic").id
    'household_id'
    """
    if isinstance(source, Dictionary):
        return source
    return _from_file(source) if Path(source).suffix.lower() == ".toml" else _shipped(str(source))


@lru_cache
def _shipped(name: str) -> Dictionary:
    return _from_file(name)


def _from_file(source: str | Path) -> Dictionary:
    return _build(_read(source), where=str(source))


def dictionary_from_toml(text: str) -> Dictionary:
    """Return the dictionary that `dictionary_toml` wrote."""
    return _build(tomllib.loads(text), where="dictionary")


def dictionary_from_json(text: str) -> Dictionary:
    """Return the dictionary that `Dictionary.to_json` wrote."""
    return Dictionary.model_validate_json(text)


def _read(source: str | Path) -> dict[str, Any]:
    """Read one TOML dictionary on top of the one it extends."""
    content = read_toml(source, package="graduation.schema", folder="dictionaries", kind="dictionary")
    wrong = [name for name in ("dictionary", "columns") if not isinstance(content.get(name, {}), Mapping)]
    if wrong:
        problems = [Problem(f"'{name}' is a value", f"a table [{name}]", "Correct it in the file.") for name in wrong]
        raise DataError(str(source), problems)
    parent = content.get("dictionary", {}).pop("extends", None)
    if parent is None:
        return content
    sibling = Path(source).parent / parent
    base = _read(sibling if sibling.suffix.lower() == ".toml" and sibling.exists() else parent)
    head = {**base.get("dictionary", {}), **content.get("dictionary", {})}
    columns = {**base.get("columns", {}), **content.get("columns", {})}
    return {**base, **content, "dictionary": head, "columns": columns}


def _build(content: dict[str, Any], where: str) -> Dictionary:
    unknown = set(content) - {"dictionary", "line", "columns"}
    columns = {
        name: {"name": name, **_with_codes(column, where)} if isinstance(column, Mapping) else column
        for name, column in content.get("columns", {}).items()
    }
    head = dict(content.get("dictionary", {}))
    line = content.get("line") or _named_line(head.pop("line_id", None))
    try:
        if unknown:
            raise UsageError(f"{where}: unknown table [{sorted(unknown)[0]}]; expected [dictionary], [line], [columns]")
        return Dictionary.model_validate({**head, "line": line, "columns": columns})
    except ValidationError as error:
        raise DataError(where, settings_problems(error, Dictionary)) from None


def _with_codes(column: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return a column with the codes of the one that its `codes_of` names, as dictionary.column, before its own."""
    if "codes_of" not in column:
        return dict(column)
    own = {name: value for name, value in column.items() if name != "codes_of"}
    dictionary, _, name = str(column["codes_of"]).rpartition(".")
    other = _read(dictionary).get("columns", {}).get(name) if dictionary else None
    if other is None:
        raise UsageError(f"{where}: codes_of = '{column['codes_of']}' names no column; write dictionary.column")
    return {**own, "codes": {**other.get("codes", {}), **own.get("codes", {})}}


def _named_line(line_id: str | None) -> dict[str, Any] | None:
    return None if line_id is None else load_line(line_id).model_dump()

"""The settings of a place, in one TOML file that people can read and edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from graduation.errors import DataError
from graduation.schema import Language, read_toml, settings_problems

SETTINGS_FILE = "graduation.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegistrySettings(_Section):
    """How registries are read."""

    schema_: str | None = Field(default=None, alias="schema")
    max_rejected: float = Field(default=0.5, gt=0, le=1)
    line: str | None = None
    deflators: str | None = None
    key_file: str | None = None


class TrainingSettings(_Section):
    """How the model is trained and tested."""

    allow_row_split: bool = False
    by: Literal["time", "place", "household", "row"] | None = None
    at: float | None = None
    share: float = Field(default=0.25, gt=0, lt=1)
    fast: bool = False
    seed: int = 0

    @field_validator("by")
    @classmethod
    def _row_only_on_purpose(cls, by: str | None, others: ValidationInfo) -> str | None:
        if by == "row" and not others.data.get("allow_row_split"):
            raise ValueError("'row' flatters; use time, place or household, or set allow_row_split = true as well")
        return by


class PlanSettings(_Section):
    """What may be offered, and for how much."""

    programme: str = "bekasi_2024"
    budget: float | None = Field(default=None, ge=0)


class TrackingSettings(_Section):
    """Where runs are logged; any MLflow tracking URI."""

    uri: str | None = None
    experiment: str = "graduation"


class Settings(_Section):
    """All settings; each has a default, and an option of the command line goes before it."""

    language: Language = "en"
    registry: RegistrySettings = RegistrySettings()
    training: TrainingSettings = TrainingSettings()
    plan: PlanSettings = PlanSettings()
    tracking: TrackingSettings = TrackingSettings()


def load_settings(path: str | Path | None = None) -> Settings:
    """Return the settings of a TOML file; by default `graduation.toml` in the current folder, if there is one.

    Paths in the file are relative to its folder.

    Raises
    ------
    DataError
        When the file holds unknown or wrong settings; all are listed.

    Examples
    --------
    >>> load_settings().training.share
    0.25
    """
    if path is None and not Path(SETTINGS_FILE).exists():
        return Settings()
    source = Path(path or SETTINGS_FILE)
    content: dict[str, Any] = read_toml(source, package="graduation", folder=".", kind="settings file")
    try:
        return _from_here(Settings.model_validate(content), source.parent)
    except ValidationError as error:
        raise DataError(str(source), settings_problems(error, Settings)) from None


def _from_here(settings: Settings, folder: Path) -> Settings:
    """Return the settings with their paths as seen from the current folder."""
    registry, plan = settings.registry, settings.plan
    files = {name: path for name in ("deflators", "key_file") if (path := getattr(registry, name)) is not None}
    # What does not end in .toml is the name of a shipped one.
    files |= {"schema_": registry.schema_} if _is_toml(registry.schema_) else {}
    offered = {"programme": plan.programme} if _is_toml(plan.programme) else {}
    found = [{name: str(folder / path) for name, path in one.items()} for one in (files, offered)]
    changed = {"registry": registry.model_copy(update=found[0]), "plan": plan.model_copy(update=found[1])}
    return settings.model_copy(update=changed)


def _is_toml(name: str | None) -> bool:
    return name is not None and Path(name).suffix.lower() == ".toml"

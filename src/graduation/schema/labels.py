"""Texts in two languages, and the base of what a dictionary is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

Language = Literal["en", "id"]


class Frozen(BaseModel):
    """Settings that nothing changes and that allow no unknown name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Frozen):
    """One text in English and Indonesian; where only one is given, it serves for both."""

    en: str = ""
    id: str = ""

    @model_validator(mode="before")
    @classmethod
    def _both(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"en": value, "id": value}
        if isinstance(value, Mapping):
            only = value.get("en") or value.get("id") or ""
            return {"en": only, "id": only, **value}
        return value

    def text(self, language: Language) -> str:
        return self.id if language == "id" else self.en


class Code(Label):
    """What a code means; `value` is what it is called in the harmonised set, empty where that has no word for it."""

    value: str = ""

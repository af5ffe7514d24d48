"""Arms with their costs, eligibility rules and effects: data that a planner can write in TOML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graduation.errors import DataError, Problem, UsageError, nearest
from graduation.schema import Label, Language, read_toml, settings_problems

NO_ARM = "none"
Evidence = Literal["found", "computed", "estimate"]
Cell = bool | int | float | str


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class When(_Frozen):
    """The households that a rule is about: those whose `column` equals a value."""

    column: str
    equals: Cell


class Rule(_Frozen):
    """One condition on one column of the registry; all rules of an arm must hold.

    `reason` says why a household is not offered the arm when the rule fails. A missing value never satisfies a rule.
    With `when` the rule is about some households only; where it is unknown whether it is about a household, the
    household has to satisfy it.

    Examples
    --------
    >>> rule = Rule(column="n_working_age", at_least=2, when={"column": "has_severe_disability", "equals": True},
    ...     reason="no other member of working age")
    >>> rule.when.column
    'has_severe_disability'
    """

    column: str
    at_least: float | None = None
    at_most: float | None = None
    equals: Cell | None = None
    one_of: tuple[Cell, ...] | None = None
    when: When | None = None
    reason: Label

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        ranged = self.at_least is not None or self.at_most is not None
        if ranged + (self.equals is not None) + (self.one_of is not None) != 1:
            raise ValueError("give one condition: at_least and/or at_most, or equals, or one_of")
        if self.one_of == ():
            raise ValueError("one_of is empty: nobody could satisfy it")
        return self

    @property
    def about(self) -> Rule | None:
        """Return the rule that holds for the households which this one is about, or None where that is all."""
        if self.when is None:
            return None
        return Rule(column=self.when.column, equals=self.when.equals, reason=self.reason)


class Intervention(_Frozen):
    """One arm: what it costs per household, what it is assumed to do, whom it suits.

    `effect` is the assumed average change of log consumption per head at the next wave: 0.06 is about 6 % more.
    `effect_sd` is the standard deviation of what is not known about that average, so that it lies within 1.96 of them
    with 95 %; 0 takes it as certain. The effect stays "assumed" whatever its evidence; records of a past programme,
    through `EffectModel`, add an "estimated" one, and both are weighed by their precision.

    Examples
    --------
    >>> cash = Intervention(name="cash", cost_idr=1_575_000, effect=0.01)
    >>> cash.title("en"), cash.basis
    ('cash', 'assumed')
    """

    name: str = Field(min_length=1)
    label: Label = Label()
    cost_idr: float = Field(gt=0, allow_inf_nan=False)
    cost_source: str = ""
    cost_evidence: Evidence = "estimate"
    effect: float = Field(allow_inf_nan=False)
    effect_sd: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    effect_source: str = ""
    effect_evidence: Evidence = "estimate"
    basis: Literal["assumed"] = "assumed"
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.name == NO_ARM:
            raise ValueError(f"'{NO_ARM}' is always there, at no cost and without effect; do not define it")
        for what in ("cost", "effect"):
            if getattr(self, f"{what}_evidence") != "estimate" and not getattr(self, f"{what}_source"):
                raise ValueError(f"{what}_evidence '{getattr(self, f'{what}_evidence')}' needs a {what}_source")
        return self

    def title(self, language: Language = "en") -> str:
        return self.label.text(language) or self.name.replace("_", " ")


class Programme(_Frozen):
    """Arms that can be offered, and what turns their effects into risks.

    `welfare_residual_sd` is the standard deviation of log welfare at the next wave given what is known now.
    Costs are in `currency`, per household.

    Examples
    --------
    >>> load_programme("bekasi_2024").names
    ['cash', 'training', 'capital', 'training_capital']
    """

    name: str
    version: str
    title: Label = Label()
    currency: str = "IDR"
    welfare_residual_sd: float = Field(gt=0, allow_inf_nan=False)
    welfare_residual_sd_source: str = Field(min_length=1)
    interventions: tuple[Intervention, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise ValueError(f"arms defined twice: {', '.join(twice)}")
        return self

    @property
    def names(self) -> list[str]:
        """Return the names of the arms, without "none"."""
        return [arm.name for arm in self.interventions]

    @property
    def fingerprint(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of the programme's content."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def arm(self, name: str) -> Intervention:
        """Return an arm by its name; raises UsageError with the nearest name."""
        for arm in self.interventions:
            if arm.name == name:
                return arm
        hint = nearest(name, self.names) or f"arms are: {', '.join(self.names)}"
        raise UsageError(f"programme '{self.name}' has no arm '{name}'; {hint}")

    def titles(self, language: Language = "en") -> dict[str, str]:
        """Return what each arm, "none" included, is called in a language."""
        nothing = "tidak ada" if language == "id" else NO_ARM
        return {NO_ARM: nothing, **{arm.name: arm.title(language) for arm in self.interventions}}


def load_programme(name_or_path: str | Path | Programme) -> Programme:
    """Return a programme from a TOML file, or a shipped one by its name.

    The file has a table ``[programme]`` (name, version, currency, welfare_residual_sd and its source) and one table
    ``[arms.<name>]`` per arm, with ``[[arms.<name>.rules]]`` for its eligibility: a column with `at_least`, `at_most`,
    `equals` or `one_of`, and, for a rule on some households only, ``when = { column = "...", equals = ... }``.

    Raises
    ------
    UsageError
        When no such file or shipped programme exists.
    DataError
        When the file is not a valid programme; all faults are listed.

    Examples
    --------
    >>> load_programme("bekasi_2024").arm("cash").cost_idr
    1575000.0
    """
    if isinstance(name_or_path, Programme):
        return name_or_path
    content = read_toml(name_or_path, package="graduation.interventions", folder="programmes", kind="programme")
    return _build(content, where=str(name_or_path))


def _build(content: Mapping[str, Any], where: str) -> Programme:
    problems = [
        Problem(f"unknown table [{table}]", "[programme] and [arms.<name>]", "Rename or remove it.")
        for table in sorted(set(content) - {"programme", "arms"})
    ]
    head, arms = content.get("programme", {}), content.get("arms", {})
    if not isinstance(head, Mapping) or not isinstance(arms, Mapping):
        fault = Problem("'programme' or 'arms' is a value", "tables [programme] and [arms.<name>]", "Correct the file.")
        raise DataError(where, [*problems, fault])
    named = [{"name": name, **arm} if isinstance(arm, Mapping) else arm for name, arm in arms.items()]
    try:
        programme = Programme.model_validate({**head, "interventions": named})
    except ValidationError as error:
        problems.extend(settings_problems(error))
    if problems:
        raise DataError(where, problems)
    return programme

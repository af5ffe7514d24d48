"""Arms with their costs, eligibility rules and effects: data that a planner can write in TOML."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from graduation.errors import DataError, Problem, UsageError, nearest
from graduation.interventions.published import shipped_effects
from graduation.interventions.rules import Frozen, Ruled
from graduation.schema import Label, Language, read_toml, settings_problems

NO_ARM = "none"
LOG_WELFARE = "log_welfare"
Evidence = Literal["found", "computed", "estimate"]
TABLES = ("programme", "arms", "referrals")


class CostBy(Frozen):
    """What an arm costs where that differs by place: `values` by code of `column`; elsewhere `cost_idr` stands."""

    column: str = Field(min_length=1)
    values: dict[str, float] = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _paid(self) -> Self:
        wrong = [f"{place} ({cost:g})" for place, cost in self.values.items() if not 0 < cost < float("inf")]
        if wrong:
            raise ValueError(f"a cost is above 0 and finite; by {self.column} it is not in {', '.join(wrong)}")
        return self


class Intervention(Ruled):
    """One arm: what it costs per household, what it is assumed to do, whom it suits.

    `effect` is the assumed average change of log consumption per head at the next wave: 0.06 is about 6 % more.
    `effect_sd` is the standard deviation of what is not known about that average, so that it lies within 1.96 of them
    with 95 %; 0 takes it as certain. In place of both, `effect_from` names entries of the published effects, which are
    put together (`PublishedEffects.assume`). The effect stays "assumed" whatever its evidence; records of a past
    programme, through `EffectModel`, add an "estimated" one, and both are weighed by their precision.

    `capacity` is how many households can have the arm at most in one plan, where more than money limits it; `allocate`
    keeps to it unless it is given another capacity of the arm. It needs a `capacity_source`.

    Examples
    --------
    >>> cash = Intervention(name="cash", cost_idr=1_575_000, effect=0.01)
    >>> cash.title("en"), cash.basis
    ('cash', 'assumed')
    >>> capital = Intervention(name="capital", cost_idr=8_000_000, effect_from=["niger_2022_capital"])
    >>> capital.effect, capital.effect_source
    (0.0338, 'estimate: niger_2022_capital (memory), discounted for transport')
    """

    cost_idr: float = Field(gt=0, allow_inf_nan=False)
    cost_source: str = ""
    cost_evidence: Evidence = "estimate"
    cost_by: CostBy | None = None
    capacity: int | None = Field(default=None, ge=0)
    capacity_source: str = ""
    capacity_evidence: Evidence = "estimate"
    effect: float = Field(allow_inf_nan=False)
    effect_sd: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    effect_from: tuple[str, ...] = ()
    effect_source: str = ""
    effect_evidence: Evidence = "estimate"
    basis: Literal["assumed"] = "assumed"

    @model_validator(mode="before")
    @classmethod
    def _from_studies(cls, content: Any) -> Any:
        """Fill in what studies let assume; a number beside them has to be the same, as in what was written out."""
        if not isinstance(content, Mapping) or not content.get("effect_from"):
            return content
        named = content["effect_from"]
        if isinstance(named, str):
            raise ValueError("effect_from is a list of ids, as in effect_from = ['sks_2013']")
        try:
            assumed = shipped_effects().assume(*named)
        except (UsageError, DataError) as error:
            raise ValueError(f"effect_from: {error}") from None
        filled = {"effect": assumed.effect, "effect_sd": assumed.effect_sd, "effect_source": assumed.source}
        other = [name for name, value in filled.items() if content.get(name, value) != value]
        if other:
            raise ValueError(f"give either effect_from or {' and '.join(other)}, not both")
        return {**content, **filled}

    @model_validator(mode="after")
    def _honest(self) -> Self:
        if self.name == NO_ARM:
            raise ValueError(f"'{NO_ARM}' is always there, at no cost and without effect; do not define it")
        silent = [", ".join(one.column for one in rule.conditions) for rule in self.rules if not rule.reason.en]
        if silent:
            raise ValueError(f"rules on {'; '.join(silent)} have no reason: say why a household is not offered the arm")
        if self.effect_from and self.effect_evidence != "estimate":
            raise ValueError("an effect carried over from other places is an estimate: leave out effect_evidence")
        if self.capacity is not None and not self.capacity_source:
            raise ValueError("capacity needs a capacity_source: who serves so many households, and how many each can")
        for what in ("cost", "effect", "capacity"):
            if getattr(self, f"{what}_evidence") != "estimate" and not getattr(self, f"{what}_source"):
                raise ValueError(f"{what}_evidence '{getattr(self, f'{what}_evidence')}' needs a {what}_source")
        return self


class Referral(Ruled):
    """Something that a household may be entitled to elsewhere: told beside any arm, at no cost to the budget.

    It is raised where all its rules hold, and said to need verifying where that is not known. It never closes an arm.
    """

    text: Label

    @model_validator(mode="after")
    def _about_some(self) -> Self:
        if not self.rules:
            raise ValueError(f"referral '{self.name}' has no rules: say whom it is for")
        return self


class Programme(Frozen):
    """Arms that can be offered, and what turns their effects into risks.

    `welfare_residual_sd` is the standard deviation of log welfare at the next wave given what is known now.
    Costs are in `currency`, per household. `effect_unit` is the unit of all effects: estimates in another one are
    refused. `referrals` are told beside any arm.

    Examples
    --------
    >>> load_programme("bekasi_2024").names
    ['cash', 'training', 'capital', 'training_capital', 'referral']
    """

    name: str
    version: str
    title: Label = Label()
    currency: str = "IDR"
    effect_unit: str = Field(default=LOG_WELFARE, min_length=1)
    welfare_residual_sd: float = Field(gt=0, allow_inf_nan=False)
    welfare_residual_sd_source: str = Field(min_length=1)
    interventions: tuple[Intervention, ...] = Field(min_length=1)
    referrals: tuple[Referral, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for what, names in (("arms", self.names), ("referrals", [one.name for one in self.referrals])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} defined twice: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _in_its_unit(self) -> Self:
        if self.effect_unit != LOG_WELFARE:
            carried = ", ".join(arm.name for arm in self.interventions if arm.effect_from)
            if carried:
                raise ValueError(f"published effects are in {LOG_WELFARE}, not in {self.effect_unit}: {carried}")
            return self
        large = ", ".join(f"'{arm.name}' {arm.effect:g}" for arm in self.interventions if abs(arm.effect) > 1)
        if large:
            raise ValueError(
                f"effects are in {LOG_WELFARE}, where 0.06 is about 6 %; more than 1 or less than -1 is {large}: did "
                "you write percent or money?"
            )
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

    The file has a table ``[programme]`` (name, version, currency, effect_unit, welfare_residual_sd and its source) and
    one table ``[arms.<name>]`` per arm, with ``[[arms.<name>.rules]]`` for its eligibility: a column with `at_least`,
    `at_most`, `equals`, `equals_column` or `one_of`, or `any_of` a list of such; and, for a rule on some households
    only, ``when = { column = "...", equals = ... }``. ``[arms.<name>.cost_by]`` gives costs by place.
    ``[referrals.<name>]`` has a text and rules of the same form. `docs/programmes.md` explains each.

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
        Problem(f"unknown table [{table}]", "[programme], [arms.<name>] and [referrals.<name>]", "Rename or remove it.")
        for table in sorted(set(content) - set(TABLES))
    ]
    head, arms, referrals = (content.get(table, {}) for table in TABLES)
    if not all(isinstance(table, Mapping) for table in (head, arms, referrals)):
        expected = "tables [programme], [arms.<name>] and [referrals.<name>]"
        raise DataError(where, [*problems, Problem("a table is given as a value", expected, "Correct the file.")])
    lists = {"interventions": _named(arms), "referrals": _named(referrals)}
    try:
        programme = Programme.model_validate({**head, **lists})
    except ValidationError as error:
        names = {"interventions": ("arms", list(arms)), "referrals": ("referrals", list(referrals))}
        problems.extend(replace(one, found=_placed(one.found, names)) for one in settings_problems(error, Programme))
    if problems:
        raise DataError(where, problems)
    return programme


def _named(tables: Mapping[str, Any]) -> list[Any]:
    return [{"name": name, **table} if isinstance(table, Mapping) else table for name, table in tables.items()]


def _placed(found: str, names: Mapping[str, tuple[str, list[str]]]) -> str:
    """Name the table of the file, which pydantic knows as an item of a list."""
    match = re.match(r"(interventions|referrals)\.(\d+)", found)
    if match is None:
        return found
    table, listed = names[match[1]]
    return f"{table}.{listed[int(match[2])]}{found[match.end() :]}"

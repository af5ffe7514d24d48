"""Conditions on columns of the registry, as data: what a rule asks, of whom, and what is done with a missing value."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from graduation.schema import Label, Language

Cell = bool | int | float | str
# Three answers each (holds, fails, not known) of so many conditions still number a pattern in 64 bits.
MOST_CONDITIONS = 39


class Frozen(BaseModel):
    """Settings that nothing changes and that allow no unknown name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(Frozen):
    """What is asked of one column: a range, a value, one of several, or to equal another column of numbers.

    With `optional` the registry need not have the column: then its value is unknown for every household.
    """

    column: str = ""
    at_least: float | None = None
    at_most: float | None = None
    equals: Cell | None = None
    equals_column: str | None = None
    one_of: tuple[Cell, ...] | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check()
        return self

    def _check(self) -> None:
        if not self.column or self.asked != 1:
            kinds = "at_least and/or at_most, or equals, or equals_column, or one_of"
            raise ValueError(f"give a column and one condition: {kinds}")
        if self.one_of == ():
            raise ValueError("one_of is empty: nobody could satisfy it")

    @property
    def asked(self) -> int:
        """Return how many kinds of condition are given; only one may be."""
        ranged = self.at_least is not None or self.at_most is not None
        return ranged + sum(one is not None for one in (self.equals, self.equals_column, self.one_of))

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are read."""
        return (self.column,) if self.equals_column is None else (self.column, self.equals_column)

    @property
    def wanted(self) -> tuple[Cell, ...]:
        """Return the values that satisfy it, none where it asks for a range or another column."""
        return self.one_of if self.one_of is not None else () if self.equals is None else (self.equals,)

    @property
    def is_text(self) -> bool:
        """Whether it compares text, not numbers or yes and no."""
        return any(isinstance(cell, str) for cell in self.wanted)


class When(Frozen):
    """The households that a rule is about: those whose `column` equals a value."""

    column: str
    equals: Cell


class Rule(Condition):
    """One condition on the registry, or alternatives of which one suffices; all rules of an arm must hold.

    `reason` says why a household is not offered the arm when the rule fails. A missing value never satisfies a rule,
    and says to verify it, unless the rule has ``unknown = "allow"``: then only a known value shuts a household out.
    With `when` the rule is about some households only; where it is unknown whether it is about a household, the
    household has to satisfy it. With `any_of` the rule holds where one of its conditions does.

    Examples
    --------
    >>> rule = Rule(column="n_working_age", at_least=2, when={"column": "has_severe_disability", "equals": True},
    ...     reason="no other member of working age")
    >>> rule.when.column
    'has_severe_disability'
    >>> unclaimed = Rule(any_of=[{"column": "receives_pkh", "equals": False},
    ...     {"column": "receives_bpnt", "equals": False}], reason="receives both")
    >>> [condition.column for condition in unclaimed.conditions]
    ['receives_pkh', 'receives_bpnt']
    """

    any_of: tuple[Condition, ...] = ()
    when: When | None = None
    unknown: Literal["verify", "allow"] = "verify"
    reason: Label = Label()

    def _check(self) -> None:
        if not self.any_of:
            super()._check()
        elif self.column or self.asked or self.optional:
            raise ValueError("any_of stands alone: give each of its alternatives a column and one condition")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return the alternatives of which one has to hold: often a single one."""
        return self.any_of or (Condition(**{name: getattr(self, name) for name in Condition.model_fields}),)

    @property
    def about(self) -> Condition | None:
        """Return the condition of the households which this rule is about, or None where that is all."""
        return None if self.when is None else Condition(column=self.when.column, equals=self.when.equals)


class Ruled(Frozen):
    """Something with a name, words for it and rules that say whom it suits."""

    name: str
    label: Label = Label()
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _countable(self) -> Self:
        if not self.name:
            raise ValueError("give it a name")
        if len(self.conditions) > MOST_CONDITIONS:
            raise ValueError(f"'{self.name}' has {len(self.conditions)} conditions; {MOST_CONDITIONS} are possible")
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return every condition of the rules once, those of `when` included, in the order of the rules."""
        every = [one for rule in self.rules for one in (*rule.conditions, rule.about) if one is not None]
        return tuple(dict.fromkeys(every))

    def title(self, language: Language = "en") -> str:
        return self.label.text(language) or self.name.replace("_", " ")

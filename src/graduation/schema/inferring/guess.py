"""What is proposed for one column, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from graduation.schema.column import ColumnType, Role
from graduation.schema.inferring.seen import Seen


@dataclass(frozen=True, eq=False)
class Guess:
    """The proposal for one column.

    `why` says what was seen, `checks` what a person should look at. `copies` is the column that holds the same.
    """

    seen: Seen
    type: ColumnType
    role: Role = "feature"
    codes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    minimum: float | None = None
    date_format: str = ""
    later: bool = False
    private: bool = False
    feature: bool = False
    required: bool = True
    why: str = ""
    checks: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.seen.name

    def but(self, *checks: str, why: str = "", **changes: object) -> Guess:
        """Return the guess with changes, more to check, and one more reason."""
        reason = "; ".join(part for part in (self.why, why) if part)
        return replace(self, checks=(*self.checks, *checks), why=reason, **changes)  # type: ignore[arg-type]

    def ignored(self, *checks: str, why: str = "") -> Guess:
        """Return the guess as a column that nothing learns from and that a file need not have."""
        return self.but(*checks, why=why, role="ignored", required=False)

"""One column of a registry: what it is called, holds and means."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from graduation.schema.labels import Code, Frozen, Label, Language

Role = Literal[
    "id",
    "identity",
    "household",
    "place",
    "time",
    "weight",
    "welfare",
    "state",
    "outcome",
    "feature",
    "programme",
    "score",
    "ignored",
]
ColumnType = Literal["text", "integer", "number", "boolean", "category", "date"]
AreaCoding = Literal["kemendagri", "bps"]
Structure = Literal["nik", "family_card"]
# Learning from these would be learning from who a household is, from the design of a survey, or from the answer itself.
NEVER_FEATURES = ("id", "identity", "household", "time", "weight", "state", "outcome", "score", "ignored")
TYPES_OF_ROLES: dict[str, tuple[ColumnType, ...]] = {
    "time": ("integer", "number"),
    "weight": ("number", "integer"),
    "welfare": ("number", "integer"),
    "state": ("boolean",),
    "outcome": ("boolean",),
    "score": ("integer", "number"),
}
# What reasons are told by: no score depends on it.
WORDING = ("concept", "less", "more", "better")
# A column with one of these roles is read after identifiers are dropped.
READ_LATER = ("time", "place", "weight", "welfare", "state", "outcome")


class Column(Frozen):
    """One column of a registry.

    `source` lists the names it may carry in a file, `known` says whether its value is known when households are
    scored or only later (a later one never becomes a feature), `direction` says how extreme poverty is expected to
    move when the value grows, `feature` adds a column of another role (a place, say) to the features. The role `score`
    is for a ranking that somebody already uses, such as a decile: compared with, never learned from. Errors are told
    by each `group` and by what is `protected`. `shock` marks a yes-or-no blow that histories count; `history` marks a
    column that `with_history` makes from earlier waves, and `made_of` names the columns of the row that go into it.

    A boolean with a `bit` is that bit of a whole number whose allowed bits add up to `mask`; several columns may share
    one source. `area` says by whose codes a place is told, `structure` how an identity number is built, `date_format`
    how dates are written (by default year-month-day, or day first). With `open` codes, an answer that is not listed is
    told and kept. `harmonised` is the name of the same thing in the dictionary `household`, to which the `value` of
    each code translates. In a roster of persons, the role `household` is the household a person belongs to.

    Four fields are for reasons alone, and change no score: `concept` names the column (or the group, by a word of its
    own) that this one tells of too, as a flag of missing answers tells of the column itself; `less` and `more` are the
    words for a smaller and a larger value than others have, such as younger and older; `better` lists the answers
    (codes, or "yes", or "no") that an actionable column without a direction may be moved to.
    """

    name: str
    type: ColumnType
    role: Role = "feature"
    label: Label = Label()
    source: tuple[str, ...] = ()
    required: bool = True
    unique: bool = False
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    codes: dict[str, Code] = Field(default_factory=dict)
    open: bool = False
    yes: tuple[str, ...] = ("1", "true", "yes", "ya", "y")
    no: tuple[str, ...] = ("0", "false", "no", "tidak", "n")
    missing: tuple[str, ...] = ()
    known: Literal["scoring", "later"] = "scoring"
    direction: Literal["rises", "falls"] | None = None
    privacy: Literal["open", "personal", "identifier"] = "open"
    protected: bool = False
    group: bool = False
    actionable: bool = False
    feature: bool = False
    shock: bool = False
    history: bool = False
    made_of: tuple[str, ...] = ()
    bit: int | None = Field(default=None, gt=0)
    mask: int | None = Field(default=None, gt=0)
    area: AreaCoding | None = None
    structure: Structure | None = None
    date_format: str = ""
    harmonised: str = ""
    concept: str = ""
    less: Label = Label()
    more: Label = Label()
    better: tuple[str, ...] = ()

    @property
    def is_feature(self) -> bool:
        wanted = self.role == "feature" or self.feature
        allowed = self.role not in NEVER_FEATURES and self.type != "date"
        return wanted and allowed and self.is_known and not self.is_private

    @property
    def is_known(self) -> bool:
        """Whether the value is known when households are scored; an outcome never is."""
        return self.known == "scoring" and self.role != "outcome"

    @property
    def is_private(self) -> bool:
        """Whether values of this column may never be shown."""
        return self.privacy == "identifier" or self.role == "identity"

    @property
    def is_kept(self) -> bool:
        """Whether accepted rows have this column; ids that identify are pseudonyms by then."""
        return not self.is_private or self.role in ("id", "household")

    def asks_as(self, other: Column | None) -> bool:
        """Whether two columns that have a name in common ask the same thing in the same words; ids ask nothing."""
        if other is None or "id" in (self.role, other.role):
            return False
        same = self.name == other.name and self.type == other.type and self.unit == other.unit
        return same and self.words == {code: code for code in other.codes}

    @property
    def words(self) -> dict[str, str]:
        """Return what each code is called in the harmonised set."""
        return {code: meaning.value or code for code, meaning in self.codes.items()}

    def title(self, language: Language = "en") -> str:
        return self.label.text(language) or self.name.replace("_", " ")

    def names(self) -> tuple[str, ...]:
        return (*self.source, self.name)

    def faults(self) -> list[str]:
        """Return what in this column contradicts its role, in sentences."""
        who = f"column '{self.name}' has the role '{self.role}'"
        faults = []
        if self.feature and self.role in NEVER_FEATURES:
            faults.append(f"{who}, which may not be a feature: remove feature = true")
        if self.role in READ_LATER and self.privacy == "identifier":
            faults.append(f'{who} and would be dropped as an identifier: use privacy = "personal"')
        if self.shock and self.type != "boolean":
            faults.append(f"column '{self.name}' is a shock, so its type must be boolean, not {self.type}")
        if self.role == "score" and self.direction is None:
            faults.append(f'{who}, so it needs direction = "rises" where a higher value means poorer, or "falls"')
        if self.bit is not None and (self.type != "boolean" or self.mask is None or self.bit & ~self.mask):
            faults.append(f"column '{self.name}' has a bit, so its type must be boolean and its mask must hold the bit")
        answers = {"yes", "no"} if self.type == "boolean" else set(self.codes)
        if strange := sorted(set(self.better) - answers):
            faults.append(f"column '{self.name}' has better = '{strange[0]}', which is none of its answers")
        types = TYPES_OF_ROLES.get(self.role, (self.type,))
        if self.type not in types:
            faults.append(f"{who}, so its type must be {' or '.join(types)}, not {self.type}")
        return faults

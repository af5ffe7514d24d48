"""Households or persons of any registry in the words that all registries share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from graduation.errors import UsageError
from graduation.results import Result
from graduation.schema.areas import recode_area
from graduation.schema.cells import cell_text, coerce
from graduation.schema.column import Column
from graduation.schema.dictionary import Dictionary, load_dictionary
from graduation.schema.hiding import hide_numbers
from graduation.schema.registry import Registry

COMMON = {"household": "household", "person": "household_members"}
# Columns with these roles come along as the registry has them.
CARRIED = ("id", "household", "place", "time", "weight", "welfare", "state", "outcome", "programme", "score")


@dataclass(frozen=True)
class Harmonised(Result):
    """A registry in the words of the dictionary `household` (or `household_members`).

    Attributes
    ----------
    registry : Registry
        The same households, every common feature a column; those the registry does not ask are missing.
    coverage : DataFrame
        One row per common feature: `feature`, `label`, `made_of` (columns of the registry), `known` (share of rows).
    unmatched : DataFrame
        `feature`, `value` and `rows` of answers that the common set has no word for; they became missing.
    """

    registry: Registry
    coverage: pd.DataFrame
    unmatched: pd.DataFrame
    title = "Harmonised registry"

    def frame(self) -> pd.DataFrame:
        return self.coverage

    def metrics(self) -> dict[str, float]:
        return {"features_asked": float((self.coverage["made_of"] != "").sum()), "features": float(len(self.coverage))}

    def notes(self) -> list[str]:
        asked, known = int((self.coverage["made_of"] != "").sum()), int((self.coverage["known"] > 0).sum())
        notes = [
            f"Of {len(self.coverage)} common features the dictionary tells {asked}; {known} have answers in "
            f"{Path(self.registry.source).name}."
        ]
        if len(self.unmatched):
            cases = ", ".join(
                f"{value!r} ({rows:,} rows, {feature})"
                for feature, value, rows in self.unmatched.head(5).itertuples(index=False)
            )
            notes.append(f"Answers without a word in the common set became missing, most often: {cases}.")
        return notes


def harmonise(registry: Registry, *, on: date | None = None) -> Harmonised:
    """Return a registry in the words that all registries share.

    The dictionary of the registry says for each column which common feature it tells (`harmonised`) and for each code
    what it is called there (`value`). Where several columns tell the same feature, a yes in any of them counts, numbers
    are added, and of other answers the first known one is taken. Area codes of BPS become those of Kemendagri.

    Parameters
    ----------
    registry : Registry
        Of households or of persons.
    on : date, optional
        The day on which heads have the age that follows from their date of birth, where no age is told.

    Raises
    ------
    UsageError
        When the dictionary of the registry names no common feature, or one that does not exist.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(300, seed=1)
    >>> registry = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    >>> common = graduation.harmonise(registry).registry.households
    >>> sorted(common["roof_material"].dropna().unique())
    ['asbestos', 'concrete', 'metal', 'tile']
    """
    own, common = registry.dictionary, load_dictionary(COMMON[registry.dictionary.unit])
    tellers = _tellers(own, common)
    rows = registry.households.reset_index()
    words = {name: _told(rows, tellers[name], common.columns[name]) for name in common.columns if tellers.get(name)}
    typed, unmatched = _typed(words, common)
    carried = {name: column for name, column in own.columns.items() if _is_carried(name, column, rows, words)}
    dictionary = _dictionary(own, common, carried)
    table = pd.DataFrame({**{name: rows[name] for name in carried}, **typed}, index=rows.index)
    table = table.rename(columns={own.id: common.id})
    for name in common.columns:
        if name not in table:
            table[name] = coerce(pd.Series(pd.NA, index=rows.index, dtype="string"), common.columns[name])[0]
    table = _power_without_meter(_head_age(table, on))
    households = table[list(dictionary.columns)].set_index(dictionary.key).sort_index()
    coverage = _coverage(households, tellers, common)
    return Harmonised(replace(registry, households=households, dictionary=dictionary), coverage, unmatched)


def _tellers(own: Dictionary, common: Dictionary) -> dict[str, list[Column]]:
    """Return, for each common feature, the columns of the registry that tell it."""
    tellers: dict[str, list[Column]] = {}
    for column in own.columns.values():
        if column.harmonised:
            tellers.setdefault(column.harmonised, []).append(column)
    unknown = sorted(set(tellers) - set(common.columns))
    if unknown or not tellers:
        found = f"names '{unknown[0]}', which is not in it" if unknown else "names none of its columns"
        raise UsageError(f"'{common.name}' is what registries share; dictionary '{own.name}' {found}: set `harmonised`")
    return tellers


def _told(rows: pd.DataFrame, columns: Sequence[Column], target: Column) -> pd.Series:
    """Return one common feature as text, told by one column or several."""
    answers = [_words(rows[column.name], column) for column in columns if column.name in rows]
    if not answers:
        return pd.Series(pd.NA, index=rows.index, dtype="string")
    if len(answers) == 1:
        return answers[0]
    table = pd.concat(answers, axis=1)
    if target.type == "boolean":
        yes, no = (table.isin(words).astype("boolean") for words in (target.yes, target.no))
        return yes.any(axis=1).map({True: "1"}).fillna(no.all(axis=1).map({True: "0"})).astype("string")
    if target.type in ("integer", "number"):
        return table.astype("Float64").sum(axis=1, skipna=False).astype("string")
    return table.bfill(axis=1).iloc[:, 0]


def _words(cells: pd.Series, column: Column) -> pd.Series:
    """Return the answers of one column in common words; a code without one keeps its label, which none matches."""
    if column.type == "boolean":
        return cells.map({True: "1", False: "0"}).astype("string")
    if column.area == "bps":
        return recode_area(cells, to="kemendagri")
    text = cell_text(cells)
    if not any(code.value for code in column.codes.values()):
        return text
    values = {code: meaning.value or meaning.en for code, meaning in column.codes.items()}
    return text.map({**{other: other for other in text.dropna().unique()}, **values}).astype("string")


def _typed(words: dict[str, pd.Series], common: Dictionary) -> tuple[dict[str, pd.Series], pd.DataFrame]:
    """Return the typed features, and the answers that are none of the common words."""
    typed, odd = {}, []
    for name, text in words.items():
        values, breaches = coerce(text, common.columns[name])
        wrong = pd.Series(False, index=text.index)
        for breach in breaches:
            wrong.iloc[breach.rows] = True
        typed[name] = values.mask(wrong)
        counts = hide_numbers(text[wrong]).value_counts()
        odd.append(pd.DataFrame({"feature": name, "value": counts.index, "rows": counts.to_numpy()}))
    table = pd.concat(odd, ignore_index=True) if odd else pd.DataFrame(columns=["feature", "value", "rows"])
    return typed, table.sort_values(["rows", "feature", "value"], ascending=[False, True, True], ignore_index=True)


def _is_carried(name: str, column: Column, rows: pd.DataFrame, words: dict[str, pd.Series]) -> bool:
    return column.role in CARRIED and name in rows and name not in words


def _dictionary(own: Dictionary, common: Dictionary, carried: dict[str, Column]) -> Dictionary:
    """Return the common dictionary with what the registry adds of its own: weights, times, welfare, programmes."""
    plain = {"source": (), "harmonised": "", "structure": None}
    extra = {name: column.model_copy(update=plain) for name, column in carried.items() if name != own.id}
    columns = {common.id: common.columns[common.id], **extra}
    columns |= {name: column for name, column in common.columns.items() if name not in columns}
    head = {"name": f"{own.name}_harmonised", "version": own.version, "title": own.title, "columns": columns}
    kept = {name: getattr(own, name) for name in ("repeats", "horizon", "time_unit", "line")}
    return common.model_copy(update={**head, **kept})


def _head_age(table: pd.DataFrame, on: date | None) -> pd.DataFrame:
    """Fill in the head's age from the date of birth, in whole years on a day."""
    if on is None or "head_birth_date" not in table:
        return table
    born = table["head_birth_date"].dt
    before_birthday = (born.month > on.month) | ((born.month == on.month) & (born.day > on.day))
    age = (on.year - born.year - before_birthday).astype("float64")
    age = age.where(age >= 0)
    return table.assign(head_age_years=table["head_age_years"].fillna(age))


def _power_without_meter(table: pd.DataFrame) -> pd.DataFrame:
    """Give households without a meter of their own the power class 0; forms skip the question for them."""
    if "electricity_power" not in table:
        return table
    power, none = table["electricity_power"], table["has_own_meter"].eq(False).fillna(False).astype(bool)
    return table.assign(electricity_power=power.mask(none & power.isna(), 0.0))


def _coverage(households: pd.DataFrame, tellers: dict[str, list[Column]], common: Dictionary) -> pd.DataFrame:
    features = [name for name in common.columns if name in households]
    return pd.DataFrame(
        {
            "feature": features,
            "label": [common.columns[name].title() for name in features],
            "made_of": [", ".join(column.name for column in tellers.get(name, [])) for name in features],
            "known": [float(households[name].notna().mean()) for name in features],
        }
    )

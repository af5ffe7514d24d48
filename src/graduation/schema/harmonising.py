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
from graduation.schema.codes import spellings
from graduation.schema.column import AreaCoding, Column
from graduation.schema.dates import ages_on
from graduation.schema.dictionary import Dictionary, load_dictionary
from graduation.schema.hiding import hide_numbers
from graduation.schema.registry import Registry

COMMON = {"household": "household", "person": "household_members"}
# Columns with these roles come along as the registry has them.
CARRIED = ("id", "household", "place", "time", "weight", "welfare", "state", "outcome", "programme", "score")
KECAMATAN_DIGITS: dict[AreaCoding, int] = {"kemendagri": 6, "bps": 7}
OFF_GRID = ("non_pln", "none")
# Stands before an answer that the common set has no word for, so that it equals none of them.
NO_WORD = "\x1a"


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
    carried = {name: column for name, column in own.columns.items() if _is_carried(name, own, rows, common)}
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
    # A dictionary without marks may be in common words already: what a registry was harmonised to, or written as.
    if not tellers:
        tellers = {name: [column] for name, column in own.columns.items() if column.asks_as(common.columns.get(name))}
    unknown = sorted(set(tellers) - set(common.columns))
    if unknown or not tellers:
        found = f"names '{unknown[0]}', which is not in it" if unknown else "names none of its columns"
        raise UsageError(f"'{common.name}' is what registries share; dictionary '{own.name}' {found}: set `harmonised`")
    return tellers


def _told(rows: pd.DataFrame, columns: Sequence[Column], target: Column) -> pd.Series:
    """Return one common feature as text, told by one column or several."""
    answers = [_words(rows[column.name], column, target) for column in columns if column.name in rows]
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


def _words(cells: pd.Series, column: Column, target: Column) -> pd.Series:
    """Return the answers of one column in common words; an answer that has none is marked as such."""
    if column.type == "boolean":
        return cells.map({True: "1", False: "0"}).astype("string")
    text = cell_text(cells)
    if column.area:
        return _kecamatan(text, column.area)
    if not (column.codes or target.codes):
        return text
    words = {answer: _word(answer, column, target) for answer in text.dropna().unique()}
    return text.map(words).astype("string")


def _word(answer: str, column: Column, target: Column) -> str:
    """Return the common word of an answer: by the `value` of its code, else by a label that both have."""
    code = column.codes.get(answer)
    if code is not None and code.value:
        return code.value
    known = spellings(target)
    labels = [answer] if code is None else [code.en, code.id]
    # A number is a code of one dictionary only, so it says nothing by itself in another.
    found = [known.get(" ".join(label.split()).casefold()) for label in labels if not label.strip().isdigit()]
    return next((word for word in found if word), f"{NO_WORD}{code.en if code else answer}")


def _kecamatan(text: pd.Series, area: AreaCoding) -> pd.Series:
    """Return sub-districts by the codes of Kemendagri, taken from codes of villages too."""
    length = KECAMATAN_DIGITS[area]
    codes = text.str[:length].where(text.str.len() >= length)
    if area == "bps":
        codes = recode_area(codes, to="kemendagri")
    return codes.fillna(NO_WORD + text)


def _typed(words: dict[str, pd.Series], common: Dictionary) -> tuple[dict[str, pd.Series], pd.DataFrame]:
    """Return the typed features, and the answers that are none of the common words."""
    typed, odd = {}, []
    for name, text in words.items():
        values, breaches = coerce(text, common.columns[name])
        wrong = pd.Series(False, index=text.index)
        for breach in breaches:
            wrong.iloc[breach.rows] = True
        typed[name] = values.mask(wrong)
        counts = hide_numbers(text[wrong].str.removeprefix(NO_WORD)).value_counts()
        odd.append(pd.DataFrame({"feature": name, "value": counts.index, "rows": counts.to_numpy()}))
    table = pd.concat(odd, ignore_index=True) if odd else pd.DataFrame(columns=["feature", "value", "rows"])
    return typed, table.sort_values(["rows", "feature", "value"], ascending=[False, True, True], ignore_index=True)


def _is_carried(name: str, own: Dictionary, rows: pd.DataFrame, common: Dictionary) -> bool:
    """Whether a column comes along; one that is no common feature may not bear the name of one."""
    return name == own.id or (own.columns[name].role in CARRIED and name in rows and name not in common.columns)


def _dictionary(own: Dictionary, common: Dictionary, carried: dict[str, Column]) -> Dictionary:
    """Return the common dictionary with what the registry adds of its own: weights, times, welfare, programmes."""
    plain = {"source": (), "harmonised": "", "structure": None}
    extra = {name: column.model_copy(update=plain) for name, column in carried.items() if name != own.id}
    columns = {common.id: common.columns[common.id], **extra}
    columns |= {name: column for name, column in common.columns.items() if name not in columns}
    head = {"name": f"{own.name}_harmonised", "version": own.version, "title": own.title, "columns": columns}
    kept = {name: getattr(own, name) for name in ("repeats", "horizon", "time_unit", "line", "deflated")}
    return common.model_copy(update={**head, **kept})


def _head_age(table: pd.DataFrame, on: date | None) -> pd.DataFrame:
    """Fill in the head's age from the date of birth, in whole years on a day."""
    if on is None or "head_birth_date" not in table:
        return table
    return table.assign(head_age_years=table["head_age_years"].fillna(ages_on(table["head_birth_date"], on)))


def _power_without_meter(table: pd.DataFrame) -> pd.DataFrame:
    """Answer for households without grid electricity, or without a meter of their own, what forms skip for them."""
    if "electricity_power" not in table:
        return table
    off_grid = table["lighting"].isin(OFF_GRID)
    meter = table["has_own_meter"].mask(off_grid & table["has_own_meter"].isna(), False)
    power, none = table["electricity_power"], meter.eq(False).fillna(False).astype(bool)
    return table.assign(has_own_meter=meter, electricity_power=power.mask(none & power.isna(), 0.0))


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

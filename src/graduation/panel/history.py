"""What earlier waves show of a household: times poor, time since, welfare then, shocks then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from graduation.errors import DataError, Problem, UsageError
from graduation.panel.states import extreme_poor
from graduation.schema import Column, Dictionary, Label, Registry

# A household that recovers from nearly nothing would stretch the scale, and says no more than one that trebled.
LARGEST_CHANGE_PERCENT = 300.0
# Welfare now enters `welfare_change_percent`; all other columns come from earlier waves alone.
SEEN, POOR, SINCE, SHOCKS = (
    "waves_seen_before", "times_extreme_poor_before", "time_since_extreme_poor", "shocks_before",
)  # fmt: skip
CHANGE, MEAN, LOWEST = "welfare_change_percent", "welfare_mean_before", "welfare_lowest_before"


def with_history(registry: Registry, *earlier: Registry) -> Registry:
    """Add what strictly earlier waves show of the same household, as features.

    Parameters
    ----------
    registry : Registry
        The households now.
    *earlier : Registry
        Earlier waves read with the same dictionary, in any order; oldest first where the dictionary has no time
        column. Where households repeat in one file (`repeats = true`), each row takes the household's own earlier rows
        too, and no other registry need be given.

    Returns
    -------
    Registry
        The same households with one column each, and a dictionary that names them: `waves_seen_before` (0 for a
        household never seen), and, missing where nothing is known, `times_extreme_poor_before`,
        `time_since_extreme_poor` (units of the time column, else waves), with welfare as a feature
        `welfare_change_percent` (now against when last known), `welfare_mean_before` and `welfare_lowest_before`, with
        columns marked `shock = true` also `shocks_before`.

    Raises
    ------
    DataError
        When a wave is not earlier, was read with another dictionary, or holds a household a second time.
    UsageError
        When there is no earlier wave, or the registry has a column of its own with one of these names.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(500, waves=3, seed=1)
    >>> first, second, third = (graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables)
    >>> households = graduation.with_history(third, first, second).households
    >>> households["waves_seen_before"].agg(["min", "max"]).tolist()
    [0.0, 2.0]
    """
    if not earlier and not registry.dictionary.repeats:
        raise UsageError(
            f"{registry.source}: a history needs an earlier wave; give with_history(registry, earlier), or a "
            "dictionary with repeats = true"
        )
    return add_history(registry, earlier)


def add_history(registry: Registry, earlier: Sequence[Registry]) -> Registry:
    """Do what `with_history` does; without any earlier wave, no household was seen before."""
    now, *before = (_without_history(one) for one in (registry, *earlier))
    columns = _columns(now.dictionary)
    _refuse_clashes(now, columns)
    rows = _rows(now, before)
    _refuse_what_is_not_earlier(rows, now, before)
    past = _past(rows).iloc[: len(now.households)].set_axis(now.households.index)
    features = {name: past[name] for name in columns}
    dictionary = now.dictionary.model_copy(update={"columns": {**now.dictionary.columns, **columns}})
    return replace(now, households=now.households.assign(**features), dictionary=dictionary)


def _without_history(registry: Registry) -> Registry:
    columns = registry.dictionary.history
    if not columns:
        return registry
    bare = registry.households.drop(columns=columns, errors="ignore")
    return replace(registry, households=bare, dictionary=registry.dictionary.without_history())


def _columns(dictionary: Dictionary) -> dict[str, Column]:
    """Return the columns of a history that a registry with this dictionary can have."""
    time = dictionary.one("time")
    unit = dictionary.columns[time].unit if time else "waves"
    columns = [
        _column(SEEN, "Earlier waves with this household", "Gelombang terdahulu yang memuat keluarga ini"),
        _column(POOR, "Times extreme poor before", "Berapa kali miskin ekstrem sebelumnya", direction="rises"),
        _column(SINCE, "Time since last extreme poor", "Waktu sejak terakhir miskin ekstrem", unit, direction="falls"),
        *_welfare_columns(dictionary),
    ]
    if _shocks(dictionary):
        columns.append(_column(SHOCKS, "Shocks in earlier waves", "Guncangan pada gelombang lalu", direction="rises"))
    return {column.name: column for column in columns}


def _welfare_columns(dictionary: Dictionary) -> list[Column]:
    """Return none where welfare is not a feature: then it is not known, or not to be used, when households are scored.

    The change has no direction: at the same welfare now, a household that fell may yet recover.
    """
    name = dictionary.one("welfare")
    if name is None or not dictionary.columns[name].is_feature:
        return []
    en, local, unit = (*map(dictionary.columns[name].title, ("en", "id")), dictionary.columns[name].unit)  # type: ignore[arg-type]
    change = _column(CHANGE, f"{en}: change since last seen", f"{local}: perubahan sejak terakhir terdata", "%")
    return [
        change.model_copy(update={"made_of": (name,), "minimum": -100.0}),
        _column(MEAN, f"{en}: mean of earlier waves", f"{local}: rata-rata gelombang lalu", unit, direction="falls"),
        _column(LOWEST, f"{en}: lowest of earlier waves", f"{local}: terendah pada gelombang lalu", unit,
                direction="falls"),
    ]  # fmt: skip


def _column(name: str, en: str, local: str, unit: str = "", *, direction: str | None = None) -> Column:
    return Column.model_validate(
        {
            "name": name,
            "type": "integer" if name in (SEEN, POOR, SHOCKS) else "number",
            "label": Label(en=en, id=local),
            "unit": unit,
            "minimum": 0.0,
            "direction": direction,
            "privacy": "personal",
            "history": True,
        }
    )


def _shocks(dictionary: Dictionary) -> list[str]:
    return [name for name, column in dictionary.columns.items() if column.shock and column.is_feature]


def _refuse_clashes(registry: Registry, columns: dict[str, Column]) -> None:
    taken = [name for name in columns if name in registry.dictionary.columns]
    if taken:
        raise UsageError(
            f"dictionary '{registry.dictionary.name}' has columns of its own that histories would replace: "
            f"{', '.join(taken)}; rename them"
        )


def _rows(now: Registry, before: Sequence[Registry]) -> pd.DataFrame:
    """Return what histories are made of, the households now first: one row per household and time."""
    parts = [_known(one, number) for number, one in ((len(before), now), *enumerate(before))]
    return pd.concat(parts, ignore_index=True)


def _known(registry: Registry, number: int) -> pd.DataFrame:
    """Return the household, time, state, welfare and number of shocks of each row of one registry."""
    dictionary, flat = registry.dictionary, registry.households.reset_index()
    time, welfare = dictionary.one("time"), dictionary.one("welfare")
    shocks = flat[[name for name in _shocks(dictionary) if name in flat]].astype("float64")
    return pd.DataFrame(
        {
            "household": flat[dictionary.id].astype(str),
            "time": flat[time].astype("float64") if time else float(number),
            "state": extreme_poor(registry.households, dictionary).to_numpy(),
            "welfare": flat[welfare].astype("float64") if welfare and welfare in flat else np.nan,
            "shocks": shocks.sum(axis=1, min_count=1),
            "registry": number,
        }
    )


def _refuse_what_is_not_earlier(rows: pd.DataFrame, now: Registry, before: Sequence[Registry]) -> None:
    problems = [problem for number, one in enumerate(before) for problem in _faults(rows, number, now, one)]
    twice = int(rows.duplicated(["household", "time"]).sum())
    if twice and not problems:
        remedy = "Give each wave once."
        problems.append(Problem(f"{twice:,} households given twice at one time", "each once per time", remedy))
    if problems:
        raise DataError(now.source, problems)


def _faults(rows: pd.DataFrame, number: int, now: Registry, one: Registry) -> list[Problem]:
    """Tell what keeps one registry from being an earlier wave of the households now."""
    problems = []
    theirs, ours = ((d.at_scoring().fingerprint, _shocks(d)) for d in (one.dictionary, now.dictionary))
    if theirs != ours:
        found = f"read with dictionary {one.dictionary.name}, the households now with {now.dictionary.name}"
        remedy = "Read all waves with the same dictionary."
        problems.append(Problem(found, "one dictionary for all waves", remedy, source=one.source))
    last, first = (rows.loc[rows["registry"] == which, "time"] for which in (number, rows["registry"].iloc[0]))
    if not now.dictionary.repeats and not last.max() < first.min():
        found = f"{now.dictionary.one('time')} {last.max():g} is not before {first.min():g}"
        problems.append(Problem(found, "an earlier wave", "Give only waves before this one.", source=one.source))
    return problems


def _past(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each row what the same household's rows of strictly earlier times show, in the order of the rows."""
    rows = rows.sort_values(["household", "time"])
    household, poor, welfare = rows["household"], rows["state"] == 1, rows["welfare"]
    last_welfare = _latest(welfare, household)
    change = (welfare / last_welfare.where(last_welfare > 0) - 1) * 100
    columns = {
        SEEN: rows.groupby(household).cumcount().astype("float64"),
        POOR: _total(rows["state"], household),
        SINCE: rows["time"] - _latest(rows["time"].where(poor), household),
        CHANGE: change.clip(upper=LARGEST_CHANGE_PERCENT),
        MEAN: _total(welfare, household) / _total(welfare.notna().astype("float64"), household),
        LOWEST: _latest(welfare.groupby(household).cummin(), household),
        SHOCKS: _total(rows["shocks"], household),
    }
    return pd.DataFrame(columns).sort_index()


def _before(values: pd.Series, household: pd.Series) -> pd.Series:
    return values.groupby(household).shift()


def _latest(values: pd.Series, household: pd.Series) -> pd.Series:
    """Return the last known value before each row."""
    return _before(values.groupby(household).ffill(), household)


def _total(values: pd.Series, household: pd.Series) -> pd.Series:
    """Return the sum of the known values before each row; missing where none is known."""
    known = _before(values.notna().astype("float64").groupby(household).cumsum(), household)
    return _before(values.fillna(0.0).groupby(household).cumsum(), household).where(known > 0)

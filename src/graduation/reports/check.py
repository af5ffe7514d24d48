"""The page of a registry's check: what was accepted and set aside, by which rule, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from graduation.errors import DataError
from graduation.panel import PoorCount, count_poor, is_countable, told_by
from graduation.reports.page import Section, render_page
from graduation.reports.remedies import remedy, rule_name
from graduation.reports.trust import FEWEST_TOLD
from graduation.results import table_html
from graduation.schema import Language, Registry

WORDS = {
    "en": {
        "page": "What was read",
        "lead": "Rows that obey the dictionary were accepted. The others are set aside, not deleted: correct them and "
        "check again.",
        "read": "rows read", "accepted": "accepted", "aside": "set aside", "refused": "files refused",
        "rule": "rule", "column": "column", "rows": "rows", "kept": "set aside?", "do": "what to do",
        "yes": "yes", "no": "no, accepted", "row": "row", "value": "value", "expected": "expected",
        "examples": "First rows of each rule", "clean": "Every row obeys the dictionary.",
        "count": "{read} rows read, {accepted} accepted, {aside} set aside.", "numbers":
        "Rows are numbered from 1 under the header. Values of private columns are never shown.",
        "unused": "Columns that the dictionary does not name, not used: {names}.",
        "not_read": "Refused: nothing of this file was used.",
        "by": "Extreme poor by {by}; of those of whom it is known.", "time": "time", "unit": "counted in",
        "poor": "extreme poor", "known": "known", "share": "share", "weighted": "weighted share",
        "households": "households", "persons": "persons", "few": "under {few}",
    },
    "id": {
        "page": "Data yang dibaca",
        "lead": "Baris yang sesuai kamus data diterima. Baris lain disisihkan, tidak dihapus: perbaiki lalu periksa "
        "lagi.",
        "read": "baris dibaca", "accepted": "diterima", "aside": "disisihkan", "refused": "berkas ditolak",
        "rule": "aturan", "column": "kolom", "rows": "baris", "kept": "disisihkan?", "do": "yang perlu dilakukan",
        "yes": "ya", "no": "tidak, diterima", "row": "baris ke-", "value": "nilai", "expected": "seharusnya",
        "examples": "Baris pertama tiap aturan", "clean": "Semua baris sesuai kamus data.",
        "count": "{read} baris dibaca, {accepted} diterima, {aside} disisihkan.", "numbers":
        "Baris dihitung mulai 1 di bawah judul kolom. Nilai kolom pribadi tidak pernah ditampilkan.",
        "unused": "Kolom yang tidak disebut kamus data, tidak dipakai: {names}.",
        "not_read": "Ditolak: berkas ini tidak dipakai.",
        "by": "Miskin ekstrem menurut {by}; dari yang diketahui.", "time": "waktu", "unit": "dihitung dalam",
        "poor": "miskin ekstrem", "known": "diketahui", "share": "proporsi", "weighted": "proporsi tertimbang",
        "households": "keluarga", "persons": "orang", "few": "di bawah {few}",
    },
}  # fmt: skip
EXAMPLES = 3
MOST_ROWS = 60


def check_page(
    registries: Registry | Sequence[Registry], *, refused: Sequence[DataError] = (), language: Language = "en"
) -> str:
    """Return the HTML page of the check of one registry or several.

    Parameters
    ----------
    registries : Registry or sequence of Registry
    refused : sequence of DataError
        What `read_registry` raised for files that could not be used.
    language : {"en", "id"}
        Of headings and of what to do; what was expected of a cell is told in English.

    Returns
    -------
    str
        One page that opens without a network. Values of private columns are not in it.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(300, seed=1)
    >>> registry = graduation.read_registry(waves.tables[0], schema=waves.dictionary)
    >>> "disisihkan" in graduation.check_page(registry, language="id")
    True
    """
    every = [registries] if isinstance(registries, Registry) else list(registries)
    words = WORDS[language]
    accepted = sum(len(one.households) for one in every)
    aside = sum(one.n_rejected for one in every)
    facts = {words["read"]: f"{accepted + aside:,}", words["accepted"]: f"{accepted:,}", words["aside"]: f"{aside:,}"}
    facts |= {words["refused"]: str(len(refused))} if refused else {}
    sections = [_refused(error, words) for error in refused] + [_checked(one, language) for one in every]
    return render_page(words["page"], sections, lead=words["lead"], facts=facts, language=language, about_a_list=False)


def _refused(error: DataError, words: dict[str, str]) -> Section:
    return Section(Path(error.source).name, (words["not_read"], *(str(problem) for problem in error.problems)))


def _checked(registry: Registry, language: Language) -> Section:
    """Return what a registry's check found."""
    words = WORDS[language]
    read = len(registry.households) + registry.n_rejected
    counts = {"read": read, "accepted": len(registry.households), "aside": registry.n_rejected}
    text = [words["count"].format(**{name: f"{number:,}" for name, number in counts.items()})]
    text += [words["unused"].format(names=", ".join(registry.unused))] if registry.unused else []
    poor = count_poor(registry) if is_countable(registry.dictionary) else None
    text += [words["clean"] if registry.counts.empty else words["numbers"]]
    shown = [] if registry.counts.empty else [_counts(registry.counts, language), _examples(registry, language)]
    if poor is not None:
        text += [words["by"].format(by=told_by(registry.dictionary, language)), *poor.caveats()]
        shown.insert(0, _poor(poor, words))
    tables = tuple(Markup(table_html(table, MOST_ROWS)) for table in shown)  # noqa: S704 - cells are escaped
    return Section(Path(registry.source).name, tuple(text), tables)


def _poor(count: PoorCount, words: dict[str, str]) -> pd.DataFrame:
    """Return the numbers of extreme poor; not those of a few households, for a page is passed on."""
    table = count.frame()
    times = table["time"] if "time" in table else pd.Series(0.0, index=table.index)
    few = (table["extreme_poor"].where(table["unit"] == "households") < FEWEST_TOLD).groupby(times).transform("any")
    shown = {words["time"]: [f"{time:g}" for time in times]} if "time" in table else {}
    shown |= {words["unit"]: [words[unit] for unit in table["unit"]]}
    shown |= {words["poor"]: [f"{number:,}" for number in table["extreme_poor"]]}
    shown |= {words["known"]: [f"{number:,}" for number in table["known"]]}
    for name, title in (("share", "share"), ("weighted_share", "weighted")):
        if name in table:
            shown[words[title]] = [f"{share:.2%}" for share in table[name]]
    hidden = [title for title in shown if title in (words["poor"], words["share"], words["weighted"])]
    told = pd.DataFrame(shown, index=table.index)
    told.loc[few, hidden] = ""
    told.loc[few, words["poor"]] = words["few"].format(few=FEWEST_TOLD)
    return told


def _counts(counts: pd.DataFrame, language: Language) -> pd.DataFrame:
    words = WORDS[language]
    most_first = counts.sort_values(["set_aside", "households"], ascending=False, kind="stable")
    return pd.DataFrame(
        {
            words["rule"]: [rule_name(rule, language) for rule in most_first["rule"]],
            words["column"]: most_first["column"],
            words["rows"]: [f"{number:,}" for number in most_first["households"]],
            words["kept"]: [words["yes"] if aside else words["no"] for aside in most_first["set_aside"]],
            words["do"]: [remedy(rule, language) for rule in most_first["rule"]],
        }
    )


def _examples(registry: Registry, language: Language) -> pd.DataFrame:
    """Return the first rows that break each rule; without ids, for a page is passed on."""
    words = WORDS[language]
    both = [part for part in (registry.rejected, registry.findings) if len(part)]
    first = pd.concat(both, ignore_index=True).groupby(["rule", "column"], sort=False).head(EXAMPLES)
    names = {"row": words["row"], "column": words["column"], "rule": words["rule"], "value": words["value"]}
    shown = first.assign(rule=[rule_name(rule, language) for rule in first["rule"]])[[*names, "expected"]]
    return shown.rename(columns={**names, "expected": words["expected"]})

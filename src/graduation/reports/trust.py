"""How far a list can be trusted: the sections that say so, for any page."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from graduation.evaluate import MISSING, TIMES, Comparison, Evaluation, MissedProfile, PathwayEvaluation, in_words
from graduation.reports.page import Section, render_page, section
from graduation.results import with_interval
from graduation.schema import Dictionary, Language

TITLES = {
    "en": {
        "page": "How far the list can be trusted",
        "lead": "Who is missed and who is wrongly listed, with intervals, overall, by group and beside other scores.",
        "evaluation": "How far the list can be trusted", "merged": "Both pathways on one list",
        "remain": "Remaining extreme poor", "become": "Becoming extreme poor", "unknown": "State now not known",
        "candidates": "Beside simpler rules", "groups": "Errors by group", "missed": "Who is missed",
        "notes": "",
    },
    "id": {
        "page": "Seberapa andal daftar ini",
        "lead": "Siapa yang terlewat dan siapa yang keliru terdaftar, dengan rentang, keseluruhan, per kelompok, dan "
        "dibanding skor lain.",
        "evaluation": "Seberapa andal daftar ini", "merged": "Kedua jalur dalam satu daftar",
        "remain": "Tetap miskin ekstrem", "become": "Menjadi miskin ekstrem",
        "unknown": "Keadaan sekarang tak diketahui",
        "candidates": "Dibanding aturan sederhana", "groups": "Kesalahan per kelompok", "missed": "Siapa yang terlewat",
        "notes": "Catatan teknis dalam bahasa Inggris. Di sana dan di tabelnya, titik adalah tanda desimal (0.5) dan "
        "koma pemisah ribuan (1,000).",
    },
}  # fmt: skip
OF_THE_LIST = (
    "Missed: share of the extreme poor who are not on the list. Wrongly listed: share of the list who are not extreme "
    "poor."
)
# A count of one or two on a page may tell the state of a person.
FEWEST_TOLD = 5
OF_GROUPS = (
    "Errors of the one list within each level. The rest are all households that are not of this level. With many "
    "levels some differ by chance: of 20 that do not, about one lies outside its interval."
)


def evaluation_page(
    evaluation: Evaluation | PathwayEvaluation,
    *,
    comparison: Comparison | None = None,
    missed: MissedProfile | None = None,
    language: Language = "en",
) -> str:
    """Return the HTML page of an evaluation, beside other scores and with who is missed where they are given.

    Parameters
    ----------
    evaluation : Evaluation or PathwayEvaluation
    comparison : Comparison, optional
    missed : MissedProfile, optional
    language : {"en", "id"}
        Of headings and of who is missed; notes are in English.

    Examples
    --------
    >>> import graduation
    >>> found = graduation.evaluate([1, 0, 1, 0, 0], [0.9, 0.8, 0.6, 0.3, 0.1])
    >>> "Seberapa andal" in graduation.evaluation_page(found, language="id")
    True
    """
    words = TITLES[language]
    whole = evaluation.merged if isinstance(evaluation, PathwayEvaluation) else evaluation
    notes = [words["notes"]] if words["notes"] else []
    draw = [evaluation.plot, whole.plot_errors, whole.plot_precision, whole.plot_calibration]
    sections = [section(evaluation, title=words["evaluation"], text=notes, draw=draw)]
    if isinstance(evaluation, PathwayEvaluation):
        sections.append(merged_section(evaluation, words["merged"]))
    if comparison is not None:
        sections.append(beside_section(comparison, words["candidates"]))
    if len(whole.groups):
        sections.append(groups_section(whole, words["groups"]))
    if missed is not None:
        sections.append(missed_section(missed, words["missed"], language))
    if isinstance(evaluation, PathwayEvaluation):
        sections += [section(part, title=words[name]) for name, part in evaluation.apart.items()]
    return render_page(words["page"], sections, lead=words["lead"], language=language)


def merged_section(found: PathwayEvaluation, title: str) -> Section:
    """Return who of each pathway is on the one list."""
    return section(found.merged, title=title, table=found.on_the_merged_list(), notes=[OF_THE_LIST])


def beside_section(found: Comparison, title: str, text: Sequence[str] = ()) -> Section:
    """Return methods side by side, their errors over lists of every length, and how far their lists agree."""
    return section(found, title=title, text=text, draw=[found.plot, found.plot_errors, found.plot_overlap])


def groups_section(
    found: Evaluation, title: str, *, without: Sequence[str] = (), dictionary: Dictionary | None = None,
    language: Language = "en",
) -> Section:  # fmt: skip
    """Return the errors of each level of each group but those named, with the difference to the rest."""
    groups = found.groups
    crossed_unknown = groups["group"].str.contains(TIMES, regex=False) & groups["level"].str.contains(
        MISSING, regex=False
    )
    rows = groups[~groups["group"].isin(list(without)) & ~crossed_unknown]
    first = rows[rows["metric"] == "exclusion_error"]
    gaps = first[["difference", "difference_low", "difference_high"]].to_numpy()
    table = pd.DataFrame(
        {
            "who": [_who(group, level, dictionary, language) for group, level in first[["group", "level"]].to_numpy()],
            "households": [_count(number) for number in first["households"]],
            "missed": _cells(rows, "exclusion_error"),
            "missed, minus rest": [with_interval(*gap) for gap in gaps],
            "wrongly listed": _cells(rows, "inclusion_error"),
            "note": [_short(note) for note in rows.loc[rows["metric"] == "coverage_ratio", "note"]],
        }
    )
    return section(found, title=title, table=table, rows=60, notes=[OF_THE_LIST, OF_GROUPS])


def _who(group: str, level: str, dictionary: Dictionary | None, language: Language) -> str:
    """Return a level, or levels that are crossed, each with what it is a level of."""
    groups, levels = group.split(TIMES), level.split(TIMES)
    pairs = zip(groups, levels, strict=True) if len(groups) == len(levels) else [(group, level)]
    return "; ".join(in_words(name, part, dictionary, language) for name, part in pairs)


def _count(households: int) -> str:
    return f"{households:,}" if households >= FEWEST_TOLD else f"under {FEWEST_TOLD}"


def _short(note: str) -> str:
    """Leave out how many draws an interval is made of, which the data have, and counts that tell of single persons."""
    parts = ["small" if part.startswith("small") else part for part in note.split("; ")]
    return "; ".join(part for part in parts if not part.startswith("interval"))


def _cells(rows: pd.DataFrame, metric: str) -> list[str]:
    return [with_interval(*row) for row in rows.loc[rows["metric"] == metric, ["estimate", "low", "high"]].to_numpy()]


def missed_section(found: MissedProfile, title: str, language: Language) -> Section:
    """Return who is missed, in the words of the dictionary."""
    return section(found, title=title, table=found.profile(language), draw=[lambda ax: found.plot(ax, language)])

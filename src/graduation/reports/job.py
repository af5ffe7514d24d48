"""The page of the main job: from the registry's check to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import isnan

import pandas as pd

from graduation.allocate import Allocation
from graduation.explain import Explanation
from graduation.interventions import Recommendations
from graduation.panel import Panel
from graduation.reports import trust
from graduation.reports.page import Section, render_page, section
from graduation.reports.trust import beside_section, groups_section, merged_section, missed_section
from graduation.results import in_marks
from graduation.risk import Model, Scores
from graduation.schema import Language, Registry
from graduation.workflows import Plan, TrainingRun

TITLES = {
    "en": trust.TITLES["en"] | {
        "page": "Who to visit first, and what to offer",
        "lead": "Households at risk of remaining or becoming extreme poor, and a plan within the budget. Counts are of "
        "the households on this list, not weighted to a population.",
        "check": "What was read", "panel": "What became of households",
        "rules": "scorecard: ten questions with whole points, for paper. linear_pmt, quantile_pmt: proxy-means tests "
        "of the household alone, _areas with its place; state_pmt: the same of the state now. area_average: share of "
        "extreme poor in the place. neediest_first: by welfare now. state_now: extreme poor now. logit: logistic "
        "regression.",
        "ranges": "Do the ranges of risk hold?",
        "leakage": "Features that may know too much",
        "drivers": "What drives the risk", "list": "The list", "suitable": "What suits whom", "plan": "The plan",
        "highest": "The 25 households of highest risk, and what raises it.",
    },
    "id": trust.TITLES["id"] | {
        "page": "Siapa dikunjungi lebih dulu, dan apa yang ditawarkan",
        "lead": "Keluarga yang berisiko tetap atau menjadi miskin ekstrem, dan rencana sesuai anggaran. Angka adalah "
        "jumlah keluarga dalam daftar ini, bukan angka penduduk tertimbang.",
        "check": "Data yang dibaca", "panel": "Perubahan keadaan keluarga",
        "rules": "scorecard: sepuluh pertanyaan dengan poin bulat, untuk kertas. linear_pmt, quantile_pmt: PMT dari "
        "keadaan keluarga saja, _areas dengan wilayahnya; state_pmt: PMT atas keadaan sekarang. area_average: bagian "
        "miskin ekstrem di wilayah itu. neediest_first: menurut pengeluaran sekarang. state_now: miskin ekstrem "
        "sekarang. logit: regresi logistik.",
        "ranges": "Apakah rentang risiko tepat?",
        "leakage": "Ciri yang mungkin tahu terlalu banyak",
        "drivers": "Faktor yang terkait risiko",
        "list": "Daftar prioritas", "suitable": "Intervensi yang sesuai",
        "plan": "Rencana", "highest": "25 keluarga dengan risiko tertinggi, dan hal yang menaikkannya.",
    },
}  # fmt: skip

FACTS = {
    "en": {
        "scored": "{unit}s on this list",
        "now": "extreme poor now",
        "expected": "expected extreme poor at the next wave, if nothing is done",
        "line": "line {line}, per {per} and month",
        "spent": "spent of the budget, {currency}",
        "kept": "expected to be kept out of it, if effects hold",
        "between": "{value} ({low} to {high})",
        "household": "household", "person": "person", "head": "head",
    },
    "id": {
        "scored": "{unit} dalam daftar ini",
        "now": "miskin ekstrem saat ini",
        "expected": "diperkirakan miskin ekstrem pada gelombang berikut, tanpa tindakan",
        "line": "garis {line}, per {per} dan bulan",
        "spent": "terpakai dari anggaran, {currency}",
        "kept": "diperkirakan terhindar, bila dampak terwujud",
        "between": "{value} ({low} sampai {high})",
        "household": "keluarga", "person": "orang", "head": "jiwa",
    },
}  # fmt: skip


def job_page(
    registries: Sequence[Registry],
    model: Model,
    scores: Scores,
    explanation: Explanation,
    *,
    panel: Panel | None = None,
    run: TrainingRun | None = None,
    plan: Plan | None = None,
    language: Language = "en",
) -> str:
    """Return the HTML page of a scored registry, with its training and its plan where they are given."""
    words = TITLES[language]
    sections = [section(one, title=f"{words['check']}: {_short(one.source)}") for one in registries]
    if panel is not None:
        sections.append(section(panel, title=words["panel"]))
    if run is not None:
        sections += _training_sections(run, language)
    sections.append(_drivers(explanation, words, language))
    sections.append(_list(scores, words))
    if plan is not None:
        sections += _plan_sections(plan, words, language)
    facts = _facts(model, scores, plan, language)
    return render_page(
        words["page"], _with_word_on_notes(sections, words), lead=words["lead"], facts=facts, language=language
    )


def _with_word_on_notes(sections: list[Section], words: dict[str, str]) -> list[Section]:
    """Say in which language the notes are, where a reader first needs them: the section on trust, else the first."""
    if not words["notes"] or not sections:
        return sections
    titles = [one.title for one in sections]
    place = titles.index(words["evaluation"]) if words["evaluation"] in titles else 0
    told = replace(sections[place], text=(words["notes"], *sections[place].text))
    return [*sections[:place], told, *sections[place + 1 :]]


def _plan_sections(plan: Plan, words: dict[str, str], language: Language) -> list[Section]:
    """Return what suits whom and who gets what, in the language of the page."""
    titles = plan.recommendations.programme.titles(language)
    effects, totals = plan.recommendations.effects, plan.allocation.totals
    suited = replace(plan.recommendations, language=language, effects=effects.assign(label=effects["arm"].map(titles)))
    relabelled = totals.assign(label=totals["arm"].map(titles))
    spent = replace(plan.allocation, language=language, totals=relabelled, effects=suited.effects)
    # What effects rest on stands in the section before.
    own = [note for note in spent.notes() if note not in suited.notes()]
    return [
        section(suited, title=words["suitable"], table=_by_label(suited), draw=[suited.plot], rows=10, above=2),
        section(spent, title=words["plan"], table=_by_label(spent), draw=[spent.plot], notes=own, above=2),
    ]


def _by_label(result: Recommendations | Allocation) -> pd.DataFrame:
    """Return the table of arms without their codes: a page has room for one name."""
    return result.shown().iloc[:, 1:]


def _short(source: str) -> str:
    return source.replace("\\", "/").rsplit("/", maxsplit=1)[-1]


def _training_sections(run: TrainingRun, language: Language) -> list[Section]:
    words = TITLES[language]
    whole = section(run, title=words["evaluation"], draw=[run.plot, run.evaluation.plot_calibration])
    merged = merged_section(run.evaluations, words["merged"])
    beside = beside_section(run.candidates, words["candidates"], [words["rules"]])
    places = run.model.dictionary.role("place")  # their errors are in the data: a page has no room for every village
    groups = groups_section(
        run.evaluation, words["groups"], without=places, dictionary=run.model.dictionary, language=language
    )
    missed = missed_section(run.missed, words["missed"], language)
    # Every figure with its denominator, for who wants to check.
    parts = [section(part, title=words[name]) for name, part in run.by_pathway.items()]
    held = section(run.ranges, title=words["ranges"], draw=[run.ranges.plot])
    known = run.leakage.table
    leaks = section(run.leakage, title=words["leakage"], table=known[known["flagged"]].drop(columns="flagged"))
    flagged = [leaks] if known["flagged"].any() else []
    return [whole, merged, beside, groups, missed, held, *flagged, *parts]


def _list(scores: Scores, words: dict[str, str]) -> Section:
    """Return the head of the list; the chance of being poor now is in the data, a page needs the room for reasons."""
    listed = scores.shown().drop(columns="chance_poor_now", errors="ignore")
    made = section(scores, title=words["list"], text=[words["highest"]], table=listed, draw=[scores.plot])
    return replace(made, kind="list")


def _drivers(explanation: Explanation, words: dict[str, str], language: Language) -> Section:
    table = explanation.drivers(language).groupby("pathway").head(8)
    return section(
        explanation, title=words["drivers"], table=table, draw=[lambda ax: explanation.plot(ax, language=language)]
    )


def _facts(model: Model, scores: Scores, plan: Plan | None, language: Language) -> dict[str, str]:
    words, line = FACTS[language], model.dictionary.line
    unit, whole = words[model.dictionary.unit], partial(_whole, language=language)
    facts = {
        words["scored"].format(unit=unit): whole(len(scores.table)),
        words["now"].format(unit=unit): whole((scores.table["pathway"] == "remain").sum()),
        words["expected"].format(unit=unit): whole(scores.table["risk"].sum()),
    }
    if line is not None:
        per = words.get(line.per, line.per)
        facts[words["line"].format(line=line.line_id, per=per)] = f"{line.currency} {whole(line.monthly)}"
    if plan is not None:
        currency = plan.recommendations.programme.currency
        facts[words["spent"].format(currency=currency)] = whole(plan.allocation.spent)
        facts[words["kept"].format(unit=unit)] = _kept(plan.allocation, language)
    return facts


def _whole(figure: float, language: Language) -> str:
    return in_marks(f"{figure:,.0f}", language)


def _kept(allocation: Allocation, language: Language) -> str:
    """Return the benefit, with its range where effects have one."""
    figures = (allocation.benefit, allocation.benefit_low, allocation.benefit_high)
    value, low, high = (in_marks(f"{figure:,.1f}", language) for figure in figures)
    return (
        value if isnan(allocation.benefit_low) else FACTS[language]["between"].format(value=value, low=low, high=high)
    )

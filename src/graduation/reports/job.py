"""The page of the main job: from the registry's check to the plan."""

from __future__ import annotations

from collections.abc import Sequence

from graduation.explain import Explanation
from graduation.panel import Panel
from graduation.reports.page import Section, render_page, section
from graduation.risk import Model, Scores
from graduation.schema import Language, Registry
from graduation.workflows import Plan, TrainingRun

TITLES = {
    "en": {
        "page": "Who to visit first, and what to offer",
        "lead": "Households at risk of remaining or becoming extreme poor, and a plan within the budget.",
        "check": "What was read", "panel": "What became of households", "evaluation": "How far the list can be trusted",
        "remain": "Remaining extreme poor", "become": "Becoming extreme poor", "candidates": "Beside simpler rules",
        "drivers": "What drives the risk", "list": "The list", "suitable": "What suits whom", "plan": "The plan",
        "highest": "The 25 households of highest risk, and what raises it.",
    },
    "id": {
        "page": "Siapa dikunjungi lebih dulu, dan apa yang ditawarkan",
        "lead": "Keluarga yang berisiko tetap atau menjadi miskin ekstrem, dan rencana sesuai anggaran.",
        "check": "Data yang dibaca", "panel": "Perubahan keadaan keluarga", "evaluation": "Seberapa andal daftar ini",
        "remain": "Tetap miskin ekstrem", "become": "Menjadi miskin ekstrem",
        "candidates": "Dibanding aturan sederhana", "drivers": "Faktor yang terkait risiko",
        "list": "Daftar prioritas", "suitable": "Intervensi yang sesuai",
        "plan": "Rencana", "highest": "25 keluarga dengan risiko tertinggi, dan hal yang menaikkannya.",
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
        sections += _training_sections(run, words)
    sections.append(_drivers(explanation, words, language))
    sections.append(section(scores, title=words["list"], text=[words["highest"]], draw=[scores.plot]))
    if plan is not None:
        sections.append(
            section(plan.recommendations, title=words["suitable"], draw=[plan.recommendations.plot], rows=10)
        )
        sections.append(section(plan.allocation, title=words["plan"], draw=[plan.allocation.plot]))
    return render_page(
        words["page"], sections, lead=words["lead"], facts=_facts(model, scores, plan), language=language
    )


def _short(source: str) -> str:
    return source.replace("\\", "/").rsplit("/", maxsplit=1)[-1]


def _training_sections(run: TrainingRun, words: dict[str, str]) -> list[Section]:
    whole = section(run, title=words["evaluation"], draw=[run.plot, run.evaluation.plot_calibration])
    beside = section(run.candidates, title=words["candidates"], draw=[run.candidates.plot])
    # Every figure with its denominator, for who wants to check.
    parts = [section(part, title=words[name]) for name, part in run.by_pathway.items()]
    return [whole, beside, *parts]


def _drivers(explanation: Explanation, words: dict[str, str], language: Language) -> Section:
    table = explanation.drivers(language).groupby("pathway").head(8)
    return section(
        explanation, title=words["drivers"], table=table, draw=[lambda ax: explanation.plot(ax, language=language)]
    )


def _facts(model: Model, scores: Scores, plan: Plan | None) -> dict[str, str]:
    line, unit = model.dictionary.line, model.dictionary.unit
    facts = {
        f"{unit}s scored": f"{len(scores.table):,}",
        f"{unit}s extreme poor now": f"{int((scores.table['pathway'] == 'remain').sum()):,}",
        f"{unit}s expected extreme poor at the next wave, if nothing is done": f"{scores.table['risk'].sum():,.0f}",
    }
    if line is not None:
        facts[f"line {line.line_id}, per {line.per} and month"] = f"{line.currency} {line.monthly:,.0f}"
    if plan is not None:
        facts[f"spent of the budget, {plan.recommendations.programme.currency}"] = f"{plan.allocation.spent:,.0f}"
        facts[f"{unit}s expected to be kept out of it, if effects hold"] = f"{plan.allocation.benefit:,.1f}"
    return facts
